"""Selection of utterances, length limits, vocabulary, and the table of utterances."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.utterances import preprocess
from stages.utterances.preprocess import build_table, build_vocabulary, choose, drop_by_length, encode, table_parts
from stages.utterances.tables import SCHEMA
from stages.utterances.tokenize import Tokens


def lengths(train, val=(5,), test=(5,)):
    """The splits and lengths of utterances."""
    parts = {"train": train, "val": val, "test": test}
    rows = [(split, n) for split, sizes in parts.items() for n in sizes]
    return pd.DataFrame({"split": [split for split, _ in rows]}), np.array([n for _, n in rows])


def test_the_maximum_length_is_a_percentile_of_training_with_its_short_rows():
    # Of the lengths 1, 2, ..., 10 and 20 in training, the 90th percentile is exactly 10.
    frame, sizes = lengths(train=[*range(1, 11), 20], val=[3, 11, 10], test=[2, 3])
    kept, max_length, dropped = drop_by_length(frame, sizes, percentile=90, min_length=3)
    assert max_length == 10
    assert sizes[kept].tolist() == [*range(3, 11), 3, 10, 3]
    assert (dropped.too_short, dropped.too_long) == (3, 2)


def test_the_limit_may_lie_between_two_lengths():
    frame, sizes = lengths(train=[4, 7], val=[5], test=[6, 5])
    kept, max_length, _ = drop_by_length(frame, sizes, percentile=50, min_length=0)
    assert max_length == 5
    assert sizes[kept].tolist() == [4, 5, 5]


def test_the_hundredth_percentile_drops_what_is_longer_than_all_of_training():
    kept, max_length, dropped = drop_by_length(
        *lengths(train=[4, 9], val=[9, 10], test=[12, 3]), percentile=100, min_length=0
    )
    assert kept.tolist() == [0, 1, 2, 5]
    assert (max_length, dropped.too_long) == (9, 2)


def test_dropping_all_of_a_split_is_an_error():
    with pytest.raises(UserError, match="split 'val': utterances have between 6 and 9 tokens"):
        drop_by_length(*lengths(train=[9], val=[5], test=[8]), percentile=100, min_length=6)


def test_the_vocabulary_is_that_of_training_in_the_order_of_first_appearance():
    frame = pd.DataFrame({"split": ["val", "train", "test", "train"]})
    tokens = Tokens.of([["boat"], ["sea", "sky", "sea"], ["cliff"], ["sky", "boat"]])
    assert build_vocabulary(frame, tokens, min_count=0).words[4:] == ["sea", "sky", "boat"]
    assert build_vocabulary(frame, tokens, min_count=2).words[4:] == ["sea", "sky"]


def test_the_table_of_a_few_rows():
    frame = pd.DataFrame(
        {
            "art_style": "Cubism",
            "painting": ["a", "a", "b"],
            "emotion": ["awe", "fear", "something else"],
            "utterance": ["Sea, sea!", "...", "A boat"],
            "repetition": [2, 2, 1],
            "split": "train",
        }
    )
    tokens = Tokens.of([["sea", "sea"], [], ["a", "boat"]])
    encoded = encode(tokens, build_vocabulary(frame, tokens, min_count=2), max_len=3)
    assert encoded.tolist() == [[1, 4, 4, 2, 0], [1, 2, 0, 0, 0], [1, 3, 3, 2, 0]]
    table = build_table(frame, tokens, encoded, ARTEMIS)
    assert table.schema == SCHEMA
    assert table["tokens"].to_pylist() == [["sea", "sea"], [], ["a", "boat"]]
    assert table["tokens_len"].to_pylist() == [2, 0, 2]
    assert table["utterance_spelled"].to_pylist() == ["sea sea", "", "a boat"]
    assert table["tokens_encoded"].to_pylist() == encoded.tolist()
    assert table["emotion_label"].to_pylist() == [1, 6, 8]


@pytest.mark.parametrize(
    ("utterance", "first"),
    [
        ("The sea is calm. I like it.", "The sea is calm."),
        ("Calm?! Really. Yes.", "Calm?!"),
        ('"So calm." she says', '"So calm."'),
        ("It costs 3.50 here", "It costs 3.50 here"),
        ("...", "..."),
        ("Calm.\nVery.", "Calm."),
        ("", ""),
    ],
)
def test_the_first_sentence(utterance, first):
    frame = pd.DataFrame({"utterance": [utterance]})
    assert choose(frame, first_sentence=True, max_annotations=0)["utterance"].tolist() == [first]


def test_the_first_annotations_of_an_artwork():
    frame = pd.DataFrame({"art_style": "Cubism", "painting": list("abaab"), "utterance": list("12345")})
    assert choose(frame, first_sentence=False, max_annotations=2)["utterance"].tolist() == list("1235")


def test_row_groups_make_the_table(monkeypatch):
    monkeypatch.setattr(preprocess, "ROW_GROUP", 2)
    frame = pd.DataFrame({name: list("abcde") for name in ("art_style", "painting", "utterance")})
    frame = frame.assign(emotion="awe", repetition=1, split="train")
    tokens = Tokens.of([["sea"], ["a", "sea"], [], ["sky"], ["a", "b", "c"]])
    vocabulary = build_vocabulary(frame, tokens, min_count=0)
    parts = list(table_parts(frame, tokens, vocabulary, max_len=3, emotions=ARTEMIS))
    assert [len(part) for part in parts] == [2, 2, 1]
    whole = build_table(frame, tokens, encode(tokens, vocabulary, max_len=3), ARTEMIS)
    assert pa.concat_tables(parts).to_pylist() == whole.to_pylist()
