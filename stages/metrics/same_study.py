"""Whether captions come from this very study: of the split that is judged, by a speaker of its vocabulary and split."""

import pandas as pd

from stages.common.errors import UserError
from stages.metrics.pairing import ARTWORK
from stages.utterances.tables import vocabulary_path
from stages.utterances.taught import digest
from stages.utterances.vocabulary import Vocabulary

VOCABULARY = vocabulary_path("deep_nets")


def require_same_study(
    captions: pd.DataFrame, taught: str | None, utterances: pd.DataFrame, split: str, source: str
) -> None:
    """See to it that nobody is judged on what they have learnt from.

    Args:
        taught: the digest of what the speaker of `captions` learnt from, if the file `source` says.

    Raises:
        UserError: some captions are of pictures of another split, or another lesson was taught.
    """
    places = utterances[[*ARTWORK, "split"]].drop_duplicates()
    known = captions[ARTWORK].merge(places, on=ARTWORK)
    others = known[known["split"] != split]
    if len(others):
        first = others.iloc[0]
        raise UserError(
            f"{source}: {len(others):,} captions are of pictures that are not in the split {split}, "
            f"{'/'.join(first[ARTWORK])} of {first['split']} the first; make the captions again"
        )
    if taught is not None and taught != digest(utterances, Vocabulary.load(VOCABULARY)):
        raise UserError(
            f"{source}: the speaker of these captions learnt from other artworks or another vocabulary than those of "
            f"{VOCABULARY.parent}; train it and caption again with `dvc repro captions`"
        )
