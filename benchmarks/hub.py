"""Seconds and memory of data sets of the Hugging Face hub: `python -m benchmarks.hub`.

Makes Parquet files in ArtELingo's schema (each picture the header of a JPEG and noise, with several rows, in large row
groups), imports them, runs the stage `annotations`, exports the study with its pictures, and imports that again, each
in a process of its own. Pictures and texts must be equal at the end.

    python -m benchmarks.hub [--pictures 80000] [--rows 3] [--bytes 30000]
"""

import contextlib
import filecmp
import io
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from benchmarks.measure import argument_parser, machine, measure, print_header, print_row
from stages.common.emotions import ARTEMIS

FILES, ROW_GROUP = 8, 1000
NAMES = ("art_style", "painting", "emotion", "language", "text", "split")
SCHEMA = pa.schema(
    [
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        *((name, pa.string()) for name in NAMES),
    ]
)
PARAMS = (
    "dataset: first\nseed: 1\nannotations: {file: annotations.csv, strict: true, require_images: true, artworks: 0}\n"
)
CARD = ("--citation", "none", "--terms", "made up")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=80_000)
    parser.add_argument("--rows", type=int, default=3, help="of each picture")
    parser.add_argument("--bytes", type=int, default=30_000, help="of each picture")
    args = parser.parse_args()
    print(f"{args.pictures:,} pictures of {args.bytes:,} bytes, {args.rows} rows each; {machine()}\n")
    print_header("what", "wall s", "CPU s", "GB")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write(Path("theirs"), args.pictures, args.rows, args.bytes)
        Path("params.yaml").write_text(PARAMS, encoding="utf-8")
        step("import hub", "commands", "import", "hub", "theirs", "first", *CARD)
        allow_redistribution(Path("data/raw/first/dataset.yaml"))
        step("annotations", "stages.annotations")
        step("export hub", "commands", "export", "hub", "ours")
        step("import hub, of the export", "commands", "import", "hub", "ours", "second", *CARD)
        same = filecmp.cmp("data/raw/first/annotations.csv", "data/raw/second/annotations.csv", shallow=False)
        # The inventory has the SHA-256 of each picture.
        same &= filecmp.cmp("data/raw/first/images.tsv", "data/raw/second/images.tsv", shallow=False)
    print(f"\nThe same pictures and texts: {'yes' if same else 'NO'}")


def step(name: str, *arguments: str) -> None:
    cost = measure(["-m", *arguments], DVC_STAGE="annotations")
    print_row(name, f"{cost.wall:.0f}", f"{cost.cpu:.0f}", f"{cost.peak:.2f}")


def write(folder: Path, pictures: int, rows: int, size: int) -> None:
    """Write `FILES` files, whose row groups have `ROW_GROUP` rows or a few more."""
    folder.mkdir()
    rng = np.random.default_rng(1)
    header = io.BytesIO()
    Image.new("RGB", (48, 64), "red").save(header, "JPEG")
    for number, part in enumerate(np.array_split(np.arange(pictures), FILES)):
        with pq.ParquetWriter(
            folder / f"train-{number:05}-of-{FILES:05}.parquet", SCHEMA, compression="zstd"
        ) as writer:
            for group in np.array_split(part, max(1, len(part) * rows // ROW_GROUP)):
                contents = [header.getvalue() + rng.bytes(size - header.tell()) for _ in group]
                table = [
                    row(picture, content, repeat)
                    for picture, content in zip(group.tolist(), contents, strict=True)
                    for repeat in range(rows)
                ]
                writer.write_table(pa.Table.from_pylist(table, SCHEMA), row_group_size=len(table))


def row(picture: int, content: bytes, repeat: int) -> dict[str, object]:
    painting = f"painter_{picture:06}"
    emotion, split = (
        ARTEMIS.names[(picture + repeat) % len(ARTEMIS.names)],
        ("train", "validation", "test")[picture % 3],
    )
    texts = (f"Style_{picture % 27}", painting, emotion, "english", f"Person {repeat} sees picture {picture}.", split)
    return {"image": {"bytes": content, "path": f"{painting}.jpg"}} | dict(zip(NAMES, texts, strict=True))


def allow_redistribution(card: Path) -> None:
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("redistribute: false", "redistribute: true"), encoding="utf-8")


if __name__ == "__main__":
    main()
