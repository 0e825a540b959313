"""A training stage restarts itself under a launcher; only the first process prints."""

import sys
from types import SimpleNamespace

import pytest

from stages.common.errors import UserError
from stages.learning import launch


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that DVC starts for the stage speaker."""
    monkeypatch.setenv("DVC_STAGE", "speaker")
    monkeypatch.delenv("LAUNCH", raising=False)
    main = SimpleNamespace(__spec__=SimpleNamespace(parent="stages.speaker"))
    monkeypatch.setitem(sys.modules, "__main__", main)  # type: ignore[arg-type]


@pytest.mark.usefixtures("stage")
def test_the_stage_runs_under_the_launcher_only(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAUNCH", """sh -c 'echo "$0 $1 [$LAUNCH]"; exit 3'""")
    with pytest.raises(SystemExit) as stopped:
        launch.run("Help.", lambda: pytest.fail("it ran in this process"))
    assert stopped.value.code == 3
    assert capfd.readouterr().out == "-m stages.speaker []\n"


@pytest.mark.usefixtures("stage")
def test_an_absent_launcher_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUNCH", "nothing-of-that-name --processes 2")
    with pytest.raises(SystemExit, match=r"speaker: LAUNCH names a launcher that cannot be started: .*nothing-of-that"):
        launch.run("Help.", lambda: "")


def _train() -> str:
    print("epoch 1")
    print("epoch 1", file=sys.stderr)
    if not launch.is_main_process():
        raise launch.Finished
    return "a speaker"


@pytest.mark.usefixtures("stage")
def test_the_first_process_prints(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RANK", "0")
    launch.run("Help.", _train)
    assert capsys.readouterr().out.startswith("epoch 1\nspeaker: a speaker [")


@pytest.mark.usefixtures("stage")
def test_the_other_processes_print_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(SystemExit) as stopped:
        launch.run("Help.", _train)
    assert stopped.value.code is None
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(("rank", "message"), [("0", "speaker: no pictures; the previous"), ("1", "")])
def test_the_first_process_reports_a_user_error(monkeypatch: pytest.MonkeyPatch, rank: str, message: str) -> None:
    monkeypatch.setenv("RANK", rank)

    def fail() -> str:
        raise UserError("no pictures")

    with pytest.raises(SystemExit) as stopped:
        launch.run("Help.", fail)
    assert stopped.value.code == 1 if rank == "1" else str(stopped.value.code).startswith(message)
