"""`artemis compare`: paired comparisons, and the tables of other revisions."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commands.comparison import Difference, Scored, common, compare, read, table
from stages.common.errors import UserError
from stages.metrics.tables import pictures_file, save_metrics, save_pictures
from tests.commands.run import artemis
from tests.study import ROOT


def table_of(rouge: np.ndarray, length: float = 9, first: int = 0) -> pd.DataFrame:
    names = [f"p{number:03}" for number in range(first, first + len(rouge))]
    return pd.DataFrame({"art_style": "R", "painting": names, "caption": "x", "rouge_l": rouge, "length": length})


def scored(rouge: np.ndarray, length: float = 9) -> Scored:
    return Scored(table_of(rouge, length), {})


def of(differences: list[Difference], name: str) -> Difference:
    return next(difference for difference in differences if difference.name == name)


RNG = np.random.default_rng(1)
PICTURES = RNG.random(200)


def test_a_small_difference_on_every_picture_is_shown_since_pictures_are_paired() -> None:
    # Far smaller than what the pictures differ by.
    noise = 0.01 * RNG.random(200)
    forth = of(compare([scored(PICTURES + 0.02 + noise)], [scored(PICTURES)], 200, seed=1), "rouge_l")
    assert forth.bounds[0] == pytest.approx(0.024, abs=0.002)
    assert forth.verdict == "A better"
    back = of(compare([scored(PICTURES)], [scored(PICTURES + 0.02 + noise)], 200, seed=1), "rouge_l")
    assert back.verdict == "B better"


def test_chance_shows_no_difference() -> None:
    differences = compare([scored(PICTURES)], [scored(RNG.permutation(PICTURES))], 200, seed=1)
    assert of(differences, "rouge_l").bounds[0] < 0 < of(differences, "rouge_l").bounds[1]
    assert of(differences, "rouge_l").verdict == "no difference shown"
    assert [difference.name for difference in differences] == ["rouge_l", "length"]


def test_a_property_is_higher_not_better() -> None:
    assert of(compare([scored(PICTURES, 9)], [scored(PICTURES, 8)], 20, seed=1), "length").verdict == "A higher"


def test_seeds_that_disagree_widen_the_interval() -> None:
    first = [scored(PICTURES + shift) for shift in (-0.1, 0.0, 0.13)]
    rouge = of(compare(first, [scored(PICTURES)], 500, seed=1), "rouge_l")
    assert rouge.first - rouge.second == pytest.approx(0.01)
    assert rouge.verdict == "no difference shown"
    assert of(compare(first[2:], [scored(PICTURES)], 500, seed=1), "rouge_l").verdict == "A better"


def test_only_common_pictures_count() -> None:
    left, right = common([table_of(PICTURES[:5]), table_of(PICTURES[:5], first=3)])
    assert left["painting"].tolist() == right["painting"].tolist() == ["p003", "p004"]
    with pytest.raises(UserError, match="no picture is scored on both sides"):
        common([table_of(PICTURES[:5]), table_of(PICTURES[:5], first=30)])


def test_what_one_side_lacks_is_not_compared() -> None:
    several = {"m_bleu.sum": 0.5, "several_captions": 1.0}
    left, right = (table_of(PICTURES).assign(**{**several, "several_captions": count}) for count in (1.0, 0.0))
    differences = compare([Scored(left, {})], [Scored(right, {})], 20, seed=1)
    assert [difference.name for difference in differences] == ["rouge_l", "length"]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    for system, rouge in (("captions", PICTURES + 0.1), ("human", PICTURES)):
        save_metrics({}, {}, system)
        save_pictures(table_of(rouge), system)
    code, lines, problems = artemis("compare", "captions,captions", "human")
    assert (code, problems) == (0, [])
    assert lines[:2] == ["200 pictures that both sides have, 1,000 resamples", ""]
    assert lines[2].startswith("|  | A: captions,captions | B: human |")
    assert any("+0.1000 | [+0.1000, +0.1000] | A better |" in line for line in lines)


def test_the_table() -> None:
    shown = table([Difference("rouge_l", 0.5, 0.4, (0.05, 0.15), "A better")], "captions", "human")
    assert shown.loc["rouge_l"].tolist() == ["0.5000", "0.4000", "+0.1000", "[+0.0500, +0.1500]", "A better"]


def test_systems_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"unknown system 'parrot'; there are captions, "):
        read("parrot")
    Path("captions.csv").write_text("a file", encoding="utf-8")
    with pytest.raises(UserError, match=r"unknown system 'captions.csv'; .* `artemis score captions.csv`"):
        read("captions.csv")
    with pytest.raises(UserError, match=r"data/metrics/human.parquet: not there; `dvc repro metrics@human`"):
        read("human")
    save_pictures(table_of(PICTURES), "human")
    assert read("human").judges == {}


def test_what_the_judge_errs_about_is_no_difference() -> None:
    # Both systems say what people do; the judge takes half of what is sad for fear, and never errs about awe.
    emotions = ("awe", "fear", "sadness")
    confusion = {"awe": [400, 0, 0], "fear": [0, 400, 0], "sadness": [0, 200, 200]}
    majority = np.repeat([0, 2], 300)
    said = {"A": np.repeat([0, 1, 2], [300, 150, 150]), "B": np.repeat([0, 2], 300)}
    said["B"][:150] = 1

    def system(name: str) -> Scored:
        columns = {f"alignment.predicted.{emotion}": (said[name] == id_) * 1.0 for id_, emotion in enumerate(emotions)}
        hits = {"alignment.at_least_half_untied.hit": (said[name] == majority) * 1.0}
        known = {"majority.at_least_half_untied.id": majority * 1.0, "majority.at_least_half_untied": 1.0}
        return Scored(
            table_of(np.zeros(600)).assign(**columns, **hits, **known), {"alignment": {"confusion": confusion}}
        )

    differences = compare([system("A")], [system("B")], 400, seed=1)
    assert of(differences, "alignment.at_least_half_untied").first == 0.75
    assert of(differences, "alignment.at_least_half_untied").second == 0.75
    mended = of(differences, "alignment.corrected")
    # A hits all of the sad pictures, as far as the judge can tell; B says fear of half of those of awe.
    assert mended.first == pytest.approx(1, abs=0.01)
    assert mended.second == pytest.approx(0.5 * 0.5 + 0.5 * 2, abs=0.01)
    assert mended.verdict == "B better"


def test_the_table_of_another_revision_comes_from_dvcs_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_metrics({}, {"judges": {"alignment": {"accuracy": 0.5}}}, "captions")
    save_pictures(table_of(PICTURES[:3]), "captions")
    dvc = [sys.executable, "-m", "dvc"]
    git = ["git", "-c", "user.name=test", "-c", "user.email=test@localhost"]
    commands = [["git", "init", "-q"], [*dvc, "init", "-q"], [*dvc, "add", "-q", pictures_file("captions").as_posix()]]
    for command in (*commands, ["git", "add", "."], [*git, "commit", "-qm", "first"]):
        subprocess.run(command, check=True, capture_output=True)
    pictures_file("captions").unlink()
    found = read("HEAD:captions")
    assert found.pictures["rouge_l"].tolist() == PICTURES[:3].tolist()
    assert found.judges == {"alignment": {"accuracy": 0.5}}
    with pytest.raises(UserError, match="git and DVC know no revision or experiment 'nothing'"):
        read("nothing:captions")
    for file in (path for path in Path(".dvc/cache").rglob("*") if path.is_file()):
        file.unlink()
    with pytest.raises(UserError, match=r"data/metrics/captions.parquet of that revision is not in DVC's cache"):
        read("HEAD:captions")
