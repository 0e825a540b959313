"""A folder of captions of very many pictures, in Parquet files of some pictures each, which can be continued.

Each file records, in its metadata, every picture as it was when it was captioned. A later run keeps the captions of
pictures that have not changed, and asks for those of pictures that were left out, replaced or never captioned. Several
processes may fill one folder: each claims the file that it works on (`claims`).
"""

import hashlib
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from formats.answers import SCHEMA, Answer, rows
from formats.claims import Claims
from formats.picture_lists import Request
from stages.common.errors import UserError
from stages.common.files import parquet_writer
from stages.common.pictures import UnreadablePicture, read_bytes
from stages.common.terminal import printable

# Pictures in one file.
SHARD = 1024
NOTE = "about.json"
# Seconds between two looks at files that other processes work on.
PAUSE = 1.0
# Keys of a file's metadata.
RUN, PICTURES = "run", "pictures"


class Captioned(NamedTuple):
    """A picture when it was captioned, and its number of rows; without a digest it was left out.

    Attributes:
        status: size, time of its change and of its status' change in nanoseconds; None if there was no such file.
    """

    digest: str | None
    status: list[int] | None
    rows: int


class Done(NamedTuple):
    """A picture and its rows in a file of the folder."""

    picture: Captioned
    rows: pa.Table


@dataclass(frozen=True)
class Shard:
    """One file of the folder.

    Attributes:
        kept: by their place among `requests`, the pictures whose captions in the file are still right.
        gone: those of them that are no longer there.
        metadata: of the file; its RUN is the digest of the pictures and the settings.
        claims: in which this process holds the file.
        finished: another process has just written it, so what was left out is not tried again.
    """

    path: Path
    requests: Sequence[Request]
    kept: Mapping[int, Done]
    gone: Sequence[Path]
    metadata: Mapping[str, str]
    claims: Claims
    finished: bool

    @property
    def waiting(self) -> list[Request]:
        """The pictures to be captioned, in order."""
        if self.finished:
            return []
        return [request for place, request in enumerate(self.requests) if place not in self.kept]

    def save(self, answers: Iterable[Answer]) -> int:
        """Write the file with the answers about `waiting` and the captions kept; returns how many were captioned.

        If another process has taken this one for dead, and the file over, nothing is written: none was captioned.
        """
        places = [place for place in range(len(self.requests)) if place not in self.kept]
        # Before the pictures are read: one that is replaced meanwhile then differs at the next run.
        status = [_status(self.requests[place].path) for place in places]
        new = {place: _done(answer, before) for place, before, answer in zip(places, status, answers, strict=True)}
        done = [each for _, each in sorted({**self.kept, **new}.items())]
        metadata = {**self.metadata, PICTURES: json.dumps([each.picture for each in done])}
        new_file = self.path.with_name(f".{self.path.stem}.{self.claims.token}.parquet")
        with parquet_writer(new_file, SCHEMA.with_metadata(metadata)) as writer:
            writer.write_table(pa.concat_tables([each.rows for each in done]).combine_chunks())
        if not self.claims.holds(self.path.name):
            new_file.unlink(missing_ok=True)
            return 0
        new_file.replace(self.path)
        return sum(each.picture.digest is not None for each in new.values())


def shards(
    folder: Path, requests: Sequence[Request], settings: Mapping[str, Any], metadata: Mapping[str, str] | None = None
) -> Iterator[Shard]:
    """The files of `folder`, those of a former run with what is still right of them.

    Each is claimed until the next one is asked for. Those that other processes work on come last, when these are done.

    Args:
        settings: what the captions depend on besides the pictures.
        metadata: further metadata of every file.

    Raises:
        UserError: the folder holds captions of other pictures, or made with other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    starts, told = list(range(0, len(requests), SHARD)), False
    with Claims(folder) as claims:
        run = _begin(folder, requests, settings, claims)
        while starts:
            claimed = []
            for start in starts:
                path, some = folder / f"captions-{start // SHARD:05}.parquet", requests[start : start + SHARD]
                with claims.hold(path.name) as held:
                    if held:
                        yield _shard(path, some, run, metadata, claims)
                    if not held or not claims.holds(path.name):
                        claimed.append(start)
            if len(claimed) == len(starts):
                if not told:
                    print(
                        f"{printable(folder)}: other processes work on the last files; waiting for them",
                        file=sys.stderr,
                    )
                told = True
                time.sleep(PAUSE)
            starts = claimed


def _shard(
    path: Path, requests: Sequence[Request], run: str, metadata: Mapping[str, str] | None, claims: Claims
) -> Shard:
    former = _read(path, run)
    kept = {
        place: done
        for place, (request, done) in enumerate(zip(requests, former, strict=False))
        if len(former) == len(requests) and _unchanged(request.path, done.picture)
    }
    gone = [requests[place].path for place in kept if _status(requests[place].path) is None]
    finished = len(former) == len(requests) and path.stat().st_mtime_ns > claims.started
    return Shard(path, requests, kept, gone, {**(metadata or {}), RUN: run}, claims, finished)


def _begin(folder: Path, requests: Sequence[Request], settings: Mapping[str, Any], claims: Claims) -> str:
    """Write the folder's note, or compare with it; returns the digest of pictures and settings."""
    names = [(str(request.path), request.emotion) for request in requests]
    about = {"pictures": len(names), "digest": _digest(names), "settings": settings}
    note = folder / NOTE
    try:
        before = about if claims.create(note, about) else json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{printable(note)}: not a note of this command ({error}); choose another folder, or delete it"
        ) from None
    if before != about:
        same_pictures = isinstance(before, dict) and before.get("digest") == about["digest"]
        what = (
            "captions made with another speaker or model, or other settings"
            if same_pictures
            else ("captions of other pictures: some were added, removed or named in another order")
        )
        raise UserError(f"{printable(folder)}: holds {what}; choose another folder, or delete it")
    return _digest(about)


def _read(path: Path, run: str) -> list[Done]:
    """The pictures of a file; none if it is not there, damaged, or of another run."""
    try:
        table = pq.read_table(path)
        metadata = table.schema.metadata or {}
        pictures = [Captioned(*each) for each in json.loads(metadata[PICTURES.encode()])]
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
        return []
    if metadata[RUN.encode()].decode() != run or not table.schema.equals(SCHEMA):
        return []
    table = table.replace_schema_metadata(None)
    starts = [0]
    for picture in pictures:
        starts.append(starts[-1] + picture.rows)
    return [Done(picture, table.slice(start, picture.rows)) for picture, start in zip(pictures, starts, strict=False)]


def _done(answer: Answer, status: list[int] | None) -> Done:
    table = pa.Table.from_pylist(rows(answer), schema=SCHEMA)
    return Done(Captioned(None if answer.problem else answer.digest, status, len(table)), table)


def _unchanged(path: Path, before: Captioned) -> bool:
    """False for a picture that was left out or has other content now; one that has gone keeps its captions."""
    if before.digest is None:
        return False
    status = _status(path)
    if status is None or status == before.status:
        return True
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest() == before.digest
    except UnreadablePicture:
        return False


def _status(path: Path) -> list[int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
