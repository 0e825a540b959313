"""What other stages know of a sample's pictures: the metrics' context, and labels for slices."""

import numpy as np
import pandas as pd

from stages.annotations.tables import load_genres
from stages.histograms.tables import load_histograms
from stages.metrics import ptb
from stages.metrics.interface import Context
from stages.metrics.pairing import ARTWORK, Sample, in_tokens


def prepared(sample: Sample, utterances: pd.DataFrame, tokenizer: str) -> tuple[Sample, Context]:
    """The sample in the tokens asked for, and everything that any metric may ask about its pictures."""
    training = utterances.loc[utterances["split"] == "train", "utterance_spelled"].tolist()
    if tokenizer == "ptb":
        sample, training = in_tokens(sample, ptb.tokenized), ptb.tokenized(training)
    votes = sample.artworks.merge(load_histograms(), on=ARTWORK, how="left")["counts"]
    counts = np.stack(votes.tolist())  # (N, 9)
    return sample, Context(references=sample.references, votes=counts, asked=sample.asked, training=training)


def labels(sample: Sample) -> dict[str, pd.Series]:
    """By what the pictures are sliced; the emotion is the one with most votes, if there is one."""
    known = sample.artworks.merge(load_genres(), on=ARTWORK, how="left").merge(
        load_histograms(), on=ARTWORK, how="left"
    )
    return {"style": known["art_style"], "genre": known["genre"], "emotion": known["largest_untied"]}
