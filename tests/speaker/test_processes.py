"""Two processes under a launcher train the speaker that one process trains."""

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from stages.learning import launch
from stages.speaker import __main__ as stage
from stages.speaker.checkpoint import load
from stages.speaker.registry import ARCHITECTURES
from tests.speaker.two_colours import dials, pictures, save_study, utterances
from tests.study import ROOT


def _curves(folder: Path) -> list[dict[str, float]]:
    header, *lines = [line.split("\t") for line in (folder / "reports/speaker/epochs.tsv").read_text().splitlines()]
    return [dict(zip(header, map(float, line), strict=True)) for line in lines]


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_two_processes_find_the_losses_of_one(
    tmp_path: Path, arch: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    images = pictures(5)
    # Nothing may hang on how a batch is cut: no dropout, and no statistics of a batch. Batches
    # of three leave the second process one picture.
    asked = dials(arch, dropout=0.0, batch_size=3) | {"frozen_statistics": True}
    if "encoder_learning_rate" in asked[arch]:
        asked[arch]["encoder_learning_rate"] = 1e-4
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        save_study(images, utterances(images, held_out=2))
        YAML().dump({"device": "cpu", "speaker": asked}, Path("params.yaml"))
    monkeypatch.setenv("DVC_STAGE", "speaker")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("LAUNCH", "accelerate launch --num_processes 2 --cpu")
    assert launch.start_again("stages.speaker") == 0
    told = capfd.readouterr().out
    assert told.count("epoch 1 of 2") == told.count(f"speaker: a plain {arch} speaker after epoch 2 of 2") == 1
    monkeypatch.chdir(tmp_path / "one")
    stage.main()
    one, two = (_curves(tmp_path / name) for name in ("one", "two"))
    assert len(two) == 2
    for row, same in zip(one, two, strict=True):
        # The attention's loss is a millionth: its last digits are noise.
        assert same == pytest.approx(row, rel=1e-4, abs=1e-7)
    reports = [json.loads((tmp_path / name / stage.REPORTS / "metrics.json").read_text()) for name in ("one", "two")]
    assert reports[1]["test"] == pytest.approx(reports[0]["test"], rel=1e-4)
    assert load(tmp_path / "two/data/speaker").vocabulary.words == load(tmp_path / "one/data/speaker").vocabulary.words
