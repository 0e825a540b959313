"""The answers of a model about very many pictures, in a folder of shards."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from commands.picture_model import PictureModel, answers
from formats import manifest, shard_folder
from formats.answers import Answer, with_problems_told
from formats.picture_lists import SOME_LEFT_OUT, Request
from formats.shard_folder import Shard
from formats.sources.picture import Picture
from stages.common.errors import UserError
from stages.common.progress import track
from stages.common.terminal import printable

# So many pictures in a row that cannot be reached end the work.
UNREACHABLE = 64


def fill(folder: Path, model: PictureModel, requests: Sequence[Request]) -> int:
    """Write the shards of a folder, with what is missing or outdated there; returns the exit code.

    Any number of processes may do so at a time.
    """
    results = model.results
    about = manifest.of_requests(results.stem, model.name, model.settings(), requests, shard_folder.SHARD)
    read = kept = 0
    gone: list[Picture] = []
    for (shard,) in shard_folder.shards(folder, requests, results, about, model.metadata):
        kept += len(shard.kept)
        gone += shard.gone
        if shard.waiting:
            generated = track(answers(model, shard.waiting), shard.path.name, len(shard.waiting))
            read += shard.save(_reported(with_problems_told(generated), shard))
    if gone:
        some = f"{len(gone):,} pictures are no longer there, but keep their rows; the first is {printable(gone[0])}"
        print(some, file=sys.stderr)
    left_out = len(requests) - read - kept
    before = f", {kept:,} were there already" if kept else ""
    print(f"{printable(folder)}: {read:,} pictures {results.verb}{before}, {left_out:,} left out")
    return SOME_LEFT_OUT if left_out else 0


def _reported(answers: Iterable[Answer], shard: Shard) -> Iterator[Answer]:
    """Pass answers on, and tell other processes of them.

    Raises:
        UserError: no picture can be reached any more.
    """
    shard.claims.progress(shard.path.name, 0)
    unreachable = 0
    for answer in answers:
        unreachable = unreachable + 1 if answer.unreachable else 0
        if unreachable == UNREACHABLE:
            raise UserError(
                f"{printable(answer.picture)}: {answer.problem}, and so the {unreachable - 1} pictures before it: the "
                "network or the server is away; the same command goes on from the last finished file"
            )
        shard.claims.progress(shard.path.name)
        yield answer
