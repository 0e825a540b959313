"""Which artworks the models learn from, and which they are judged on.

All utterances of an artwork share its split: a speaker must not be tested on pictures
that it has seen. The assignment is ArtEmis' own, number for number, so that results on
its data can be compared.
"""

import math

import numpy as np
import pandas as pd

from stages.common.errors import UserError

ARTWORK = ["art_style", "painting"]
SPLITS = ("train", "val", "test", "rest")


def assign(
    frame: pd.DataFrame, *, val: float, test: float, seed: int, high_coverage: int, by_row: bool = False
) -> pd.DataFrame:
    """Add the column `split`; rows in `rest` move to the end, all others keep their order.

    Args:
        val, test: shares of the artworks; training gets what they leave.
        high_coverage: artworks with at least this many annotations go to `rest` (0: none does).
        by_row: where the rows of an artwork disagree about `repetition`, each goes its own way, as
            ArtEmis' code has it; otherwise the largest counts for all of them.
    """
    if high_coverage:
        count = frame["repetition"] if by_row else frame.groupby(ARTWORK, sort=False)["repetition"].transform("max")
        rest = count >= high_coverage
    else:
        rest = pd.Series(False, index=frame.index)
    ids = identities(frame)[~rest]
    split_of = split_artworks(ids.unique(), val=val, test=test, seed=seed)
    labelled = [frame[~rest].assign(split=ids.map(split_of)), frame[rest].assign(split="rest")]
    whole = pd.concat([part for part in labelled if len(part)], ignore_index=True)
    require_splits(whole, f"{len(split_of):,} artworks are too few for the shares in utterances.splits")
    return whole


def divided(frame: pd.DataFrame) -> int:
    """How many artworks have utterances in more than one split."""
    places = frame[[*ARTWORK, "split"]].drop_duplicates()
    return int(places.groupby(ARTWORK, sort=False).size().gt(1).sum())


def identities(frame: pd.DataFrame) -> pd.Series:
    """ArtEmis' id of each row's artwork: style and name, joined without a separator."""
    return frame["art_style"] + frame["painting"]


def split_artworks(ids: np.ndarray, *, val: float, test: float, seed: int) -> dict[str, str]:
    """Id -> train, val or test.

    The same as scikit-learn's `train_test_split` on the ids sorted by code point, twice:
    all into (train, held out), then held out into (val, test), both with `seed`.
    """
    ids = np.array(sorted(ids), dtype=object)
    # The sum in floating point, as there: 0.05 + 0.1 is a little more than 0.15.
    held_out = math.ceil((val + test) * len(ids))
    order = np.random.RandomState(seed).permutation(len(ids))
    aside = ids[order[:held_out]]
    tested = round(test * len(ids))
    order = np.random.RandomState(seed).permutation(len(aside))
    split_of = dict.fromkeys(ids, "train")
    split_of |= dict.fromkeys(aside[order[:tested]], "test")
    split_of |= dict.fromkeys(aside[order[tested:]], "val")
    return split_of


def require_splits(frame: pd.DataFrame, reason: str) -> None:
    """Training, validation and test each need a row.

    Raises:
        UserError: naming the empty split, with `reason`.
    """
    present = set(frame["split"].unique())
    for split in ("train", "val", "test"):
        if split not in present:
            raise UserError(f"utterances: no utterance is left for the split '{split}': {reason}")
