"""Pictures per second from files to packed pixels: `python -m benchmarks.images`.

Measures the inventory and then the stages `annotations` and `images`, each in a process of its own,
on JPEGs of 600 pixels with five annotations each. For comparison, the same run re-enacts ArtEmis'
loader on some of the files: one process opens a picture, resizes it to a square with LANCZOS and
makes a normalised tensor of it. ArtEmis did so for every annotation in every epoch; here it happens
once. The pixels must be equal.

    python -m benchmarks.images [--pictures 4000] [--sample 500]
"""

import contextlib
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from benchmarks.made_up import annotations, write_pictures
from benchmarks.measure import Cost, Stopwatch, argument_parser, machine, measure, print_header, print_row
from stages.common.artworks import ARTWORK
from stages.images.packed import load

RAW = Path("data/raw/made_up")
SIZE, ANNOTATIONS_PER_PICTURE = 256, 5
PARAMS = f"""
dataset: made_up
seed: 2021
annotations: {{file: annotations.csv, strict: false, require_images: true, artworks: 0}}
images: {{size: {SIZE}, fit: squash}}
"""
# Of ImageNet, for each channel.
MEAN, STD = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], np.float32)


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=4000)
    parser.add_argument("--sample", type=int, default=500, help="pictures for the re-enactment")
    args = parser.parse_args()
    print(f"{machine()}\n")
    print_header("what", "pictures", "wall s", "CPU s", "pictures/s", "pictures/CPU s")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write_data_set(args.pictures)
        print_cost("inventory, once", args.pictures, measure(["-m", "commands", "inventory", RAW.name]))
        annotations_cost = measure(["-m", "stages.annotations"], DVC_STAGE="annotations")
        images_cost = measure(["-m", "stages.images"], DVC_STAGE="images")
        both = Cost(annotations_cost.wall + images_cost.wall, annotations_cost.cpu + images_cost.cpu)
        print_cost("annotations and images", args.pictures, both)
        print_cost("images alone", args.pictures, images_cost)
        print_cost("ArtEmis' order of work", args.sample, reenact(args.sample))


def print_cost(name: str, pictures: int, cost: Cost) -> None:
    speeds = f"{pictures / cost.wall:,.0f}", f"{pictures / cost.cpu:,.0f}"
    print_row(name, f"{pictures:,}", f"{cost.wall:.1f}", f"{cost.cpu:.1f}", *speeds)


def write_data_set(pictures: int) -> None:
    """Write data/raw/made_up/ with so many pictures and their annotations."""
    names = [(f"Style_{number % 27}", f"somebody_painting-number-{number}") for number in range(pictures)]
    write_pictures(RAW / "images", names)
    utterances = annotations(pictures * ANNOTATIONS_PER_PICTURE)[["emotion", "utterance"]]
    artworks = pd.DataFrame(names * ANNOTATIONS_PER_PICTURE, columns=ARTWORK)
    pd.concat([artworks, utterances], axis=1).to_csv(RAW / "annotations.csv", index=False)
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")


def reenact(pictures: int) -> Cost:
    """Cost of ArtEmis' loader for the first `pictures`; their pixels must equal the packed ones."""
    packed = load()
    chosen = packed.index[:pictures]
    stopwatch = Stopwatch()
    pixels = []
    for style, painting in zip(chosen["art_style"], chosen["painting"], strict=True):
        image = Image.open(RAW / "images" / style / f"{painting}.jpg").convert("RGB")
        square = np.asarray(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS))
        np.ascontiguousarray(((square / np.float32(255) - MEAN) / STD).transpose(2, 0, 1))
        pixels.append(square)
    cost = stopwatch.read()
    np.testing.assert_array_equal(packed.pixels[: len(pixels)], pixels)
    return cost


if __name__ == "__main__":
    main()
