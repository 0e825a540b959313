"""A stage that is killed at any moment loses nothing: run again, it makes the bytes of an uninterrupted run."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.miniature import Miniature
from tests.reliability.killing import Nursery
from tests.study import Stage, Study

LONG = ["images", "text_classifier", "image_classifier", "speaker", "captions", "metrics@captions"]
# Enough epochs to be killed between two, and METEOR with its Java program.
LONGER: dict[str, Any] = {
    "text_classifier.lstm.epochs": 4,
    "image_classifier.epochs": 4,
    "speaker.sat.epochs": 4,
    "metrics.meteor": shutil.which("java") is not None,
    "metrics.meteor_shuffles": 0,
}
MOMENTS = 30


def stage_of(study: Study, address: str) -> Stage:
    return next(stage for stage in study.stages if stage.address == address)


def killed_and_run_again(nursery: Nursery, stage: Stage, whole: dict[str, bytes], **moment: Any) -> bool:
    """Whether the moment came before the stage had ended; asserts that nothing was lost or made up."""
    nursery.forget(stage)
    killed = nursery.run(stage.address, **moment)
    assert killed.killed or killed.code == 0, nursery.printed()
    assert killed.orphans == []
    # What has an out's name is the whole out, even now; only a training's curves grow with its epochs.
    left = nursery.outs(stage)
    assert [out for out in left if left[out] != whole[out] and not out.endswith("epochs.tsv")] == [], moment
    nursery.forget(stage)
    again = nursery.run(stage.address)
    assert again.code == 0, nursery.printed()
    made = nursery.outs(stage)
    assert [out for out in whole if made.get(out) != whole[out]] == [], moment
    assert nursery.litter(stage) == []
    return killed.killed


def test_killed_before_an_operation_on_files(study: Study, miniature: Miniature, tmp_path: Path) -> None:
    # Compared with what `dvc repro` has made; the place is drawn anew for each stage.
    chance = random.Random(11)
    with Nursery(miniature.folder, tmp_path / "study", {}) as nursery:
        for address in LONG:
            stage = stage_of(study, address)
            whole = nursery.outs(stage)
            assert whole.keys() == stage.outs
            assert killed_and_run_again(nursery, stage, whole, before=chance.randint(4, 12)), address


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("address", LONG)
def test_killed_at_random_moments(study: Study, miniature: Miniature, tmp_path: Path, address: str) -> None:
    stage, chance = stage_of(study, address), random.Random()
    with Nursery(miniature.folder, tmp_path / "study", LONGER) as nursery:
        nursery.forget(stage)
        once = nursery.run(address)
        whole = nursery.outs(stage)
        assert whole.keys() == stage.outs, nursery.printed()
        moments: list[dict[str, Any]] = [{"after": chance.uniform(0, once.seconds)} for _ in range(MOMENTS)]
        moments += [{"before": chance.randint(1, once.operations)} for _ in range(MOMENTS)]
        kills = [killed_and_run_again(nursery, stage, whole, **moment) for moment in moments]
        print(f"{address}: {sum(kills)} kills in {len(kills)} runs")
        # A run may be quicker than the one that was timed.
        assert sum(kills) >= len(kills) // 2
