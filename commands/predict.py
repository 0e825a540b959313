"""`artemis predict`: the emotions of any sentences or pictures."""

import sys
from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

import typer

from commands.outputs import CACHE, RAY, Output, output, require_folder
from commands.status import STATUS, print_status
from stages.common.errors import UserError
from stages.common.terminal import printable

# Suffixes of the files that `--out` can name.
FILES = (".csv", ".parquet", ".jsonl")


def predict(
    context: typer.Context,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUTS",
            help="Sentences; or picture files and folders, which are searched with their subfolders for .jpg, .jpeg, "
            ".png, .webp, .tif, .tiff, .bmp and .gif files; tar files and Parquet files with pictures; IIIF manifests; "
            "URLs of these. A path that exists, one that ends in the suffix of a picture, and a URL are pictures; "
            "anything else is a sentence.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            help="Read sentences from a text file, one a line, or from a table: .csv, .tsv, .parquet, .json or .jsonl. "
            "- is standard input, read as a text file."
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            help="The table's column of sentences. Default: the first of utterance, sentence, text, caption, "
            "generated_text."
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN",
            help="Write this column of the table to --out as well, such as the ids of its rows. May be given several "
            "times.",
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|FOLDER",
            help="Write the probabilities of all emotions to a .csv, .parquet or .jsonl file instead; or, of very many "
            "pictures, to a folder of Parquet files. The same command continues there: it reads the pictures that are "
            "missing, failed or were replaced.",
        ),
    ] = None,
    classifier: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FOLDER",
            help="A trained classifier: a folder, or a repository of the Hugging Face hub, OWNER/NAME or "
            "OWNER/NAME@REVISION (`artemis publish`). Default: data/text_classifier for sentences, "
            "data/image_classifier for pictures.",
        ),
    ] = None,
    status: STATUS = None,
    cache: CACHE = None,
    ray: RAY = None,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="The device to compute on.")] = "auto",
) -> int:
    """Predict the emotions of sentences or of pictures.

    Prints a line for each: the three likeliest emotions of a sentence, all of a
    picture, with their probabilities. stderr says what the classifier learned from. A
    file that is not a whole picture is named on stderr with the reason; the exit code is
    then 2.

    Sentences and pictures are read, predicted and written some at a time, so there may
    be any number of them.

    \b
    Examples:
      artemis predict "what a gloomy sea" "I love this garden!"
      artemis predict --file diary.csv --column note --keep id --out emotions.csv
      artemis predict holiday.jpg ~/museum
    """
    from formats.picture_lists import holds_pictures
    from stages.common.files import out_file

    if status is not None:
        return print_status(status, context)
    pictures = [text for text in inputs or [] if _is_picture(text)]
    sentences = [text for text in inputs or [] if not _is_picture(text)]
    if texts := [text for text in inputs or [] if _is_table(text) and not holds_pictures(text)]:
        raise UserError(f"{texts[0]}: not a picture; for the sentences in it, use --file {texts[0]}")
    if pictures and (sentences or file):
        other = f"--file {file}" if file else f"the sentence {sentences[0]!r}"
        raise UserError(f"{pictures[0]} is a picture, but {other} is not; give either pictures or sentences")
    kept = list(dict.fromkeys(keep or []))
    if kept and (not file or out is None):
        needed = "--out, the file to write it to" if file else "--file, the table that has it"
        raise UserError(f"--keep {kept[0]}: needs {needed}")
    if pictures:
        wanted = None if out is None else output(out, FILES, map(Path, pictures))
        require_folder(ray, wanted)
        return _predict_pictures(pictures, wanted, classifier, device, cache, ray)
    if ray or cache:
        raise UserError(f"{'--ray' if ray else '--cache'}: for pictures only; leave it out")
    result = None if out is None else out_file(out, FILES, [file] if file else [])
    return _predict_sentences(sentences, file, column, kept, result, classifier, device)


def _is_table(text: str) -> bool:
    """True for a text that can only be meant as the name of a table or a text, there or not."""
    from formats.picture_lists import is_folder
    from stages.common.table_reader import TABLES

    named = text.lower().removesuffix(".gz").endswith((".txt", *TABLES)) and not is_folder(Path(text))
    return named and (_is_picture(text) or len(text.split()) == 1)


