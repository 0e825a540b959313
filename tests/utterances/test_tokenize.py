"""Tokenizing distinct pieces equals tokenizing each utterance."""

import random

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.utterances import clean_rules
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.resource_files import Resources
from stages.utterances.tokenize import Ragged, Spelling, Tokens, correct, tokenize_all

UTTERANCES = ["The sea.", "A 'calm sea'", "the sea", "the sea", "'", "", " ", "Isn't it the artist's \u201csea\u201d?"]


def test_tokens_of_each_utterance():
    expected = [clean_rules.tokens(utterance) for utterance in UTTERANCES]
    assert tokenize_all(pa.array(UTTERANCES), CleanRules()).lists().to_pylist() == expected


def test_many_random_utterances():
    choose = random.Random(7)
    signs = [*"'\"’‘“”´`()&!?.,:;-…", "''", "n't", "'s", "cannot", "it's", "İ", "Σ", "ΑΣ", "é", "😀", "4th"]  # noqa: RUF001
    signs += ["\u0301", "\u00ad", "\u200d", "\u02bc", "&#39;", "&quot;", "&nbsp;"]
    pieces = [*"abcDET", *signs, *signs, *[" "] * 20, "\n", "\u00a0"]
    utterances = ["".join(choose.choices(pieces, k=choose.randrange(14))) for _ in range(10_000)]
    tokens = tokenize_all(pa.array(utterances), CleanRules()).lists().to_pylist()
    assert tokens == [clean_rules.tokens(utterance) for utterance in utterances]


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_any_utterances(texts):
    expected = [clean_rules.tokens(text) for text in texts]
    assert tokenize_all(pa.array(texts), CleanRules()).lists().to_pylist() == expected


def test_the_defects_of_artemis(tmp_path):
    """With small tables, so that the rules are tested without the resources of ArtEmis."""
    rules = ArtemisRules(
        Resources(
            contractions={"it's": "it is", "can't": "cannot", "can't've": "cannot have"},
            sentences={"Thesea": "the sea"},
            tokens={"colour": ["color"], "thats": ["that", "is"]},
            good_words={"the", "sea", "that", "is", "color", "portrait", "can", "not", "have", "'ve"},
            dictionary=tmp_path / "words.txt",
        )
    )
    (tmp_path / "words.txt").write_text("see 900\nseal 800\nportrait 70\n")
    utterances = ["Thesea", "THESEA", "thats colour", "portrait's", "can't've", "|sea' 'the sea'", "it\u2019s"]
    tokens = tokenize_all(pa.array(utterances), rules)
    assert tokens.lists().to_pylist() == [
        ["the", "sea"],
        ["thesea"],
        ["that", "is", "color"],
        # `it's` is found in the middle of the word.
        ["portrait", "is"],
        # 't' is a quoted word.
        ["can", "t", "ve"],
        ["sea", "'", "the", "sea", "'"],
        ["it", "\u2019", "s"],
    ]
    spelling = rules.spell_check({"seae": 1, "the": 4, "zzzzzz": 1, "portrait": 2})
    assert spelling == Spelling({"seae": "see"}, ["zzzzzz"])


def test_misspelled_words_are_replaced_and_merged():
    tokens = correct(Tokens.of([["teh", "sea"], ["the", "teh"]]), Spelling({"teh": "the"}, []))
    assert tokens.lists().to_pylist() == [["the", "sea"], ["the", "the"]]
    assert tokens.counts() == {"the": 3, "sea": 1}


def test_counts_are_in_the_order_of_first_appearance():
    tokens = Tokens.of([["a", "sea"], ["sea"]]).take(np.array([1, 0]))
    assert list(tokens.counts().items()) == [("sea", 2), ("a", 1)]
    assert tokens.lists() == pa.array([["sea"], ["a", "sea"]])


LISTS = st.lists(st.lists(st.integers(0, 4)), min_size=5, max_size=9)


def lists(ragged):
    return [part.tolist() for part in np.split(ragged.values, ragged.offsets[1:-1])]


@given(LISTS, st.lists(st.integers(0, 4)))
def test_taking_rows(values, rows):
    taken = Ragged.of(values).take(np.array(rows, int))
    assert taken.lengths.tolist() == [len(values[row]) for row in rows]
    assert taken.values.tolist() == [value for row in rows for value in values[row]]


@given(LISTS, LISTS)
def test_replacing_values_by_lists(values, replacements):
    replaced = Ragged.of(values).replace(Ragged.of(replacements))
    assert lists(replaced) == [[new for value in row for new in replacements[value]] for row in values]
