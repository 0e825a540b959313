"""From annotations to the table that all models learn from: the steps in ArtEmis' order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stages.common.emotions import IDS
from stages.common.progress import track
from stages.utterances.spelling import correct, corrections, load_engine
from stages.utterances.splits import require_splits
from stages.utterances.text import tokens as tokens_of
from stages.utterances.vocabulary import Vocabulary


@dataclass(frozen=True)
class Dropped:
    """How many utterances a profile leaves out."""

    too_short: int
    too_long: int


def tokenize_all(utterances: pd.Series, *, spell_check: bool) -> tuple[list[list[str]], int]:
    """The tokens of each utterance, and how many tokens were corrected.

    People repeat themselves: each distinct utterance is tokenized once and each
    distinct token corrected once.
    """
    codes, distinct = pd.factorize(utterances)
    tokens = [tokens_of(text) for text in track(distinct, "tokenize")]
    corrected = 0
    if spell_check:
        counts = _count(tokens, np.bincount(codes, minlength=len(distinct)))
        found = corrections(counts, load_engine())
        corrected = sum(counts[token] for token in found)
        tokens = [correct(words, found) for words in tokens]
    return [tokens[code] for code in codes], corrected


def add_tokens(frame: pd.DataFrame, tokens: Sequence[list[str]]) -> pd.DataFrame:
    """Add `tokens`, `tokens_len` and `utterance_spelled` (the tokens joined by spaces)."""
    return frame.assign(
        tokens=pd.Series(list(tokens), index=frame.index, dtype=object),
        tokens_len=np.array([len(words) for words in tokens], dtype=np.int32),
        utterance_spelled=[" ".join(words) for words in tokens],
    )


def drop_by_length(frame: pd.DataFrame, *, percentile: float, shortest: int) -> tuple[pd.DataFrame, int, Dropped]:
    """Leave out too short and too long utterances of every split.

    Returns the kept rows, the longest length allowed, and what was dropped. The limit
    is the percentile of the lengths in training, short ones included.
    """
    lengths = frame["tokens_len"]
    longest = np.percentile(lengths[frame["split"] == "train"], percentile)
    short, long = lengths < shortest, lengths > longest
    kept = frame[~(short | long)].reset_index(drop=True)
    limits = f"utterances have between {shortest} and {int(longest)} tokens (min_length, max_length_percentile)"
    require_splits(kept, limits)
    return kept, int(longest), Dropped(too_short=int(short.sum()), too_long=int((long & ~short).sum()))


def encode_all(frame: pd.DataFrame, *, min_count: int, max_len: int) -> tuple[pd.DataFrame, Vocabulary]:
    """Build the vocabulary from the training rows; add `tokens_encoded` and `emotion_label`."""
    vocabulary = Vocabulary.build(frame.loc[frame["split"] == "train", "tokens"], min_count)
    encoded = [vocabulary.encode(words, max_len) for words in frame["tokens"]]
    return frame.assign(
        tokens_encoded=pd.Series(encoded, index=frame.index, dtype=object),
        emotion_label=frame["emotion"].map(IDS).astype("int32"),
    ), vocabulary


def _count(utterances: Sequence[list[str]], times: np.ndarray) -> Counter[str]:
    """How often each token occurs, the utterance i being said `times[i]` times."""
    counts: Counter[str] = Counter()
    for tokens, n in zip(utterances, times.tolist(), strict=True):
        for token in tokens:
            counts[token] += n
    return counts