def _is_picture(text: str) -> bool:
    from formats.sources.fetch import is_url
    from stages.common.picture_folders import SUFFIXES

    try:
        return is_url(text) or text.lower().endswith(SUFFIXES) or (text != "" and Path(text).exists())
    except (OSError, ValueError):  # a sentence may be too long for a path
        return False


def _predict_pictures(
    places: Sequence[str], out: Output | None, given: str | None, device: str, cache: str | None, ray: str | None
) -> int:
    """Predict pictures: printed, or written to `out`, a file or a folder."""
    from commands import bulk, emotion_predictor
    from commands.picture_model import answers
    from commands.spent import Spent
    from formats.answers import blocks, with_problems_told
    from formats.hub.models import pinned
    from formats.picture_lists import SOME_LEFT_OUT, requests
    from formats.predictions import Block, Columns, picture_header, picture_lines, save
    from stages.common.progress import track
    from stages.image_classifier.classifier import FOLDER

    wanted = list(requests(places, cache))
    # Once for all processes of a cluster.
    name = pinned(str(FOLDER) if given is None else given)
    load = partial(emotion_predictor.load, name, device)
    model = load()
    if out and out.is_folder:
        return bulk.fill(out.path, model, wanted, ray, load)
    answered = with_problems_told(answers(model, wanted, Spent()))
    # Lines that are printed show the progress themselves.
    predicted = blocks(track(answered, "predicting", len(wanted)) if out else answered, model.batch)
    readable = 0
    if out:
        rows = (Block([picture.name for picture in pictures], shares) for pictures, shares in predicted)
        readable = save(rows, Columns("picture", model.emotions), out.path)
        print(f"{printable(out.path)}: {readable:,} pictures")
    else:
        for pictures, shares in predicted:
            header = [] if readable else [picture_header(model.emotions)]
            print("\n".join([*header, *picture_lines(pictures, shares, model.emotions)]), flush=True)
            readable += len(pictures)
    return 0 if readable == len(wanted) else SOME_LEFT_OUT


def _predict_sentences(
    sentences: Sequence[str],
    file: Path | None,
    column: str | None,
    keep: Sequence[str],
    out: Path | None,
    given: str | None,
    device: str,
) -> int:
    from formats.sentences import Sentence, in_blocks, kept_types, read
    from stages.common.text_files import is_utf8

    if broken := [text for text in sentences if not is_utf8(text)]:
        raise UserError(f"{broken[0]}: not UTF-8 text; set the terminal to UTF-8, or use --file")
    typed = [Sentence(text, (None,) * len(keep)) for text in sentences]
    blocks = in_blocks(chain(typed, read(file, column, keep) if file else ()))
    # Read before torch and the classifier are loaded, so that a wrong file is refused at once.
    first = next(blocks, None)
    if first is None:
        raise UserError("no sentence and no picture was given; write a sentence in quotes, or use --file")

    from formats.hub.kinds import TEXT_CLASSIFIER
    from formats.hub.models import checked, folder_of, pinned
    from formats.predictions import Block, Columns, save, sentence_lines
    from stages.learning.device import resolve
    from stages.learning.learned_from import introduction
    from stages.text_classifier.classifier import load
    from stages.text_classifier.interface import FOLDER

    name = pinned(str(FOLDER) if given is None else given)
    folder = folder_of(name, TEXT_CLASSIFIER)
    with checked(name, TEXT_CLASSIFIER):
        classifier = load(folder, resolve(device))
    columns = Columns("sentence", classifier.emotions, kept_types(file, keep))
    temperature, weight = classifier.mixture
    about = introduction("text classifier", "emotions of other sentences", classifier.data, temperature, weight)
    print(f"{name}: {about}", file=sys.stderr)
    columnwise = (zip(*block, strict=True) for block in chain([first], blocks))
    predicted = (Block(texts, classifier.predict(texts), kept) for texts, kept in columnwise)
    if out:
        print(f"{printable(out)}: {save(predicted, columns, out):,} sentences")
    else:
        for block in predicted:
            print("\n".join(sentence_lines(block.items, block.probabilities, classifier.emotions)), flush=True)
    return 0
