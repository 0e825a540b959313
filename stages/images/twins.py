"""Near-identical pictures: another scan, size or encoding of one painting, under another name.

WikiArt holds some paintings twice. Splits go by name, so a model may have seen the twin of a
picture that it is tested on; who judges must know. A picture is known by 128 signs, whether
brightness rises from one to the next of 9 x 8 places to the right and of 8 x 9 downwards
("difference hash"), and by the colours of 8 x 8 places, which tell plain pictures apart.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stages.common.tables import write_parquet

PATH = Path("data/images/twins.parquet")
SCHEMA = pa.schema([("art_style", pa.string()), ("painting", pa.string()), ("group", pa.int32())])
# Signs in a part of a hash; of eight parts one is equal in all pairs that differ in at most seven signs.
PART = 16
MOST_SIGNS = 7
# Largest mean difference of colours, of 255.
MOST_COLOUR = 16.0


class Looks:
    """What is kept of each picture that is looked at, to be compared in the end."""

    def __init__(self) -> None:
        self._signs: list[np.ndarray] = []
        self._colours: list[np.ndarray] = []

    def add(self, picture: np.ndarray) -> None:
        """Look at uint8 (S, S, 3)."""
        # 72 places a side make 8, and 9, of equal size.
        small = np.asarray(Image.fromarray(picture).resize((72, 72), Image.Resampling.BOX), np.int32)
        grey = small.sum(2)
        right, down = (grey.reshape(shape).sum((1, 3)) for shape in ((8, 9, 9, 8), (9, 8, 8, 9)))
        rising = [np.diff(right, axis=1) > 0, np.diff(down, axis=0) > 0]
        self._signs.append(np.packbits(np.stack([one.ravel() for one in rising])))
        self._colours.append(small.reshape(8, 9, 8, 9, 3).mean((1, 3)).astype(np.uint8).ravel())

    def groups(self) -> np.ndarray:
        """For each picture the number of its group of twins, from 0 in order of appearance, or -1: int32 (N,)."""
        if not self._signs:
            return np.zeros(0, np.int32)
        signs = np.stack(self._signs).view(np.uint16)  # (N, 8)
        colours = np.stack(self._colours).astype(np.int16)  # (N, 192)
        found = [_alike(signs, colours, one, other) for one, other in _candidates(signs)]
        one, other = (np.concatenate(side) for side in zip(*found, strict=True)) if found else (np.zeros(0, int),) * 2
        links = coo_array((np.ones(len(one), bool), (one, other)), shape=(len(signs), len(signs)))
        _, member = connected_components(links, directed=False)
        several = np.bincount(member)[member] > 1
        groups = np.full(len(signs), -1, np.int32)
        groups[several] = pd.factorize(member[several])[0]
        return groups


def _candidates(signs: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of rows that agree in some part of their signs, each once for every such part."""
    for part in signs.T:
        order = np.argsort(part, kind="stable")
        # Along the order equal ones stand together: each meets the next, the one after it and so on.
        place, step = np.arange(len(part)), 0
        while len(place):
            step += 1
            place = place[place + step < len(part)]
            place = place[part[order[place]] == part[order[place + step]]]
            yield order[place], order[place + step]


def _alike(signs: np.ndarray, colours: np.ndarray, one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those pairs that are twins."""
    differing = np.bitwise_count(signs[one] ^ signs[other]).sum(1)
    near = differing <= MOST_SIGNS
    one, other = one[near], other[near]
    alike = np.abs(colours[one] - colours[other]).mean(1) <= MOST_COLOUR
    return one[alike], other[alike]


def save(index: pd.DataFrame, groups: np.ndarray, path: Path = PATH) -> None:
    """Write the rows of `index` (art_style, painting) that are in a group, and its number."""
    rows = index[["art_style", "painting"]].assign(group=groups)[groups >= 0]
    write_parquet(pa.Table.from_pandas(rows, schema=SCHEMA, preserve_index=False), path)


def load(path: Path = PATH) -> pd.DataFrame:
    """What `save` wrote: art_style, painting, group."""
    return pq.read_table(path).to_pandas()


def across(twins: pd.DataFrame, splits: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """The pictures of `judged` (art_style, painting) that have a twin in training.

    Args:
        splits: art_style, painting and split of every artwork; a row or more for each.
    """
    key = ["art_style", "painting"]
    learnt = twins.merge(splits.loc[splits["split"] == "train", key].drop_duplicates(), on=key)["group"]
    return judged[key].merge(twins[twins["group"].isin(learnt)], on=key)[key]
