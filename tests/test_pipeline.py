"""The whole study, run as people run it, on a corpus of a few small pictures."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.miniature import Miniature
from tests.study import ROOT, Study


def _locked(folder: Path) -> dict[str, Any]:
    """The stages of dvc.lock."""
    locked: dict[str, Any] = YAML(typ="safe").load(folder / "dvc.lock")["stages"]
    return locked


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
    # The one input that stands in data/ from the start.
    outs.add(miniature.folder / "data/raw/resources")
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


def test_two_clean_runs_make_the_same_bytes(miniatures: list[Miniature]) -> None:
    made = [
        {out["path"]: out["md5"] for stage in _locked(miniature.folder).values() for out in stage["outs"]}
        for miniature in miniatures
    ]
    differing = [path for path in made[0] if made[0][path] != made[1][path]]
    assert differing == []
    assert len(made[0]) > 40
