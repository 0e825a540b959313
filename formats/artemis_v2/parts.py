"""The parts of ArtEmis v2: the split of its artworks, and its test sets.

The rules are those of https://github.com/Vision-CAIR/artemis-v2: of `make_train_test_val_splits` in
neural_speaker/sat/artemis/utils/basic.py (commit 6d8c95a) and of dataset/create_parts.py (commit aac81e3). Two things
differ:

- The repository shuffles Python sets, whose order changes with every run, so nobody can repeat its split of the other
  artworks of ArtEmis, nor the half of them in its `test_old`. Here they are sorted first. The contrastive artworks are
  sorted there, too, so their split is the repository's.
- There, single rows go to `rest`, and an artwork can have others in `train`. Here whole artworks do.

The anchors are in `train` unless they are contrastive artworks themselves: of most pairs, a speaker has seen one side.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Set
from typing import NamedTuple

import numpy as np

from formats.artworks import Artwork
from stages.utterances.splits import split_artworks

# Shares of the split; training gets the others. The order of the sum and the products matters for their rounding.
VAL, TEST = 0.05, 0.1
SEED = 2021
# Of the test sets, and of the sample of ArtEmis' rows.
SAMPLE_SEED = 42
# Artworks with at least this many annotations in one collection are in `rest`.
HIGH_COVERAGE = 41
# Contrastive artworks are held out by the number of their annotations, the fewest first.
HELD_OUT = range(5, 10)


class Coverage(NamedTuple):
    """Annotations of an artwork in one collection: its rows, and their number as the collection gives it."""

    rows: int
    repetition: int


def coverage(rows: Iterable[tuple[Artwork, int | None]]) -> dict[Artwork, Coverage]:
    """Coverage of each artwork, from the artwork and the `repetition` of each row.

    The largest `repetition` of an artwork's rows counts; if none has one, the rows are counted.
    """
    found: dict[Artwork, Coverage] = {}
    for artwork, repetition in rows:
        before = found.get(artwork, Coverage(0, 0))
        found[artwork] = Coverage(before.rows + 1, max(before.repetition, repetition or 0))
    return {artwork: Coverage(count, given or count) for artwork, (count, given) in found.items()}


def split(
    contrastive: Mapping[Artwork, Coverage], artemis: Mapping[Artwork, Coverage], anchors: Set[Artwork]
) -> dict[Artwork, str]:
    """The split of each artwork: train, val, test or rest.

    Args:
        contrastive, artemis: the artworks of the two collections; an artwork can be in both.
        anchors: the artworks that others were chosen to contrast with.
    """
    rest = {artwork for each in (contrastive, artemis) for artwork, (_, n) in each.items() if n >= HIGH_COVERAGE}
    ordinary = {artwork: each for artwork, each in contrastive.items() if artwork not in rest}
    others = artemis.keys() - contrastive.keys() - rest
    return dict.fromkeys(rest, "rest") | _split_contrastive(ordinary) | _split_others(others, anchors & others)


def _split_contrastive(artworks: Mapping[Artwork, Coverage]) -> dict[Artwork, str]:
    """Hold out artworks, those with the fewest annotations first, until they have their share of the rows."""
    wanted = int((TEST + VAL) * sum(rows for rows, _ in artworks.values()))
    held_out: list[Artwork] = []
    for repetition in HELD_OUT:
        group = _sorted(artwork for artwork, each in artworks.items() if each.repetition == repetition)
        held_out += group[: max(wanted, 0) // repetition]
        wanted -= repetition * len(group)
    tested = int(len(held_out) * (TEST / (TEST + VAL)))
    split_of = dict.fromkeys(artworks, "train")
    return split_of | dict.fromkeys(held_out[:tested], "test") | dict.fromkeys(held_out[tested:], "val")


def _split_others(artworks: Set[Artwork], anchors: Set[Artwork]) -> dict[Artwork, str]:
    """All anchors train; of the other artworks, val and test get their share of all.

    Where there are more anchors than training may have, a random part of them is among the others.
    """
    surplus = max(len(anchors) - math.floor((1 - VAL - TEST) * len(artworks)), 0)
    order = np.random.RandomState(SEED).permutation(len(anchors))
    trained = {artwork for place, artwork in zip(order, _sorted(anchors), strict=True) if place >= surplus}
    free = {"".join(artwork): artwork for artwork in _sorted(artworks - trained)}
    scale = len(artworks) / max(len(free), 1)
    shares = split_artworks(np.array(list(free), object), val=VAL * scale, test=TEST * scale, seed=SEED)
    return dict.fromkeys(trained, "train") | {free[each]: part for each, part in shares.items()}


def test_sets(
    split_of: Mapping[Artwork, str], contrastive: Collection[Artwork], artemis: Collection[Artwork]
) -> dict[str, list[Artwork]]:
    """The artworks of each test set, sorted, under the repository's names.

    test_new: of the contrastive collection; test_ref: of ArtEmis; test_old: a random half of test_ref; test_all:
    test_new and test_old; test_40: ArtEmis' artworks with many annotations.
    """
    new, reference, many = (
        _sorted(artwork for artwork in artworks if split_of[artwork] == part)
        for artworks, part in ((contrastive, "test"), (artemis, "test"), (artemis, "rest"))
    )
    half = np.random.RandomState(SAMPLE_SEED).choice(len(reference), len(reference) // 2, replace=False)
    old = [reference[place] for place in sorted(half)]
    whole = _sorted({*new, *old})
    return {"test_new": new, "test_old": old, "test_all": whole, "test_ref": reference, "test_40": many}


def balanced(splits: Collection[str], size: int) -> np.ndarray:
    """Mask of the rows of ArtEmis that the repository's training set `combined` keeps; bool (N,).

    Of all rows, a random sample of `size` stays for training and validation; rows of test and rest all stay.

    Args:
        splits: the split of each row, (N,).
    """
    sampled = np.random.RandomState(SAMPLE_SEED).choice(len(splits), min(size, len(splits)), replace=False)
    kept = np.isin(list(splits), ["test", "rest"])
    kept[sampled] = True
    return kept


def _sorted(artworks: Iterable[Artwork]) -> list[Artwork]:
    """In the order of ArtEmis' ids of artworks: style and name without a separator."""
    return sorted(artworks, key="".join)
