import ast
import json
import sys

import pandas as pd
import pytest

from formats.artemis.utterances import main
from stages.common.errors import UserError
from stages.utterances.preprocess import encode, table_of, vocabulary_of
from stages.utterances.tables import save_table, table_path, vocabulary_path
from stages.utterances.tokenize import Tokens


@pytest.fixture
def made(tmp_path, monkeypatch):
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
    vocabulary = vocabulary_of(frame, tokens, min_count=2)
    save_table(table_of(frame, tokens, encode(tokens, vocabulary, 2)), table_path("deep_nets"))
    vocabulary.save(vocabulary_path("deep_nets"))


def test_their_files_are_written(made, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["to_artemis", "deep_nets", "theirs"])
    assert main() == 0
    table = pd.read_csv("theirs/artemis_preprocessed.csv")
    assert table.columns.tolist()[-4:] == ["tokens_len", "utterance_spelled", "tokens_encoded", "emotion_label"]
    assert ast.literal_eval(table["tokens"][0]) == ["calm", "sea"]
    assert ast.literal_eval(table["tokens_encoded"][0]) == [1, 4, 5, 2]
    train = json.loads((tmp_path / "theirs/references_train.json").read_text())
    assert [row["painting"] for row in train] == ["a", "b"]
    assert train[1]["emotion"] == [1, 7]
    assert train[1]["references_pre_vocab"] == ["calm sea", "sea"]
    test = pd.read_parquet("theirs/references_test.parquet")
    assert test["references"][0].tolist() == ["<unk>"]
    assert not (tmp_path / "theirs/references_val.json").exists()


def test_a_profile_that_is_not_made_is_one_sentence(made, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["to_artemis", "analysis", "theirs"])
    with pytest.raises(UserError, match="not made yet; `dvc repro utterances@analysis` makes it"):
        main()
