"""From annotations to the table of utterances: selection, length limits, vocabulary and encoding, as in ArtEmis."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from stages.common.artworks import ARTWORK
from stages.common.emotions import Emotions
from stages.common.files import ROW_GROUP
from stages.utterances.splits import require_splits
from stages.utterances.tables import LEFT_OUT_SCHEMA, SCHEMA
from stages.utterances.tokenize import Tokens
from stages.utterances.vocabulary import EOS, SOS, UNK, Vocabulary

# Up to the first end of a sentence: a full stop, exclamation or question mark of Chinese and Japanese, with its closing
# signs; or one of other scripts (Latin, Armenian, Arabic, Urdu, Indian, Ethiopic) that is followed by a space.
FIRST_SENTENCE = (
    r"(?s)^(\s*\S.*?[\x{3002}\x{FF01}\x{FF1F}\x{FF61}][\x{300D}\x{300F}\x{201D}\x{FF09}]*).*$",
    r"""(?s)^(\s*\S.*?[.!?\x{589}\x{61F}\x{6D4}\x{964}\x{965}\x{1362}]['")]*)\s.*$""",
)


@dataclass(frozen=True)
class Dropped:
    """Numbers of utterances outside the length limits."""

    too_short: int
    too_long: int


def choose(frame: pd.DataFrame, *, first_sentence: bool, max_annotations: int) -> pd.DataFrame:
    """Keep the first annotations of each artwork (0: all), and optionally only the first sentence of each."""
    if max_annotations:
        nth = frame.groupby(ARTWORK, sort=False).cumcount()
        frame = frame[nth < max_annotations].reset_index(drop=True)
    if first_sentence:
        utterances = pa.array(frame["utterance"], pa.string())
        for pattern in FIRST_SENTENCE:
            utterances = pc.replace_substring_regex(utterances, pattern, r"\1")
        frame = frame.assign(utterance=utterances.to_pandas())
    return frame


def drop_by_length(
    frame: pd.DataFrame, lengths: np.ndarray, *, percentile: float, min_length: int
) -> tuple[np.ndarray, int, Dropped]:
    """Drop too short and too long utterances of every split.

    Args:
        frame: with the column `split`.
        lengths: number of tokens of each row.
        percentile: the maximum length is this percentile of the lengths in training, short ones included.

    Returns:
        Rows to keep, maximum length, and the numbers dropped.
    """
    max_length = np.percentile(lengths[(frame["split"] == "train").to_numpy()], percentile)
    short, long = lengths < min_length, lengths > max_length
    kept = np.flatnonzero(~(short | long))
    limits = f"utterances have between {min_length} and {int(max_length)} tokens (min_length, max_length_percentile)"
    require_splits(frame[["split"]].iloc[kept], limits)
    return kept, int(max_length), Dropped(too_short=int(short.sum()), too_long=int((long & ~short).sum()))


def build_vocabulary(frame: pd.DataFrame, tokens: Tokens, *, min_count: int) -> Vocabulary:
    """Vocabulary of the training split, in the order of first appearance."""
    training = tokens.take(np.flatnonzero(frame["split"] == "train"))
    return Vocabulary.build(training.counts(), min_count)


def encode(tokens: Tokens, vocabulary: Vocabulary, max_len: int) -> np.ndarray:
    """<sos>, word ids, <eos>, then <pad>: int32 (N, max_len + 2); no utterance may be longer than `max_len`."""
    lengths = tokens.ids.lengths
    ids = np.array([vocabulary.ids.get(word, UNK) for word in tokens.words], np.int32)
    encoded = np.zeros((len(lengths), max_len + 2), np.int32)
    encoded[:, 0] = SOS
    encoded[:, 1:-1][np.arange(max_len) < lengths[:, None]] = ids[tokens.ids.values]
    encoded[np.arange(len(lengths)), lengths + 1] = EOS
    return encoded


def table_parts(
    frame: pd.DataFrame, tokens: Tokens, vocabulary: Vocabulary, max_len: int, emotions: Emotions
) -> Iterator[pa.Table]:
    """Yield the table of utterances in row groups.

    One long utterance pads all others, so `tokens_encoded` as a whole may be by far the largest array in memory.
    """
    for start in range(0, len(frame), ROW_GROUP):
        rows = np.arange(start, min(start + ROW_GROUP, len(frame)))
        part = tokens.take(rows)
        yield build_table(frame.iloc[rows], part, encode(part, vocabulary, max_len), emotions)


def build_table(frame: pd.DataFrame, tokens: Tokens, encoded: np.ndarray, emotions: Emotions) -> pa.Table:
    """Table of the schema SCHEMA from annotations with their split, their tokens, and the result of `encode`.

    Without emotions, the columns `emotion` and `emotion_label` are null.
    """
    width = encoded.shape[1]
    starts = pa.array(np.arange(len(encoded) + 1) * width, pa.int32())
    lists = pa.ListArray.from_arrays(starts, pa.array(encoded.reshape(-1)))
    return pa.table({**_columns(frame, tokens, emotions), "tokens_encoded": lists}).select(SCHEMA.names).cast(SCHEMA)


def left_out_table(frame: pd.DataFrame, tokens: Tokens, emotions: Emotions) -> pa.Table:
    """As `build_table`, without ids."""
    return pa.table(_columns(frame, tokens, emotions)).cast(LEFT_OUT_SCHEMA)


def _columns(frame: pd.DataFrame, tokens: Tokens, emotions: Emotions) -> dict[str, pa.Array]:
    lists = tokens.lists()
    columns = {name: pa.array(frame[name], pa.string()) for name in (*ARTWORK, "emotion", "utterance")}
    columns |= {
        "repetition": pa.array(frame["repetition"], pa.int32()),
        "split": pa.array(frame["split"], pa.string()),
        "tokens": lists,
        "tokens_len": pa.array(tokens.ids.lengths, pa.int32()),
        "utterance_spelled": pc.binary_join(lists, " "),
        "emotion_label": pa.array(frame["emotion"].map(emotions.ids), pa.int32(), from_pandas=True),
    }
    return columns
