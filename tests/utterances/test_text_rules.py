"""The table in docs/text_rules.md is true."""

import re
from pathlib import Path

import pyarrow as pa
import pytest

from stages.utterances import clean_rules, spelling
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.resource_files import load_resources
from stages.utterances.tokenize import tokenize_all

ROOT = Path(__file__).parents[2]
RESOURCES = ROOT.parent / "shared" / "resources"


def rows(title):
    part = (ROOT / "docs" / "text_rules.md").read_text(encoding="utf-8").partition(f"\n## {title}\n")[2]
    lines = [line for line in part.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    return [tuple(cell.strip().strip("`") for cell in re.split(r" \| ", line.strip("| "))[:3]) for line in lines]


@pytest.fixture(scope="module")
def artemis():
    if not RESOURCES.exists():
        pytest.skip("ArtEmis' tables are not beside this checkout")
    return ArtemisRules(load_resources(RESOURCES))


@pytest.mark.parametrize(("typed", "clean", "_"), rows("Text"), ids=lambda value: value)
def test_clean_is_as_told(typed, clean, _):
    assert " ".join(clean_rules.tokens(typed)) == clean


def test_artemis_is_as_told(artemis):
    table = rows("Text")
    found = tokenize_all(pa.array([typed for typed, *_ in table]), artemis).lists().to_pylist()
    assert [" ".join(tokens) for tokens in found] == [told for *_, told in table]


def test_clean_spelling_is_as_told():
    corrections = spelling.check({token: 1 for token, *_ in rows("Spelling")}).corrections
    for token, clean, _ in rows("Spelling"):
        assert corrections.get(token, token) == clean


def test_artemis_spelling_is_as_told(artemis):
    corrections = artemis.spell_check({token: 1 for token, *_ in rows("Spelling")}).corrections
    for token, _, told in rows("Spelling"):
        assert corrections.get(token, token) == told
