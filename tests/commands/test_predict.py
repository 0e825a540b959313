"""`artemis predict`: sentences, pictures, and how the two are told apart."""

import csv
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import Tensor

from formats.picture_names import from_text
from stages.common.emotions import ARTEMIS
from stages.common.picture_folders import SUFFIXES
from stages.image_classifier import classifier
from stages.learning.backbones import Backbone
from stages.text_classifier.classifier import TextClassifier, save
from stages.text_classifier.interface import FOLDER
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import WordReader
from stages.utterances.vocabulary import SPECIALS, Vocabulary
from tests.commands.run import artemis

PIXELS = np.random.default_rng(4).integers(0, 256, (40, 30, 3), dtype=np.uint8)


class Certain(LSTMClassifier):
    """Sadness wherever the word `gloomy` (id 4) is, awe elsewhere; by odds of e^2."""

    def forward(self, ids: Tensor, lengths: Tensor, lexicon: object = None) -> Tensor:
        logits = torch.zeros(len(ids), 9)
        logits[:, 1] = 1
        logits[(ids == 4).any(1), 7] = 3
        return logits


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a text classifier."""
    monkeypatch.chdir(tmp_path)
    words = Vocabulary([*SPECIALS, "gloomy"])
    model = Certain(words=len(words), embedding=2, hidden=2, head=2, dropout=0)
    save(TextClassifier(model, WordReader(words), torch.device("cpu")), FOLDER)
    monkeypatch.setattr("stages.text_classifier.lstm.LSTMClassifier", Certain)
    return tmp_path


def save_image_classifier(folder: Path = classifier.FOLDER) -> None:
    """One that always predicts 73 % something else, 20 % fear."""
    model = classifier.ImageClassifier(Backbone("test_resnet"))
    with torch.no_grad():
        model.head[-1].weight.zero_()
        model.head[-1].bias.copy_(torch.full((9,), 0.01).log())
        model.head[-1].bias[ARTEMIS.ids["something else"]] = np.log(0.73)
        model.head[-1].bias[ARTEMIS.ids["fear"]] = np.log(0.2)
    classifier.save(model, 32, "crop", folder)


def test_sentences_with_their_likeliest_emotions() -> None:
    code, (first, second), _ = artemis("predict", "A GLOOMY sea!", "hm")
    assert code == 0
    assert first.split() == ["67%", "sadness", "9%", "awe", "3%", "amusement", "A", "GLOOMY", "sea!"]
    assert second.split()[:2] == ["25%", "awe"]


def test_a_file_of_lines_becomes_a_table_row_by_row() -> None:
    Path("diary.txt").write_text("a gloomy day\n\n" + "on " * 400 + "\n")
    for out in ("out.csv", "out.parquet"):
        code, lines, said = artemis("predict", "--file", "diary.txt", "--out", out)
        assert (code, lines) == (0, [f"{out}: 3 sentences"])
        assert ["line 2" in line for line in said] == [True]  # the blank one
    for frame in (pd.read_csv("out.csv", keep_default_na=False), pd.read_parquet("out.parquet")):
        assert frame.columns.tolist() == ["sentence", "emotion", *ARTEMIS]
        assert frame["sentence"].tolist() == ["a gloomy day", "", ("on " * 400)]
        assert frame["emotion"].tolist() == ["sadness", "awe", "awe"]
        assert frame["sadness"][0] == pytest.approx(0.67, abs=0.01)


def test_tables_give_rows_in_their_order() -> None:
    texts = '"a gloomy day"', '["so", "calm"]', '"a\u2028gloomy\u0085sea"'
    Path("a.jsonl").write_text("".join(f'{{"text": {text}}}\n' for text in texts))
    code, lines, said = artemis("predict", "--file", "a.jsonl", "--out", "out.parquet")
    assert (code, lines, len(said)) == (0, ["out.parquet: 3 sentences"], 1)
    frame = pd.read_parquet("out.parquet")
    assert frame["sentence"].tolist() == ["a gloomy day", "so calm", "a\u2028gloomy\u0085sea"]
    assert frame["emotion"].tolist() == ["sadness", "awe", "sadness"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "no sentence and no picture was given"),
        (["--file", "none.txt"], "none.txt: there is no such file"),
        (
            ["--file", "a.csv"],
            "a.csv: no column utterance or sentence or text or caption or generated_text; found id",
        ),
        (["--file", "a.csv", "--column", "sad"], "a.csv: no column sad; found id, said"),
        (["--file", "latin.txt"], "latin.txt, line 1: not UTF-8"),
        (["a.jsonl"], "a.jsonl: not a picture; for the sentences in it, use --file a.jsonl"),
        (["x", "--out", "a.doc"], "a.doc: results are written as .csv or .parquet"),
        (["x", "--out", ""], "the name of the result is empty"),
        (["x", "--out", "d.csv"], "d.csv: a folder"),
        (["x", "--out", "a.csv/b.csv"], "a.csv/b.csv cannot be written: a.csv is a file"),
        (["--file", "a.csv", "--out", "a.csv"], "a.csv: an input"),
        (["gone.jpg", "--out", "d.csv"], "d.csv: a folder"),
        (["diray.csv"], "diray.csv: not a picture; for the sentences in it, use --file diray.csv"),
        (["a.csv.gz"], "a.csv.gz: not a picture"),
        (["caf\udce9"], r"caf\udce9: not UTF-8 text"),
        (["x", "--classifier", "nowhere"], "nowhere: no text classifier there"),
        (["a.csv"], "a.csv: not a picture; for the sentences in it, use --file a.csv"),
        (["gone.jpg", "so calm"], "gone.jpg is a picture, but the sentence 'so calm' is not"),
        (["gone.jpg", "--file", "a.csv"], "gone.jpg is a picture, but --file a.csv is not"),
    ],
)
def test_an_error_is_one_line(arguments: list[str], problem: str) -> None:
    Path("a.csv").write_text("id,said\n1,x\n")
    Path("a.jsonl").write_text('{"text": "x"}\n')
    Path("latin.txt").write_bytes(b"caf\xe9\n")
    Path("d.csv").mkdir()
    code, lines, (error,) = artemis("predict", *arguments)
    assert (code, lines) == (1, [])
    assert error.startswith(f"artemis predict: {problem}")


def test_a_table_of_pictures() -> None:
    save_image_classifier()
    Path("album").mkdir()
    for name in ("a.png", "album/b.jpg"):
        Image.fromarray(PIXELS).save(name)
    Path("broken.jpg").write_bytes(Path("album/b.jpg").read_bytes()[:300])
    code, (header, *lines), problems = artemis("predict", "a.png", "broken.jpg", "gone.jpg", "album", "--device", "cpu")
    assert code == 2
    assert header == f"likeliest       {'  '.join(ARTEMIS.names)}  picture"
    assert [line.partition("something else  ")[2].split() for line in lines] == [
        ["1%", "1%", "1%", "1%", "1%", "1%", "20%", "1%", "73%", name] for name in ("a.png", "album/b.jpg")
    ]
    # Each figure ends where its emotion's name does.
    for emotion, share in zip(ARTEMIS, lines[0].split()[2:], strict=False):
        end = header.rindex(emotion) + len(emotion)
        assert lines[0][:end].endswith(share)
    assert [line.partition(": left out: ")[0] for line in problems] == ["broken.jpg", "gone.jpg"]


def test_pictures_become_a_file() -> None:
    save_image_classifier(Path("mine"))
    Image.fromarray(PIXELS).save("a.png")
    code, lines, problems = artemis("predict", "a.png", "--classifier", "mine", "--out", "out.csv")
    assert (code, lines, problems) == (0, ["out.csv: 1 pictures"], [])
    frame = pd.read_csv("out.csv")
    assert frame[["picture", "emotion"]].to_numpy().tolist() == [["a.png", "something else"]]
    assert frame["fear"].tolist() == pytest.approx([0.2], abs=1e-3)


@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".parquet"])
def test_a_path_is_written_as_it_was_given(suffix: str) -> None:
    save_image_classifier()
    names = ["thin\u200bair.png", "no\xa0break.png", "two\nlines.png", "carriage\rreturn.png", '"a", b.png', " x.png"]
    names += [r"caf\udce9.png", os.fsdecode(b"caf\xe9.png"), "NA.png"]
    for name in names:
        Image.fromarray(PIXELS).save(name)
    code, lines, problems = artemis("predict", *names, "gone\x1b[31m.png", "--out", f"out{suffix}")
    assert (code, lines) == (2, [f"out{suffix}: 9 pictures"])
    assert [line.partition(": ")[0] for line in problems] == [r"gone\x1b[31m.png"]
    if suffix == ".parquet":
        written = pd.read_parquet("out.parquet")["picture"].tolist()
    else:
        with Path(f"out{suffix}").open(encoding="utf-8", newline="") as file:
            written = [row["picture"] for row in csv.DictReader(file, strict=True)]
    assert written[:7] == names[:7]
    assert [from_text(text).absolute() for text in written] == [Path(name).absolute() for name in names]


def test_what_is_printed_is_escaped() -> None:
    save_image_classifier()
    Image.fromarray(PIXELS).save("red\x1b[31m\n.png")
    code, lines, _ = artemis("predict", "red\x1b[31m\n.png")
    assert (code, len(lines)) == (0, 2)
    assert lines[1].endswith(r"  red\x1b[31m\n.png")
    code, (line,), _ = artemis("predict", "so \x1b[5mcalm\x07 \u202e sea\n\u2028here, café 海")
    assert (code, line.partition("  so ")[2]) == (0, r"\x1b[5mcalm\x07 \u202e sea here, café 海")
    code, _, (*_, error) = artemis("predict", "--device", "\x1b[31mtpu", "x")
    assert code == 2
    assert r"\x1b[31mtpu" in error


def test_only_readable_pictures() -> None:
    save_image_classifier(Path("mine"))
    Image.fromarray(PIXELS).save("a.png")
    code, lines, problems = artemis("predict", "a.png", "--classifier", "mine")
    assert (code, len(lines), problems) == (0, 2, [])


def test_no_image_classifier() -> None:
    code, lines, (error,) = artemis("predict", "a.png")
    assert (code, lines) == (1, [])
    assert error.startswith("artemis predict: data/image_classifier: ")
    assert "`dvc repro image_classifier`" in error


def test_no_picture() -> None:
    save_image_classifier()
    Path("album").mkdir()
    code, lines, (error,) = artemis("predict", "album")
    assert (code, lines) == (1, [])
    assert error.startswith("artemis predict: album: no picture in this folder (.jpg, ")
    gone = "gone.jpg: left out: no such file or directory"
    assert artemis("predict", "gone.jpg") == (1, [], [gone, "artemis predict: no picture left"])


def test_help_names_the_suffixes_of_pictures() -> None:
    text = " ".join(artemis("predict", "--help")[1])
    assert [suffix for suffix in SUFFIXES if suffix not in text] == []
