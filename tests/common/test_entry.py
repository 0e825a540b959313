"""How stages start and end."""

import subprocess
import sys

import pytest

from stages.common import entry
from stages.common.errors import UserError
from tests.study import ROOT


def test_a_stage_started_by_hand_prints_its_help_and_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DVC_STAGE", raising=False)
    done = subprocess.run(
        [sys.executable, "-m", "stages.histograms"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("Run it with `dvc repro histograms`; its dials are in params.yaml.\n")
    assert len(done.stdout.splitlines()) > 2


def test_the_closing_line_tells_what_how_long_and_how_much(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_STAGE", "utterances@deep_nets")
    entry.run("Help.", lambda: f"3 utterances of {entry.variant()}")
    line = capsys.readouterr().out
    assert line.startswith("utterances@deep_nets: 3 utterances of deep_nets [0.0 s, peak ")
    assert line.endswith(" GB]\n")


def _fail() -> str:
    raise UserError("annotations.csv: no such file; put one there")


def test_a_persons_error_is_one_line_with_the_way_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "annotations")
    with pytest.raises(SystemExit) as stopped:
        entry.run("Help.", _fail)
    # SystemExit with text: Python prints it and exits with 1.
    assert stopped.value.code == (
        "annotations: annotations.csv: no such file; put one there; the previous result returns with `dvc checkout`"
    )


def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "annotations")
    with pytest.raises(ZeroDivisionError):
        entry.run("Help.", lambda: str(1 // 0))


def test_a_tool_ends_with_its_code_or_one_line() -> None:
    with pytest.raises(SystemExit) as stopped:
        entry.tool(lambda: 3)
    assert stopped.value.code == 3
    with pytest.raises(SystemExit) as stopped:
        entry.tool(_fail)  # type: ignore[arg-type]
    assert stopped.value.code == "annotations.csv: no such file; put one there"


def test_a_tool_whose_reader_has_gone_ends_without_a_word() -> None:
    program = "from stages.common.entry import tool; tool(lambda: print('x' * 100_000))"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + 13


def test_peak_memory_is_in_gigabytes() -> None:
    # A Python process with pytest loaded: more than 10 MB, less than 100 GB.
    assert 0.01 < entry.peak_memory() < 100
