"""`artemis predict`: sentences, pictures, and how the two are told apart."""

import csv
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image
from torch import Tensor

from stages.common.emotions import ARTEMIS
from stages.common.files import read_json, write_json
from stages.common.picture_folders import SUFFIXES
from stages.common.picture_names import from_text
from stages.image_classifier import classifier
from stages.learning.backbones import Backbone
from stages.learning.learned_from import LearnedFrom
from stages.text_classifier.classifier import TextClassifier, save
from stages.text_classifier.interface import FOLDER
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import WordReader
from stages.utterances.vocabulary import SPECIALS, Vocabulary
from tests.commands.run import artemis

UNKNOWN = "nothing is known of what this {} classifier learned from; its probabilities are not calibrated"
TEXT_SPEAKS = f"data/text_classifier: {UNKNOWN.format('text')}"
IMAGE_SPEAKS = f"data/image_classifier: {UNKNOWN.format('image')}"
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
        assert ["line 2" in line for line in said if line != TEXT_SPEAKS] == [True]  # the blank one
    for frame in (pd.read_csv("out.csv", keep_default_na=False), pd.read_parquet("out.parquet")):
        assert frame.columns.tolist() == ["sentence", "emotion", *ARTEMIS]
        assert frame["sentence"].tolist() == ["a gloomy day", "", ("on " * 400)]
        assert frame["emotion"].tolist() == ["sadness", "awe", "awe"]
        assert frame["sadness"][0] == pytest.approx(0.67, abs=0.01)


def test_tables_give_rows_in_their_order() -> None:
    texts = '"a gloomy day"', '["so", "calm"]', '"a\u2028gloomy\u0085sea"'
    Path("a.jsonl").write_text("".join(f'{{"text": {text}}}\n' for text in texts))
    code, lines, said = artemis("predict", "--file", "a.jsonl", "--out", "out.parquet")
    assert (code, lines, len(said)) == (0, ["out.parquet: 3 sentences"], 2)
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
        (["x", "--out", "a.doc"], "a.doc: results are written as .csv or .parquet or .jsonl"),
        (["x", "--keep", "id", "--out", "b.csv"], "--keep id: needs --file"),
        (["--file", "a.csv", "--keep", "id"], "--keep id: needs --out"),
        (["--file", "a.csv", "--column", "said", "--keep", "fear", "--out", "b.csv"], "a.csv: no column fear"),
        (["--file", "b.csv", "--keep", "fear", "--out", "c.csv"], "--keep fear: the result has a column of this name"),
        (["--file", "-", "--column", "said"], "standard input: a text file has no column said"),
        (["--file", "-"], "standard input: holds no sentence"),
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
    Path("b.csv").write_text("text,fear\nx,1\n")
    Path("a.jsonl").write_text('{"text": "x"}\n')
    Path("latin.txt").write_bytes(b"caf\xe9\n")
    Path("d.csv").mkdir()
    code, lines, (error,) = artemis("predict", *arguments)
    assert (code, lines) == (1, [])
    assert error.startswith(f"artemis predict: {problem}")


ROWS = [(number, text) for number, text in enumerate(["a gloomy sea", "so calm", "", "gloomy, gloomy", "the end"])]


