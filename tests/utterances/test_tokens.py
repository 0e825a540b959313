"""Working on distinct pieces gives what working on each utterance gives."""

import random

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.utterances import clean_rules
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.resource_files import Resources
from stages.utterances.tokenize import Spelling, Tokens, correct, tokenize_all

SAID = ["The sea.", "A 'calm sea'", "the sea", "the sea", "'", "", " ", "Isn't it the artist's \u201csea\u201d?"]


def test_each_utterance_gets_its_tokens():
    assert tokenize_all(pa.array(SAID), CleanRules()).lists().to_pylist() == [clean_rules.tokens(said) for said in SAID]


def test_ten_thousand_utterances():
    choose = random.Random(7)
    signs = [*"'\"’‘“”´`()&!?.,:;-…", "''", "n't", "'s", "cannot", "it's", "İ", "Σ", "ΑΣ", "é", "😀", "4th"]  # noqa: RUF001
    pieces = [*"abcDET", *signs, *signs, *[" "] * 20, "\n", "\u00a0"]
    said = ["".join(choose.choices(pieces, k=choose.randrange(14))) for _ in range(10_000)]
    found = tokenize_all(pa.array(said), CleanRules()).lists().to_pylist()
    assert found == [clean_rules.tokens(one) for one in said]


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_any_utterances(said):
    assert tokenize_all(pa.array(said), CleanRules()).lists().to_pylist() == [clean_rules.tokens(one) for one in said]


def test_the_quirks_of_artemis(tmp_path):
    """With tables of our own, so that the rules are tested where the resources are not."""
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
    said = ["Thesea", "THESEA", "thats colour", "portrait's", "can't've", "|sea' 'the sea'", "it\u2019s"]
    tokens = tokenize_all(pa.array(said), rules)
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
