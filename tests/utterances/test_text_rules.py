"""The tables in docs/text_rules.md are correct."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from stages.utterances import clean_rules, plain_rules, spelling
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.resource_files import load_resources
from stages.utterances.tokenize import tokenize_all

ROOT = Path(__file__).parents[2]
RESOURCES = ROOT.parent / "shared" / "resources"


def rows(title):
    part = (ROOT / "docs" / "text_rules.md").read_text(encoding="utf-8").partition(f"\n## {title}\n")[2]
    part = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), part)
    lines = [line for line in part.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return [tuple(cell.strip().strip("`") for cell in re.split(r" \| ", line.strip("| "))[:3]) for line in lines]


@pytest.fixture(scope="module")
def artemis():
    if not RESOURCES.exists():
        pytest.skip("needs the word tables of ArtEmis")
    return ArtemisRules(load_resources(RESOURCES))


@pytest.mark.parametrize(("typed", "clean", "_"), rows("Text"), ids=lambda value: value)
def test_text_with_the_clean_rules(typed, clean, _):
    assert " ".join(clean_rules.tokens(typed)) == clean


@pytest.mark.parametrize(("typed", "plain", "_"), rows("Other languages"), ids=lambda value: value)
def test_text_with_the_plain_rules(typed, plain, _):
    assert " ".join(plain_rules.tokens(typed)) == plain


def test_text_with_the_artemis_rules(artemis):
    table = rows("Text")
    results = tokenize_all(pa.array([typed for typed, *_ in table]), artemis).lists().to_pylist()
    assert [" ".join(tokens) for tokens in results] == [expected for *_, expected in table]


def test_spelling_with_the_clean_rules():
    corrections = spelling.check({token: 1 for token, *_ in rows("Spelling")}).corrections
    for token, clean, _ in rows("Spelling"):
        assert corrections.get(token, token) == clean


def test_spelling_with_the_artemis_rules(artemis):
    corrections = artemis.spell_check({token: 1 for token, *_ in rows("Spelling")}).corrections
    for token, _, expected in rows("Spelling"):
        assert corrections.get(token, token) == expected