def _table(name: str) -> None:
    """A table of ROWS in the format that the name says; of the sentences alone for a text file."""
    records = [{"id": number, "text": text} for number, text in ROWS]
    if name.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(records), name)
        return
    if ".json" in name:
        lines = list(map(json.dumps, records))
        text = "\n".join(lines) if ".jsonl" in name else f"[{','.join(lines)}]"
    elif ".txt" in name:
        text = "".join(f"{text}\n" for _, text in ROWS)
    else:
        separator = "\t" if ".tsv" in name else ","
        text = "".join(f'{number}{separator}"{text}"\n' for number, text in [("id", "text"), *ROWS])
    content = text.encode()
    Path(name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


def _result(file: str) -> pd.DataFrame:
    if file.endswith(".parquet"):
        return pd.read_parquet(file)
    if file.endswith(".jsonl"):
        return pd.DataFrame(map(json.loads, Path(file).read_text(encoding="utf-8").splitlines()))
    return pd.read_csv(file, keep_default_na=False)


@pytest.mark.parametrize("out", ["out.csv", "out.parquet", "out.jsonl"])
@pytest.mark.parametrize(
    "name", ["a.txt", "a.txt.gz", "a.csv", "a.csv.gz", "a.tsv", "a.json", "a.jsonl", "a.jsonl.gz", "a.parquet"]
)
def test_blocks_do_not_change_the_numbers(name: str, out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _table(name)
    keep = [] if ".txt" in name else ["--keep", "id"]
    results = []
    for size in (100, 2):
        monkeypatch.setattr("formats.sentences.BLOCK", size)
        code, lines, said = artemis("predict", "first of all", "--file", name, *keep, "--out", out)
        assert (code, lines, len(said)) == (0, [f"{out}: 6 sentences"], 2)
        (blank,) = (line for line in said if line != TEXT_SPEAKS)
        assert blank.startswith(f"{name}: 1 of 5 sentences are blank, the first in ")
        results.append(_result(out))
    pd.testing.assert_frame_equal(*results)
    frame = results[0]
    assert frame.columns.tolist() == ["sentence", *(["id"] if keep else []), "emotion", *ARTEMIS]
    assert frame["sentence"].tolist() == ["first of all", *(text for _, text in ROWS)]
    assert frame["emotion"].tolist() == ["awe", "sadness", "awe", "awe", "sadness", "awe"]
    assert frame["sadness"].tolist() == pytest.approx([0.09, 0.67, 0.09, 0.09, 0.67, 0.09], abs=0.01)
    if keep:
        # A sentence of the command line has no id.
        assert [float(number) for number in frame["id"][1:]] == [0, 1, 2, 3, 4]
        assert frame["id"][:1].isin(["", None, np.nan]).all()


def test_columns_are_kept_in_the_order_that_is_asked_for() -> None:
    Path("a.csv").write_text("id,text,by\n01,so calm,ann\n02,gloomy,\n")
    arguments = ["--keep", "by", "--keep", "id", "--keep", "by", "--keep", "text"]
    assert artemis("predict", "--file", "a.csv", *arguments, "--out", "out.csv")[0] == 0
    frame = pd.read_csv("out.csv", dtype=str, keep_default_na=False)
    assert frame.columns[:5].tolist() == ["sentence", "by", "id", "text", "emotion"]
    assert frame.iloc[:, :5].to_numpy().tolist() == [
        ["so calm", "ann", "01", "so calm", "awe"],
        ["gloomy", "", "02", "gloomy", "sadness"],
    ]


def test_standard_input_has_a_sentence_a_line() -> None:
    code, lines, said = artemis("predict", "--file", "-", stdin="\ufeffso gloomy\r\ncafé\n".encode())
    assert (code, said) == (0, [TEXT_SPEAKS])
    assert [line.split()[1] for line in lines] == ["sadness", "awe"]
    code, lines, (error,) = artemis("predict", "--file", "-", stdin=b"fine\ncaf\xe9\n")
    assert (code, lines) == (1, [])
    assert error.startswith("artemis predict: standard input, line 2: not UTF-8")


def test_lines_are_printed_before_the_next_sentences_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """And when no one reads them any more, the command ends silently."""
    monkeypatch.setattr("formats.sentences.BLOCK", 2)
    monkeypatch.setattr("commands.__main__.stop_printing", lambda: None)
    read, printed = 0, []

    def endless(_: Path) -> Iterator[tuple[int, str]]:
        nonlocal read
        while True:
            read += 1
            yield read, f"gloomy {read}"

    def to_head(lines: str, *, file: object = None, flush: bool = False) -> None:
        if not file:
            printed.append((read, [line.split()[-1] for line in lines.split("\n")], flush))
            if len(printed) == 3:
                raise BrokenPipeError

    monkeypatch.setattr("formats.sentences.text_lines", endless)
    monkeypatch.setattr("commands.predict.print", to_head, raising=False)
    Path("a.txt").touch()
    assert artemis("predict", "--file", "a.txt") == (141, [], [])
    assert printed == [(2, ["1", "2"], True), (4, ["3", "4"], True), (6, ["5", "6"], True)]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("1,a\n2,b\n3,c,d\n", "a.csv, line 4: 3 fields"),
        ("1,\n2,\n3,\n", "a.csv: holds no sentence"),
        ('1,a\n2,b\n3,"c\n', "a.csv: a quote in the record that starts in line 4 is never closed"),
    ],
)
@pytest.mark.parametrize("out", ["out.csv", "out.parquet", "out.jsonl"])
def test_an_error_in_a_late_row_leaves_the_former_result(
    rows: str, problem: str, out: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("formats.sentences.BLOCK", 2)
    Path("a.csv").write_text(f"id,text\n{rows}")
    Path(out).write_text("the former result")
    code, lines, said = artemis("predict", "--file", "a.csv", "--out", out)
    assert (code, lines, said[0]) == (1, [], TEXT_SPEAKS)
    assert said[1].startswith(f"artemis predict: {problem}")
    assert Path(out).read_text() == "the former result"
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "data", out]


