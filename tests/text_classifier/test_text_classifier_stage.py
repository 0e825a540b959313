"""The stage on a corpus of two emotions that one word distinguishes."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stages.annotations.tables import save_emotions
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import write_json, write_parquet
from stages.learning.learned_from import LearnedFrom
from stages.learning.predictions import load_probabilities
from stages.text_classifier import classifier
from stages.text_classifier.__main__ import main
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.task import EmotionTask
from stages.utterances.clean_rules import CleanRules
from stages.utterances.preprocess import build_table, build_vocabulary, encode, left_out_table
from stages.utterances.tables import left_out_path, save_table, table_path, vocabulary_path
from stages.utterances.tokenize import Tokens
from stages.utterances.tokenizer import Tokenizer, tokenizer_path

PARAMS = """
dataset: somewhere
device: cpu
text_classifier:
  arch: {arch}
  lstm:
    min_count: 1
    glove: none
    embedding: 8
    hidden: 16
    parts: true
    bag: true
    dropout: 0.0
    word_dropout: 0.0
    label_smoothing: 0.0
    learning_rate: 0.02
    schedule: linear
    batch_size: 8
    epochs: 6
  transformer:
    encoder: {encoder}
    learning_rate: 0.02
    batch_size: 8
    epochs: 6
  ensemble: true
  patience: 6
  seed: 1
