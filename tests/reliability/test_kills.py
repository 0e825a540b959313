"""A stage killed at any moment loses nothing: its next run makes the bytes of an uninterrupted one."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.miniature import Miniature
from tests.reliability.stage_runner import StageRunner
from tests.study import Stage, Study

LONG = ["images", "features", "text_classifier", "image_classifier", "speaker", "captions", "metrics@captions"]
# Enough epochs for kills between two, and METEOR with a child process where there is Java.
LONGER: dict[str, Any] = {
    "text_classifier.lstm.epochs": 4,
    "image_classifier.epochs": 4,
    "speaker.sat.epochs": 4,
    "metrics.meteor": "java" if shutil.which("java") else "python",
}
MOMENTS = 30


def stage_of(study: Study, address: str) -> Stage:
    return next(stage for stage in study.stages if stage.address == address)


def killed_then_rerun(runner: StageRunner, stage: Stage, whole: dict[str, bytes], **moment: Any) -> bool:
    """True if the kill came before the stage's end; asserts that no out is partial and that a rerun makes all."""
    runner.remove_outs(stage)
    killed = runner.run(stage.address, **moment)
    assert killed.killed or killed.code == 0, runner.output()
    assert killed.orphans == []
    # Every file with the name of an out is the complete out; only a training's curves grow with its epochs.
    left = runner.outs(stage)
    assert [out for out in left if left[out] != whole[out] and not out.endswith("epochs.tsv")] == [], moment
    runner.remove_outs(stage)
    rerun = runner.run(stage.address)
    assert rerun.code == 0, runner.output()
    outs = runner.outs(stage)
    assert [out for out in whole if outs.get(out) != whole[out]] == [], moment
    assert runner.leftovers(stage) == []
    return killed.killed


def test_killed_before_a_file_operation(study: Study, miniature: Miniature, tmp_path: Path) -> None:
    # Compared with the outs of `dvc repro`; the operation is drawn for each stage.
    rng = random.Random(11)
    runner = StageRunner(miniature.folder, tmp_path / "study", {})
    for address in LONG:
        stage = stage_of(study, address)
        whole = runner.outs(stage)
        assert whole.keys() == stage.outs
        assert killed_then_rerun(runner, stage, whole, before=rng.randint(4, 12)), address


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("address", LONG)
def test_killed_at_random_moments(study: Study, miniature: Miniature, tmp_path: Path, address: str) -> None:
    stage, rng = stage_of(study, address), random.Random()
    runner = StageRunner(miniature.folder, tmp_path / "study", LONGER)
    runner.remove_outs(stage)
    first = runner.run(address)
    whole = runner.outs(stage)
    assert whole.keys() == stage.outs, runner.output()
    moments: list[dict[str, Any]] = [{"after": rng.uniform(0, first.seconds)} for _ in range(MOMENTS)]
    moments += [{"before": rng.randint(1, first.operations)} for _ in range(MOMENTS)]
    kills = [killed_then_rerun(runner, stage, whole, **moment) for moment in moments]
    print(f"{address}: {sum(kills)} kills in {len(kills)} runs")
    # A run may be shorter than the timed one.
    assert sum(kills) >= len(kills) // 2
