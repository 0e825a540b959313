"""Predicted emotions of loose sentences and pictures: sentences from files; tables on the terminal and in files."""

import csv
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten

import numpy as np
import pandas as pd

from formats.picture_names import as_text
from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.common.files import write_with
from stages.common.terminal import printable

# A CSV's column of sentences, unless one is named: the first of these that it has.
COLUMNS = ("utterance", "sentence", "text", "caption")
# Suffixes of tables of predictions.
TABLES = (".csv", ".parquet")
# Emotions that are printed of each sentence, and the characters of the sentence.
SHOWN, WIDTH = 3, 72
WIDEST = max(map(len, EMOTIONS))


def read_sentences(file: Path, column: str | None = None) -> list[str]:
    """The sentences of a text file (one a line) or of a CSV's column, in order.

    Raises:
        UserError: there is no such file, it is not UTF-8 or no CSV, or it lacks the column.
    """
    try:
        if file.suffix.lower() != ".csv":
            return file.read_text(encoding="utf-8-sig").splitlines()
        frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{file}: there is no such file") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UserError(f"{file}: not readable as UTF-8 {file.suffix.lstrip('.')} ({error})") from None
    name = next((name for name in ([column] if column else COLUMNS) if name in frame), None)
    if name is None:
        raise UserError(f"{file}: its columns are {', '.join(frame.columns)}; name that of the sentences with --column")
    return frame[name].tolist()


def save(items: Sequence[str], kind: str, probabilities: np.ndarray, file: Path) -> None:
    """Write a row for each item: itself in the column `kind`, its likeliest emotion, and all probabilities (N, 9).

    `file` ends in one of TABLES.
    """
    frame = pd.DataFrame(probabilities, columns=list(EMOTIONS))
    frame.insert(0, kind, list(items))
    frame.insert(1, "emotion", [EMOTIONS[index] for index in probabilities.argmax(1)])
    if file.suffix.lower() == ".parquet":
        write_with(lambda beside: frame.to_parquet(beside, index=False), file)
    else:
        # Python's csv leaves a lone \r unquoted, which ends a row for its reader.
        quoted = any("\r" in item for item in items)
        write_with(
            lambda beside: frame.to_csv(
                beside,
                index=False,
                float_format="%.4f",
                quoting=csv.QUOTE_NONNUMERIC if quoted else csv.QUOTE_MINIMAL,
            ),
            file,
        )


def save_pictures(paths: Sequence[Path], probabilities: np.ndarray, file: Path) -> None:
    """As `save`, with the paths as they were given in the column `picture`."""
    save([as_text(path) for path in paths], "picture", probabilities, file)


def sentence_lines(sentences: Sequence[str], probabilities: np.ndarray) -> list[str]:
    """A line for each sentence: its likeliest emotions, the likeliest first, and the sentence, cut."""
    return [
        "  ".join(f"{row[index]:4.0%} {EMOTIONS[index]:{WIDEST}}" for index in np.argsort(-row, kind="stable")[:SHOWN])
        + f"  {printable(shorten(sentence, WIDTH, placeholder=' ...'))}"
        for sentence, row in zip(sentences, probabilities, strict=True)
    ]


def picture_lines(paths: Sequence[Path], probabilities: np.ndarray) -> list[str]:
    """A table with a header: a picture's likeliest emotion, all probabilities, and its path, of any length, last."""
    lines = ["  ".join([f"{'likeliest':<{WIDEST}}", *EMOTIONS, "picture"])]
    for path, row in zip(paths, probabilities, strict=True):
        shares = [f"{share:.0%}".rjust(len(emotion)) for emotion, share in zip(EMOTIONS, row, strict=True)]
        lines.append("  ".join([f"{EMOTIONS[row.argmax()]:<{WIDEST}}", *shares, printable(path)]))
    return lines
