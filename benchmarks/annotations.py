"""How long the stage `annotations` takes, and how much memory: `python -m benchmarks.annotations`.

A made-up CSV of ArtEmis' size, 450,000 rows on 80,000 artworks, with a bad row in every
thousand and an inventory that lists a picture of nearly every artwork; the pictures
themselves are not read by this stage. The stage runs in a process of its own. Beside it,
in the same run, `pandas.read_csv` of the same file, which is all that ArtEmis' code does:
it checks nothing, flags nothing and reads names such as `null` as missing.

    python -m benchmarks.annotations [--rows 450000] [--large]

`--large` adds a run with ten times the rows: time is to grow tenfold, memory far less.
"""

import argparse
import contextlib
import tempfile
from pathlib import Path

from benchmarks.made_up import parts
from benchmarks.measure import Measured, machine, measure
from stages.annotations.beside import write_missing
from stages.common import inventory
from stages.common.files import read_json
from stages.common.inventory import Picture

PARAMS = """
dataset: made_up
seed: 2021
annotations: {file: annotations.csv, strict: false, require_images: false, artworks: 0}
"""
RAW = Path("data/raw/made_up")
COLUMNS = ["art_style", "painting", "emotion", "utterance", "repetition"]
READ_CSV = "import pandas; pandas.read_csv('data/raw/made_up/annotations.csv', encoding_errors='replace')"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=450_000)
    parser.add_argument("--large", action="store_true", help="also ten times as many rows")
    asked = parser.parse_args()
    print(f"{machine()}\n")
    print("| what | rows | wall s | CPU s | peak GB |\n|---|---|---|---|---|")
    for rows in (asked.rows, 10 * asked.rows) if asked.large else (asked.rows,):
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            write_data_set(rows)
            told("the stage", rows, measure(["-m", "stages.annotations"], DVC_STAGE="annotations"))
            figures = read_json(Path("reports/annotations/metrics.json"))
            assert (figures["rows"], figures["rejects"]["all"]) == (rows, rows // 1000), figures
            told("pandas.read_csv alone", rows, measure(["-c", READ_CSV]))


def told(what: str, rows: int, run: Measured) -> None:
    print(f"| {what} | {rows:,} | {run.wall:.1f} | {run.cpu:.1f} | {run.peak:.2f} |", flush=True)


def write_data_set(rows: int) -> None:
    """data/raw/made_up/ with `rows` records, every thousandth of which says an emotion that nobody knows."""
    RAW.mkdir(parents=True)
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")
    write_missing(RAW)
    artworks: set[tuple[str, str]] = set()
    for number, part in enumerate(parts(rows)):
        part.loc[999::1000, "emotion"] = "joy"
        part[COLUMNS].to_csv(RAW / "annotations.csv", mode="a", header=not number, index=False)
        artworks |= set(zip(part["art_style"], part["painting"], strict=True))
    paths = sorted(f"{style}/{painting}.jpg" for style, painting in artworks)[100:]
    inventory.save([Picture(path, 90_000, "0" * 64, 600, 450) for path in paths], RAW / "images.tsv")


if __name__ == "__main__":
    main()
