"""Targets of the fuzzer: the shared reader of tables, sentences, and the small tables and lists that stages read.

A file's content says less about its format than its name, so each content is read under several names.
"""

import gzip
import io
import json
import re
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from formats import sentences as sentence_files
from stages.annotations.metadata import read_exclusions, read_genres
from stages.anp_captions.pairs import Pairs, listed, load_neutral
from stages.captions.sampling import SamplingConfig, read_configs
from stages.common.errors import UserError
from stages.common.table_reader import read
from stages.common.table_rows import Column, Row
from stages.common.text_files import GZIP, PARQUET, text_lines
from stages.common.token_lists import joined
from stages.text_classifier.glove import glove_vectors, glove_words
from stages.utterances.vocabulary import SPECIALS
from stages.wording.instruments import load_concreteness
from stages.wording.other_captions import READERS, load

COLUMNS = [
    *(Column("picture", ("image_file", "image_id")), Column("caption", ("generated_text",))),
    *(Column("emotion", required=False), Column("n", required=False)),
]
RECORDS = [
    {"picture": "a.jpg", "caption": "a calm sea", "emotion": "awe", "n": 2.0},
    {"picture": "b\u2028.jpg", "caption": 'two\nlines, "quoted"', "emotion": "", "n": None},
    {"picture": "caf\u00e9.jpg", "caption": "it's 5", "emotion": "fear", "n": 7.0},
]
TABLES = (".csv", ".tsv", ".json", ".jsonl", ".parquet", ".json.gz")
CONFIG = SamplingConfig(
    rule="beam",
    beam_size=3,
    top_k=2,
    top_p=0.5,
    temperature=1.0,
    max_length=5,
    length_normalization=0.0,
    guidance=1.0,
)


def refusal(reader: Callable[[], Any], where: str) -> str | None:
    """The message with which a reader refuses its file or value, or None; it must name `where`."""
    try:
        reader()
    except UserError as error:
        message = str(error)
        return message if where in message else f"no {where} in {message}"
    return None


def accepted(readers: Iterable[Callable[[], Any]], where: str) -> None:
    """Call each reader; fine if one of them accepts its file.

    Raises:
        UserError: all refused theirs.
    """
    messages = [refusal(reader, where) for reader in readers]
    assert not any(message and message.startswith("no ") for message in messages), messages
    if all(messages):
        raise UserError(messages[-1])


def under_names(content: bytes, path: Path, suffixes: Iterable[str], reader: Callable[[Path], Any]) -> None:
    """Call `reader` on files of this content with each suffix, one after the other."""

    def one(suffix: str) -> None:
        named = path.with_name(path.name + suffix)
        named.write_bytes(content)
        try:
            reader(named)
        finally:
            named.unlink()

    with redirect_stderr(io.StringIO()):
        accepted([lambda suffix=suffix: one(suffix) for suffix in suffixes], str(path))


def rows(content: bytes, path: Path) -> None:
    """Rows with known columns only and with values that are what they are asked for, the same each time."""
    under_names(content, path, TABLES, _rows)


def _rows(path: Path) -> None:
    found = list(read(path, COLUMNS, ("picture", "caption"), bare="caption"))
    again = read(path, COLUMNS, ("picture", "caption"), bare="caption")
    assert [repr(row) for row in found] == [repr(row) for row in again]
    places = [int(row.place.split()[1].replace(",", "")) for row in found]
    assert places == sorted(set(places))
    for row in found:
        assert set(row.values) <= {column.name for column in COLUMNS}
        for name in row.values:
            _values(row, name)


def _values(row: Row, name: str) -> None:
    """Each value is what it is asked for, or is refused by row."""

    def text() -> None:
        assert row.text(name).strip()
        assert row.text(name).encode().decode() == row.values[name]

    def without_list() -> None:
        (other,) = joined([row], name)
        # What is no text stays a list, for `Row.text` to refuse.
        assert other == row or isinstance(other.values[name], str) or refusal(partial(other.text, name), row.place)

    def count() -> None:
        assert (row.count(name) or 0) in range(10**9)

    for check in (text, without_list, count, lambda: float(row.number(name))):
        message = refusal(check, f"{row.path}, {row.place}: ")
        assert not message or not message.startswith("no "), message


def sentences(content: bytes, path: Path) -> None:
    """Texts that UTF-8 can hold; of a text file one a line, as an editor counts them."""
    under_names(content, path, (".txt", *TABLES), _sentences)


