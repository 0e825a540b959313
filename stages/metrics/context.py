"""Context of a sample: references, votes and training utterances, labels for slices, and a check of its origin."""

import numpy as np
import pandas as pd

from stages.annotations.tables import load_genres
from stages.common.artworks import ARTWORK
from stages.common.emotions import Emotions
from stages.common.errors import UserError
from stages.histograms.tables import load_histograms
from stages.metrics import java
from stages.metrics.interface import Context
from stages.metrics.pairing import Sample, tokenize_sample
from stages.utterances.tables import vocabulary_path
from stages.utterances.vocabulary import Vocabulary, digest

VOCABULARY = vocabulary_path("deep_nets")


def build_context(
    sample: Sample, utterances: pd.DataFrame, emotions: Emotions, tokenizer: str, *, english: bool = True
) -> tuple[Sample, Context]:
    """The sample in the tokens of `tokenizer`, and the data of its pictures that any metric may need."""
    training = utterances.loc[utterances["split"] == "train", "utterance_spelled"].tolist()
    if tokenizer == "ptb":
        sample, training = tokenize_sample(sample, java.ptb_tokenize), java.ptb_tokenize(training)
    votes = None
    if emotions:
        votes = np.stack(sample.artworks.merge(load_histograms(), on=ARTWORK, how="left")["counts"].tolist())  # (N, C)
    return sample, Context(
        references=sample.references, votes=votes, grounding=sample.grounding, training=training, english=english
    )


def slice_labels(sample: Sample) -> dict[str, pd.Series]:
    """The style, the genre and the most frequent emotion of each picture; missing where a picture has none."""
    labels = sample.artworks.merge(load_genres(), on=ARTWORK, how="left").merge(
        load_histograms(), on=ARTWORK, how="left"
    )
    return {"style": labels["art_style"], "genre": labels["genre"], "emotion": labels["largest_untied"]}


def require_same_study(
    captions: pd.DataFrame, trained_on: str | None, utterances: pd.DataFrame, split: str, source: str
) -> None:
    """Make sure that no caption is scored on data that its speaker was trained on.

    Args:
        trained_on: the digest of the speaker's training data, if the file `source` has one.

    Raises:
        UserError: captions of another split, or of a speaker with other training data or another vocabulary.
    """
    splits = utterances[[*ARTWORK, "split"]].drop_duplicates()
    placed = captions[ARTWORK].merge(splits, on=ARTWORK)
    misplaced = placed[placed["split"] != split]
    if len(misplaced):
        first = misplaced.iloc[0]
        raise UserError(
            f"{source}: {len(misplaced):,} captions are of pictures outside the split {split} (captions.split in "
            f"params.yaml); the first is {'/'.join(first[ARTWORK])} of the split {first['split']}; make the captions "
            "again"
        )
    if trained_on is not None and trained_on != digest(utterances, Vocabulary.load(VOCABULARY)):
        raise UserError(
            f"{source}: the speaker of these captions was trained on other artworks or another vocabulary than those "
            f"in {VOCABULARY.parent}; train it and caption again with `dvc repro captions`"
        )
