"""The table of a classifier's probabilities, a row for each utterance or artwork, a column for each emotion."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.emotions import EMOTIONS
from stages.common.tables import write_parquet

REPEATED = pa.dictionary(pa.int32(), pa.string())


def save_probabilities(rows: pd.DataFrame, probabilities: np.ndarray, path: Path) -> None:
    """Write the columns of `rows`, all of them text (art_style, painting, split ...), and beside them (N, 9)."""
    columns = {name: pa.array(rows[name].to_list(), pa.string()).cast(REPEATED) for name in rows}
    columns |= {emotion: pa.array(probabilities[:, n], pa.float32()) for n, emotion in enumerate(EMOTIONS)}
    write_parquet(pa.table(columns), path)


def load_probabilities(path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    """What `save_probabilities` wrote: the text columns, and float32 (N, 9)."""
    table = pq.read_table(path)
    probabilities = np.stack([table[emotion].to_numpy() for emotion in EMOTIONS], axis=1)
    rows = table.drop_columns(list(EMOTIONS))
    return rows.cast(pa.schema([(name, pa.string()) for name in rows.column_names])).to_pandas(), probabilities
