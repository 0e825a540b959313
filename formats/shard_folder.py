"""A folder of results about very many pictures, in Parquet files of some pictures each, which can be continued.

Each file, a shard, records in its metadata every picture as it was when it was read. A later run keeps the rows of
pictures that have not changed, and asks for those of pictures that were left out, replaced or never read. Several
processes may fill one folder: each claims the shard that it works on (`claims`). `manifest` describes the folder.
"""

import hashlib
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from formats.answers import Answer, Results
from formats.claims import Claims
from formats.manifest import Manifest, file_name
from formats.picture_lists import Request
from formats.sources.picture import Picture, Version
from stages.common.files import parquet_writer
from stages.common.pictures import UnreadablePicture
from stages.common.terminal import printable

# Pictures in one shard: few, so that many processes share a small archive and end at the same time; four times as many
# in an archive of so many pictures, whose folder would have too many files.
SHARD, MANY = 256, 100_000
# Seconds between two looks at shards that other processes work on: at first, and at most.
PAUSE, LONGEST_PAUSE = 1.0, 10.0
# Keys of a file's metadata.
RUN, PICTURES = "run", "pictures"


class Read(NamedTuple):
    """A picture when it was read, and its number of rows; without a digest it was left out.

    Attributes:
        version: as from `Picture.version`; None if it was not there.
    """

    digest: str | None
    version: Version | None
    rows: int


class Done(NamedTuple):
    """A picture and its rows in a shard."""

    picture: Read
    rows: pa.Table


@dataclass(frozen=True)
class Shard:
    """One file of the folder, with what this process has to do for it.

    Attributes:
        waiting: the pictures to be read, in order.
        kept: by their place among `requests`, the pictures whose rows in the file are still right.
        gone: those of them that are no longer there.
        metadata: of the file; its RUN is the digest of the pictures and the settings.
        claims: in which this process holds the file.
    """

    path: Path
    results: Results
    requests: Sequence[Request]
    waiting: Sequence[Request]
    kept: frozenset[int]
    gone: Sequence[Picture]
    metadata: Mapping[str, str]
    claims: Claims

    def save(self, answers: Iterable[Answer]) -> int:
        """Write the file with the answers about `waiting` and the rows kept; returns how many pictures were read.

        If another process has taken this one for dead, and the file over, nothing is written: none was read.
        """
        places = [place for place in range(len(self.requests)) if place not in self.kept]
        new = {place: _done(answer, self.results) for place, answer in zip(places, answers, strict=True)}
        former = _read(self.path, self.metadata[RUN], self.results) if self.kept else []
        done = [new[place] if place in new else former[place] for place in range(len(self.requests))]
        metadata = {**self.metadata, PICTURES: json.dumps([each.picture for each in done])}
        new_file = self.path.with_name(f".{self.path.stem}.{self.claims.token}.parquet")
        with parquet_writer(new_file, self.results.schema.with_metadata(metadata)) as writer:
            writer.write_table(pa.concat_tables([each.rows for each in done]).combine_chunks())
        if not self.claims.holds(self.path.name):
            new_file.unlink(missing_ok=True)
            return 0
        new_file.replace(self.path)
        return sum(each.picture.digest is not None for each in new.values())


def shard_size(pictures: int) -> int:
    """The number of pictures in a shard of so many."""
    return SHARD if pictures < MANY else 4 * SHARD


def shards(
    folder: Path,
    requests: Sequence[Request],
    results: Results,
    manifest: Manifest,
    metadata: Mapping[str, str] | None = None,
    at_once: int = 1,
) -> Iterator[list[Shard]]:
    """The shards of `folder`, some at a time, those of a former run with what is still right of them.

    They are claimed until the next ones are asked for. Those that other processes work on come last, when these are
    done.

    Args:
        metadata: of every file, besides what this module writes.
        at_once: shards to claim at a time.

    Raises:
        UserError: the folder holds results about other pictures, or made with another model or other settings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    size = manifest.shard
    remaining, pause = list(range(0, len(requests), size)), PAUSE
    with Claims(folder) as claims:
        manifest.begin(folder, claims)
        about = {**(metadata or {}), RUN: manifest.digest()}
        while remaining:
            starts, remaining = remaining, []
            for some in (starts[first : first + at_once] for first in range(0, len(starts), at_once)):
                paths = {start: folder / file_name(results.stem, start // size) for start in some}
                with ExitStack() as claimed:
                    held = [start for start in some if claimed.enter_context(claims.hold(paths[start].name))]
                    if held:
                        yield [_shard(paths[s], results, requests[s : s + size], about, claims) for s in held]
                    remaining += [s for s in some if s not in held or not claims.holds(paths[s].name)]
            if len(remaining) == len(starts):
                if pause == PAUSE:
                    waiting = f"{printable(folder)}: other processes work on all remaining files; waiting for them"
                    print(waiting, file=sys.stderr)
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)


def _shard(
    path: Path, results: Results, requests: Sequence[Request], metadata: Mapping[str, str], claims: Claims
) -> Shard:
    former = _read(path, metadata[RUN], results)
    complete = len(former) == len(requests)
    kept = frozenset(
        place
        for place, (request, done) in enumerate(zip(requests, former, strict=False))
        if complete and _unchanged(request.picture, done.picture)
    )
    # What another process has just left out is not tried again.
    finished = complete and path.stat().st_mtime_ns > claims.started
    waiting = [] if finished else [request for place, request in enumerate(requests) if place not in kept]
    gone = [requests[place].picture for place in sorted(kept) if requests[place].picture.version() is None]
    return Shard(path, results, requests, waiting, kept, gone, metadata, claims)


def recorded(path: Path, run: str) -> list[Read] | None:
    """The pictures of a file; None if it is not there, damaged, or of another run."""
    try:
        metadata = pq.read_schema(path).metadata or {}
        if metadata[RUN.encode()].decode() != run:
            return None
        return [Read(*each) for each in json.loads(metadata[PICTURES.encode()])]
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError):
        return None


def _read(path: Path, run: str, results: Results) -> list[Done]:
    """The pictures of a file with their rows; none if it is not there, damaged, or of another run."""
    pictures = recorded(path, run)
    try:
        table = pq.read_table(path) if pictures is not None else None
    except (pa.ArrowException, OSError):
        return []
    if pictures is None or table is None or not table.schema.equals(results.schema):
        return []
    table = table.replace_schema_metadata(None)
    starts = [0]
    for picture in pictures:
        starts.append(starts[-1] + picture.rows)
    return [Done(picture, table.slice(start, picture.rows)) for picture, start in zip(pictures, starts, strict=False)]


def _done(answer: Answer, results: Results) -> Done:
    table = pa.Table.from_pylist(results.rows(answer), schema=results.schema)
    return Done(Read(None if answer.problem else answer.digest, answer.version, len(table)), table)


def _unchanged(picture: Picture, before: Read) -> bool:
    """False for a picture that was left out or has other content now; one that has gone keeps its rows."""
    if before.digest is None:
        return False
    version = picture.version()
    if version is None or version == before.version:
        return True
    try:
        return hashlib.sha256(picture.read()).hexdigest() == before.digest
    except UnreadablePicture:
        return False
