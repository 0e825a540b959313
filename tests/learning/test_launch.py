"""How a training stage starts itself again under a launcher."""

import sys
from types import SimpleNamespace

import pytest

from stages.common.errors import UserError
from stages.common.processes import usable_cores
from stages.learning import launch

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node"]


@pytest.mark.parametrize("words", ["torchrun --nproc_per_node 8", "srun python", "accelerate launch --num_processes 8"])
def test_a_launcher_is_taken_as_it_is(words: str) -> None:
    assert launch.command(words.split()) == (words.split(), {})


@pytest.mark.parametrize("words", ["--num_processes 2 --cpu", "--cpu --num-processes=2"])
def test_torch_starts_what_accelerate_would_not(words: str) -> None:
    # Without MPI, `accelerate launch --cpu` starts one process, however many are asked for.
    threads = str(max(1, usable_cores() // 2))
    assert launch.command(["accelerate", "launch", *words.split()]) == ([*TORCHRUN, "2"], {"OMP_NUM_THREADS": threads})


@pytest.mark.parametrize("words", ["--num_processes 2 --cpu --mpirun_hostfile hosts", "--num_processes 1 --cpu"])
def test_accelerate_starts_what_it_can(words: str) -> None:
    assert launch.command(["accelerate", "launch", *words.split()])[0] == ["accelerate", "launch", *words.split()]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> None:
    """As DVC starts the speaker."""
    monkeypatch.setenv("DVC_STAGE", "speaker")
    monkeypatch.delenv("LAUNCH", raising=False)
    started_with = SimpleNamespace(__spec__=SimpleNamespace(parent="stages.speaker"))
    monkeypatch.setitem(sys.modules, "__main__", started_with)  # type: ignore[arg-type]


@pytest.mark.usefixtures("stage")
def test_the_stage_runs_under_the_launcher_and_only_there(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAUNCH", """sh -c 'echo "$0 $1 [$LAUNCH]"; exit 3'""")
    with pytest.raises(SystemExit) as stopped:
        launch.run("Help.", lambda: pytest.fail("it ran here"))
    assert stopped.value.code == 3
    assert capfd.readouterr().out == "-m stages.speaker []\n"


@pytest.mark.usefixtures("stage")
def test_a_launcher_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUNCH", "nothing-of-that-name --processes 2")
    with pytest.raises(SystemExit, match=r"speaker: LAUNCH names a launcher that cannot be started: .*nothing-of-that"):
        launch.run("Help.", lambda: "")


def _train() -> str:
    print("epoch 1")
    print("epoch 1", file=sys.stderr)
    if not launch.is_first():
        raise launch.Finished
    return "a speaker"


@pytest.mark.usefixtures("stage")
def test_the_first_process_is_heard(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RANK", "0")
    launch.run("Help.", _train)
    assert capsys.readouterr().out.startswith("epoch 1\nspeaker: a speaker [")


@pytest.mark.usefixtures("stage")
def test_the_others_are_not(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(SystemExit) as stopped:
        launch.run("Help.", _train)
    assert stopped.value.code is None
    told = capsys.readouterr()
    assert told.out == told.err == ""


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize(("rank", "told"), [("0", "speaker: no pictures; the previous"), ("1", "")])
def test_one_process_tells_what_a_person_can_mend(monkeypatch: pytest.MonkeyPatch, rank: str, told: str) -> None:
    monkeypatch.setenv("RANK", rank)

    def fail() -> str:
        raise UserError("no pictures")

    with pytest.raises(SystemExit) as stopped:
        launch.run("Help.", fail)
    assert stopped.value.code == 1 if rank == "1" else str(stopped.value.code).startswith(told)
