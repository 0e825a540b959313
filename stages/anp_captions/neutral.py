"""The neutral captions that receive adjectives: what is seen, without a feeling."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.errors import UserError

ARTWORK = ["art_style", "painting"]


def load_neutral(path: Path) -> pd.DataFrame:
    """art_style, painting and caption of a Parquet or CSV file; the first caption of each artwork.

    Raises:
        UserError: if the file cannot be read or lacks a column.
    """
    frame = _read(path)
    column = next((name for name in ("caption", "neutral") if name in frame), "caption")
    missing = [name for name in [*ARTWORK, column] if name not in frame]
    if missing:
        raise UserError(
            f"{path}: the column {missing[0]} is missing; "
            "anp_captions.base needs art_style, painting and caption (or neutral)"
        )
    captions = frame[[*ARTWORK, column]].rename(columns={column: "caption"})
    return captions[captions["caption"].notna()].drop_duplicates(ARTWORK).reset_index(drop=True)


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path).to_pandas()
        # Names such as `null` are names.
        return pd.read_csv(path, keep_default_na=False, dtype=str)
    except (OSError, ValueError, pa.ArrowException) as error:
        said = " ".join(str(error).split())
        raise UserError(
            f"{path}: not readable as a table of neutral captions ({said}); see anp_captions.base"
        ) from None