@pytest.mark.parametrize(
    ("kind", "argument", "answers"), [("text", "x", "of other sentences"), ("image", "a.png", "of other pictures")]
)
def test_it_says_what_the_classifier_learned_from(kind: str, argument: str, answers: str) -> None:
    save_image_classifier()
    Image.fromarray(PIXELS).save("a.png")
    config = Path(f"data/{kind}_classifier/config.json")
    for embedded in (False, True):
        data = LearnedFrom("ArtEmis", embedded=embedded, pictures=512, utterances=3_100)._asdict()
        write_json(read_json(config) | {"temperature": 1.37, "data": data}, config)
        code, _, (said,) = artemis("predict", argument)
        assert code == 0
        assert said.startswith(
            f"data/{kind}_classifier: this {kind} classifier learned from 3,100 utterances about 512 "
        )
        assert said.endswith("; its probabilities are calibrated (temperature 1.37)")
        assert (f"emotions {answers} mean nothing" in said) == embedded


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
    assert problems[0] == IMAGE_SPEAKS
    assert [line.partition(": left out: ")[0] for line in problems[1:]] == ["broken.jpg", "gone.jpg"]


def test_pictures_become_a_file() -> None:
    save_image_classifier(Path("mine"))
    Image.fromarray(PIXELS).save("a.png")
    code, lines, problems = artemis("predict", "a.png", "--classifier", "mine", "--out", "out.csv")
    assert (code, lines, problems) == (0, ["out.csv: 1 pictures"], [f"mine: {UNKNOWN.format('image')}"])
    frame = pd.read_csv("out.csv")
    assert frame[["picture", "emotion"]].to_numpy().tolist() == [["a.png", "something else"]]
    assert frame["fear"].tolist() == pytest.approx([0.2], abs=1e-3)


