"""How many pictures a second go from files to packed pixels: `python -m benchmarks.images`.

The stages `annotations` and `images`, each in a process of its own, and the inventory that
comes before them, on JPEGs of 600 pixels with five annotations each. Beside them, in the
same run, ArtEmis' loader is re-enacted on some of the files: one process opens a picture,
squashes it with LANCZOS and makes a normalised tensor of it. It did so for every
annotation in every epoch; here that happens once. Pixels must be the same.

    python -m benchmarks.images [--pictures 4000] [--sample 500]
"""

import argparse
import contextlib
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from benchmarks.made_up import annotations
from benchmarks.measure import Measured, machine, measure
from benchmarks.paintings import paint
from stages.images.packed import load

RAW = Path("data/raw/made_up")
SIZE, EACH = 256, 5
PARAMS = f"""
dataset: made_up
seed: 2021
annotations: {{file: annotations.csv, strict: false, require_images: true, artworks: 0}}
images: {{size: {SIZE}, fit: squash}}
"""
# Of ImageNet's pictures, channel by channel.
MEAN, STD = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=4000)
    parser.add_argument("--sample", type=int, default=500)
    asked = parser.parse_args()
    print(f"{machine()}\n")
    print("| what | pictures | wall s | CPU s | pictures/s | pictures/CPU s |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write_data_set(asked.pictures)
        told("inventory, once", asked.pictures, measure(["-m", "commands", "inventory", RAW.name]))
        names = ("annotations", "images")
        costs = [measure(["-m", f"stages.{name}"], DVC_STAGE=name) for name in names]
        both = Measured(*(sum(parts) for parts in list(zip(*costs, strict=True))[:2]), costs[1].peak)
        told("annotations and images", asked.pictures, both)
        told("images alone", asked.pictures, costs[1])
        told("ArtEmis' order of work", asked.sample, theirs(asked.sample))


def told(what: str, pictures: int, run: Measured) -> None:
    speeds = f"{pictures / run.wall:,.0f} | {pictures / run.cpu:,.0f}"
    print(f"| {what} | {pictures:,} | {run.wall:.1f} | {run.cpu:.1f} | {speeds} |", flush=True)


def write_data_set(pictures: int) -> None:
    """data/raw/made_up/: so many pictures, and what was said of them."""
    names = [(f"Style_{number % 27}", f"somebody_painting-number-{number}") for number in range(pictures)]
    paint(RAW / "images", names)
    said = annotations(pictures * EACH)[["emotion", "utterance"]]
    artworks = pd.DataFrame(names * EACH, columns=["art_style", "painting"])
    pd.concat([artworks, said], axis=1).to_csv(RAW / "annotations.csv", index=False)
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")


def theirs(pictures: int) -> Measured:
    """What the loader costs for the first of the packed pictures, whose pixels must be the same."""
    packed = load()
    chosen = packed.index[:pictures]
    wall, cpu = time.perf_counter(), time.process_time()
    pixels = []
    for style, painting in zip(chosen["art_style"], chosen["painting"], strict=True):
        image = Image.open(RAW / "images" / style / f"{painting}.jpg").convert("RGB")
        squashed = np.asarray(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS))
        np.ascontiguousarray(((squashed / np.float32(255) - MEAN) / STD).transpose(2, 0, 1))
        pixels.append(squashed)
    spent = Measured(time.perf_counter() - wall, time.process_time() - cpu, 0)
    np.testing.assert_array_equal(packed.pixels[: len(pixels)], pixels)
    return spent


if __name__ == "__main__":
    main()
