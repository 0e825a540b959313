"""`artemis study make` and `plan`, in a finished study."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from formats.human_study import key as keys
from stages.common.artworks import ARTWORK
from tests.commands.run import artemis
from tests.miniature import Miniature


@pytest.fixture
def inside(miniature: Miniature, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(miniature.folder)
    return miniature.folder


def test_captions_and_peoples_utterances_in_the_same_form(inside: Path, tmp_path: Path) -> None:
    code, lines, errors = artemis(
        *("study", "make", "captions", "human", "--pairs", "3", "--raters", "2", "--out", str(tmp_path / "study"))
    )
    assert code == 0, errors
    assert "3 pairs on 3 pictures, 3 and 4 checks of attention for each of 2 raters" in lines[0]
    key = keys.load(tmp_path / "study")
    assert key.systems == ("captions", "human")
    utterances = pq.read_table("data/utterances/deep_nets/utterances.parquet").to_pandas()
    generated = pq.read_table("data/metrics/captions.parquet").to_pandas().set_index(ARTWORK)["caption"]
    for item in key.items:
        if item.systems:
            by = dict(zip(item.systems, item.texts, strict=True))
            rows = utterances[(utterances[ARTWORK] == [item.art_style, item.painting]).all(axis=1)]
            assert by[1] in set(rows["utterance_spelled"].astype(str))
            assert by[0] == generated[(item.art_style, item.painting)]
    assert json.loads((tmp_path / "study/key.json").read_text(encoding="utf-8"))["study"] == key.study


def made_with(caption: str, folder: Path) -> tuple[set[str], list[str]]:
    """A study of the captions against a file that says the same of all pictures: its texts, and what stderr says."""
    generated = pq.read_table("data/metrics/captions.parquet").to_pandas()
    generated[ARTWORK].assign(caption=caption).to_csv(folder / "mine.csv", index=False)
    out = str(folder / "study")
    code, _, errors = artemis("study", "make", "captions", str(folder / "mine.csv"), "--pairs", "2", "--out", out)
    assert code == 0, errors
    return {text for item in keys.load(folder / "study").items for text in item.texts}, errors


def test_unknown_words_of_a_file_are_told_of(inside: Path, tmp_path: Path) -> None:
    texts, errors = made_with("A <unk> sea.", tmp_path)
    assert any(" captions have <unk>" in error for error in errors)
    assert "a <unk> sea" in texts


def test_a_file_is_tokenized_as_the_study_is(inside: Path, tmp_path: Path) -> None:
    texts, _ = made_with("What a GLOOMY sea, really!", tmp_path)
    assert "what a gloomy sea really" in texts


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["captions"], "captions"),
        (["captions", "captions"], "two or more different"),
        (["captions", "nobody"], "nobody"),
        (["captions", "HEAD:human"], "HEAD:human"),
        (["captions", "human", "--pairs", "5000"], "--pairs 5000"),
        (["captions", "human", "--pairs", "4", "--raters", "1", "--each", "2"], "--each 2"),
        (["captions", "human", "--pairs", "2", "--consent", "EMPTY"], "empty"),
        (["captions", "human", "--pairs", "2", "--out", "TAKEN"], "key.json"),
    ],
)
def test_what_is_refused(inside: Path, tmp_path: Path, arguments: list[str], named: str) -> None:
    (tmp_path / "empty.txt").write_text("\n \n")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/key.json").write_text("{}")
    places = {"EMPTY": str(tmp_path / "empty.txt"), "TAKEN": str(tmp_path / "taken")}
    given = [places.get(argument, argument) for argument in arguments]
    code, _, errors = artemis("study", "make", "--out", str(tmp_path / "out"), *given)
    assert code == 1
    assert named in errors[-1]
    assert not (tmp_path / "out").exists()


def test_the_plan(inside: Path) -> None:
    code, lines, _ = artemis("study", "plan", "--preference", "0.6", "--raters", "10", "--pairs", "200")
    assert code == 0
    assert lines[0] == "power to show a preference of 60%: 89%"
    assert "| 10 raters | 71% | 83% | 89% | 91% | 93% |" in lines
    for arguments, named in (
        (["--preference", "0.9", "--ties", "0.5"], "--ties 0.5"),
        (["--raters", "1"], "--raters 1"),
        (
            ["--preference", "1", "--ties", "0", "--rater-spread", "0", "--picture-spread", "0"],
            "all judgements would be the same",
        ),
    ):
        code, _, errors = artemis("study", "plan", *arguments)
        assert code == 1
        assert named in errors[-1]
    # More pairs than all raters can judge do not help.
    few, many = (artemis("study", "plan", "--each", "10", "--pairs", pairs)[1][0] for pairs in ("100", "400"))
    assert few == many
