"""Twins: near-identical pictures, that is other scans, sizes or encodings of one painting under different names.

WikiArt holds some paintings twice. Splits are by artwork, so a model may be trained on the twin of a test picture;
the evaluation must know. A data set can name twins that look too different to be found (another crop, a photograph of
the frame). All others are found by a 128-bit difference hash: whether brightness rises between neighbours on a grid of
9 x 8 cells to the right and of 8 x 9 cells downwards. The mean colours of 8 x 8 cells tell plain pictures apart.
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

from stages.common.artworks import ARTWORK
from stages.common.files import write_parquet

PATH = Path("data/images/twins.parquet")
SCHEMA = pa.schema([("art_style", pa.string()), ("painting", pa.string()), ("group", pa.int32())])
# Twins differ in at most so many bits. Seven bits leave one of the eight 16-bit parts of the hash equal.
MAX_BITS = 7
# Largest mean difference of the colours of twins, of 255.
MAX_COLOUR = 16.0
# Thumbnails per call of `describe`, which takes as long for one.
BATCH = 64


class TwinFinder:
    """Accumulator of picture descriptors; `groups` compares them all."""

    def __init__(self) -> None:
        self._thumbnails: list[np.ndarray] = []
        self._descriptors: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, thumbnail: np.ndarray) -> None:
        """Add a picture by its thumbnail."""
        self._thumbnails.append(thumbnail)
        if len(self._thumbnails) == BATCH:
            self._describe()

    def groups(self, known: np.ndarray) -> np.ndarray:
        """Group number of each picture, from 0 in order of appearance, or -1 without a twin; int32 (N,).

        Args:
            known: number of the group that the data set names, or -1; int (N,). Such pictures are twins in any case.
        """
        if self._thumbnails:
            self._describe()
        if not self._descriptors:
            return np.zeros(0, np.int32)
        hashes, colours = (np.concatenate(parts) for parts in zip(*self._descriptors, strict=True))
        return group_twins(hashes, colours, known)

    def _describe(self) -> None:
        self._descriptors.append(describe(np.stack(self._thumbnails)))
        self._thumbnails = []


def thumbnail(picture: Image.Image) -> np.ndarray:
    """Means of 72 x 72 cells, which 8 and 9 divide; uint8 (72, 72, 3)."""
    return np.asarray(picture.resize((72, 72), Image.Resampling.BOX))


def describe(thumbnails: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Packed difference hashes, uint8 (N, 16), and colours, uint8 (N, 192), of thumbnails, uint8 (N, 72, 72, 3)."""
    count = len(thumbnails)
    # Sum over rows (of 9 and of 8) before columns: the bulk of the additions is then in the smallest integer type.
    nine, eight = (thumbnails.reshape(count, 72 // height, height, 72, 3).sum(2, np.uint16) for height in (9, 8))
    right = nine.sum(3, np.uint32).reshape(count, 8, 9, 8).sum(3)  # (N, 8, 9)
    down = eight.sum(3, np.uint32).reshape(count, 9, 8, 9).sum(3)  # (N, 9, 8)
    rising = [right[:, :, 1:] > right[:, :, :-1], down[:, 1:] > down[:, :-1]]  # 2 x (N, 8, 8)
    hashes = np.packbits(np.concatenate([bits.reshape(count, 64) for bits in rising], axis=1), axis=1)
    colours = nine.reshape(count, 8, 8, 9, 3).sum(3, np.uint32) // 81
    return hashes, colours.astype(np.uint8).reshape(count, 192)


def group_twins(hashes: np.ndarray, colours: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Groups as of `TwinFinder.groups`, from the descriptors of all pictures."""
    # The number of pairs grows with the square of the pictures, so only the first of identical ones is compared.
    _, first, copy = np.unique(np.hstack([hashes, colours]), axis=0, return_index=True, return_inverse=True)
    member = _join(first[copy.ravel()], [_known_pairs(known)])
    hashes, colours = hashes[first].view(np.uint16), colours[first].astype(np.int16)  # (M, 8), (M, 192)
    pairs: list[tuple[np.ndarray, np.ndarray]] = []
    waiting = 0
    for left, right in _candidates(hashes):
        apart = member[first[left]] != member[first[right]]
        left, right = _similar(hashes, colours, left[apart], right[apart])
        if len(left):
            pairs.append((first[left], first[right]))
            waiting += len(left)
        if waiting > len(member):
            member, pairs, waiting = _join(member, pairs), [], 0
    member = _join(member, pairs)
    several = np.bincount(member)[member] > 1
    numbers = np.full(len(member), -1, np.int32)
    numbers[several] = pd.factorize(member[several])[0]
    return numbers


def _known_pairs(known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows that chain the members of each known group."""
    order = np.argsort(known, kind="stable")
    same = (known[order[:-1]] == known[order[1:]]) & (known[order[1:]] >= 0)
    return order[:-1][same], order[1:][same]


def _join(member: np.ndarray, pairs: list[tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """Merge the groups that `pairs` connect; `member` is the first row of the group of each row."""
    rows = np.arange(len(member))
    left, right = (np.concatenate(side) for side in zip((rows, member), *pairs, strict=True))
    links = coo_array((np.ones(len(left), bool), (left, right)), shape=(len(member), len(member)))
    _, component = connected_components(links, directed=False)
    _, first = np.unique(component, return_index=True)
    return first[component]


def _candidates(hashes: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of rows with an equal part of their hashes, once for each such part; uint16 (M, 8)."""
    for part in hashes.T:
        order = np.argsort(part, kind="stable")
        # Equal parts are adjacent in this order: pair each row with the next, then with the one after it, and so on.
        place, step = np.arange(len(part)), 0
        while len(place):
            step += 1
            place = place[place + step < len(part)]
            place = place[part[order[place]] == part[order[place + step]]]
            yield order[place], order[place + step]


def _similar(
    hashes: np.ndarray, colours: np.ndarray, left: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Those pairs of rows that are twins."""
    bits = np.bitwise_count(hashes[left] ^ hashes[right]).sum(1)
    near = bits <= MAX_BITS
    left, right = left[near], right[near]
    near = np.abs(colours[left] - colours[right]).mean(1) <= MAX_COLOUR
    return left[near], right[near]


def save(index: pd.DataFrame, groups: np.ndarray, path: Path = PATH) -> None:
    """Write the rows of `index` (art_style, painting) that have a twin, and their group."""
    rows = index[ARTWORK].assign(group=groups)[groups >= 0]
    write_parquet(pa.Table.from_pandas(rows, schema=SCHEMA, preserve_index=False), path)


def load(path: Path = PATH) -> pd.DataFrame:
    """Pictures that have a twin: art_style, painting, group."""
    return pq.read_table(path).to_pandas()


def with_training_twin(twins: pd.DataFrame, splits: pd.DataFrame, pictures: pd.DataFrame) -> pd.DataFrame:
    """Those of `pictures` (art_style, painting) that have a twin in the training split.

    Args:
        twins: as `load` returns.
        splits: art_style, painting and split; one or more rows for each artwork.
    """
    training = splits.loc[splits["split"] == "train", ARTWORK].drop_duplicates()
    groups = twins.merge(training, on=ARTWORK)["group"]
    return pictures[ARTWORK].merge(twins[twins["group"].isin(groups)], on=ARTWORK)[ARTWORK]
