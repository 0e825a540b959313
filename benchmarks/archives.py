"""Captions of very many pictures into one folder: `python -m benchmarks.archives` in a finished study.

Made-up pictures, one in a hundred of them broken, are captioned by the study's speaker with `artemis caption --out
FOLDER`: by two processes with one thread each, by one such process, by two again, because a machine's speed changes,
with `--ray local` (if Ray is installed), and by one process with two threads. Start-up is the time of the same command
for 32 pictures. A product of matrices, repeated by one process and by two, tells what two processes can gain on this
machine at all. Captions must be equal.

With `--memory`, instead: peak memory of one process for 1,000 pictures, ten and a hundred times as many, in a tar file,
by a speaker with made-up weights that is quick.

    python -m benchmarks.archives [--pictures 20000] [--memory]
"""

import importlib.util
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from benchmarks.measure import ROOT, Stopwatch, argument_parser, machine, print_header, print_row, run

WIDTH, HEIGHT, CELLS, FEW = 320, 240, 6, 32
PRODUCTS = "import torch; torch.set_num_threads(1); a = torch.rand(1024, 1024); [a @ a for _ in range(400)]"
COMMAND = ["-m", "commands", "caption"]
# What, processes, threads of each.
RAY, ONE, TWO = "--ray local", ("files", 1, 1), ("files", 2, 1)
WAYS = [TWO, ONE, TWO, (RAY, 1, 1), ("files", 1, 2)]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--memory", action="store_true", help="measure memory instead of time")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if args.memory:
            memory(Path(temporary))
        else:
            time(Path(temporary), args.pictures)


def time(folder: Path, count: int) -> None:
    """Print the seconds of each way."""
    print(f"{count:,} pictures of {WIDTH} x {HEIGHT}; {machine()}\n")
    print_header("what", "processes", "threads each", "s", "of it start-up", "CPU s")
    one, two = (_seconds(["-c", PRODUCTS], processes, 1) for processes in (1, 2))
    print_row("products of matrices", 1, 1, f"{one[0]:.1f}", "", f"{one[1]:.1f}")
    print_row("twice as many", 2, 1, f"{two[0]:.1f}", "", f"{two[1]:.1f}")
    make(folder / "few", FEW)
    make(folder / "pictures", count)
    found: list[list[tuple[str, str]]] = []
    spent: dict[tuple[str, int, int], list[float]] = defaultdict(list)
    for name, processes, threads in WAYS:
        if name == RAY and not importlib.util.find_spec("ray"):
            continue
        options = RAY.split() if name == RAY else []
        out = folder / f"captions-{len(found)}"
        start, _ = _seconds([*COMMAND, str(folder / "few"), "--out", f"{out}-few", *options], processes, threads)
        wall, cpu = _seconds([*COMMAND, str(folder / "pictures"), "--out", str(out), *options], processes, threads)
        spent[name, processes, threads].append(wall - start)
        print_row(f"captions, {name}", processes, threads, f"{wall:.1f}", f"{start:.1f}", f"{cpu:.1f}")
        found.append(captions(out))
    print("\nStart-up aside, times as fast as one process with one thread:\n")
    print_header("what", "processes", "threads each", "times as fast")
    print_row("products of matrices", 2, 1, f"{2 * one[0] / two[0]:.2f}")
    for (name, processes, threads), seconds in spent.items():
        print_row(f"captions, {name}", processes, threads, f"{mean(spent[ONE]) / mean(seconds):.2f}")
    equal = all(captions == found[0] for captions in found)
    print(f"\nThe {len(found[0]):,} rows are {'equal' if equal else 'NOT equal'}.")


def memory(folder: Path) -> None:
    """Print the peak memory of one process for more and more pictures."""
    from ruamel.yaml import YAML

    from tests.commands.run import CAPTIONS
    from tests.speaker.two_colours import saved

    YAML().dump({"device": "cpu", "captions": CAPTIONS | {"rule": "greedy"}}, folder / "params.yaml")
    saved(folder / "data/speaker")
    print(f"{machine()}\n")
    print_header("pictures", "s", "peak memory, MB")
    for count in (1_000, 10_000, 100_000):
        archive(folder / f"{count}.tar", count)
        arguments = [*COMMAND, f"{count}.tar", "--out", f"{count}/"]
        cost, _ = run(arguments, folder, PYTHONPATH=str(ROOT), OMP_NUM_THREADS="1")
        print_row(f"{count:,}", f"{cost.wall:.0f}", f"{1000 * cost.peak:.0f}")


def make(folder: Path, count: int) -> None:
    """Pictures of a few smooth patches of colour, one in a hundred of them cut off."""
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(count):
        content = _picture(rng, (WIDTH, HEIGHT))
        (folder / f"{number:06}.jpg").write_bytes(content[:200] if number % 100 == 50 else content)


def archive(file: Path, count: int) -> None:
    """A tar file of so many small pictures, a hundred different ones."""
    rng = np.random.default_rng(1)
    contents = [_picture(rng, (48, 48)) for _ in range(100)]
    with tarfile.open(file, "w") as tar:
        for number in range(count):
            member = tarfile.TarInfo(f"hall/{number:06}.jpg")
            member.size = len(contents[number % 100])
            tar.addfile(member, io.BytesIO(contents[number % 100]))


def _picture(rng: np.random.Generator, size: tuple[int, int]) -> bytes:
    patches = Image.fromarray(rng.integers(0, 256, (CELLS, CELLS, 3), dtype=np.uint8))
    file = io.BytesIO()
    patches.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG")
    return file.getvalue()


def captions(folder: Path) -> list[tuple[str, str]]:
    """Picture and caption of every row of a folder of captions."""
    return [(row["picture"], row["caption"]) for row in pq.read_table(folder).to_pylist()]


def _seconds(arguments: Sequence[str], processes: int, threads: int) -> tuple[float, float]:
    """Wall-clock and CPU seconds of so many processes of Python at a time; Ray's own are not counted as CPU."""
    stopwatch = Stopwatch()
    variables = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            [sys.executable, *arguments], env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(processes)
    ]
    for process in running:
        # 2: some pictures were left out.
        if process.wait() not in (0, 2):
            sys.exit(f"{' '.join(arguments)} ended with {process.returncode}")
    cost = stopwatch.read()
    return cost.wall, cost.cpu


if __name__ == "__main__":
    main()