"""
TEXTS = {"awe": "the {} mountain takes my breath away", "sadness": "the {} boat is lonely and lost"}
WORDS = ["great", "old", "far", "tall", "small", "grey", "last", "wide"]


@dataclass
class Run:
    """The closing line and the files of a run."""

    message: str
    outs: dict[str, bytes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two emotions, 16 utterances in each split."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("study")
        patch.chdir(folder)
        patch.setenv("DVC_ROOT", str(folder))
        patch.setenv("OMP_NUM_THREADS", "1")
        # A smaller head learns in fewer updates.
        patch.setitem(LSTMClassifier.__init__.__kwdefaults__, "head", 8)
        Path("params.yaml").write_text(PARAMS.format(arch="lstm", encoder="none"))
        save_corpus()
        yield folder


def save_corpus():
    rows = [
        ("Cubism", f"{split}-{word}", emotion, text.format(word), 2, split)
        for split in ("train", "val", "test")
        for word in WORDS
        for emotion, text in TEXTS.items()
    ]
    frame = pd.DataFrame(rows, columns=["art_style", "painting", "emotion", "utterance", "repetition", "split"])
    tokens = Tokens.of(utterance.split() for utterance in frame["utterance"])
    vocabulary = build_vocabulary(frame, tokens, min_count=1)
    save_table(build_table(frame, tokens, encode(tokens, vocabulary, max_len=8), ARTEMIS), table_path("deep_nets"))
    short = pd.DataFrame(
        [("Cubism", "t", "sadness", "lonely lost", 2, split) for split in ("train", "test")], columns=frame.columns
    )
    write_parquet(
        left_out_table(short, Tokens.of(text.split() for text in short["utterance"]), ARTEMIS),
        left_out_path("deep_nets"),
    )
    Tokenizer(CleanRules(), {}).save(tokenizer_path("deep_nets"))
    save_emotions(ARTEMIS)
    write_json({"name": "Boats"}, Path("data/annotations/dataset.json"))
    vocabulary.save(vocabulary_path("deep_nets"))


@pytest.fixture(scope="module")
def runs(folder):
    runs = []
    for _ in range(2):
        message = main()
        runs.append(Run(message, outs()))
    return runs


def test_both_classifiers_learn_to_distinguish_the_emotions(runs):
    assert "accuracy 100.0% on 16 test utterances (TF-IDF: 100.0%)" in runs[0].message
    figures = json.loads(runs[0].outs["metrics.json"])
    perfect = {"accuracy": 1, "ternary": 1, "binary": 1}
    assert {name: figures["test"][name] for name in perfect} == perfect
    assert figures["test"]["calibration_error"] < 0.05
    assert figures["auc"] == {"awe": 1, "sadness": 1}
    assert figures["tfidf"]["test"]["accuracy"] == 1
    assert figures["network"]["test"]["accuracy"] == 1
    config = json.loads(runs[0].outs["config.json"])
    assert {name: config[name] for name in ("temperature", "baseline_weight")} == {
        name: figures[name] for name in ("temperature", "baseline_weight")
    }
    assert figures["baseline_weight"] > 0
    # The short utterance of the test split, which nothing was learned from.
    assert (figures["left_out"]["rows"], figures["left_out"]["accuracy"]) == (1, 1)
    assert figures["rows"] == {"train": 16, "val": 16, "test": 16}


def test_emotions_without_training_utterances_are_named(runs):
    assert runs[0].message.endswith(
        "no training utterance of amusement, contentment, excitement, anger, disgust, fear, something else"
    )
    assert json.loads(runs[0].outs["metrics.json"])["emotions_without_training_rows"] == 7


def test_the_saved_classifier_predicts_raw_sentences(runs):
    sentences = ["The BLUE boat is lonely and lost...", "the old Mountain takes my breath away!"]
    trained = classifier.load()
    assert trained.predict(sentences).argmax(1).tolist() == [7, 1]
    assert trained.baseline.predict_tokens(trained.tokenizer.tokens(sentences)).argmax(1).tolist() == [7, 1]


def test_it_says_what_it_learned_from(runs):
    assert classifier.load().data == LearnedFrom("Boats", embedded=False, pictures=8, utterances=16)


def test_the_reports(runs):
    epochs = runs[0].outs["epochs.tsv"].decode().splitlines()
    assert epochs[0].split("\t") == ["epoch", "train_cross_entropy", "val_loss", "val_accuracy"]
    assert len(epochs) == 7
    confusion = runs[0].outs["confusion.csv"].decode().splitlines()
    assert len(confusion) == 82
    assert [line for line in confusion[1:] if ",0,0" not in line] == ["awe,awe,8,1", "sadness,sadness,8,1"]


def test_the_table_of_probabilities_is_that_of_the_saved_classifier(runs):
    rows, probabilities = load_probabilities(Path("data/text_classifier/probabilities.parquet"))
    assert rows.columns.tolist() == ["art_style", "painting", "emotion", "split", "utterance"]
    assert rows["split"].value_counts().to_dict() == {"train": 16, "val": 16, "test": 16}
    np.testing.assert_allclose(classifier.load().predict(rows["utterance"].to_list()), probabilities, atol=1e-6)
    assert [ARTEMIS.names[index] for index in probabilities.argmax(1)] == rows["emotion"].to_list()


def test_a_second_run_writes_the_same_bytes_and_leaves_no_checkpoint(runs, folder):
    assert len(runs[0].outs) == 8
    assert runs[0].outs == runs[1].outs
    assert not list((folder / ".scratch" / "text_classifier").iterdir())


class Killed(Exception):
    """Stands for a killed process."""


def outs():
    files = [*Path("data/text_classifier").iterdir(), *Path("reports/text_classifier").iterdir()]
    return {path.name: path.read_bytes() for path in files}


def kill_in_epoch(number, monkeypatch):
    """Run the stage, and stop it in an epoch, before its checkpoint is written."""
    original, epochs = EmotionTask.validate, iter(range(1, 9))

    def validate(self, model):
        if next(epochs) == number:
            raise Killed
        return original(self, model)

    with monkeypatch.context() as patch:
        patch.setattr(EmotionTask, "validate", validate)
        with pytest.raises(Killed):
            main()


def test_a_killed_run_resumes_and_ends_with_the_same_bytes(runs, folder, monkeypatch, capsys):
    kill_in_epoch(4, monkeypatch)
    capsys.readouterr()
    main()
    assert "after epoch 3" in capsys.readouterr().out
    assert outs() == runs[0].outs


def test_a_pretrained_encoder_writes_the_same_files(runs, folder, tiny_encoder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    Path("params.yaml").write_text(PARAMS.format(arch="transformer", encoder=tiny_encoder))
    assert main().startswith("transformer, best epoch ")
    uninterrupted = outs()
    assert set(uninterrupted) == set(runs[0].outs)
    rows, probabilities = load_probabilities(Path("data/text_classifier/probabilities.parquet"))
    np.testing.assert_allclose(classifier.load().predict(rows["utterance"].to_list()), probabilities, atol=1e-6)
    kill_in_epoch(3, monkeypatch)
    capsys.readouterr()
    main()
    assert "after epoch 2" in capsys.readouterr().out
    assert outs() == uninterrupted


def test_a_split_without_utterances_is_an_error(folder, monkeypatch, tmp_path):
    table = pq.read_table(table_path("deep_nets"))
    kept = table.filter(pc.not_equal(table["split"].cast("string"), "val"))
    write_parquet(kept, tmp_path / "data" / "utterances" / "deep_nets" / "utterances.parquet")
    shutil.copy("params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    save_emotions(ARTEMIS)
    write_json({"name": "Boats"}, Path("data/annotations/dataset.json"))
    with pytest.raises(UserError, match=r"utterances.parquet: no utterance is in the split val; "):
        main()
