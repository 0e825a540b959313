"""Tell the emotions that any pictures evoke, with a classifier as `dvc repro image_classifier` leaves it.

Prints a table with a line for each picture: its likeliest emotion, and how likely each
of the nine is, in per cent. A file that is not a whole picture is named on stderr with the reason
and the others are looked at; the exit code is then 2.

  python -m commands.predict_picture holiday.jpg ~/museum
"""

import argparse
import io
import sys
from pathlib import Path
from typing import cast

import numpy as np

from formats.picture_lists import HELP, SOME_UNREADABLE, find, squares
from stages.common.emotions import EMOTIONS
from stages.common.entry import tool
from stages.image_classifier import classifier
from stages.learning.device import resolve

WIDEST = max(map(len, EMOTIONS))


def main() -> int:
    arguments = parse()
    predictor = classifier.load(arguments.classifier, resolve(arguments.device))
    files = list(find(arguments.pictures))
    readable, pixels = squares(files, predictor.size, predictor.fit)
    # File names need not be text in the terminal's encoding.
    cast(io.TextIOWrapper, sys.stdout).reconfigure(errors="backslashreplace")
    print(header())
    for path, probabilities in zip(readable, predictor.predict(pixels), strict=True):
        print(line(path, probabilities))
    return 0 if len(readable) == len(files) else SOME_UNREADABLE


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m commands.predict_picture",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE_OR_FOLDER", help=HELP)
    parser.add_argument(
        "--classifier",
        type=Path,
        default=classifier.FOLDER,
        metavar="FOLDER",
        help="where the classifier lies; default: %(default)s",
    )
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute; default: %(default)s"
    )
    return parser.parse_args()


def header() -> str:
    """The names of the columns."""
    return "  ".join([f"{'likeliest':<{WIDEST}}", *EMOTIONS, "picture"])


def line(path: Path, probabilities: np.ndarray) -> str:
    """What is printed about one picture: its path last, since that may be of any length."""
    shares = [f"{share:.0%}".rjust(len(emotion)) for emotion, share in zip(EMOTIONS, probabilities, strict=True)]
    return "  ".join([f"{EMOTIONS[probabilities.argmax()]:<{WIDEST}}", *shares, str(path)])


if __name__ == "__main__":
    tool(main)
