"""Processes that caption into one folder and are killed at random moments: no picture is lost, none is doubled."""

import multiprocessing
import random
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.reliability.caption_worker import SHARD, work

PICTURES, WORKERS, SECONDS = 800, 3, 0.004


@pytest.fixture
def names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of pictures, one in a hundred of them broken."""
    monkeypatch.chdir(tmp_path)
    found = [f"{number:04}.jpg" for number in range(PICTURES)]
    for number, name in enumerate(found):
        Path(name).write_text("" if number % 100 == 50 else f"picture {number}")
    return found


def _workers(names: list[str]) -> Iterator[BaseProcess]:
    """Processes that have just started; importing takes seconds, so one process does it for all."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.reliability.caption_worker"])
    while True:
        process = context.Process(target=work, args=(Path("out"), names, SECONDS))
        process.start()
        yield process


def _rows(folder: str) -> list[tuple[str, str | None]]:
    files = sorted(Path(folder).glob("*.parquet"))
    assert len(files) == PICTURES // SHARD
    return [(row["picture"], row["caption"]) for file in files for row in pq.read_table(file).to_pylist()]


@pytest.mark.parametrize("kills", [15, pytest.param(300, marks=pytest.mark.soak)])
def test_killed_processes_lose_and_double_nothing(names: list[str], kills: int) -> None:
    rng = random.Random(kills)
    work(Path("undisturbed"), names, 0)
    workers = _workers(names)
    running = [next(workers) for _ in range(WORKERS)]
    killed = 0
    while killed < kills:
        time.sleep(rng.uniform(0.02, 0.2))
        place = rng.randrange(WORKERS)
        killed += running[place].is_alive()
        running[place].kill()
        running[place].join()
        if not any(process.is_alive() for process in running):
            # All is done: half of it again.
            files = sorted(Path("out").glob("*.parquet"))
            for file in rng.sample(files, len(files) // 2):
                file.unlink()
        running[place] = next(workers)
    for process in running:
        process.join()
    assert [process.exitcode for process in running] == [0] * WORKERS
    assert _rows("out") == _rows("undisturbed")
    assert [path.name for path in Path("out").iterdir() if path.name.startswith(".")] == []
