"""A folder of captions by a Ray cluster: the same rows as without one, whatever dies meanwhile."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import pytest

from commands import bulk
from formats import shard_folder
from formats.picture_lists import Request
from formats.sources.picture import File
from stages.common.errors import UserError
from tests.ray_nodes import HAS_RAY, STORE
from tests.reliability.quoting_model import Quoting

pytestmark = [HAS_RAY, pytest.mark.timeout(300)]
PICTURES, SHARD = 600, 40
DRIVER = """
import sys
from tests.reliability.test_ray_folders import fill
fill("out", sys.argv[1], float(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that hold their names, one in a hundred of them empty."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shard_folder, "SHARD", SHARD)
    for number, name in enumerate(_names()):
        Path(name).write_text("" if number % 100 == 50 else f"picture {number}")


def _names() -> list[str]:
    return [f"{number:04}.jpg" for number in range(PICTURES)]


def fill(folder: str, ray: str | None = None, seconds: float = 0.0) -> int:
    shard_folder.SHARD, shard_folder.PAUSE = SHARD, 0.1
    requests = [Request(File(name)) for name in _names()]
    return bulk.fill(Path(folder), Quoting(seconds), requests, ray, partial(Quoting, seconds))


def _files(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def _rows(folder: str) -> list[tuple[str, str | None, str | None]]:
    tables = [pq.read_table(path).to_pylist() for path in sorted(Path(folder).glob("*.parquet"))]
    return [(row["picture"], row["caption"], row["problem"]) for table in tables for row in table]


def test_the_files_are_those_of_one_process(nodes: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert fill("alone") == 2
    assert fill("out", nodes.address) == 2
    assert _files("out") == _files("alone")
    captured = capsys.readouterr()
    assert captured.out == ("alone: 594 pictures captioned, 6 left out\nout: 594 pictures captioned, 6 left out\n")
    assert captured.err.count(": left out: the file is empty") == 12


def test_where_there_is_a_gpu_the_cores_read_for_it(nodes: Any) -> None:
    """One that is only said to be there: the model does not use it."""
    node = nodes.add_node(num_cpus=1, num_gpus=1, object_store_memory=STORE)
    try:
        assert fill("out", nodes.address) == 2
    finally:
        nodes.remove_node(node)
    fill("alone")
    assert _files("out") == _files("alone")


def test_a_run_goes_on_with_what_is_missing(nodes: Any, capsys: pytest.CaptureFixture[str]) -> None:
    fill("out")
    expected = _rows("out")
    for file in list(Path("out").glob("*.parquet"))[::3]:
        file.unlink()
    Path("0050.jpg").write_text("picture 50")
    assert fill("out", nodes.address) == 2
    expected[50] = ("0050.jpg", "picture 50", None)
    assert _rows("out") == expected
    assert "were there already, 5 left out" in capsys.readouterr().out


def test_a_defect_ends_the_work_with_its_own_message(nodes: Any) -> None:
    Path("0300.jpg").write_text("defect")
    with pytest.raises(ZeroDivisionError, match="a defect"):
        fill("out", nodes.address)
    assert list(Path("out").glob(".*")) == []
    Path("0300.jpg").write_text("picture 300")
    assert fill("out", nodes.address) == 2
    fill("alone")
    assert _rows("out") == _rows("alone")


def test_actors_that_are_killed(nodes: Any) -> None:
    fill("alone")
    killed: list[int] = []
    ended = threading.Event()

    def kill() -> None:
        while not ended.wait(1.5) and len(killed) < 4:
            killed.extend(_kill_an_actor(random.Random(len(killed))))

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        assert fill("out", nodes.address, seconds=0.02) == 2
    finally:
        ended.set()
        killer.join()
    assert len(killed) >= 3
    assert _rows("out") == _rows("alone")


def _kill_an_actor(rng: random.Random) -> list[int]:
    """SIGKILL an actor of Ray Data, if there is one: its number."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        name = " ".join(process.info["cmdline"] or [])
        if name.startswith("ray::MapWorker"):
            found.append(process)
    if not found:
        return []
    chosen = rng.choice(found)
    chosen.send_signal(signal.SIGKILL)
    return [chosen.pid]


@pytest.mark.parametrize("kills", [2, pytest.param(60, marks=[pytest.mark.soak, pytest.mark.timeout(1800)])])
def test_the_driver_is_killed_too(nodes: Any, kills: int, tmp_path: Path) -> None:
    """Drivers, and between them actors, at random moments; each driver goes on where the last one was killed."""
    fill("alone")
    rng, done = random.Random(kills), 0
    log = Path("log").open("w")  # noqa: SIM115 - closed below
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    finished = False
    while done < kills or not finished:
        driver = subprocess.Popen(
            [sys.executable, "-c", DRIVER, nodes.address, "0.02"], env=environment, stdout=log, stderr=log
        )
        until = time.monotonic() + rng.uniform(8, 20)
        while driver.poll() is None and (time.monotonic() < until or done >= kills):
            time.sleep(rng.uniform(0.3, 1.5))
            # An actor needs some seconds before it answers, and should get to that now and then.
            if done < kills - 1 and rng.random() < 0.25:
                done += len(_kill_an_actor(rng))
        if driver.poll() is None:
            driver.kill()
            done += 1
        finished = driver.wait() == 0
        if finished and done < kills:
            # All is done: half of it again.
            for file in rng.sample(list(Path("out").glob("*.parquet")), PICTURES // SHARD // 2):
                file.unlink()
    log.close()
    assert _rows("out") == _rows("alone"), Path("log").read_text()
    assert [path.name for path in Path("out").glob(".*")] == []
    assert json.loads(Path("out/_manifest.json").read_text())["pictures"] == PICTURES


def test_no_cluster_leaves_no_trace() -> None:
    with pytest.raises(UserError, match="no Ray cluster"):
        fill("out", "127.0.0.1:1")
    assert [path.name for path in Path("out").iterdir()] == ["_manifest.json"]
