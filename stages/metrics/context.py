"""What metrics know of a sample: references, labels for slices, and whether captions come from this study."""

import numpy as np
import pandas as pd

from stages.annotations.tables import load_genres
from stages.common.errors import UserError
from stages.histograms.tables import load_histograms
from stages.metrics import java
from stages.metrics.interface import Context
from stages.metrics.pairing import ARTWORK, Sample, in_tokens
from stages.utterances.tables import vocabulary_path
from stages.utterances.vocabulary import Vocabulary, digest


def prepared(sample: Sample, utterances: pd.DataFrame, tokenizer: str) -> tuple[Sample, Context]:
    """The sample in the tokens asked for, and everything that any metric may ask about its pictures."""
    training = utterances.loc[utterances["split"] == "train", "utterance_spelled"].tolist()
    if tokenizer == "ptb":
        sample, training = in_tokens(sample, java.tokenized), java.tokenized(training)
    votes = sample.artworks.merge(load_histograms(), on=ARTWORK, how="left")["counts"]
    counts = np.stack(votes.tolist())  # (N, 9)
    return sample, Context(references=sample.references, votes=counts, asked=sample.asked, training=training)


def labels(sample: Sample) -> dict[str, pd.Series]:
    """By what the pictures are sliced; the emotion is the one with most votes, if there is one."""
    known = sample.artworks.merge(load_genres(), on=ARTWORK, how="left").merge(
        load_histograms(), on=ARTWORK, how="left"
    )
    return {"style": known["art_style"], "genre": known["genre"], "emotion": known["largest_untied"]}


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
