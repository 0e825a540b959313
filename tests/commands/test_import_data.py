"""`artemis import coco`, `flickr` and `jsonl`: what they write, ask and say."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from commands.import_data import CITE, USE
from stages.annotations.metadata import read_card
from tests.commands.run import artemis
from tests.formats.imports import FOLDER, album, links, table
from tests.study import ROOT

SAID = ("--citation", "Ann: cats", "--terms", "ask Ann")
FILES = {
    "coco": {"images": [{"id": 1, "file_name": "x/a.jpg"}], "annotations": [{"image_id": 1, "caption": "a cat"}]},
    "flickr": "a.jpg#0\ta cat\n",
    "jsonl": {"image": "x/a.jpg", "text": "a cat"},
}


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    album(Path("album"), "x/a.jpg")
    for name, content in FILES.items():
        Path(f"{name}.json").write_text(content if isinstance(content, str) else json.dumps(content))


@pytest.mark.parametrize("command", FILES)
def test_an_import(command: str) -> None:
    assert artemis("import", command, f"{command}.json", "mine", "--images", "album", *SAID) == (
        0,
        ["data/raw/mine: 1 rows in, 1 kept, 1 pictures", "next: dvc exp run -S dataset=mine annotations"],
        [],
    )
    assert table("annotations.csv") == [["x", "a", "a cat"]]
    assert links() == ["x/a.jpg"]
    card = read_card(FOLDER / "dataset.yaml")
    assert (card.name, card.citation, card.terms) == ("mine", "Ann: cats", "ask Ann")


def test_without_a_terminal_the_card_stays_empty_and_that_is_said() -> None:
    code, _, (line,) = artemis("import", "flickr", "flickr.json", "mine", "--images", "album", "--terms", "ask")
    assert code == 0
    assert line.startswith("dataset.yaml: without citation;")
    assert "--citation" in line
    assert read_card(FOLDER / "dataset.yaml").terms == "ask"


def test_on_a_terminal_it_is_asked_for() -> None:
    controller, terminal = pty.openpty()
    os.write(controller, b"Ann: cats\n\n")
    arguments = ["-m", "commands", "import", "flickr", "flickr.json", "mine", "--images", "album"]
    ran = subprocess.run(
        [sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=terminal,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(terminal)
    os.close(controller)
    assert (ran.returncode, ran.stdout.splitlines()[0]) == (0, "data/raw/mine: 1 rows in, 1 kept, 1 pictures")
    card = read_card(FOLDER / "dataset.yaml")
    assert (card.citation, card.terms) == ("Ann: cats", "")
    assert [question in ran.stderr for question in (CITE, USE)] == [True, True]


def test_labels_of_another_set_and_another_language() -> None:
    row = {"image": "a.jpg", "text": "eine Katze", "emotion": "joy", "split": "test"}
    Path("rows.jsonl").write_text(json.dumps(row))
    arguments = ("import", "jsonl", "rows.jsonl", "mine", "--images", "album", *SAID)
    code, _, (error,) = artemis(*arguments)
    assert code == 1
    assert "'joy' is none of amusement" in error
    assert not FOLDER.exists()
    labels = ("--emotion", "joy=positive", "--emotion", "grief=negative", "--language", "de")
    code, lines, _ = artemis(*arguments, *labels)
    assert code == 0
    settings = ("dataset=mine", "utterances.split_by=given", "utterances.high_coverage=0")
    settings += ("utterances.rules=plain", "utterances.spell_check=false")
    assert lines[1] == f"next: dvc exp run {' '.join(f'-S {setting}' for setting in settings)} annotations"
    text = (FOLDER / "dataset.yaml").read_text()
    assert "language: de" in text
    assert text.index("joy: positive") < text.index("grief: negative")


@pytest.mark.parametrize("name", ["demo", "resources", "a/b", "album"])
def test_a_name_is_refused_before_the_file_is_read(name: str) -> None:
    album(Path("data/raw/album"), "a.jpg")
    code, _, (error,) = artemis("import", "coco", "gone.json", name, "--images", "gone")
    assert code == 1
    assert "gone" not in error


def test_a_second_import_does_not_replace_the_first() -> None:
    arguments = ("import", "flickr", "flickr.json", "mine", "--images", "album", *SAID)
    assert artemis(*arguments)[0] == 0
    code, _, (error,) = artemis(*arguments)
    assert code == 1
    assert "data/raw/mine is there already" in error
    assert table("annotations.csv") == [["x", "a", "a cat"]]
