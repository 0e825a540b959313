"""`artemis caption`: captions of any pictures."""

from pathlib import Path
from typing import Annotated

import typer

from stages.common.emotions import EMOTIONS

EMOTION_CHOICES = [*EMOTIONS, "all", "none"]
# Suffixes of `--out`; anything else is a folder.
FILES = (".parquet", ".json", ".html")


def _known_emotion(emotion: str | None) -> str | None:
    if emotion is not None and emotion not in EMOTION_CHOICES:
        raise typer.BadParameter(f"{emotion!r} is unknown; allowed: {', '.join(EMOTION_CHOICES)}")
    return emotion


def _file_or_folder(out: Path | None) -> Path | None:
    if out is not None and out.suffix not in ("", *FILES) and not out.is_dir():
        raise typer.BadParameter(f"'{out}': allowed are {', '.join(FILES)} and a folder")
    return out


def caption(
    pictures: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURES",
            help="Picture files of any format that Pillow reads; folders, which are searched with their subfolders for "
            ".jpg, .jpeg, .png, .webp, .tif, .tiff, .bmp and .gif files; CSV files with the column picture (or "
            "image_file) and, for a grounded speaker, emotion.",
        ),
    ],
    emotion: Annotated[
        str | None,
        typer.Option(
            metavar="EMOTION",
            callback=_known_emotion,
            autocompletion=lambda: EMOTION_CHOICES,
            help=f"For a grounded speaker, the emotion to express: {', '.join(EMOTIONS)}; all of them; or none, if it "
            "was trained with speaker.emo_dropout. Default: that which image_classifier predicts for each picture.",
        ),
    ] = None,
    candidates: Annotated[int, typer.Option(metavar="N", min=1, help="Captions of each picture, at most.")] = 1,
    speaker: Annotated[Path, typer.Option(metavar="FOLDER", help="A trained speaker.")] = Path("data/speaker"),
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|FOLDER",
            callback=_file_or_folder,
            help="Also write a .parquet, .json or .html file; or, for very many pictures, a folder of Parquet files, "
            "where an interrupted run continues when it is started again.",
        ),
    ] = None,
) -> int:
    """Caption pictures with a trained speaker.

    Prints a table. A file that is not a whole picture is named on stderr with the reason
    and the others are captioned; the exit code is then 2. How words are searched for is
    set in params.yaml, under captions.

    A grounded speaker receives each picture's likeliest emotion; one that was trained
    with speaker.emo_from: artwork receives the probabilities of all nine.

    \b
    Examples:
      artemis caption holiday.jpg ~/museum
      artemis caption ~/museum --emotion all --out museum.html
    """
    from commands import captioner
    from formats.picture_lists import requests

    wanted = list(requests(pictures))
    loaded = captioner.load(speaker, wanted, emotion=emotion, candidates=candidates)
    if out and out.suffix not in FILES:
        return captioner.fill_folder(out, loaded, wanted, speaker)
    return captioner.print_table(loaded, wanted, speaker, out)
