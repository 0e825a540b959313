"""The whole study at ArtEmis' size: `python -m benchmarks.rehearsal`.

A clone of this repository (what is committed) gets made-up rows and cheap pictures of the
real study's shape, and DVC runs every stage on them. Each network learns for one epoch, with
the sizes of the embedded study: what is asked is whether the stages hold at this size, not
what they learn. Prints, for each stage, its wall-clock seconds, its peak memory and the
bytes that it wrote, then what DVC itself costs: a `dvc repro` and a `dvc status` with
nothing to do, and an experiment that changes the captions only.

    python -m benchmarks.rehearsal [--rows 454684] [--artworks 80031] [--size 256] [--folder FOLDER]
"""

import argparse
import io
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from ruamel.yaml import YAML

from benchmarks.made_up import annotations

ROOT = Path(__file__).parents[1]
DATASET = "rehearsal"
# Distinct pictures that are drawn; the others are copies with a few bytes of their own, since
# drawing costs more than decoding, which is what the stages do.
DRAWN = 64
# A landscape and a portrait, the longer side 600 pixels, as ArtEmis' authors kept WikiArt.
SIDES = ((600, 450), (430, 600))
# The embedded study's dials, but for these.
SHORT: dict[str, Any] = {
    "dataset": DATASET,
    "anp_captions.base": "data/captions/captions.parquet",
    "utterances.profiles.deep_nets.min_count": 5,
    "text_classifier.lstm.epochs": 1,
    "image_classifier.epochs": 1,
    "speaker.sat.epochs": 1,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=454_684)
    parser.add_argument("--artworks", type=int, default=80_031)
    parser.add_argument("--size", type=int, default=256, help="side of the packed pictures")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a dial")
    parser.add_argument("--folder", type=Path, help="work there and leave it; else in a temporary folder")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary) / "study"
        changes = SHORT | {"images.size": asked.size} | dict(change.split("=", 1) for change in asked.set)
        prepare(folder, asked.rows, asked.artworks, changes)
        print("| stage | s | peak GB | written MB |\n|---|---|---|---|")
        for row in stages(folder):
            print("| " + " | ".join(row) + " |", flush=True)
        print("\n| with nothing else to do | s | of it, stages |\n|---|---|---|")
        for words in ("repro", "status", "exp run -S captions.temperature=0.5"):
            wall, told = dvc(folder, *words.split())
            own = sum(float(seconds) for seconds in re.findall(r"\[([\d.]+) s, peak", told))
            print(f"| dvc {words} | {wall:.1f} | {own:.1f} |", flush=True)


def prepare(folder: Path, rows: int, artworks: int, changes: Mapping[str, Any]) -> None:
    """A clone with the data set in it and the dials changed."""
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    home = folder / "data/raw" / DATASET
    home.mkdir(parents=True)
    table = annotations(rows)[["emotion", "utterance"]]
    artwork = np.sort(np.arange(rows) % artworks)
    table.insert(0, "art_style", [f"Style_{number % 27}" for number in artwork])
    table.insert(1, "painting", [f"somebody_painting-number-{number}" for number in artwork])
    table.to_csv(home / "annotations.csv", index=False)
    names = table[["art_style", "painting"]].drop_duplicates().itertuples(index=False, name=None)
    paint(home / "images", names)
    run(folder, "-m", "stages.annotations.inventory", DATASET)
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    for key, value in changes.items():
        *sections, last = key.split(".")
        section = params
        for name in sections:
            section = section[name]
        section[last] = YAML(typ="safe").load(str(value)) if isinstance(value, str) else value
    yaml.dump(params, folder / "params.yaml")
    who = ["-c", "user.name=rehearsal", "-c", "user.email=rehearsal@localhost"]
    subprocess.run(["git", "-C", folder, *who, "commit", "-qam", "Dials of the rehearsal"], check=True)


def paint(folder: Path, names: Iterator[tuple[str, str]]) -> None:
    """A JPEG for each artwork: smooth noise, which compresses about as paintings do."""
    generator = np.random.default_rng(2021)
    drawn = []
    for number in range(DRAWN):
        coarse = generator.integers(0, 256, (40, 40, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize(SIDES[number % 2], Image.Resampling.BICUBIC)
        noisy = np.clip(np.asarray(picture) + generator.normal(0, 8, (*picture.size[::-1], 1)), 0, 255)
        file = io.BytesIO()
        Image.fromarray(noisy.astype(np.uint8)).save(file, "JPEG", quality=80)
        drawn.append(file.getvalue())
    for number, (style, painting) in enumerate(names):
        (folder / style).mkdir(parents=True, exist_ok=True)
        (folder / style / f"{painting}.jpg").write_bytes(drawn[number % DRAWN] + number.to_bytes(4, "little"))


def stages(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Every stage in the order of its needs: its name, seconds, peak memory and bytes written."""
    _, order = dvc(folder, "stage", "list", "--name-only")
    for address in order.split():
        wall, told = dvc(folder, "repro", "-s", address)
        peak = re.findall(r"peak ([\d.]+) GB", told)
        yield address, f"{wall:.1f}", peak[-1] if peak else "-", f"{written(folder, address) / 1e6:,.1f}"


def written(folder: Path, address: str) -> int:
    lock = YAML(typ="safe").load(folder / "dvc.lock")["stages"][address]
    return sum(out.get("size", 0) for out in lock.get("outs", []))


def dvc(folder: Path, *words: str) -> tuple[float, str]:
    started = time.perf_counter()
    told = run(folder, "-m", "dvc", *words)
    return time.perf_counter() - started, told


def run(folder: Path, *words: str) -> str:
    """What a Python process printed in `folder`; its failure stops the rehearsal with all that it said."""
    own = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "OMP_WAIT_POLICY": "PASSIVE"}
    done = subprocess.run(
        [sys.executable, *words], cwd=folder, env={**os.environ, **own}, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
