"""The whole study at ArtEmis' size: `python -m benchmarks.rehearsal`.

A clone of this repository (what is committed) gets made-up rows and cheap pictures of the
real study's shape, and DVC runs every stage on them. Each network is small and learns for
an epoch at most: what is asked is whether the stages hold at this size, not what they learn.
Prints, for each stage with DVC's own share, its wall-clock and CPU seconds, the peak memory
of its largest process and the bytes that it wrote; then what DVC itself costs: a `dvc repro`
and a `dvc status` with nothing to do, and an experiment that changes the captions only.

    python -m benchmarks.rehearsal [--rows 454684] [--artworks 80031] [--size 256] [--folder FOLDER] [--until STAGE]

In a `--folder` of one's own, the same command goes on where it was stopped: stages whose
rows are in FOLDER/.scratch/rehearsal.tsv are told from there. At full size: 40 GB of disk.
"""

import argparse
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
from benchmarks.made_up import annotations
from benchmarks.measure import Measured
from benchmarks.paintings import paint

ROOT = Path(__file__).parents[1]
DATASET = "rehearsal"
TOLD = ".scratch/rehearsal.tsv"
# One artwork in so many has so many annotations, as 701 of ArtEmis' 80,031; the others have the few.
CROWDED, MANY, FEW = 114, 45, 5
# The embedded study's dials, but for these: backbones that do for a rehearsal, little to learn, and METEOR
# (a Java program that takes a minute for each system) left out.
SHORT: dict[str, Any] = {
    "dataset": DATASET,
    "features.backbone": "test_vit",
    "anp_captions.base": "data/captions/captions.parquet",
    "utterances.min_count": 5,
    "text_classifier.lstm.hidden": 64,
    "text_classifier.lstm.batch_size": 1024,
    "text_classifier.lstm.epochs": 1,
    "image_classifier.tune": "head",
    "image_classifier.epochs": 1,
    "speaker.backbone": "test_vit",
    "speaker.steps_per_epoch": 100,
    "speaker.sat.epochs": 1,
    "metrics.meteor": False,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=454_684)
    parser.add_argument("--artworks", type=int, default=80_031)
    parser.add_argument("--size", type=int, default=256, help="side of the packed pictures")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a dial")
    parser.add_argument("--folder", type=Path, help="work there and leave it; else in a temporary folder")
    parser.add_argument("--until", metavar="STAGE", help="stop after this stage")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() if asked.folder is None else contextlib.nullcontext(asked.folder) as home:
        folder = Path(home).resolve() / "study"
        if not (folder / TOLD).exists():
            changes = SHORT | {"images.size": asked.size} | dict(change.split("=", 1) for change in asked.set)
            # In a process of its own: on Linux a process starts with the peak memory of the one that starts it.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
                apart.submit(prepare, folder, asked.rows, asked.artworks, changes).result()
        print(f"{measure.machine()}\n\n| stage | s | CPU s | peak GB | written MB |\n|---|---|---|---|---|")
        for row in stages(folder, asked.until):
            print("| " + " | ".join(row) + " |", flush=True)
        if asked.until is None:
            idle(folder)


def idle(folder: Path) -> None:
    """Tell what DVC costs where there is nothing to do but, in the last line, new captions and what follows."""
    print("\n| with all stages up to date | s | CPU s | of the s, stages |\n|---|---|---|---|")
    for words in ("repro", "status", "exp run --verbose -S captions.temperature=0.5"):
        cost, told = dvc(folder, *words.split())
        print(f"| dvc {words} | {cost.wall:.1f} | {cost.cpu:.1f} | {seconds_of_stages(told):.1f} |", flush=True)


def seconds_of_stages(told: str) -> float:
    """How long the processes of stages ran, by what `dvc --verbose` printed just before each and just after it."""
    spent, last, began = 0.0, datetime.min, None
    for line in told.splitlines():
        if line.startswith("Running stage"):
            began = last
        elif stamp := re.match(r"(\d{4}-\d\d-\d\d \S+) DEBUG: (Computed stage)?", line):
            last = datetime.fromisoformat(stamp[1])
            if stamp[2] and began is not None:
                spent, began = spent + (last - began).total_seconds(), None
    return spent


def prepare(folder: Path, rows: int, artworks: int, changes: Mapping[str, Any]) -> None:
    """A clone with the data set in it and the dials changed; TOLD, with no row yet, says that it is whole."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    home = folder / "data/raw" / DATASET
    home.mkdir(parents=True)
    table = annotations(rows)[["emotion", "utterance"]]
    each = np.where(np.arange(artworks) % CROWDED, FEW, MANY)
    artwork = np.sort(np.resize(np.arange(artworks).repeat(each), rows))
    table.insert(0, "art_style", [f"Style_{number % 27}" for number in artwork])
    table.insert(1, "painting", [f"somebody_painting-number-{number}" for number in artwork])
    table.to_csv(home / "annotations.csv", index=False)
    names = table[["art_style", "painting"]].drop_duplicates().itertuples(index=False, name=None)
    paint(home / "images", names)
    run(folder, "-m", "commands", "inventory", DATASET)
    dial(folder / "params.yaml", changes)
    who = ["-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost"]
    subprocess.run(["git", "-C", folder, *who, "commit", "-qam", "Dials of the rehearsal"], check=True)
    (folder / TOLD).parent.mkdir()
    (folder / TOLD).touch()


def dial(params: Path, changes: Mapping[str, Any]) -> None:
    """Change dials in a file of params; the text of a value is read as YAML."""
    yaml = YAML()
    whole = yaml.load(params)
    for key, value in changes.items():
        *sections, last = key.split(".")
        section = whole
        for name in sections:
            section = section[name]
        section[last] = YAML(typ="safe").load(value) if isinstance(value, str) else value
    yaml.dump(whole, params)


def stages(folder: Path, until: str | None) -> Iterator[list[str]]:
    """Every stage in the order of its needs, `until` the last: name, seconds, CPU seconds, peak memory, bytes."""
    told = {line.split("\t")[0]: line.split("\t") for line in (folder / TOLD).read_text(encoding="utf-8").splitlines()}
    addresses = dvc(folder, "stage", "list", "--name-only")[1].split()
    if until is not None:
        addresses = [*takewhile(lambda address: address != until, addresses), until]
    for address in addresses:
        if address not in told:
            cost, _ = dvc(folder, "repro", "-s", address)
            size = f"{written(folder, address) / 1e6:,.1f}"
            told[address] = [address, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.peak:.2f}", size]
            with (folder / TOLD).open("a", encoding="utf-8") as file:
                file.write("\t".join(told[address]) + "\n")
        yield told[address]


def written(folder: Path, address: str) -> int:
    lock = YAML(typ="safe").load(folder / "dvc.lock")["stages"][address]
    return sum(out.get("size", 0) for out in lock.get("outs", []))


def dvc(folder: Path, *words: str) -> tuple[Measured, str]:
    return run(folder, "-m", "dvc", *words)


def run(folder: Path, *words: str) -> tuple[Measured, str]:
    """What a Python process in `folder` cost and printed; its failure stops the rehearsal with all that it said."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    try:
        return measure.run(words, folder, PATH=path, OMP_WAIT_POLICY="PASSIVE")
    except RuntimeError as failure:
        raise SystemExit(f"{failure}") from None


if __name__ == "__main__":
    main()
