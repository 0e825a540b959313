import pandas as pd
import pytest
from symspellpy import SymSpell

from stages.common.errors import UserError
from stages.utterances import preprocess
from stages.utterances.preprocess import add_tokens, drop_by_length, encode_all, tokenize_all


def lengths(train, val=(5,), test=(5,)):
    """A frame with utterances of the given lengths in each split."""
    parts = {"train": train, "val": val, "test": test}
    rows = [(split, n, ["sea"] * n) for split, sizes in parts.items() for n in sizes]
    return pd.DataFrame(rows, columns=["split", "tokens_len", "tokens"])


def test_repeated_utterances_get_the_tokens_of_their_row(monkeypatch):
    monkeypatch.setattr(
        preprocess, "load_engine", lambda: pytest.fail("the dictionary takes seconds, and is not needed")
    )
    utterances = pd.Series(["The sea.", "A boat!", "The sea."], index=[5, 6, 7])
    tokens, corrected = tokenize_all(utterances, spell_check=False)
    assert tokens == [["the", "sea"], ["a", "boat"], ["the", "sea"]]
    assert corrected == 0


def test_spelling_is_corrected_with_the_counts_of_the_whole_corpus(monkeypatch):
    engine = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    for word in ("colourful", "portraits", "such"):
        engine.create_dictionary_entry(word, 1000)
    monkeypatch.setattr(preprocess, "load_engine", lambda: engine)
    # One utterance that is made 20 times makes a word of what the dictionary spells otherwise.
    utterances = pd.Series(["Such colorful portaits"] + ["a colorful sky"] * 20)
    tokens, corrected = tokenize_all(utterances, spell_check=True)
    assert tokens[0] == ["such", "colorful", "portraits"]
    assert corrected == 1


def test_tokens_bring_their_number_and_their_text():
    frame = add_tokens(pd.DataFrame({"utterance": ["The sea.", "..."]}), [["the", "sea"], []])
    assert frame["tokens_len"].tolist() == [2, 0]
    assert frame["utterance_spelled"].tolist() == ["the sea", ""]


def test_the_longest_length_is_a_percentile_of_training_with_its_short_rows():
    # Of the lengths 1, 2, ..., 10 and 20 in training, the 90th percentile is exactly 10.
    frame = lengths(train=[*range(1, 11), 20], val=[3, 11, 10], test=[2, 3])
    kept, longest, dropped = drop_by_length(frame, percentile=90, shortest=3)
    assert longest == 10
    assert kept["tokens_len"].tolist() == [*range(3, 11), 3, 10, 3]
    assert kept.index.tolist() == list(range(11))
    assert (dropped.too_short, dropped.too_long) == (3, 2)


def test_the_limit_may_lie_between_two_lengths():
    kept, longest, _ = drop_by_length(lengths(train=[4, 7], val=[5], test=[6, 5]), percentile=50, shortest=0)
    assert longest == 5
    assert kept["tokens_len"].tolist() == [4, 5, 5]


def test_dropping_all_of_a_split_is_one_sentence():
    with pytest.raises(UserError, match="split 'val': utterances have between 6 and 9 tokens"):
        drop_by_length(lengths(train=[9], val=[5], test=[8]), percentile=100, shortest=6)


def test_the_vocabulary_is_that_of_training():
    frame = lengths(train=[2], val=[1], test=[1]).assign(emotion=["awe", "fear", "something else"])
    frame.at[1, "tokens"] = ["boat"]
    encoded, vocabulary = encode_all(frame, min_count=1, max_len=3)
    assert vocabulary.words[4:] == ["sea"]
    assert encoded["tokens_encoded"].tolist() == [[1, 4, 4, 2, 0], [1, 3, 2, 0, 0], [1, 4, 2, 0, 0]]
    assert encoded["emotion_label"].tolist() == [1, 6, 8]
