"""`artemis score`: captions of another system beside those of the study, and what is said about them."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from commands.scoring import column_name, under_known_names
from stages.histograms.tables import PATH as HISTOGRAMS
from stages.metrics.emotion import EmotionJudge
from stages.metrics.joint_table import LABELS
from stages.metrics.meteor import java
from stages.metrics.tables import SYSTEMS, save_metrics
from stages.text_classifier.interface import FOLDER
from stages.utterances.clean_rules import CleanRules
from stages.utterances.tokenizer import Tokenizer, tokenizer_path
from tests.commands.run import artemis
from tests.metrics.test_stage import sea_is_awe, workspace

__all__ = ["workspace"]

# As typed, with a spelling that tokenizer.json corrects.
ROWS: list[dict[str, Any]] = [
    {"art_style": "Realism", "painting": "a", "caption": "The sea is callm."},
    {"art_style": "Realism", "painting": "b", "caption": "A dark sky!"},
]
TOKENS = [{**ROWS[0], "caption": "the sea is calm"}, {**ROWS[1], "caption": "a dark sky"}]
PARAMS = {
    "device": "cpu",
    "seed": 7,
    "captions": {"split": "test"},
    "metrics": {"tokenizer": "whitespace", "meteor": "none", "spice": "", "shuffles": 3},
    "utterances": {"rules": "clean"},
}


@pytest.fixture(autouse=True)
def study(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    YAML().dump(PARAMS, Path("params.yaml"))
    Tokenizer(CleanRules(), {"callm": "calm"}).save(tokenizer_path("deep_nets"))
    FOLDER.mkdir(parents=True)
    monkeypatch.setattr(
        "commands.scoring.load_judges", lambda emotions, device: (EmotionJudge("alignment", sea_is_awe),)
    )


def score(rows: list[dict[str, Any]], *options: str, name: str = "mine.csv") -> tuple[int, list[str], list[str]]:
    pd.DataFrame(rows).to_csv(name, index=False)
    return artemis("score", name, *options)


def test_the_table() -> None:
    code, lines, problems = score(ROWS, "--tokenize", "--json", "all.json")
    assert (code, problems) == (0, [])
    assert lines[0] == "|  | mine |"
    assert "| ROUGE-L, all references | 1.000 [1.000, 1.000] |" in lines
    assert json.loads(Path("all.json").read_text())["captions"] == 2


def test_missing_pictures_are_counted() -> None:
    code, _, (note,) = score(TOKENS[:1])
    assert code == 0
    assert note.startswith("mine.csv: 1 of the split's pictures have no caption")


def test_the_artworks_of_a_list() -> None:
    Path("list.csv").write_text("art_style,painting\nRealism,b\nRealism,z\n")
    code, lines, (note,) = score(TOKENS, "--only", "list.csv")
    assert code == 0
    assert note == "mine.csv: 1 captions of the 2 artworks in list.csv are scored, the others are not"
    assert "| captions scored | 1 |" in lines
    Path("list.csv").write_text("art_style,painting\nRealism,z\n")
    code, lines, (error,) = score(TOKENS, "--only", "list.csv")
    assert (code, lines) == (1, [])
    assert "mine.csv: no caption of an artwork in list.csv; the first there is Realism/z" in error


def test_captions_as_typed_are_noticed() -> None:
    code, lines, (note,) = score(ROWS)
    assert code == 0
    # The, callm., A and sky! of seven tokens.
    assert [words for words in ("mine.csv", "2 of 2", "4 of 7", "'callm.'", "--tokenize") if words not in note] == []
    assert not any(line.startswith("| ROUGE-L, all references | 1.000") for line in lines)
    # Tokens of the study are in order.
    assert score(TOKENS)[2] == []


def test_tokenize_needs_the_studys_tokenizer() -> None:
    tokenizer_path("deep_nets").unlink()
    code, lines, (error,) = score(ROWS, "--tokenize")
    assert (code, lines) == (1, [])
    assert "tokenizer.json" in error


def test_a_caption_without_a_token_is_told() -> None:
    code, _, (note,) = score([TOKENS[0], {**ROWS[1], "caption": "?!"}], "--tokenize")
    assert code == 0
    assert note.startswith("mine.csv: 1 captions have no token")


def test_a_file_called_as_a_system_gets_a_column_of_its_own() -> None:
    save_metrics({"bleu_4": 0.5}, {"values": {}}, "captions")
    save_metrics({"bleu_4": 0.25}, {"values": {}}, "human")
    for name in ("captions.csv", "people.csv"):
        code, lines, _ = score(TOKENS, name=name)
        assert code == 0
        assert lines[0] == f"|  | speaker | people | {name} |"
        (bleu,) = (line for line in lines if line.startswith("| BLEU-4 |"))
        assert bleu.startswith("| BLEU-4 | 0.500 | 0.250 | ")


@pytest.mark.parametrize("name", [*SYSTEMS, *LABELS.values(), "Speaker", " people"])
def test_names_that_are_taken(name: str) -> None:
    taken = {*SYSTEMS, *LABELS.values()}
    for suffix in ("", ".csv", ".parquet"):
        assert column_name(Path(f"{name}{suffix}")).strip().lower() not in taken


def test_names_that_are_free() -> None:
    assert column_name(Path("elsewhere/mine.csv")) == "mine"
    # Neither a cell nor a line of the table ends within a name.
    assert column_name(Path("a|b\n.csv")) == r"a\|b\n"


def test_metrics_that_are_left_out_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # A cache of its own keeps the program of the other tests running.
    monkeypatch.setattr(java, "server", cache(java.server.__wrapped__))
    monkeypatch.setenv("PATH", "")
    YAML().dump(PARAMS | {"metrics": PARAMS["metrics"] | {"meteor": "java", "spice": "models"}}, Path("params.yaml"))  # type: ignore[operator]
    FOLDER.rmdir()
    code, lines, notes = score(TOKENS)
    assert code == 0
    assert [note.partition(" is left out: ")[0] for note in notes] == [
        "mine.csv: meteor",
        "mine.csv: spice",
        "mine.csv: alignment",
    ]
    assert "no `java`" in notes[0]
    assert "dvc repro text_classifier" in notes[2]
    assert any(line.startswith("| ROUGE-L |") for line in lines)


def test_a_table_of_nothing() -> None:
    code, lines, (error,) = artemis("table")
    assert (code, lines) == (1, [])
    assert error.startswith("artemis table: reports/metrics: no system has been scored yet; `dvc repro metrics`")


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ([*ROWS, ROWS[0]], [], ["line 4", "Realism/a", "line 2"]),
        ([ROWS[1], {**ROWS[0], "painting": "z"}], [], ["line 3", "Realism/z is not in this data set", "1 of 2"]),
        ([{**ROWS[0], "painting": "c"}], [], ["line 2", "Realism/c is in the split train"]),
        (ROWS, ["--split", "val"], ["--split val: data/utterances/deep_nets has test, train"]),
        ([{**ROWS[0], "caption": ""}], [], ["mine.csv, line 2", "caption"]),
        ([{**ROWS[0], "grounding_emotion": "joy"}], [], ["mine.csv, line 2", "'joy'"]),
    ],
)
def test_what_is_wrong_is_named(rows: list[dict[str, Any]], options: list[str], words: list[str]) -> None:
    code, lines, (error,) = score(rows, *options)
    assert (code, lines) == (1, [])
    assert error.startswith("artemis score: ")
    assert [word for word in words if word not in error] == []


@pytest.mark.parametrize(("ours", "theirs"), [("caf\u00e9", "cafe\u0301"), ("cafe\u0301", "caf\u00e9")])
def test_an_artworks_name_in_another_form_of_unicode(ours: str, theirs: str) -> None:
    captions = pd.DataFrame(
        {"art_style": "Realism", "painting": ["a", theirs, "z"], "place": ["row 1", "row 2", "row 3"]}
    )
    study = pd.DataFrame({"art_style": "Realism", "painting": ["a", "a", ours]})
    assert under_known_names(captions, study, Path("mine.csv"))["painting"].tolist() == ["a", ours, "z"]
    # Both are names of artworks, and each is its own.
    study = pd.DataFrame({"art_style": "Realism", "painting": ["a", ours, theirs]})
    assert under_known_names(captions, study, Path("mine.csv")) is captions


def test_a_missing_table_of_the_study_is_named() -> None:
    HISTOGRAMS.unlink()
    code, _, (error,) = score(TOKENS)
    assert code == 1
    assert str(HISTOGRAMS) in error
    assert "dvc repro histograms" in error


@pytest.mark.parametrize("json_file", ["folder", "mine.csv", "./mine.csv", "notes.txt/all.json", "", "pipe", "x" * 300])
def test_a_json_file_that_cannot_be_is_refused_before_work(json_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("notes.txt").write_text("notes")
    monkeypatch.delattr("commands.scoring.evaluate")
    code, lines, (error,) = score(TOKENS, "--json", json_file)
    assert (code, lines) == (1, [])
    assert Path(json_file).name in error
    assert pd.read_csv("mine.csv")["caption"].tolist() == [row["caption"] for row in TOKENS]


def test_a_json_file_in_a_new_folder() -> None:
    assert score(TOKENS, "--json", "new/folder/all.json")[0] == 0
    assert json.loads(Path("new/folder/all.json").read_text())["captions"] == 2