def _sentences(path: Path) -> None:
    found = [sentence.text for sentence in sentence_files.read(path)]
    assert any(text.strip() for text in found)
    assert all(isinstance(text, str) and text.encode() is not None for text in found)
    content = path.read_bytes()
    if path.suffix == ".txt" and not content.startswith(PARQUET):
        packed = content.startswith(GZIP)
        text = (gzip.decompress(content) if packed else content).decode("utf-8-sig")
        lines = re.split("\r\n|\r|\n", text)
        assert found == (lines if lines[-1] else lines[:-1])
        assert [number for number, _ in text_lines(path)] == list(range(1, len(found) + 1))


def resources(content: bytes, path: Path) -> None:
    """The tables and lists beside the annotations: a result, or a sentence."""
    words = [*SPECIALS, "sea", "."]
    readers: list[Callable[[Path], Any]] = [
        *(read_exclusions, read_genres, load_concreteness, load_neutral),
        *(lambda path: listed(path, Pairs()), lambda path: read_configs(path, CONFIG)),
        *(lambda path, name=name: load(name, [path]) for name in READERS),
    ]
    with redirect_stderr(io.StringIO()):
        path.write_bytes(content)
        # These accept nearly every file.
        for reader in (glove_words, lambda path: glove_vectors(path, words, 2, 1)):
            refusal(lambda reader=reader: reader(path), str(path))
        accepted([lambda reader=reader: reader(path) for reader in readers], str(path))


def written(records: list[dict[str, Any]]) -> list[bytes]:
    """A table in every format."""
    table = pa.Table.from_pylist(records)
    parquet = io.BytesIO()
    pq.write_table(table, parquet)
    names = table.column_names
    texts = ["" if record[name] is None else str(record[name]) for record in records for name in names]
    quoted = ['"' + text.replace('"', '""') + '"' for text in texts]
    rows = [quoted[start : start + len(names)] for start in range(0, len(quoted), len(names))]
    csv, tsv = ("\n".join(mark.join(row) for row in [names, *rows]).encode() for mark in ",\t")
    text = json.dumps(records, ensure_ascii=False).encode()
    lines = "\n".join(json.dumps(record) for record in records).encode()
    return [csv, tsv, text, lines, parquet.getvalue(), b"\xef\xbb\xbf" + csv, gzip.compress(csv), gzip.compress(text)]


def row_seeds() -> list[bytes]:
    lists: list[Any] = [["a", "sea"], [{"generated_text": "a sea"}], "['a', 'sea']", {"a": 1}, None, 5, "a sea"]
    records = [{"image_id": f"{number}", "caption": value} for number, value in enumerate(lists)]
    mapping = {record["image_id"]: record["caption"] for record in records}
    return [
        *written(RECORDS),
        *written([{"image_id": "a", "generated_text": ["a", "sea"]}]),
        *(json.dumps(value, indent=1).encode() for value in (records, mapping, lists, {"caption": {"0": "a"}})),
    ]


def sentence_seeds() -> list[bytes]:
    texts = ["a calm sea\u2028and more\x0b", "caf\u00e9\u0085", "", "the end", "['a', 'sea']"]
    return [
        *("\n".join(texts).encode(), "\r\n".join(texts).encode(), gzip.compress("\r".join(texts).encode())),
        *written([{"id": number, "text": text} for number, text in enumerate(texts)]),
        *(json.dumps(texts).encode(), "\n".join(map(json.dumps, texts)).encode()),
    ]


def resource_seeds() -> list[bytes]:
    coco = {"annotations": [{"image_id": 9, "caption": "A dog."}]}
    karpathy = {"images": [{"filename": "9.jpg", "sentences": [{"raw": "A dog."}]}]}
    refexp = {"annotations": {"7": {"image_id": 9, "refexp_ids": [1]}}, "refexps": [{"refexp_id": 1, "raw": "dog"}]}
    configs = [{"sampling_rule": "topk", "topk": 5, "temperature": 0.5}]
    tables = [
        [{"art_style": "Cubism", "painting": "a", "record": "", "reason": "heirs"}],
        [{"art_style": "", "painting": "", "record": "3.0", "reason": ""}],
        [{"art_style": "Cubism", "painting": "a", "genre": "portrait"}],
        [{"art_style": "Cubism", "painting": "a", "neutral": ["a", "tree"]}],
        [{"Word": "dog", "Conc.M": 4.8, "Dom_Pos": "Noun"}, {"Word": "the", "Conc.M": 1.4, "Dom_Pos": "Article"}],
    ]
    return [
        *(json.dumps(value).encode() for value in (coco, karpathy, refexp, configs)),
        *(content for table in tables for content in written(table)),
        *(b"9.jpg#0\tA dog .\n9.jpg#1\tOne\n", b"a dog\thttp://x/9\n", b"sea 1 2\n. . . 3 4\n. 5 6e-1\n"),
        b"Positive ANPs:\ncalm tree\n\nNegative ANPs:\ndead tree\n",
    ]
