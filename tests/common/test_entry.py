"""Start and end of stages and tools."""

import sys
from types import SimpleNamespace

import pytest

from stages.common import entry
from stages.common.errors import UserError


def test_without_dvc_a_stage_prints_its_help_and_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DVC_STAGE", raising=False)
    main = SimpleNamespace(__spec__=SimpleNamespace(parent="stages.histograms"))
    monkeypatch.setitem(sys.modules, "__main__", main)  # type: ignore[arg-type]
    entry.run("Emotion histograms.", lambda: pytest.fail("it ran"))
    printed = capsys.readouterr().out
    assert printed.startswith("Emotion histograms.\n\n")
    assert "`dvc repro histograms`" in printed


def test_the_closing_line_has_summary_time_and_memory(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DVC_STAGE", "utterances@deep_nets")
    entry.run("Help.", lambda: f"3 utterances of {entry.variant()}")
    line = capsys.readouterr().out
    assert line.startswith("utterances@deep_nets: 3 utterances of deep_nets [0.0 s, peak ")
    assert line.endswith(" GB]\n")


def _fail() -> str:
    raise UserError("annotations.csv: no such file; put one there")


def test_a_user_error_is_one_line_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "annotations")
    with pytest.raises(SystemExit) as stopped:
        entry.run("Help.", _fail)
    # Python prints the text of SystemExit and exits with 1.
    assert str(stopped.value.code).startswith("annotations: annotations.csv: no such file; put one there; ")
    assert str(stopped.value.code).endswith(" `dvc checkout`")
    assert "\n" not in str(stopped.value.code)


def test_a_defect_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "annotations")
    with pytest.raises(ZeroDivisionError):
        entry.run("Help.", lambda: str(1 // 0))


def test_peak_memory_is_in_gigabytes() -> None:
    # A Python process with pytest loaded: more than 10 MB, less than 100 GB.
    assert 0.01 < entry.peak_memory() < 100
