"""From annotations to the table that all models learn from: the steps in ArtEmis' order."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from stages.common.emotions import IDS
from stages.common.files import ROW_GROUP
from stages.utterances.splits import ARTWORK, require_splits
from stages.utterances.tables import SCHEMA
from stages.utterances.tokenize import Tokens
from stages.utterances.vocabulary import EOS, SOS, UNK, Vocabulary

# Up to the first end of a sentence that a space follows.
FIRST_SENTENCE = r"""(?s)^(\s*\S.*?[.!?]['")]*)\s.*$"""


@dataclass(frozen=True)
class Dropped:
    """How many utterances a profile leaves out."""

    too_short: int
    too_long: int


def choose(frame: pd.DataFrame, *, first_sentence: bool, max_annotations: int) -> pd.DataFrame:
    """Shorten each utterance to its first sentence; keep the first annotations of each artwork (0: all)."""
    if max_annotations:
        nth = frame.groupby(ARTWORK, sort=False).cumcount()
        frame = frame[nth < max_annotations].reset_index(drop=True)
    if first_sentence:
        said = pa.array(frame["utterance"], pa.string())
        frame = frame.assign(utterance=pc.replace_substring_regex(said, FIRST_SENTENCE, r"\1").to_pandas())
    return frame


def drop_by_length(
    frame: pd.DataFrame, lengths: np.ndarray, *, percentile: float, shortest: int
) -> tuple[np.ndarray, int, Dropped]:
    """Leave out too short and too long utterances of every split.

    Returns the rows that stay, the longest length allowed, and what was dropped. The
    limit is the percentile of the lengths in training, short ones included.
    """
    longest = np.percentile(lengths[(frame["split"] == "train").to_numpy()], percentile)
    short, long = lengths < shortest, lengths > longest
    kept = np.flatnonzero(~(short | long))
    limits = f"utterances have between {shortest} and {int(longest)} tokens (min_length, max_length_percentile)"
    require_splits(frame[["split"]].iloc[kept], limits)
    return kept, int(longest), Dropped(too_short=int(short.sum()), too_long=int((long & ~short).sum()))


def vocabulary_of(frame: pd.DataFrame, tokens: Tokens, *, min_count: int) -> Vocabulary:
    """The words of the training rows, in the order of their first appearance there."""
    training = tokens.take(np.flatnonzero(frame["split"] == "train"))
    return Vocabulary.build(training.counts(), min_count)


def encode(tokens: Tokens, vocabulary: Vocabulary, max_len: int) -> np.ndarray:
    """<sos>, the words' ids, <eos>, then <pad>: (n, max_len + 2) int32; no utterance may be longer."""
    lengths = tokens.ids.lengths
    ids = np.array([vocabulary.ids.get(word, UNK) for word in tokens.words], np.int32)
    encoded = np.zeros((len(lengths), max_len + 2), np.int32)
    encoded[:, 0] = SOS
    encoded[:, 1:-1][np.arange(max_len) < lengths[:, None]] = ids[tokens.ids.values]
    encoded[np.arange(len(lengths)), lengths + 1] = EOS
    return encoded


def parts_of(frame: pd.DataFrame, tokens: Tokens, vocabulary: Vocabulary, max_len: int) -> Iterator[pa.Table]:
    """The rows with all that was found out about them, as tables.py wants it.

    In parts, since padding one long utterance lengthens all others: whole, `tokens_encoded` may be the
    largest thing in memory by far.
    """
    for start in range(0, len(frame), ROW_GROUP):
        rows = np.arange(start, min(start + ROW_GROUP, len(frame)))
        part = tokens.take(rows)
        yield table_of(frame.iloc[rows], part, encode(part, vocabulary, max_len))


def table_of(frame: pd.DataFrame, tokens: Tokens, encoded: np.ndarray) -> pa.Table:
    """One table of rows, their tokens, and what `encode` made of these."""
    lists = tokens.lists()
    width = encoded.shape[1]
    columns = {name: pa.array(frame[name], pa.string()) for name in ("art_style", "painting", "emotion", "utterance")}
    columns |= {
        "repetition": pa.array(frame["repetition"], pa.int32()),
        "split": pa.array(frame["split"], pa.string()),
        "tokens": lists,
        "tokens_len": pa.array(tokens.ids.lengths, pa.int32()),
        "utterance_spelled": pc.binary_join(lists, " "),
        "tokens_encoded": pa.ListArray.from_arrays(
            pa.array(np.arange(len(encoded) + 1) * width, pa.int32()), pa.array(encoded.reshape(-1))
        ),
        "emotion_label": pa.array(frame["emotion"].map(IDS), pa.int32()),
    }
    return pa.table(columns).cast(SCHEMA)
