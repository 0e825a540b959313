"""Two processes under a launcher train the speaker that one process trains."""

import json
import sys
from pathlib import Path

import pytest

from stages.features.__main__ import main as compute_features
from stages.learning import launch, training
from stages.speaker import __main__ as stage
from stages.speaker.registry import ARCHITECTURES
from tests.speaker import every_architecture
from tests.speaker.two_colours import pictures, save_params, save_study, speaker_params, utterances
from tests.study import ROOT

# An encoder that learns from pixels, and one that is frozen, with stored features.
CASES = {f"{arch}-{tune}": (arch, tune) for arch in ARCHITECTURES for tune in ("all", "none")}


def _save_projects(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = pictures(5)
    for name, (arch, tune) in CASES.items():
        (folder / name).mkdir(parents=True)
        monkeypatch.chdir(folder / name)
        save_study(images, utterances(images, held_out=2))
        # Nothing may depend on the division of a batch, so there is no dropout. Batches of three leave the second
        # process one image.
        params = speaker_params(arch, dropout=0.0, batch_size=3)
        save_params(Path(), params | {"tune": tune, "encoder_learning_rate": 1e-4})
        if tune == "none":
            compute_features()
    monkeypatch.chdir(folder)


def _curves(folder: Path) -> list[dict[str, float]]:
    header, *lines = [line.split("\t") for line in (folder / "reports/speaker/epochs.tsv").read_text().splitlines()]
    return [dict(zip(header, map(float, line), strict=True)) for line in lines]


def test_two_processes_find_the_losses_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DVC_STAGE", "speaker")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    _save_projects(tmp_path / "one", monkeypatch)
    with monkeypatch.context() as patch:
        # Several processes do not use the batch statistics, which would be those of a part of the batch.
        patch.setattr(training, "_must_freeze", lambda *_: True)
        every_architecture.main()
    capfd.readouterr()
    _save_projects(tmp_path / "two", monkeypatch)
    monkeypatch.setenv("LAUNCH", f"{sys.executable} -m torch.distributed.run --standalone --nproc_per_node 2")
    # One launch for all trainings: starting the processes takes longer than they do.
    assert launch.relaunch("tests.speaker.every_architecture") == 0
    printed = capfd.readouterr().out
    for arch in ARCHITECTURES:
        assert printed.count(f"speaker: plain {arch}, best epoch ") == 2
    for name in CASES:
        _assert_equal(tmp_path / "one" / name, tmp_path / "two" / name)
    assert printed.count("epoch 1 of 2") == len(CASES)


def _assert_equal(one: Path, two: Path) -> None:
    assert len(_curves(two)) == 2
    for row, same in zip(_curves(one), _curves(two), strict=True):
        # The loss of the attention is about 1e-6, so its last digits are rounding errors.
        assert same == pytest.approx(row, rel=1e-4, abs=1e-7)
    reports = [json.loads((folder / stage.REPORTS / "metrics.json").read_text()) for folder in (one, two)]
    assert reports[1]["test"] == pytest.approx(reports[0]["test"], rel=1e-4)
    words = [(folder / "data/speaker/vocabulary.json").read_bytes() for folder in (one, two)]
    assert words[0] == words[1]
