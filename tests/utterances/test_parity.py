"""The rules `artemis` equal the outputs of ArtEmis' own code on made-up rows; skipped without these outputs."""

import ast
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from stages.annotations.tables import FOLDER, save_annotations, save_emotions
from stages.common.emotions import ARTEMIS
from stages.common.files import write_json
from stages.utterances import word_tokenizer
from stages.utterances.__main__ import main
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.resource_files import load_resources
from stages.utterances.tables import load_utterances, vocabulary_path
from stages.utterances.tokenize import correct, tokenize_all

SHARED = Path(__file__).parents[3] / "shared"
PARITY, RESOURCES = SHARED / "parity" / "preprocess", SHARED / "resources"
pytestmark = pytest.mark.skipif(not PARITY.exists(), reason="ArtEmis' outputs and tables are not beside this checkout")
PARAMS = """
seed: 2021
utterances:
  rules: artemis
  spell_check: true
  first_sentence: false
  max_annotations: 0
  split_by: shares
  splits: {train: 0.85, val: 0.05}
  max_length_percentile: 95
  min_length: 5
  min_count: 5
  high_coverage: 41
"""


@pytest.fixture(scope="module")
def rules():
    return ArtemisRules(load_resources(RESOURCES))


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS)
    shutil.copytree(RESOURCES, "data/raw/resources", ignore=shutil.ignore_patterns("nltk_data", "sampling"))
    raw = pd.read_csv(PARITY / "raw.csv.gz", keep_default_na=False)
    save_emotions(ARTEMIS)
    save_annotations(raw.assign(record=range(1, len(raw) + 1), has_picture=True))
    write_json({"language": "en"}, FOLDER / "dataset.json")


@pytest.mark.parametrize("profile", ["analysis", "deep_nets"])
def test_every_column_and_the_vocabulary_are_equal(corpus, monkeypatch, profile):
    monkeypatch.setenv("DVC_STAGE", f"utterances@{profile}")
    main()
    expected = pd.read_csv(PARITY / f"{profile}.csv.gz", keep_default_na=False)
    for column in ("tokens", "tokens_encoded"):
        expected[column] = expected[column].map(ast.literal_eval)
    frame = load_utterances(profile)
    assert frame.columns.tolist() == expected.columns.tolist()
    for column in frame:
        assert [getattr(v, "tolist", lambda v=v: v)() for v in frame[column]] == expected[column].tolist(), column
    vocabulary = json.loads((PARITY / f"{profile}.vocabulary.json").read_text())
    assert list(json.loads(vocabulary_path(profile).read_text()).items()) == list(vocabulary.items())


def test_each_step_is_equal(rules):
    steps = json.loads((PARITY / "text_steps.json").read_text())
    raw = pa.array([step["raw"] for step in steps])
    cleaned = [" ".join(map(rules.clean, text.split(" "))) for text in rules.prepare(raw).to_pylist()]
    assert cleaned == [step["clean"] for step in steps]
    assert [word_tokenizer.tokenize(text) for text in cleaned] == [step["tokens"] for step in steps]
    tokens = tokenize_all(raw, rules)
    assert tokens.lists().to_pylist() == [step["manual_spelled"] for step in steps]
    corrected = correct(tokens, rules.spell_check(tokens.counts()))
    assert corrected.lists().to_pylist() == [step["spelled"] for step in steps]


def test_each_suggestion_is_equal(rules, monkeypatch):
    monkeypatch.setattr(rules, "_resources", replace(rules._resources, good_words=set()))
    expected = json.loads((PARITY / "symspell_lookup.json").read_text())
    spelling = rules.spell_check(dict.fromkeys([token for token, _ in expected], 1))
    uncorrectable = set(spelling.uncorrectable)
    suggestions = [None if token in uncorrectable else spelling.corrections.get(token, token) for token, _ in expected]
    assert suggestions == [suggestion[0] if suggestion else None for _, suggestion in expected]
