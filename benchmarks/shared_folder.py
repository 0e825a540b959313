"""Captions of one folder by several processes: `python -m benchmarks.shared_folder` in a finished study.

Made-up pictures are captioned by the study's speaker with `artemis caption --out FOLDER`: by one process with one
thread, by two such processes at a time, and by one process with two threads, start included. A product of matrices,
repeated by one process and by two, tells what two processes can gain on this machine at all. Captions must be equal.

    python -m benchmarks.shared_folder [--pictures 4096]
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from PIL import Image

from benchmarks.measure import ROOT, Stopwatch, argument_parser, machine, print_header, print_row

WIDTH, HEIGHT, CELLS = 320, 240, 6
PRODUCTS = "import torch; torch.set_num_threads(1); a = torch.rand(1024, 1024); [a @ a for _ in range(400)]"


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=4096)
    args = parser.parse_args()
    print(f"{args.pictures:,} pictures of {WIDTH} x {HEIGHT}; {machine()}\n")
    print_header("what", "processes", "threads each", "s", "CPU s", "times as fast as one process with one thread")
    one, two = (_seconds(["-c", PRODUCTS], processes, 1) for processes in (1, 2))
    print_row("products of matrices", 1, 1, *_cells(one), "")
    print_row("twice as many", 2, 1, *_cells(two), f"{2 * one[0] / two[0]:.2f}")
    with tempfile.TemporaryDirectory() as temporary:
        pictures = Path(temporary, "pictures")
        make(pictures, args.pictures)
        found, first = [], 0.0
        for processes, threads in ((1, 1), (2, 1), (1, 2)):
            out = Path(temporary, f"captions-{processes}-{threads}")
            cost = _seconds(["-m", "commands", "caption", str(pictures), "--out", str(out)], processes, threads)
            first = first or cost[0]
            print_row("captions", processes, threads, *_cells(cost), f"{first / cost[0]:.2f}")
            found.append(captions(out))
    print(f"\nThe {len(found[0]):,} captions are {'equal' if found[0] == found[1] == found[2] else 'NOT equal'}.")


def make(folder: Path, count: int) -> None:
    """Pictures of a few smooth patches of colour."""
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(count):
        patches = Image.fromarray(rng.integers(0, 256, (CELLS, CELLS, 3), dtype=np.uint8))
        patches.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(folder / f"{number:06}.jpg")


def captions(folder: Path) -> list[tuple[str, str]]:
    """Picture and caption of every row of a folder of captions."""
    rows = [row for file in sorted(folder.glob("*.parquet")) for row in pq.read_table(file).to_pylist()]
    return [(row["picture"], row["caption"]) for row in rows]


def _seconds(arguments: list[str], processes: int, threads: int) -> tuple[float, float]:
    """Wall-clock and CPU seconds of so many processes of Python at a time."""
    stopwatch = Stopwatch()
    variables = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen([sys.executable, *arguments], env=variables, stdout=subprocess.DEVNULL)
        for _ in range(processes)
    ]
    for process in running:
        if process.wait():
            sys.exit(f"{' '.join(arguments)} ended with {process.returncode}")
    cost = stopwatch.read()
    return cost.wall, cost.cpu


def _cells(cost: tuple[float, float]) -> list[str]:
    return [f"{value:.1f}" for value in cost]


if __name__ == "__main__":
    main()
