"""The answers of a model about very many pictures, in a folder of shards."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from commands.picture_model import PictureModel, answers
from commands.ray_answers import finished
from commands.spent import WRITE, Spent
from formats import manifest, shard_folder
from formats.answers import Answer, with_problems_told, without_maps
from formats.picture_lists import SOME_LEFT_OUT, Request
from formats.shard_folder import Shard
from formats.sources.picture import Picture
from stages.common.errors import UserError
from stages.common.progress import track
from stages.common.terminal import printable
from stages.learning.cluster import connected

# So many pictures in a row that cannot be reached end the work.
UNREACHABLE = 64
# Seconds of work whose parts are worth a line.
WORTH_TELLING = 5.0
# Shards that a Ray cluster works on at a time: others can have the rest.
AT_ONCE = 400

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
    size = shard_folder.shard_size(len(requests))
    about = manifest.of_requests(results.stem, model.name, model.settings(), requests, size)
    read, spent, reachable = 0, Spent(), _Reachable()
    # By shard: one comes again if this process has lost it to another.
    kept: dict[Path, int] = {}
    gone: dict[Path, Sequence[Picture]] = {}
    claimed = partial(shard_folder.shards, folder, requests, results, about, model.metadata)
    answered = partial(_by_cluster, ray, load) if ray else _by_this_process
    for shards in claimed(at_once=AT_ONCE if ray else 1):
        kept |= {shard.path: len(shard.kept) for shard in shards}
        gone |= {shard.path: shard.gone for shard in shards}
        for shard, found in answered(model, [shard for shard in shards if shard.waiting], spent):
            complete = [without_maps(answer) for answer in reachable(with_problems_told(found))]
            with spent(WRITE):
                read += shard.save(complete)
    if missing := list(chain.from_iterable(gone.values())):
        some = (
            f"{len(missing):,} pictures are no longer there, but keep their rows; the first is {printable(missing[0])}"
        )
        print(some, file=sys.stderr)
    before = sum(kept.values())
    left_out = len(requests) - read - before
    known = f", {before:,} were there already" if before else ""
    if sum(spent.seconds.values()) > WORTH_TELLING:
        print(f"where the time went: {spent}", file=sys.stderr)
    print(f"{printable(folder)}: {read:,} pictures {results.verb}{known}, {left_out:,} left out")
    return SOME_LEFT_OUT if left_out else 0


def _by_this_process(model: PictureModel, shards: Sequence[Shard], spent: Spent) -> Answered:
    for shard in shards:
        yield shard, track(_noted(answers(model, shard.waiting, spent), shard), shard.path.name, len(shard.waiting))


def _noted(answered: Iterable[Answer], shard: Shard) -> Iterator[Answer]:
    """Pass answers on, and note the progress for `--status`."""
    shard.claims.progress(shard.path.name, 0)
    for answer in answered:
        shard.claims.progress(shard.path.name)
        yield answer


def _by_cluster(
    address: str, load: Callable[[], PictureModel], model: PictureModel, shards: Sequence[Shard], spent: Spent
) -> Answered:
    if shards:
        with connected(address):
            yield from track(finished(shards, model, load, spent), "files", len(shards))


class _Reachable:
    """Passes answers on until too many pictures in a row cannot be reached."""

    def __init__(self) -> None:
        self._failed = 0

    def __call__(self, answers: Iterable[Answer]) -> Iterator[Answer]:
        """The answers.

        Raises:
            UserError: no picture can be reached any more.
        """
        for answer in answers:
            self._failed = self._failed + 1 if answer.unreachable else 0
            if self._failed == UNREACHABLE:
                raise UserError(
                    f"{printable(answer.picture)}: {answer.problem}, and so the {UNREACHABLE - 1} pictures before it; "
                    "when the network and the server are there again, the same command goes on from the last finished "
                    "file (a server that is gone for good: leave its pictures out, and choose another folder)"
                )
            yield answer
