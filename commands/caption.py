"""Caption any pictures, with a speaker as `dvc repro speaker` leaves it.

Prints a table. A file that is not a whole picture is named on stderr with the reason
and the others are captioned; the exit code is then 2. How the words are searched for
stands in params.yaml, under captions.

  python -m commands.caption holiday.jpg ~/museum
  python -m commands.caption ~/museum --emotion all --out museum.html

A grounded speaker is told each picture's likeliest emotion, by image_classifier; one that was
trained with speaker.emo_from: artwork is told how likely it finds all nine.
"""

import argparse
import hashlib
import io
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import torch

from commands.captioner import ALL, Studio
from formats import answers, captions_page
from formats.answers import Answer, Table, printable
from formats.picture_lists import HELP, SOME_UNREADABLE, Asked, asked
from stages.captions.conditioning import NEEDS_ONE, NONE
from stages.captions.params import Params
from stages.captions.sampling import manner
from stages.common.emotions import EMOTIONS
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.params import load
from stages.common.progress import track
from stages.image_classifier import classifier
from stages.learning.device import prepare
from stages.speaker import checkpoint
from stages.speaker.checkpoint import Trained

Save = Callable[[Iterable[Answer], Path], None]
# What `--out` may end in; anything else is a folder.
FILES = (".parquet", ".json", ".html")


def command() -> None:
    """What the command `caption` runs."""
    tool(main)


def main() -> int:
    arguments = parse()
    params = load(Params)
    device = prepare(params.device, params.captions.seed)
    torch.set_float32_matmul_precision(params.captions.matmul_precision)
    trained = checkpoint.load(arguments.speaker, device)
    if arguments.emotion and not trained.model.grounded:
        raise UserError(f"{arguments.speaker}: a plain speaker, which takes no --emotion; leave it out")
    if arguments.emotion == NONE and not trained.model.emotion_optional:
        raise UserError(f"{arguments.speaker}: {NEEDS_ONE}")
    questions = list(asked(arguments.pictures))
    predictor = _predictor(trained, arguments, questions, device)
    studio = Studio(trained, predictor, manner(params.captions, arguments.candidates), arguments.emotion)
    # File names need not be text in the terminal's encoding.
    cast(io.TextIOWrapper, sys.stdout).reconfigure(errors="backslashreplace")
    if arguments.out and arguments.out.suffix not in FILES:
        return fill(arguments.out, studio, questions, arguments.speaker)
    return tell(arguments, studio, questions)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m commands.caption",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "pictures",
        nargs="+",
        type=Path,
        metavar="PICTURE_OR_FOLDER_OR_CSV",
        help=f"{HELP}; of a CSV, the pictures in its column picture (or image_file), each spoken about from the "
        "emotion in its column emotion, if there is one",
    )
    parser.add_argument(
        "--emotion",
        choices=[*EMOTIONS, ALL, NONE],
        metavar="EMOTION",
        help=f"that a grounded speaker is to speak from: {', '.join(EMOTIONS)}, {ALL} of them, or {NONE} "
        "(if it was trained with speaker.emo_dropout); default: what image_classifier expects of each picture",
    )
    parser.add_argument("--candidates", type=_count, metavar="N", help="captions of each picture; default: params.yaml")
    parser.add_argument(
        "--speaker",
        type=Path,
        default=checkpoint.FOLDER,
        metavar="FOLDER",
        help="where the speaker lies; default: %(default)s",
    )
    parser.add_argument(
        "--out",
        type=_out,
        metavar="FILE_OR_FOLDER",
        help="also write a .parquet, .json or .html file; or, for very many pictures, a folder of Parquet files, where "
        "a run that was interrupted goes on when it is started again",
    )
    return parser.parse_args()


def tell(arguments: argparse.Namespace, studio: Studio, questions: Sequence[Asked]) -> int:
    """Print the table while the answers come, and let `--out` have them."""
    table = Table([one.path for one in questions], grounded=studio.trained.model.grounded)
    captioned = 0

    def printed() -> Iterator[Answer]:
        nonlocal captioned
        # No progress bar: the table grows as the work does.
        for answer in complaining(studio.answers(questions)):
            if answer.captions:
                print("\n".join([*([] if captioned else [table.header()]), *table.lines(answer)]))
                captioned += 1
            yield answer

    save_as(arguments, studio.trained)(printed(), arguments.out)
    if not captioned:
        raise UserError("no picture left to caption")
    return 0 if captioned == len(questions) else SOME_UNREADABLE


def complaining(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Pass answers on; say on stderr what is left out, and why."""
    for answer in answers:
        if answer.problem:
            print(f"{printable(answer.path)}: left out: {answer.problem}", file=sys.stderr)
        yield answer


def save_as(arguments: argparse.Namespace, trained: Trained) -> Save:
    """The writer that the suffix of `--out` asks for."""
    writers: dict[str, Save] = {
        "": lambda answers, _: deque(answers, maxlen=0).clear(),
        ".parquet": answers.save_parquet,
        ".json": answers.save_json,
        ".html": partial(
            captions_page.save, fit=trained.fit, emo_from=trained.emo_from, speaker=printable(arguments.speaker)
        ),
    }
    return writers[arguments.out.suffix if arguments.out else ""]


def fill(folder: Path, studio: Studio, questions: Sequence[Asked], where: Path) -> int:
    """Write a folder of Parquet files, those that are not there yet."""
    models = [where, classifier.FOLDER] if studio.predictor else [where]
    settings = " ".join([repr(studio.manner), str(studio.emotion), *map(_digest, models)])
    names = [f"{one.path} {one.emotion or ''}" for one in questions]
    for path, part in answers.shards(folder, names, settings):
        some = questions[part]
        answers.save_parquet(complaining(track(studio.answers(some), path.name, len(some))), path)
    problems = answers.problems_in(folder)
    print(f"{printable(folder)}: {len(questions) - problems:,} pictures captioned, {problems:,} left out")
    return SOME_UNREADABLE if problems else 0


def _digest(folder: Path) -> str:
    """Of the weights in a trained model's folder."""
    with (folder / "model.safetensors").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _predictor(
    trained: Trained, arguments: argparse.Namespace, questions: Sequence[Asked], device: torch.device
) -> classifier.Predictor | None:
    """The image classifier, if there is one.

    Raises:
        UserError: a speaker needs to be told emotions that only a classifier can find, and there is none.
    """
    try:
        return classifier.load(device=device)
    except UserError as missing:
        if trained.model.grounded and not arguments.emotion and not all(one.emotion for one in questions):
            raise UserError(f"{missing}; or give --emotion") from None
        return None


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of captions")
    return int(text)


def _out(text: str) -> Path:
    path = Path(text)
    if path.suffix not in ("", *FILES) and not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: allowed are .parquet, .json, .html and a folder")
    return path


if __name__ == "__main__":
    command()
