"""`artemis caption`: captions of any pictures."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.outputs import CACHE, RAY, Output, output, require_folder
from commands.status import STATUS, print_status
from stages.common.emotions import ALL, ARTEMIS, NONE

if TYPE_CHECKING:
    from commands.captioner import Captioner
    from formats.picture_lists import Request

# The study's own speaker.
SPEAKER = Path("data/speaker")
# Suffixes of the files that `--out` can name.
FILES = (".parquet", ".json", ".html", ".jsonld")


def _choices() -> list[str]:
    """What --emotion may be for the study's speaker, for completion."""
    from stages.common.files import read_json

    try:
        emotions = read_json(Path("data/speaker/config.json"))["emotions"]
    except (OSError, ValueError, KeyError):
        emotions = ARTEMIS.names
    return [*emotions, ALL, NONE]


def caption(
    context: typer.Context,
    pictures: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PICTURES",
            help="Picture files of any format that Pillow reads; folders, which are searched with their subfolders for "
            ".jpg, .jpeg, .png, .webp, .tif, .tiff, .bmp and .gif files; lists (.csv, .tsv, .json, .jsonl or .parquet) "
            "with the column picture (or image_file) and, for a grounded speaker, emotion: one of those below, or "
            "nothing; tar files and Parquet files with pictures; IIIF manifests; and URLs of all these but lists "
            "(https://, s3://, gs://, ...).",
        ),
    ] = None,
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
        str | None,
        typer.Option(
            metavar="NAME|FOLDER",
            help="A trained speaker: a folder, or a repository of the Hugging Face hub, OWNER/NAME or "
            f"OWNER/NAME@REVISION (`artemis publish`). Default: {SPEAKER}.",
        ),
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
            help="Also write a .parquet, .json or .html file, or a .jsonld file of Web Annotations; or, for very many "
            "pictures, a folder of Parquet files. The same command continues there, also in several processes at a "
            "time: it captions the pictures that are missing, failed or were replaced.",
        ),
    ] = None,
    review: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Also write a sheet (.xlsx, .csv or .html) in which people edit and approve captions. What they wrote "
            "into one that is there is kept, and annotations of --out say it (`artemis review read`).",
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="For annotations of picture files: the address under which the folder of the sheet, or of the .jsonld "
            "file, will be published, with the pictures where they are now, seen from there. Default: their addresses "
            "are relative.",
        ),
    ] = None,
    status: STATUS = None,
    cache: CACHE = None,
    ray: RAY = None,
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
      artemis caption https://museum.example/manifest.json --out museum.jsonld
      artemis caption ~/museum --review review.xlsx
      artemis caption s3://museum/archive --out captions/
      artemis caption --status captions/
      artemis caption ~/museum --speaker ann/museum-speaker@v1 --emotion awe
      artemis caption ~/museum --model Salesforce/blip-image-captioning-base --out blip
    """
    from commands import bulk, captioning
    from formats import web_annotations
    from formats.picture_lists import requests
    from stages.common.errors import UserError

    if status is not None:
        return print_status(status, context)
    if not pictures:
        raise UserError("no pictures are given; name files, folders or lists")
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
    speaker = str(SPEAKER) if speaker is None else speaker
    inputs = [*map(Path, pictures), Path(model or speaker)]
    result = None if out is None else output(out, FILES, inputs)
    require_folder(ray, result)
    annotated = result.path if result and result.path.suffix.lower() == ".jsonld" else None
    if annotated:
        web_annotations.require_free(annotated, inputs)
    sheet = None if review is None else _sheet(review, result, inputs)
    if base is not None:
        _require_base(base, is_used=bool(sheet or annotated))
    wanted = list(requests(pictures, cache))
    # Each of the two imports takes seconds.
    load: Callable[[Sequence[Request]], Captioner]
    if model is not None:
        from commands import vision_language_model

        load = partial(vision_language_model.load, model, prompt=prompt)
    else:
        from commands import speaker_captioner
        from formats.hub.models import pinned

        # Once for all processes of a cluster.
        speaker = pinned(speaker)
        load = partial(speaker_captioner.load, speaker, emotion=emotion, candidates=candidates)
    captioner = load(wanted)
    if result and result.is_folder:
        return bulk.fill(result.path, captioner, wanted, ray, partial(load, []))
    return captioning.print_table(captioner, wanted, result and result.path, sheet, base)


def _sheet(given: str, result: Output | None, inputs: Sequence[Path]) -> Path:
    """The sheet of `--review`, checked before any work."""
    from formats.review import update
    from formats.review.sheet import SUFFIXES
    from stages.common.errors import UserError
    from stages.common.files import out_file

    if result and result.is_folder:
        raise UserError("--review is for pictures that people can read the captions of; give --out FILE, or none")
    path = out_file(given, SUFFIXES, [*inputs, *([result.path] if result else [])])
    update.check(path)
    return path


def _require_base(base: str, *, is_used: bool) -> None:
    """Check an address under which annotations will be published."""
    from formats.sources.fetch import HTTP, protocol
    from stages.common.errors import UserError

    if not is_used:
        raise UserError("--base is for Web Annotations; give --out FILE.jsonld or --review, or leave it out")
    if protocol(base) not in HTTP:
        raise UserError(f"--base {base!r}: expected the address of a web server (https://...)")
