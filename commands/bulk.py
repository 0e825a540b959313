"""The answers of a model about very many pictures, in a folder of shards."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from commands.picture_model import PictureModel, answers
from commands.spent import WRITE, Spent
from formats import manifest, shard_folder
from formats.answers import Answer, with_problems_told, without_maps
from formats.picture_lists import SOME_LEFT_OUT, Request
from formats.shard_folder import Shard
from formats.sources.picture import Picture
from stages.common.errors import UserError
from stages.common.progress import track
from stages.common.terminal import printable

# So many pictures in a row that cannot be reached end the work.
UNREACHABLE = 64
# Seconds of work whose parts are worth a line.
WORTH_TELLING = 5.0

# Shards, one after the other, with the answers about the pictures that they wait for.
Answered = Iterator[tuple[Shard, Iterator[Answer]]]


def fill(
    folder: Path, model: PictureModel, requests: Sequence[Request], ray: str | None, load: Callable[[], PictureModel]
) -> int:
    """Write the shards of a folder, with what is missing or outdated there; returns the exit code.

    Any number of processes may do so at a time.

    Args:
        ray: address of a Ray cluster whose machines shall answer.
        load: loads the model there.
    """
    results = model.results
    about = manifest.of_requests(results.stem, model.name, model.settings(), requests, shard_folder.SHARD)
    read, kept, spent = 0, 0, Spent()
    gone: list[Picture] = []
    claimed = partial(shard_folder.shards, folder, requests, results, about, model.metadata)
    answered = partial(_by_cluster, ray, load) if ray else _by_this_process
    for shards in claimed(at_once=len(requests) if ray else 1):
        kept += sum(len(shard.kept) for shard in shards)
        gone += chain.from_iterable(shard.gone for shard in shards)
        for shard, found in answered(model, [shard for shard in shards if shard.waiting], spent):
            complete = [without_maps(answer) for answer in _reachable(with_problems_told(found))]
            with spent(WRITE):
                read += shard.save(complete)
    if gone:
        some = f"{len(gone):,} pictures are no longer there, but keep their rows; the first is {printable(gone[0])}"
        print(some, file=sys.stderr)
    left_out = len(requests) - read - kept
    before = f", {kept:,} were there already" if kept else ""
    if sum(spent.seconds.values()) > WORTH_TELLING:
        print(f"where the time went: {spent}", file=sys.stderr)
    print(f"{printable(folder)}: {read:,} pictures {results.verb}{before}, {left_out:,} left out")
    return SOME_LEFT_OUT if left_out else 0


def _by_this_process(model: PictureModel, shards: Sequence[Shard], spent: Spent) -> Answered:
    for shard in shards:
        yield shard, track(_noted(answers(model, shard.waiting, spent), shard), shard.path.name, len(shard.waiting))


def _noted(answers: Iterable[Answer], shard: Shard) -> Iterator[Answer]:
    """Pass answers on, and note the progress for `--status`."""
    shard.claims.progress(shard.path.name, 0)
    for answer in answers:
        shard.claims.progress(shard.path.name)
        yield answer


def _by_cluster(
    address: str, load: Callable[[], PictureModel], model: PictureModel, shards: Sequence[Shard], spent: Spent
) -> Answered:
    # Importing it asks for Ray.
    from commands.ray_answers import finished
    from stages.learning.cluster import connected

    if shards:
        with connected(address):
            yield from track(finished(shards, model.decoder, load, spent), "files", len(shards))


def _reachable(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Pass answers on.

    Raises:
        UserError: no picture can be reached any more.
    """
    unreachable = 0
    for answer in answers:
        unreachable = unreachable + 1 if answer.unreachable else 0
        if unreachable == UNREACHABLE:
            raise UserError(
                f"{printable(answer.picture)}: {answer.problem}, and so the {unreachable - 1} pictures before it: the "
                "network or the server is away; the same command goes on from the last finished file"
            )
        yield answer
