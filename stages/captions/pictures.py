"""Caption any pictures, with a speaker as `dvc repro speaker` leaves it.

Prints one line for each picture. A file that is not a whole picture is named on stderr
with the reason and the others are captioned; the exit code is then 2. How the words
are searched for stands in params.yaml, under captions.

  python -m stages.captions.pictures holiday.jpg ~/museum
"""

import argparse
import io
import sys
from pathlib import Path
from typing import cast

import numpy as np
import torch

from stages.captions.params import Params
from stages.captions.speaking import Spoken, speak
from stages.common.device import prepare
from stages.common.emotions import EMOTIONS, IDS
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.params import load
from stages.demo.headers import read
from stages.image_classifier import classifier
from stages.images.decode import decode
from stages.images.loose import HELP, SOME_UNREADABLE, find, squares
from stages.speaker import speaker

# Greedy and beam search draw nothing at random.
SEED = 0


def main() -> int:
    arguments = parse()
    params = load(Params)
    device = prepare(params.device, SEED)
    trained = speaker.load(arguments.speaker, device)
    if arguments.emotion and not trained.model.grounded:
        raise UserError(f"{arguments.speaker}: a plain speaker, which takes no --emotion; leave it out")
    files = list(find(arguments.pictures))
    readable, pixels = squares(files, trained.size, trained.fit)
    emotions = emotions_of(readable, arguments.emotion, device) if trained.model.grounded else None
    # File names need not be text in the terminal's encoding.
    cast(io.TextIOWrapper, sys.stdout).reconfigure(errors="backslashreplace")
    for path, spoken in zip(readable, speak(trained, pixels, emotions, params.captions), strict=True):
        print(line(path, spoken))
    return 0 if len(readable) == len(files) else SOME_UNREADABLE


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m stages.captions.pictures",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE_OR_FOLDER", help=HELP)
    parser.add_argument(
        "--emotion",
        choices=EMOTIONS,
        metavar="EMOTION",
        help=f"that a grounded speaker is to speak from: {', '.join(EMOTIONS)}; "
        "default: each picture's likeliest, by image_classifier",
    )
    parser.add_argument(
        "--speaker",
        type=Path,
        default=speaker.FOLDER,
        metavar="FOLDER",
        help="where the speaker lies; default: %(default)s",
    )
    return parser.parse_args()


def emotions_of(pictures: list[Path], emotion: str | None, device: torch.device) -> np.ndarray:
    """The emotion id that each picture is spoken about with: `emotion`, or the image classifier's likeliest.

    Raises:
        UserError: the image classifier is asked, and there is none.
    """
    if emotion:
        return np.full(len(pictures), IDS[emotion])
    try:
        predictor = classifier.load(device=device)
    except UserError as missing:
        raise UserError(f"{missing}; or give --emotion") from None
    pixels = [decode(read(path), predictor.size, predictor.fit) for path in pictures]
    return predictor.predict(np.stack(pixels)).argmax(1)


def line(path: Path, spoken: Spoken) -> str:
    """What is printed about one picture."""
    emotion = f" [{spoken.emotion}]" if spoken.emotion else ""
    return f"{path}{emotion}: {spoken.caption}"


if __name__ == "__main__":
    tool(main)
