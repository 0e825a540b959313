"""How a training stage starts itself again under a launcher."""

import sys

import pytest

from stages.common import entry, launch
from stages.common.cores import usable_cores
from stages.common.errors import UserError

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


def test_the_stage_runs_under_the_launcher_and_only_there(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DVC_STAGE", "speaker")
    monkeypatch.setenv("LAUNCH", "env MARK=1 printenv MARK LAUNCH --")
    monkeypatch.setattr(entry, "_module", lambda: "stages.speaker")
    monkeypatch.setattr(launch, "command", lambda words: (["sh", "-c", 'echo "$0 $1 [$LAUNCH]"; exit 3'], {}))
    with pytest.raises(SystemExit) as stopped:
        entry.run("Help.", lambda: pytest.fail("it ran here"), trains=True)
    assert stopped.value.code == 3
    assert capfd.readouterr().out == "-m stages.speaker []\n"


def test_a_stage_that_does_not_train_needs_no_launcher(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DVC_STAGE", "histograms")
    monkeypatch.setenv("LAUNCH", "nothing-of-that-name")
    entry.run("Help.", lambda: "made")
    assert capsys.readouterr().out.startswith("histograms: made [")


def test_a_launcher_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAUNCH", "nothing-of-that-name --processes 2")
    with pytest.raises(UserError, match=r"LAUNCH names a launcher that cannot be started: .*nothing-of-that-name"):
        launch.start_again("stages.speaker")


def test_only_the_first_process_is_heard(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DVC_STAGE", "speaker")
    monkeypatch.delenv("LAUNCH", raising=False)

    def train() -> str:
        print("epoch 1")
        print("epoch 1", file=sys.stderr)
        if not launch.is_first():
            raise launch.Finished
        return "a speaker"

    for rank, heard in (("0", "epoch 1\nspeaker: a speaker"), ("1", "")):
        monkeypatch.setenv("RANK", rank)
        entry.run("Help.", train, trains=True)
        told = capsys.readouterr()
        assert told.out.startswith(heard)
        assert (told.out == "") == (told.err == "") == (rank == "1")


def test_the_others_fail_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DVC_STAGE", "speaker")
    monkeypatch.setenv("RANK", "1")
    monkeypatch.delenv("LAUNCH", raising=False)

    def fail() -> str:
        raise UserError("no pictures")

    with pytest.raises(SystemExit) as stopped:
        entry.run("Help.", fail, trains=True)
    assert stopped.value.code == 1
