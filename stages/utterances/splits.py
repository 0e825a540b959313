"""Assignment of artworks to the splits train, val, test and rest.

All utterances of an artwork share its split, since a speaker must not be tested on pictures that it was trained on. The
assignment by shares equals that of ArtEmis' code, so that results on its data are comparable; a data set may also bring
its own.
"""

import math

import numpy as np
import pandas as pd

from stages.common.artworks import ARTWORK
from stages.common.errors import UserError

SPLITS = ("train", "val", "test", "rest")


def assign(
    frame: pd.DataFrame, *, val: float, test: float, seed: int, high_coverage: int, by_row: bool = False
) -> pd.DataFrame:
    """Add the column `split`; rows in `rest` move to the end, all others keep their order.

    Args:
        val, test: shares of the artworks; training gets the others.
        high_coverage: artworks with at least this many annotations go to `rest`; 0: none.
        by_row: if the rows of an artwork differ in `repetition`, assign each row by its value, as ArtEmis' code does;
            otherwise the largest value counts for all of them.
    """
    if high_coverage:
        count = frame["repetition"] if by_row else frame.groupby(ARTWORK, sort=False)["repetition"].transform("max")
        rest = count >= high_coverage
    else:
        rest = pd.Series(False, index=frame.index)
    # ArtEmis' id of an artwork joins style and name without a separator.
    ids = (frame["art_style"] + frame["painting"])[~rest]
    split_of = split_artworks(ids.unique(), val=val, test=test, seed=seed)
    labelled = [frame[~rest].assign(split=ids.map(split_of)), frame[rest].assign(split="rest")]
    whole = pd.concat([part for part in labelled if len(part)], ignore_index=True)
    require_splits(whole, f"{len(split_of):,} artworks are too few for the shares in utterances.splits")
    return whole


def as_given(frame: pd.DataFrame) -> pd.DataFrame:
    """Check the column `split`, which comes from the data set itself; rows in `rest` move to the end, as in `assign`.

    Raises:
        UserError: a row has no split or an unknown one, an artwork is in several, or train, val or test has no row.
    """
    missing = frame[~frame["split"].isin(SPLITS)]
    if len(missing) == len(frame) and missing["split"].isna().all():
        raise UserError(
            f"utterances.split_by is given, but the annotations have no column split; add it ({', '.join(SPLITS)}), or "
            "set utterances.split_by to shares"
        )
    if len(missing):
        first = missing.iloc[0]
        found = "no split" if pd.isna(first["split"]) else f"the split {first['split']!r}"
        raise UserError(
            f"utterances.split_by is given, but {len(missing):,} annotations have no split or an unknown one; the "
            f"first, record {first['record']:,}, has {found}; allowed: {', '.join(SPLITS)}; correct them, or set "
            "utterances.split_by to shares"
        )
    places = frame[[*ARTWORK, "split"]].drop_duplicates()
    torn = places[places.duplicated(ARTWORK, keep=False)].sort_values([*ARTWORK, "split"])
    if len(torn):
        first = torn.iloc[0]
        parts = torn.loc[(torn[ARTWORK] == first[ARTWORK]).all(axis=1), "split"]
        count = len(torn[ARTWORK].drop_duplicates())
        raise UserError(
            f"utterances.split_by is given, but {count:,} artworks are in several splits; the first, "
            f"{'/'.join(first[ARTWORK])}, is in {' and '.join(parts)}; a speaker must not be tested on pictures that "
            "it was trained on: give all rows of an artwork the same split"
        )
    rest = frame["split"] == "rest"
    whole = pd.concat([frame[~rest], frame[rest]], ignore_index=True)
    require_splits(whole, "the column split of the annotations names it in no row")
    return whole


def count_divided(frame: pd.DataFrame) -> int:
    """Number of artworks with utterances in more than one split."""
    places = frame[[*ARTWORK, "split"]].drop_duplicates()
    return int(places.groupby(ARTWORK, sort=False).size().gt(1).sum())


def split_artworks(ids: np.ndarray, *, val: float, test: float, seed: int) -> dict[str, str]:
    """Split of each id: train, val or test.

    Equals scikit-learn's `train_test_split` on the ids sorted by code point, applied twice: all into (train, held out),
    then held out into (val, test), both with `seed`.
    """
    ids = np.array(sorted(ids), dtype=object)
    # The floating-point sum, as in ArtEmis: 0.05 + 0.1 is slightly more than 0.15.
    held_out = math.ceil((val + test) * len(ids))
    order = np.random.RandomState(seed).permutation(len(ids))
    held_out_ids = ids[order[:held_out]]
    tested = round(test * len(ids))
    order = np.random.RandomState(seed).permutation(len(held_out_ids))
    split_of = dict.fromkeys(ids, "train")
    split_of |= dict.fromkeys(held_out_ids[order[:tested]], "test")
    split_of |= dict.fromkeys(held_out_ids[order[tested:]], "val")
    return split_of


def require_splits(frame: pd.DataFrame, reason: str) -> None:
    """Check that train, val and test have at least one row each.

    Raises:
        UserError: names the empty split, with `reason`.
    """
    present = set(frame["split"].unique())
    for split in ("train", "val", "test"):
        if split not in present:
            raise UserError(f"utterances: no utterance is left for the split '{split}': {reason}")
