"""The emotions of any sentences, with a classifier as `dvc repro text_classifier` leaves it.

Prints a line for each sentence: its three likeliest emotions with their probabilities. A
file of sentences is text (a sentence a line; an empty line is an empty sentence) or a
CSV with a column for them. With --out the probabilities of all nine go to a file.

  python -m commands.predict_text "what a gloomy sea" "I love this garden!"
  python -m commands.predict_text --file diary.csv --column note --out emotions.csv
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten

import numpy as np
import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.files import save_with
from stages.learning.device import resolve
from stages.text_classifier.classifier import FOLDER, load

SHOWN, WIDTH = 3, 72
# Where a CSV holds its sentences, unless a column is named; the first that is there.
COLUMNS = ("utterance", "sentence", "text", "caption")


def main(words: Sequence[str] | None = None) -> int:
    asked = parse(words)
    sentences = [*asked.sentences, *(read(asked.file, asked.column) if asked.file else [])]
    if not sentences:
        raise UserError("no sentence was given; write one in quotes, or name a file with --file")
    probabilities = load(asked.classifier, resolve("auto")).predict(sentences)
    if asked.out:
        write(sentences, probabilities, asked.out)
        print(f"{asked.out}: {len(sentences):,} sentences")
    else:
        print("\n".join(table(sentences, probabilities)))
    return 0


def parse(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m commands.predict_text",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sentences", nargs="*", metavar="SENTENCE")
    parser.add_argument("--file", type=Path, help="a .txt or .csv file of sentences")
    parser.add_argument("--column", help=f"the CSV's column; by default the first of {', '.join(COLUMNS)}")
    parser.add_argument("--out", type=Path, help="a .csv or .parquet file to write instead of printing")
    parser.add_argument("--classifier", type=Path, default=FOLDER, help="folder of the classifier (%(default)s)")
    return parser.parse_args(words)


def read(file: Path, column: str | None = None) -> list[str]:
    """The sentences of a file, in its order.

    Raises:
        UserError: the file is not there, is not UTF-8, is no CSV or lacks the column.
    """
    try:
        if file.suffix.lower() != ".csv":
            return file.read_text(encoding="utf-8-sig").splitlines()
        frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{file}: there is no such file") from None
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UserError(f"{file}: not readable as UTF-8 {file.suffix.lstrip('.')} ({error})") from None
    found = next((name for name in ([column] if column else COLUMNS) if name in frame), None)
    if found is None:
        raise UserError(f"{file}: its columns are {', '.join(frame.columns)}; name the sentences' one with --column")
    return frame[found].tolist()


def write(sentences: Sequence[str], probabilities: np.ndarray, file: Path) -> None:
    """A row for each sentence: itself, its likeliest emotion, and the probabilities of all nine."""
    frame = pd.DataFrame(probabilities, columns=list(EMOTIONS))
    frame.insert(0, "sentence", list(sentences))
    frame.insert(1, "emotion", [EMOTIONS[index] for index in probabilities.argmax(1)])
    if file.suffix == ".parquet":
        save_with(lambda beside: frame.to_parquet(beside, index=False), file)
    elif file.suffix == ".csv":
        save_with(lambda beside: frame.to_csv(beside, index=False, float_format="%.4f"), file)
    else:
        raise UserError(f"{file}: tables are written as .csv or .parquet")


def table(sentences: Sequence[str], probabilities: np.ndarray) -> list[str]:
    """One line for each sentence, the likeliest emotion first."""
    wide = max(map(len, EMOTIONS))
    return [
        "  ".join(f"{row[index]:4.0%} {EMOTIONS[index]:{wide}}" for index in np.argsort(-row, kind="stable")[:SHOWN])
        + f"  {shorten(sentence, WIDTH, placeholder=' ...')}"
        for sentence, row in zip(sentences, probabilities, strict=True)
    ]


if __name__ == "__main__":
    tool(main)
