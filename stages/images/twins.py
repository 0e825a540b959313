"""Near-identical pictures: another scan, size or encoding of one painting, under another name.

WikiArt holds some paintings twice. Splits go by name, so a model may have seen the twin of a
picture that it is tested on; who judges must know. A data set may name twins that look too
different to be found (another crop, a photograph of the frame). Else a picture is known by 128 signs, whether
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

from stages.common.files import write_parquet

PATH = Path("data/images/twins.parquet")
SCHEMA = pa.schema([("art_style", pa.string()), ("painting", pa.string()), ("group", pa.int32())])
# Signs in a part of a hash; of eight parts one is equal in all pairs that differ in at most seven signs.
PART = 16
MOST_SIGNS = 7
# Largest mean difference of colours, of 255.
MOST_COLOUR = 16.0
# Thumbnails that are looked at in one go: NumPy takes as long for one.
TOGETHER = 64


class Looks:
    """What is kept of each picture that is looked at, to be compared in the end."""

    def __init__(self) -> None:
        self._waiting: list[np.ndarray] = []
        self._seen: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, thumbnail: np.ndarray) -> None:
        """Look at what `thumbnail` made of a picture."""
        self._waiting.append(thumbnail)
        if len(self._waiting) == TOGETHER:
            self._look()

    def groups(self, known: np.ndarray) -> np.ndarray:
        """For each picture the number of its group of twins, from 0 in order of appearance, or -1: int32 (N,).

        Args:
            known: pictures of the same number, int (N,), are twins whatever they look like; -1 says nothing.
        """
        if self._waiting:
            self._look()
        if not self._seen:
            return np.zeros(0, np.int32)
        signs, colours = (np.concatenate(part) for part in zip(*self._seen, strict=True))
        return groups(signs, colours, known)

    def _look(self) -> None:
        self._seen.append(look(np.stack(self._waiting)))
        self._waiting = []


def thumbnail(picture: Image.Image) -> np.ndarray:
    """Its means on 72 x 72 places, which make 8, and 9, a side of equal size: uint8 (72, 72, 3)."""
    return np.asarray(picture.resize((72, 72), Image.Resampling.BOX))


def look(thumbnails: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signs and colours of uint8 (N, 72, 72, 3): uint8 (N, 16), packed, and (N, 192)."""
    count = len(thumbnails)
    # Sums of heights of nine, and of eight, before those of widths: most of the work, on the smallest numbers.
    nine, eight = (thumbnails.reshape(count, 72 // high, high, 72, 3).sum(2, np.uint16) for high in (9, 8))
    right = nine.sum(3, np.uint32).reshape(count, 8, 9, 8).sum(3)
    down = eight.sum(3, np.uint32).reshape(count, 9, 8, 9).sum(3)
    rising = [right[:, :, 1:] > right[:, :, :-1], down[:, 1:] > down[:, :-1]]
    signs = np.packbits(np.concatenate([one.reshape(count, 64) for one in rising], axis=1), axis=1)
    colours = nine.reshape(count, 8, 8, 9, 3).sum(3, np.uint32) // 81
    return signs, colours.astype(np.uint8).reshape(count, 192)


def groups(signs: np.ndarray, colours: np.ndarray, known: np.ndarray) -> np.ndarray:
    """`Looks.groups` of what `look` found."""
    # Pairs grow with the square of what is compared: of copies, the first alone is.
    _, first, copy = np.unique(np.hstack([signs, colours]), axis=0, return_index=True, return_inverse=True)
    member = first[copy.ravel()]
    order = np.argsort(known, kind="stable")
    told = (known[order[:-1]] == known[order[1:]]) & (known[order[1:]] >= 0)
    member = _joined(member, [(order[:-1][told], order[1:][told])])
    signs, colours = signs[first].view(np.uint16), colours[first].astype(np.int16)  # (M, 8), (M, 192)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    waiting = 0
    for one, other in _candidates(signs):
        apart = member[first[one]] != member[first[other]]
        one, other = _alike(signs, colours, one[apart], other[apart])
        if len(one):
            found.append((first[one], first[other]))
            waiting += len(one)
        if waiting > len(member):
            member, found, waiting = _joined(member, found), [], 0
    member = _joined(member, found)
    several = np.bincount(member)[member] > 1
    numbers = np.full(len(member), -1, np.int32)
    numbers[several] = pd.factorize(member[several])[0]
    return numbers


def _joined(member: np.ndarray, pairs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """`member`, for each row the first row of its group, once the pairs of rows are in one group each."""
    rows = np.arange(len(member))
    one, other = (np.concatenate(side) for side in zip((rows, member), *pairs, strict=True))
    links = coo_array((np.ones(len(one), bool), (one, other)), shape=(len(member), len(member)))
    _, component = connected_components(links, directed=False)
    _, first = np.unique(component, return_index=True)
    return first[component]


def _candidates(signs: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of rows that agree in some part of their signs, each once for every such part; nearest in order first."""
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