@pytest.mark.parametrize("suffix", [".csv", ".CSV", ".parquet", ".jsonl"])
def test_a_path_is_written_as_it_was_given(suffix: str) -> None:
    save_image_classifier()
    names = ["thin\u200bair.png", "no\xa0break.png", "two\nlines.png", "carriage\rreturn.png", '"a", b.png', " x.png"]
    names += [r"caf\udce9.png", os.fsdecode(b"caf\xe9.png"), "NA.png"]
    for name in names:
        Image.fromarray(PIXELS).save(name)
    code, lines, problems = artemis("predict", *names, "gone\x1b[31m.png", "--out", f"out{suffix}")
    assert (code, lines) == (2, [f"out{suffix}: 9 pictures"])
    assert [line.partition(": ")[0] for line in problems[1:]] == [r"gone\x1b[31m.png"]
    if suffix == ".parquet":
        written = pd.read_parquet("out.parquet")["picture"].tolist()
    elif suffix == ".jsonl":
        lines = Path("out.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
        written = [json.loads(line)["picture"] for line in lines]
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


@pytest.mark.parametrize("out", ["out.csv", "out.parquet", "out.jsonl", None])
def test_blocks_do_not_change_the_numbers_of_pictures(out: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    save_image_classifier()
    names = [f"{number}.png" for number in range(5)]
    for name in names:
        Image.fromarray(PIXELS).save(name)
    results = []
    for size in (100, 2):
        monkeypatch.setattr("commands.emotion_predictor.BATCH", size)
        code, lines, problems = artemis("predict", *names[:3], "gone.jpg", *names[3:], *(["--out", out] if out else []))
        assert (code, len(problems)) == (2, 2)
        if out:
            assert lines == [f"{out}: 5 pictures"]
            results.append(_result(out))
            assert results[-1]["picture"].tolist() == names
            assert results[-1]["fear"].tolist() == pytest.approx([0.2] * 5, abs=1e-3)
        else:
            results.append(pd.DataFrame({"line": lines}))
            assert [line.split()[-1] for line in lines] == ["picture", *names]
    pd.testing.assert_frame_equal(*results)


def test_only_readable_pictures() -> None:
    save_image_classifier(Path("mine"))
    Image.fromarray(PIXELS).save("a.png")
    code, lines, problems = artemis("predict", "a.png", "--classifier", "mine")
    assert (code, len(lines), len(problems)) == (0, 2, 1)


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
    assert artemis("predict", "gone.jpg") == (1, [], [IMAGE_SPEAKS, gone, "artemis predict: no picture left"])
    assert artemis("predict", "gone.jpg", "--out", "out.csv")[0] == 1
    assert not Path("out.csv").exists()


def test_help_names_the_suffixes_of_pictures() -> None:
    text = " ".join(artemis("predict", "--help")[1])
    assert [suffix for suffix in SUFFIXES if suffix not in text] == []


def test_a_folder_of_emotions_is_continued_and_told_of() -> None:
    save_image_classifier()
    for name in ("a.png", "b.png"):
        Image.fromarray(PIXELS).save(name)
    Path("c.png").write_text("half")
    run = ("predict", "a.png", "b.png", "c.png", "--out", "emotions/")
    code, lines, (_, problem) = artemis(*run)
    assert (code, lines) == (2, ["emotions: 2 pictures predicted, 1 left out"])
    assert problem.startswith("c.png: left out: ")
    Image.fromarray(PIXELS).save("c.png")
    assert artemis(*run)[:2] == (0, ["emotions: 1 pictures predicted, 2 were there already, 0 left out"])
    frame = pd.read_parquet("emotions")
    assert frame["picture"].tolist() == ["a.png", "b.png", "c.png"]
    assert frame["fear"].tolist() == pytest.approx([0.2] * 3, abs=1e-3)
    code, (first, *_), problems = artemis("predict", "--status", "emotions")
    assert (code, problems) == (0, [])
    assert first.startswith("emotions: emotions by data/image_classifier; 3 of 3 pictures")
    code, lines, _ = artemis("merge", "emotions", "--out", "merged")
    assert (code, lines) == (0, ["merged: 3 rows about 3 pictures, 0 of them left out"])
    code, _, problems = artemis("predict", "a.png", "--status", "emotions", "--device", "cpu")
    expected = "--status reads a folder of results alone; leave out inputs and --device"
    assert (code, problems) == (1, [f"artemis predict: {expected}"])
