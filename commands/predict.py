"""`artemis predict`: the emotions of any sentences or pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from stages.common.errors import UserError
from stages.common.terminal import printable


def predict(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="INPUTS",
            help="Sentences; or picture files and folders, which are searched with their subfolders for .jpg, .jpeg, "
            ".png, .webp, .tif, .tiff, .bmp and .gif files. A path that exists, or that ends in one of these suffixes, "
            "is a picture; anything else is a sentence.",
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            help="Read sentences from a text file, one a line, or from a table: .csv, .tsv, .parquet, .json or .jsonl."
        ),
    ] = None,
    column: Annotated[
        str | None,
        typer.Option(
            help="The table's column of sentences. Default: the first of utterance, sentence, text, caption, "
            "generated_text."
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the probabilities of all emotions to a .csv or .parquet file instead.",
        ),
    ] = None,
    classifier: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="A trained classifier. Default: data/text_classifier for sentences, data/image_classifier for "
            "pictures.",
        ),
    ] = None,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="The device to compute on.")] = "auto",
) -> int:
    """Predict the emotions of sentences or of pictures.

    Prints a line for each: the three likeliest emotions of a sentence, all of a
    picture, with their probabilities. A file that is not a whole picture is named on
    stderr with the reason; the exit code is then 2.

    \b
    Examples:
      artemis predict "what a gloomy sea" "I love this garden!"
      artemis predict --file diary.csv --column note --out emotions.csv
      artemis predict holiday.jpg ~/museum
    """
    from formats.predictions import TABLES
    from stages.common.files import out_file

    pictures = [text for text in inputs or [] if _is_picture(text)]
    sentences = [text for text in inputs or [] if not _is_picture(text)]
    if texts := [text for text in inputs or [] if _is_table(text)]:
        raise UserError(f"{texts[0]}: not a picture; for the sentences in it, use --file {texts[0]}")
    if pictures and (sentences or file):
        other = f"--file {file}" if file else f"the sentence {sentences[0]!r}"
        raise UserError(f"{pictures[0]} is a picture, but {other} is not; give either pictures or sentences")
    table = None if out is None else out_file(out, TABLES, [*map(Path, pictures), *([file] if file else [])])
    if pictures:
        return _predict_pictures([Path(text) for text in pictures], table, classifier, device)
    return _predict_sentences(sentences, file, column, table, classifier, device)


def _is_table(text: str) -> bool:
    """True for a text that can only be meant as the name of a table or a text, there or not."""
    from formats.picture_lists import is_folder
    from stages.common.table_reader import TABLES

    named = text.lower().removesuffix(".gz").endswith((".txt", *TABLES)) and not is_folder(Path(text))
    return named and (_is_picture(text) or len(text.split()) == 1)


def _is_picture(text: str) -> bool:
    from stages.common.picture_folders import SUFFIXES

    try:
        return text.lower().endswith(SUFFIXES) or (text != "" and Path(text).exists())
    except (OSError, ValueError):  # a sentence may be too long for a path
        return False


def _predict_pictures(places: Sequence[Path], out: Path | None, folder: Path | None, device: str) -> int:
    from formats import predictions
    from formats.picture_lists import SOME_LEFT_OUT, find, squares
    from stages.image_classifier.classifier import FOLDER, load
    from stages.learning.device import resolve

    predictor = load(folder or FOLDER, resolve(device))
    files = list(find(places))
    readable, pixels = squares(files, predictor.size, predictor.fit)
    probabilities = predictor.predict(pixels)
    if out:
        predictions.save_pictures(readable, probabilities, predictor.model.emotions, out)
        print(f"{printable(out)}: {len(readable):,} pictures")
    else:
        print("\n".join(predictions.picture_lines(readable, probabilities, predictor.model.emotions)))
    return 0 if len(readable) == len(files) else SOME_LEFT_OUT


def _predict_sentences(
    sentences: Sequence[str], file: Path | None, column: str | None, out: Path | None, folder: Path | None, device: str
) -> int:
    from formats import predictions
    from stages.common.text_files import is_utf8
    from stages.learning.device import resolve
    from stages.text_classifier.classifier import load
    from stages.text_classifier.interface import FOLDER

    if broken := [text for text in sentences if not is_utf8(text)]:
        raise UserError(f"{broken[0]}: not UTF-8 text; set the terminal to UTF-8, or use --file")
    sentences = [*sentences, *(predictions.read_sentences(file, column) if file else [])]
    if not sentences:
        raise UserError("no sentence and no picture was given; write a sentence in quotes, or use --file")
    classifier = load(folder or FOLDER, resolve(device))
    probabilities = classifier.predict(sentences)
    if out:
        predictions.save(sentences, "sentence", probabilities, classifier.emotions, out)
        print(f"{printable(out)}: {len(sentences):,} sentences")
    else:
        print("\n".join(predictions.sentence_lines(sentences, probabilities, classifier.emotions)))
    return 0
