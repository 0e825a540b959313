"""A search for the study's utterances in files that are to be published, whatever wrote them there.

Text is compared as words without case and punctuation. Utterances of fewer than `WORDS` words are not searched for:
such phrases belong to nobody, and a card or a list of pairs of words has them by chance.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stages.annotations.tables import FOLDER
from stages.common.artworks import ARTWORK
from stages.common.errors import UserError

WORDS = 5
WORD = re.compile(r"\w+")
# Characters of UTF-8 in binary data; numbers of a network form no long run of them.
READABLE = re.compile(rb"(?:[\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3}){20,}")


def require_none(files: Mapping[str, Path]) -> None:
    """Check that no file holds an utterance of the study, if its annotations are there.

    Args:
        files: by their names in messages.

    Raises:
        UserError: one does; the message names the file and the record.
    """
    annotations = FOLDER / "annotations.parquet"
    if not annotations.exists():
        return
    columns = pq.read_table(annotations, columns=["record", "utterance"]).to_pydict()
    utterances = [(record, _words(text)) for record, text in zip(columns["record"], columns["utterance"], strict=True)]
    for name, path in files.items():
        for words in map(_words, _texts(path)):
            if (record := _found(words, utterances)) is not None:
                raise UserError(
                    f"{name}: holds the utterance of record {record} of {annotations}; utterances are never published"
                )


def _found(words: list[str], utterances: Iterable[tuple[int, list[str]]]) -> int | None:
    """The record of an utterance that stands in a text; None if there is none."""
    begins = {tuple(words[place : place + WORDS]) for place in range(len(words) - WORDS + 1)}
    if not begins:
        return None
    text = f" {' '.join(words)} "
    candidates = ((record, parts) for record, parts in utterances if tuple(parts[:WORDS]) in begins)
    return next((record for record, parts in candidates if f" {' '.join(parts)} " in text), None)


def _words(text: str | None) -> list[str]:
    return WORD.findall((text or "").casefold())


def _texts(path: Path) -> Iterator[str]:
    """The texts in a file: strings of JSON, columns of Parquet but the names of artworks, else whatever is readable."""
    if path.suffix == ".json":
        yield from _strings(json.loads(path.read_text(encoding="utf-8")))
    elif path.suffix == ".parquet":
        table = pq.read_table(path)
        for name in table.column_names:
            if name not in ARTWORK and not pa.types.is_nested(table[name].type):
                yield from map(str, table[name].unique().to_pylist())
    else:
        content = path.read_bytes()
        whole = [content] if path.suffix == ".md" else READABLE.findall(content)
        yield from (part.decode("utf-8", "ignore") for part in whole)


def _strings(value: Any) -> Iterator[str]:
    """Every string in a value of JSON, and every list of strings as one text: it may be the tokens of an utterance."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        yield " ".join(each for each in value if isinstance(each, str))
        for each in value:
            yield from _strings(each)
