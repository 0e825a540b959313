"""The whole study, run as people run it, on a corpus of a few small pictures."""

import locale
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stages.common.captions_table import load_captions, origin
from stages.common.files import read_json
from tests.commands import tiny_vision_language_models
from tests.miniature import READMES, SMALL, Miniature, copy, dvc
from tests.reliability.stage_runner import StageRunner
from tests.study import ROOT, Study

# Most of what file systems allow; DVC itself does not support braces.
ODD = 'an  "odd" folder\'s\nname, größer & $HOME; #1 %s'


def test_every_stage_runs_and_says_what_it_made(study: Study, miniature: Miniature) -> None:
    closing = re.findall(r"^([\w@]+): .+ \[\d+\.\d s, peak \d+\.\d\d GB\]$", miniature.printed, re.MULTILINE)
    assert closing == [stage.address for stage in study.stages]


def test_every_out_is_there(study: Study, miniature: Miniature) -> None:
    absent = [out for stage in study.stages for out in stage.outs if not (miniature.folder / out).exists()]
    assert absent == []


def test_a_second_run_runs_nothing(miniature: Miniature) -> None:
    printed = miniature.again()
    assert "Running stage" not in printed
    assert printed.splitlines()[-1] == "Data and pipelines are up to date."


def test_nothing_but_outs_is_left_behind(study: Study, miniature: Miniature) -> None:
    # Checkpoints are removed, and no stage writes beside its outs.
    outs = {miniature.folder / out for stage in study.stages for out in stage.outs}
    # The inputs that stand in data/ from the start.
    outs |= {miniature.folder / readme for readme in READMES}
    files = [path for name in ("data", "reports", ".scratch") for path in (miniature.folder / name).rglob("*")]
    stray = [
        path for path in files if path.is_file() and path.name != ".gitignore" and not outs & {path, *path.parents}
    ]
    assert stray == []


def test_real_paintings_get_captions(miniature: Miniature) -> None:
    paintings = sorted((ROOT.parent / "shared/paintings/images").glob("*.jpg"))
    if not paintings:
        pytest.skip("../shared/paintings is not there")
    command = [sys.executable, "-m", "commands", "caption", *map(str, paintings)]
    done = subprocess.run(command, cwd=miniature.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    _, *rows = done.stdout.splitlines()
    # Of a long path the table shows the end.
    shown = [row.partition(".jpg")[0].lstrip("…") for row in rows]
    assert all(str(path).endswith(f"{end}.jpg") for path, end in zip(paintings, shown, strict=True))
    assert len(set(shown)) == len(paintings)


def test_a_vision_language_model_becomes_a_system(miniature: Miniature, tmp_path: Path) -> None:
    runner = StageRunner(miniature.folder, tmp_path / "study", {})
    model = str(tiny_vision_language_models.llava(tmp_path / "tiny"))
    places = ["data/external_captions/pictures.csv", "--model", model, "--out", "data/raw/external_captions/tiny"]
    command = [sys.executable, "-m", "commands", "caption", *places]
    assert runner.run("external_captions").code == 0, runner.output()
    done = subprocess.run(command, cwd=runner.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for stage in ("external_captions", "metrics@external_captions"):
        assert runner.run(stage).code == 0, runner.output()
    captions = runner.folder / "data/external_captions/captions.parquet"
    found = origin(captions)
    assert found is not None
    assert found.model == model
    scores, people = (
        read_json(runner.folder / f"reports/metrics/{system}.json") for system in ("external_captions", "human")
    )
    assert scores["captions"] == people["captions"] == len(load_captions(captions))
    assert scores["bleu_1"] < people["bleu_1"]


def test_another_run_elsewhere_makes_the_same_bytes(study: Study, miniature: Miniature, tmp_path: Path) -> None:
    """With another hash seed and language, in a folder with a name that breaks careless programs."""
    folder, at_start = tmp_path / ODD, {"PYTHONHASHSEED": "2", "LC_ALL": odd_locale()}
    copy(folder, SMALL)
    dvc(folder, "repro", "annotations", **at_start)
    # The other stages without DVC, which takes seconds to write its lock.
    runner = StageRunner(folder, tmp_path / f"{ODD} again", {}, **at_start)
    for stage in study.stages:
        runner.remove_outs(stage)
        assert runner.run(stage.address).code == 0, runner.output()
    files = {path: _files(runner.folder / path) for stage in study.stages for path in stage.outs}
    assert [path for path, content in files.items() if content != _files(miniature.folder / path)] == []
    assert len(files) > 40


def _files(out: Path) -> dict[str, bytes]:
    """The content of a file, or of all files of a folder."""
    paths = [out] if out.is_file() else sorted(path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in paths}


def odd_locale() -> str:
    """German, with its decimal comma, if the machine has it; else C, whose text is ASCII."""
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "de_DE.UTF-8")
    except locale.Error:
        return "C"
    finally:
        locale.setlocale(locale.LC_ALL, before)
    return "de_DE.UTF-8"
