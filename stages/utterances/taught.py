"""What a speaker was taught by, as a digest that its captions carry on: other words or artworks are another lesson."""

import hashlib
import json

import pandas as pd

from stages.utterances.vocabulary import Vocabulary


def digest(utterances: pd.DataFrame, vocabulary: Vocabulary) -> str:
    """Of the words, in the order of their ids, and of the artworks that are in training; 32 characters."""
    training = utterances.loc[utterances["split"] == "train", ["art_style", "painting"]]
    artworks = sorted(set(training.itertuples(index=False, name=None)))
    return hashlib.sha256(json.dumps([vocabulary.words, artworks]).encode()).hexdigest()[:32]
