"""`artemis caption`: captions of any pictures."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stages.common.emotions import ALL, ARTEMIS, NONE

if TYPE_CHECKING:
    from commands.captioner import Captioner

# The study's own speaker.
SPEAKER = Path("data/speaker")
# Suffixes of the files that `--out` can name.
FILES = (".parquet", ".json", ".html")


def _choices() -> list[str]:
    """What --emotion may be for the study's speaker, for completion."""
    from stages.common.files import read_json

    try:
        emotions = read_json(Path("data/speaker/config.json"))["emotions"]
    except (OSError, ValueError, KeyError):
        emotions = ARTEMIS.names
    return [*emotions, ALL, NONE]


def _file_or_folder(out: str | None) -> str | None:
    if out and not _is_file(out) and not _is_folder(out):
        raise typer.BadParameter(f"'{out}': allowed are {', '.join(FILES)} and a folder; for a new folder, add a /")
    return out


def _is_file(out: str) -> bool:
    return not out.strip() or (Path(out).suffix.lower() in FILES and not out.endswith("/"))


def _is_folder(out: str) -> bool:
    """True unless the name ends as that of a file does: `museum.2024` is a folder's, `museum.docx` is not."""
    return out.endswith("/") or not re.fullmatch(r"\.[A-Za-z]+", Path(out).suffix) or Path(out).is_dir()


def caption(
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURES",
            help="Picture files of any format that Pillow reads; folders, which are searched with their subfolders for "
            ".jpg, .jpeg, .png, .webp, .tif, .tiff, .bmp and .gif files; lists (.csv, .tsv, .json, .jsonl or .parquet) "
            "with the column picture (or image_file) and, for a grounded speaker, emotion: one of those below, or "
            "nothing.",
        ),
    ],
    emotion: Annotated[
        str | None,
        typer.Option(
            metavar="EMOTION",
            autocompletion=_choices,
            help="For a grounded speaker, the emotion to express: one of those that it was trained with (those of "
            f"ArtEmis are {', '.join(ARTEMIS)}); all of them; or none, if it was trained with speaker.emo_dropout. "
            "Default: that which image_classifier predicts for each picture.",
        ),
    ] = None,
    candidates: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            help="Captions of each picture. Greedy search gives 1, beam search at most captions.beam_size.",
        ),
    ] = 1,
    speaker: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help=f"A trained speaker. Default: {SPEAKER}.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FOLDER",
            help="Instead of a speaker, a pretrained vision-language model as it is (zero-shot): any model of "
            "transformers' AutoModelForImageTextToText with safetensors weights, by its name on the Hugging Face hub "
            "or a folder. It gives one caption of each picture, by greedy search, without an emotion.",
        ),
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="What to ask the model of --model; one without a chat template (such as BLIP) continues the text. "
            "Default: one short sentence on what the picture shows and how it feels; without a chat template, nothing.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|FOLDER",
            callback=_file_or_folder,
            help="Also write a .parquet, .json or .html file; or, for very many pictures, a folder of Parquet files. "
            "The same command continues there: it captions the pictures that are missing, failed or were replaced.",
        ),
    ] = None,
) -> int:
    """Caption pictures with a speaker or another model.

    Prints a table. A file that is not a whole picture is named on stderr with the reason
    and the others are captioned; the exit code is then 2. How words are searched for is
    set in params.yaml, under captions.

    A grounded speaker receives each picture's likeliest emotion; one that was trained
    with speaker.emo_from: artwork receives the probabilities of all.

    \b
    Examples:
      artemis caption holiday.jpg ~/museum
      artemis caption ~/museum --emotion all --out museum.html
      artemis caption ~/museum --model Salesforce/blip-image-captioning-base --out blip
    """
    from commands import captioning
    from formats.picture_lists import requests
    from stages.common.errors import UserError
    from stages.common.files import out_file, out_folder

    if not all(pictures):
        raise UserError("the name of a picture is empty; give that of a file, a folder or a list")
    if model is None and prompt is not None:
        raise UserError("--prompt: a speaker reads no text; leave it out, or name a vision-language model with --model")
    others = {"--speaker": speaker, "--emotion": emotion, "--candidates": candidates if candidates > 1 else None}
    if model is not None and (given := " and ".join(name for name, value in others.items() if value is not None)):
        raise UserError(
            f"--model with {given}: a vision-language model is no speaker, takes no emotion and gives one caption of "
            f"each picture; leave out {given}, or --model"
        )
    places, speaker = list(map(Path, pictures)), speaker or SPEAKER
    inputs = [*places, speaker if model is None else Path(model)]
    folder = out_folder(out, inputs) if out is not None and not _is_file(out) else None
    file = out_file(out, FILES, inputs) if out is not None and not folder else None
    wanted = list(requests(places))
    # Each of the two imports takes seconds.
    captioner: Captioner
    if model is not None:
        from commands import vision_language_model

        captioner = vision_language_model.load(model, wanted, prompt)
    else:
        from commands import speaker_captioner

        captioner = speaker_captioner.load(speaker, wanted, emotion=emotion, candidates=candidates)
    if folder:
        return captioning.fill_folder(folder, captioner, wanted)
    return captioning.print_table(captioner, wanted, file)
