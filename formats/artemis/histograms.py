"""python -m formats.artemis.histograms FILE.csv: the histograms in the format of ArtEmis.

One row per artwork, sorted, with the columns art_style, painting and
emotion_histogram, the last a list of nine numbers such as [1.0, 0.0, 2.0, ...].
Needs data/histograms/histograms.parquet, as `dvc repro histograms` leaves it.
"""

import argparse
import csv
from pathlib import Path

import pandas as pd

from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.files import replacing
from stages.histograms.tables import PATH, load_histograms


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="CSV to write")
    file = parser.parse_args().file
    if not PATH.exists():
        raise UserError(f"{PATH}: there are no histograms yet; `dvc repro histograms` counts them")
    histograms = load_histograms()
    export(histograms, file)
    print(f"{file}: {len(histograms):,} artworks")
    return 0


def export(histograms: pd.DataFrame, file: Path) -> None:
    """Write the table that ArtEmis' notebook `extract_emotion_histogram` makes."""
    with replacing(file) as beside, beside.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["art_style", "painting", "emotion_histogram"])
        for art_style, painting, counts in histograms[["art_style", "painting", "counts"]].itertuples(index=False):
            writer.writerow([art_style, painting, [float(count) for count in counts]])


if __name__ == "__main__":
    tool(main)
