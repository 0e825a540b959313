"""Time and memory of the stage `annotations`: `python -m benchmarks.annotations`.

The data set is made up and as large as ArtEmis: 450,000 rows on 80,000 artworks, an invalid row in
every thousand, and an inventory with a picture of nearly every artwork (this stage reads no
pictures). The stage runs in a process of its own. For comparison, the same run measures
`pandas.read_csv` on the same file, which is all that ArtEmis' code does: it validates nothing and
reads names such as `null` as missing values.

    python -m benchmarks.annotations [--rows 450000] [--large]

`--large` adds a run with ten times as many rows: the time should grow tenfold, the memory much less.
"""

import contextlib
import tempfile
from pathlib import Path

from benchmarks.made_up import annotation_parts
from benchmarks.measure import Cost, argument_parser, machine, measure, print_header, print_row
from stages.annotations.metadata import write_missing
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
    parser = argument_parser(__doc__)
    parser.add_argument("--rows", type=int, default=450_000)
    parser.add_argument("--large", action="store_true", help="add a run with ten times as many rows")
    args = parser.parse_args()
    print(f"{machine()}\n")
    print_header("what", "rows", "wall s", "CPU s", "peak GB")
    for rows in (args.rows, 10 * args.rows) if args.large else (args.rows,):
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            write_data_set(rows)
            print_cost("the stage", rows, measure(["-m", "stages.annotations"], DVC_STAGE="annotations"))
            metrics = read_json(Path("reports/annotations/metrics.json"))
            assert (metrics["rows"], metrics["rejects"]["all"]) == (rows, rows // 1000), metrics
            print_cost("pandas.read_csv alone", rows, measure(["-c", READ_CSV]))


def print_cost(name: str, rows: int, cost: Cost) -> None:
    print_row(name, f"{rows:,}", f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.peak:.2f}")


def write_data_set(rows: int) -> None:
    """Write data/raw/made_up/ with `rows` records; every thousandth has an emotion that does not exist."""
    RAW.mkdir(parents=True)
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")
    write_missing(RAW)
    artworks: set[tuple[str, str]] = set()
    for number, part in enumerate(annotation_parts(rows)):
        part.loc[999::1000, "emotion"] = "joy"
        part[COLUMNS].to_csv(RAW / "annotations.csv", mode="a", header=not number, index=False)
        artworks |= set(zip(part["art_style"], part["painting"], strict=True))
    paths = sorted(f"{style}/{painting}.jpg" for style, painting in artworks)[100:]
    inventory.save([Picture(path, 90_000, "0" * 64, 600, 450) for path in paths], RAW / "images.tsv")


if __name__ == "__main__":
    main()
