"""Parts of speech: which tags are which, and the pattern tagger."""

from pathlib import Path

import pytest

from stages.utterances.tokenize import Tokens
from stages.wording.parts_of_speech import CODES, part, parts_of, tagger


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("NNS", "noun"),
        ("PRP$", "pronoun"),
        ("WP", "pronoun"),
        ("JJR", "adjective"),
        ("IN", "adposition"),
        ("VBZ", "verb"),
        ("MD", "verb"),
    ],
)
def test_penn_tags_by_part_of_speech(tag: str, name: str) -> None:
    assert part(tag) == CODES[name]


def test_other_tags_are_none_of_them() -> None:
    # By the universal tag set these are particles, determiners, adverbs and conjunctions.
    assert {part(tag) for tag in ("TO", "RP", "EX", "WDT", "WRB", "RB", "CC", "DT", "POS", ".")} == {0}


def test_without_weights_the_pattern_tagger_tags_every_token(tmp_path: Path) -> None:
    assert tagger(tmp_path) == "TextBlob"
    tokens = Tokens.of([["the", "dog", "barks"], [], ["dog", "'s", "(", "a/b"]])
    found = parts_of(tokens, tmp_path).tolist()
    assert len(found) == 7
    assert found[:4] == [0, CODES["noun"], CODES["verb"], CODES["noun"]]
