"""The whole study at ArtEmis' size: `python -m benchmarks.rehearsal`.

Clones this repository (its last commit), generates a data set with the sizes of the real study, and
lets DVC run every stage. Each network is small and trained for one epoch at most: the question is
whether the stages can handle this size, not how good the models get. Prints for each stage, with
DVC's own share, the wall-clock and CPU seconds, the peak memory of its largest process and the bytes
that it wrote. Then it prints what DVC itself costs: a `dvc repro` and a `dvc status` with nothing to
do, and an experiment that changes the captions only; and the sizes of dvc.lock and dvc.yaml.

    python -m benchmarks.rehearsal [--rows 454684] [--artworks 80031] [--size 256] [--folder FOLDER] [--until STAGE]

With `--folder`, an interrupted rehearsal goes on when the same command runs again: stages with a row
in FOLDER/study/.scratch/rehearsal.tsv are printed from there.

Disk at full size, reckoned: 6 GB of made-up pictures, 15.7 GB of packed pixels, 1 GB of stored
features (100 places x 64 channels in float16 of each picture, which the speaker reads), twice with
DVC's copy, and 0.4 GB of everything else: 25 GB. Where the disk cannot link files, DVC's cache holds
all but the pictures once more: 41 GB; 33 GB with `--size 224`.
"""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from itertools import takewhile
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from benchmarks import measure
from benchmarks.made_up import annotations, write_pictures
from benchmarks.measure import ROOT, Cost, argument_parser, machine, print_header, print_row
from stages.common.artworks import ARTWORK

DATASET = "rehearsal"
RESULTS = ".scratch/rehearsal.tsv"
# One artwork in CROWDED has MANY annotations, as 701 of ArtEmis' 80,031; the others have FEW.
CROWDED, MANY, FEW = 114, 45, 5
# Changes of the embedded study's params: a small backbone with random weights, which both the image
# classifier and the speaker keep frozen, little training, and no METEOR, whose
# shuffles take a minute for each system.
CHANGES: dict[str, Any] = {
    "dataset": DATASET,
    "features.backbone": "test_vit",
    "features.weights": "none",
    "anp_captions.base": "data/captions/captions.parquet",
    "utterances.min_count": 5,
    "text_classifier.lstm.hidden": 64,
    "text_classifier.lstm.batch_size": 1024,
    "text_classifier.lstm.epochs": 1,
    "image_classifier.tune": "none",
    "image_classifier.epochs": 1,
    "speaker.tune": "none",
    "speaker.steps_per_epoch": 100,
    "speaker.sat.epochs": 1,
    "metrics.meteor": "none",
}


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--rows", type=int, default=454_684)
    parser.add_argument("--artworks", type=int, default=80_031)
    parser.add_argument("--size", type=int, default=256, help="side of the packed pictures")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="set a parameter")
    parser.add_argument("--folder", type=Path, help="work in this folder and keep it; default: a temporary folder")
    parser.add_argument("--until", metavar="STAGE", help="stop after this stage")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() if args.folder is None else contextlib.nullcontext(args.folder) as parent:
        folder = Path(parent).resolve() / "study"
        if not (folder / RESULTS).exists():
            changes = CHANGES | {"images.size": args.size} | dict(change.split("=", 1) for change in args.set)
            # In a process of its own: on Linux a process starts with the peak memory of its parent.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                pool.submit(prepare, folder, args.rows, args.artworks, changes).result()
        print(f"{machine()}\n")
        print_header("stage", "s", "CPU s", "peak GB", "written MB")
        for row in run_stages(folder, args.until):
            print_row(*row)
        if args.until is None:
            print_dvc_costs(folder)
            print_dvc_files(folder)


