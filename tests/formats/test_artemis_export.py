"""Exports as ArtEmis' own files."""

import ast
import json
from pathlib import Path

import pandas as pd
import pytest

from formats.artemis.export import export_utterances, save_histograms
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.histograms.tables import count_emotions
from stages.utterances.preprocess import build_table, build_vocabulary, encode
from stages.utterances.tables import save_table, table_path, vocabulary_path
from stages.utterances.tokenize import Tokens


@pytest.fixture
def profile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile deep_nets of four utterances."""
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame(
        {
            "art_style": "Cubism",
            "painting": ["b", "a", "b", "c"],
            "emotion": ["awe", "fear", "sadness", "awe"],
            "utterance": "as typed",
            "repetition": 2,
            "split": ["train", "train", "train", "test"],
        }
    )
    tokens = Tokens.of([["calm", "sea"], ["calm"], ["sea"], ["odd"]])
    vocabulary = build_vocabulary(frame, tokens, min_count=2)
    save_table(build_table(frame, tokens, encode(tokens, vocabulary, 2), ARTEMIS), table_path("deep_nets"))
    vocabulary.save(vocabulary_path("deep_nets"))


@pytest.mark.usefixtures("profile")
def test_utterances() -> None:
    assert export_utterances("deep_nets", Path("theirs")) == "theirs: 4 utterances on 3 artworks"
    table = pd.read_csv("theirs/artemis_preprocessed.csv")
    assert table.columns.tolist()[-4:] == ["tokens_len", "utterance_spelled", "tokens_encoded", "emotion_label"]
    assert ast.literal_eval(table["tokens"][0]) == ["calm", "sea"]
    assert ast.literal_eval(table["tokens_encoded"][0]) == [1, 4, 5, 2]
    train = json.loads(Path("theirs/references_train.json").read_text())
    assert [row["painting"] for row in train] == ["a", "b"]
    assert train[1]["emotion"] == [1, 7]
    assert train[1]["references_pre_vocab"] == ["calm sea", "sea"]
    test = pd.read_parquet("theirs/references_test.parquet")
    assert test["references"][0].tolist() == ["<unk>"]
    assert not Path("theirs/references_val.json").exists()


@pytest.mark.usefixtures("profile")
def test_a_profile_that_is_not_made() -> None:
    with pytest.raises(UserError, match="not made yet; `dvc repro utterances@analysis` makes it"):
        export_utterances("analysis", Path("theirs"))


def test_histograms(tmp_path: Path) -> None:
    # The first artwork of the reference's own file, vote by vote (reference, section 3).
    emotions = ["amusement", "contentment", "fear", "fear", "something else"]
    frame = pd.DataFrame({"art_style": "Abstract_Expressionism", "painting": 'a, "b"', "emotion": emotions})
    save_histograms(count_emotions(frame, ARTEMIS), tmp_path / "histograms.csv")
    lines = (tmp_path / "histograms.csv").read_text().splitlines()
    assert lines[0] == "art_style,painting,emotion_histogram"
    assert lines[1].endswith('"[1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 1.0]"')
    table = pd.read_csv(tmp_path / "histograms.csv")
    assert table["painting"].tolist() == ['a, "b"']
    assert sum(ast.literal_eval(table["emotion_histogram"][0])) == 5
