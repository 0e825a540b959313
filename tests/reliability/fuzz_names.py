"""Targets of the fuzzer: lists of pictures, and the names of pictures in what `caption` and `predict` write."""

import csv
import io
import itertools
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from formats import answers, predictions
from formats.answers import CAPTIONS, Answer, Table
from formats.manifest import of_requests
from formats.picture_lists import Request, requests
from formats.predictions import Block, Columns
from formats.shard_folder import SHARD, shards
from formats.sources.picture import File
from stages.captions.captioner import Caption
from stages.common.emotions import ARTEMIS
from stages.common.picture_names import as_text, from_text

CAPTION = Caption("a calm sea", "awe", 0, 0, -1.5, np.zeros((4, 1, 1), np.float32))
# Between the names in the content of a mutated file.
BETWEEN = b"\n\n"
JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))


def lists(content: bytes, path: Path) -> None:
    """A request for each row of the list, in order, with an emotion that the command knows."""
    file = path.with_suffix(_suffix(content))
    file.write_bytes(content)
    found = list(requests([file]))
    assert found
    for request in found:
        assert request.emotion is None or request.emotion.strip()
        assert request.place
        assert request.place.startswith(f"{file}, ")
    if file.suffix == ".csv" and not content.startswith(b"\x1f\x8b"):
        text = content.decode("utf-8-sig", "surrogateescape")
        tabs = "\t" in text.splitlines()[0] and "," not in text.split("\n")[0]
        table = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if tabs else ",", strict=True)
        assert len(found) == sum(bool(row) for row in table) - 1


def _suffix(content: bytes) -> str:
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return {b"P": ".parquet", b"[": ".json", b"{": ".jsonl"}.get(start, ".csv")


def list_seeds() -> list[bytes]:
    rows = [
        {"picture": "a.jpg", "emotion": "awe"},
        {"picture": "hall/b, c.jpg", "emotion": "none"},
        {"picture": 'say "hé\u2028".jpg', "emotion": None},
        {"picture": "file:///far/caf%E9.jpg", "emotion": "something else"},
    ]
    csv_text, parquet = io.StringIO(newline=""), io.BytesIO()
    csv.writer(csv_text).writerows([["picture", "emotion"], *(row.values() for row in rows)])
    pq.write_table(pa.Table.from_pylist(rows), parquet)
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    texts = [csv_text.getvalue(), csv_text.getvalue().replace("\r", ""), lines, json.dumps(rows), "image_file\nx.jpg\n"]
    return [*(text.encode() for text in texts), parquet.getvalue()]


def names(content: bytes, path: Path) -> None:
    """Every file that is written gives back the paths that were given; on the terminal each has one line."""
    given = [Path(os.fsdecode(part)) for part in content.split(BETWEEN) if part][:30]
    files = [File(str(name)) for name in given]
    made = [Answer(file, None, [CAPTION]) if row % 2 else Answer(file, "broken") for row, file in enumerate(files)]
    _gives_back(given, _captions_files(made, path.parent))
    # No picture that can be read has a zero byte in its name.
    readable = [name for name in given if "\0" not in str(name)]
    _gives_back(readable, _prediction_files(readable, path.parent))
    shown = itertools.chain.from_iterable(map(Table(given, emotions=ARTEMIS.names).lines, made))
    probabilities = np.full((len(given), len(ARTEMIS)), 1 / 9, np.float32)
    for line in (*shown, *predictions.picture_lines(given, probabilities, ARTEMIS.names)):
        assert line.translate(JOINERS).isprintable()


def _gives_back(given: Sequence[Path], files: Sequence[Sequence[str]]) -> None:
    for texts in files:
        assert [from_text(text).absolute() for text in texts] == [name.absolute() for name in given]
        assert len(set(texts)) == len(set(given))


def _captions_files(made: Sequence[Answer], folder: Path) -> list[list[str]]:
    answers.save_parquet(made, folder / "out.parquet")
    answers.save_json(made, folder / "out.json")
    wanted = [Request(answer.picture) for answer in made]
    manifest = of_requests("captions", "model", {}, wanted, SHARD)
    for (shard,) in shards(folder / "out", wanted, CAPTIONS, manifest):
        shard.save(made)
    files = [
        pq.read_table(folder / "out.parquet")["picture"].to_pylist(),
        [row["picture"] for row in json.loads((folder / "out.json").read_bytes())],
        *(pq.read_table(shard)["picture"].to_pylist() for shard in (folder / "out").glob("*.parquet")),
    ]
    shutil.rmtree(folder / "out")
    return files


def _prediction_files(readable: Sequence[Path], folder: Path) -> list[list[str]]:
    probabilities = np.full((len(readable), len(ARTEMIS)), 1 / 9, np.float32)
    blocks = [Block(list(map(as_text, readable)), probabilities)] if readable else []
    for suffix in predictions.FILES:
        predictions.save(blocks, Columns("picture", ARTEMIS.names), folder / f"out{suffix}")
    with (folder / "out.csv").open(encoding="utf-8", newline="") as file:
        written = [row["picture"] for row in csv.DictReader(file, strict=True)]
    lines = (folder / "out.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    return [
        written,
        pq.read_table(folder / "out.parquet")["picture"].to_pylist(),
        [json.loads(line)["picture"] for line in lines],
    ]


def name_seeds() -> list[bytes]:
    seeds = [
        ["a.jpg", "hall/b c.jpg", 'say "hé", he.jpg', "thin\u200bair.jpg", "no\xa0break.jpg", " a.jpg "],
        ["\u202egpj.jpg", "red\x1b[31m.jpg", "two\nlines\r.jpg", "nul\0.jpg", "caf\udce9.jpg", r"caf\udce9.jpg"],
        [
            "file:/caf%E9.jpg",
            "/far/caf\udce9%.jpg",
            "NA",
            "=1+1",
            "\ufeffa.jpg",
            "e\u0301.jpg",
            "\U0001f469\u200d\U0001f3a8",
        ],
    ]
    return [BETWEEN.join(os.fsencode(name) for name in some) for some in seeds]