def prepare(folder: Path, rows: int, artworks: int, changes: Mapping[str, Any]) -> None:
    """Clone the repository, write the data set and change the params; the empty RESULTS marks it as complete."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    raw = folder / "data/raw" / DATASET
    raw.mkdir(parents=True)
    table = annotations(rows)[["emotion", "utterance"]]
    each = np.where(np.arange(artworks) % CROWDED, FEW, MANY)
    artwork = np.sort(np.resize(np.arange(artworks).repeat(each), rows))
    table.insert(0, "art_style", [f"Style_{number % 27}" for number in artwork])
    table.insert(1, "painting", [f"somebody_painting-number-{number}" for number in artwork])
    table.to_csv(raw / "annotations.csv", index=False)
    names = table[ARTWORK].drop_duplicates().itertuples(index=False, name=None)
    write_pictures(raw / "images", names)
    run(folder, "-m", "commands", "inventory", DATASET)
    change_params(folder / "params.yaml", changes)
    author = ["-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost"]
    subprocess.run(["git", "-C", folder, *author, "commit", "-qam", "Params of the rehearsal"], check=True)
    (folder / RESULTS).parent.mkdir()
    (folder / RESULTS).touch()


def setting(text: str) -> tuple[str, str]:
    """`key=value`, an argument of a command line, as an entry for `change_params`.

    Raises:
        ValueError: there is no `=`.
    """
    key, value = text.split("=", 1)
    return key, value


def change_params(file: Path, changes: Mapping[str, Any]) -> None:
    """Set values in a params.yaml by their dotted keys; a value that is a string is read as YAML."""
    yaml = YAML()
    params = yaml.load(file)
    for key, value in changes.items():
        *sections, last = key.split(".")
        section = params
        for name in sections:
            section = section[name]
        section[last] = YAML(typ="safe").load(value) if isinstance(value, str) else value
    yaml.dump(params, file)


def run_stages(folder: Path, until: str | None) -> Iterator[list[str]]:
    """Run all stages in order, up to `until`; the columns of each: name, seconds, CPU seconds, peak GB, written MB."""
    results = folder / RESULTS
    rows = {line.split("\t")[0]: line.split("\t") for line in results.read_text(encoding="utf-8").splitlines()}
    addresses = dvc(folder, "stage", "list", "--name-only")[1].split()
    if until is not None:
        addresses = [*takewhile(lambda address: address != until, addresses), until]
    for address in addresses:
        if address not in rows:
            cost, _ = dvc(folder, "repro", "-s", address)
            size = f"{written(folder, address) / 1e6:,.1f}"
            rows[address] = [address, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.peak:.2f}", size]
            with results.open("a", encoding="utf-8") as file:
                file.write("\t".join(rows[address]) + "\n")
        yield rows[address]


def written(folder: Path, address: str) -> int:
    """Bytes of the outs of a stage."""
    lock = YAML(typ="safe").load(folder / "dvc.lock")["stages"][address]
    return sum(out.get("size", 0) for out in lock.get("outs", []))


def print_dvc_costs(folder: Path) -> None:
    """Print what DVC costs with all stages up to date: nothing to do or, in the last row, new captions only."""
    print()
    print_header("with all stages up to date", "s", "CPU s", "of the s, stages")
    for words in ("repro", "status", "exp run --verbose -S captions.temperature=0.5"):
        cost, output = dvc(folder, *words.split())
        print_row(f"dvc {words}", f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{seconds_of_stages(output):.1f}")


def print_dvc_files(folder: Path) -> None:
    """Print the sizes of the two files that DVC reads at each command."""
    kilobytes = (folder / "dvc.lock").stat().st_size / 1000
    lines = len((folder / "dvc.yaml").read_text(encoding="utf-8").splitlines())
    print()
    print_header("dvc.lock kB", "dvc.yaml lines")
    print_row(f"{kilobytes:.1f}", f"{lines:,}")


def seconds_of_stages(output: str) -> float:
    """Seconds of the stages' processes, from the times that `dvc --verbose` prints before and after each."""
    total, last, started = 0.0, datetime.min, None
    for line in output.splitlines():
        if line.startswith("Running stage"):
            started = last
        elif stamp := re.match(r"(\d{4}-\d\d-\d\d \S+) DEBUG: (Computed stage)?", line):
            last = datetime.fromisoformat(stamp[1])
            if stamp[2] and started is not None:
                total, started = total + (last - started).total_seconds(), None
    return total


def dvc(folder: Path, *words: str) -> tuple[Cost, str]:
    return run(folder, "-m", "dvc", *words)


def run(folder: Path, *words: str) -> tuple[Cost, str]:
    """Cost and output of a Python process in `folder`; if it fails, the rehearsal ends with its output."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    try:
        return measure.run(words, folder, PATH=path, OMP_WAIT_POLICY="PASSIVE")
    except RuntimeError as failure:
        raise SystemExit(f"{failure}") from None


if __name__ == "__main__":
    main()
