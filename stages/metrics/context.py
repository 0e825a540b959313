"""What is known of the pictures besides their references: people's votes, the emotions asked for, the training."""

import numpy as np
import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.histograms.tables import load_histograms
from stages.metrics.interface import Context
from stages.metrics.pairing import ARTWORK, Sample

NOBODY = np.zeros(len(EMOTIONS), np.int32)


def context_of(sample: Sample, utterances: pd.DataFrame) -> Context:
    """The context of a sample of the corpus; a picture without a histogram has no votes."""
    counts = sample.artworks.merge(load_histograms(), on=ARTWORK, how="left")["counts"]
    training = utterances.loc[utterances["split"] == "train", "utterance_spelled"]
    return Context(
        references=sample.references,
        votes=np.stack([own if isinstance(own, np.ndarray) else NOBODY for own in counts]),
        asked=sample.asked,
        training=training.to_list(),
    )
