"""The tool for a person's own sentences."""

import pandas as pd
import pytest
import torch

from commands.predict_text import main, read
from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.text_classifier.classifier import TextClassifier, save
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import WordReader
from stages.utterances.vocabulary import SPECIALS, Vocabulary


class Certain(LSTMClassifier):
    """Sadness wherever the word `gloomy` (id 4) is, awe elsewhere; by odds of e^2."""

    def forward(self, ids, lengths):
        logits = torch.zeros(len(ids), 9)
        logits[:, 1] = 1
        logits[(ids == 4).any(1), 7] = 3
        return logits


@pytest.fixture
def folder(tmp_path, monkeypatch):
    words = Vocabulary([*SPECIALS, "gloomy"])
    model = Certain(words=len(words), embedding=2, hidden=2, head=2, dropout=0)
    save(TextClassifier(model, WordReader(words), torch.device("cpu")), tmp_path / "classifier")
    monkeypatch.setattr("stages.text_classifier.classifier.LSTMClassifier", Certain)
    return tmp_path


def test_sentences_are_told_with_their_likeliest_emotions(folder, capsys):
    assert main(["A GLOOMY sea!", "hm", "--classifier", str(folder / "classifier")]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["67%", "sadness", "9%", "awe", "3%", "amusement", "A", "GLOOMY", "sea!"]
    assert second.split()[:2] == ["25%", "awe"]


def test_a_file_of_lines_becomes_a_table_row_by_row(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "diary.txt").write_text("a gloomy day\n\n" + "on " * 400 + "\n")
    for out in ("out.csv", "out.parquet"):
        main(
            [
                "--file",
                str(folder / "diary.txt"),
                "--out",
                str(folder / out),
                "--classifier",
                str(folder / "classifier"),
            ]
        )
    frames = [pd.read_csv(folder / "out.csv", keep_default_na=False), pd.read_parquet(folder / "out.parquet")]
    for frame in frames:
        assert frame.columns.tolist() == ["sentence", "emotion", *EMOTIONS]
        assert frame["sentence"].tolist() == ["a gloomy day", "", ("on " * 400)]
        assert frame["emotion"].tolist() == ["sadness", "awe", "awe"]
        assert frame["sadness"][0] == pytest.approx(0.67, abs=0.01)


def test_a_csv_gives_its_column(tmp_path):
    (tmp_path / "a.csv").write_text('id,text,note\n1,"one, two",null\n2,,NA\n')
    assert read(tmp_path / "a.csv") == ["one, two", ""]
    assert read(tmp_path / "a.csv", "note") == ["null", "NA"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "no sentence was given"),
        (["--file", "none.txt"], "none.txt: there is no such file"),
        (["--file", "a.csv"], "its columns are id, said; name the sentences' one with --column"),
        (["--file", "latin.txt"], "latin.txt: not readable as UTF-8 txt"),
        (["x", "--out", "a.doc"], r"tables are written as .csv or .parquet"),
        (["x", "--classifier", "nowhere"], "nowhere: no text classifier there"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(folder, monkeypatch, words, sentence):
    monkeypatch.chdir(folder)
    (folder / "a.csv").write_text("id,said\n1,x\n")
    (folder / "latin.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(UserError, match=sentence):
        main([*words, *([] if "--classifier" in words else ["--classifier", "classifier"])])
