"""The answers of a model about very many pictures, by the machines of a Ray cluster."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from commands.picture_model import READERS, PictureModel, answer, answers, take
from commands.spent import Spent
from formats.answers import Answer, without_maps
from formats.picture_lists import Request
from formats.shard_folder import Shard
from stages.learning.cluster import Step, process, resources

# Pictures of an item of work: many, for what an item costs, but so few that all actors end at about the same time.
MOST, ITEMS_PER_ACTOR = 256, 16


class Work(NamedTuple):
    """Some pictures of a shard: an item of work.

    Attributes:
        shard: its place among the shards.
        start: place of the first of the pictures among those of the shard.
    """

    shard: int
    start: int
    requests: Sequence[Request]


class Part(NamedTuple):
    """What an item of work has become: pictures that have been taken, or answers, and the seconds of its parts."""

    shard: int
    start: int
    content: Sequence[Any]
    seconds: Mapping[str, float]


def finished(
    shards: Sequence[Shard], decoder: Callable[[bytes], Any], load: Callable[[], PictureModel], spent: Spent
) -> Iterator[tuple[Shard, Iterator[Answer]]]:
    """Each shard as soon as all of its pictures are answered, with the answers in order.

    Where the cluster has GPUs, each of them has an actor with the model, and actors on the cores read and decode for
    these. Otherwise each core has an actor that does everything: no pixels are sent.

    Args:
        decoder: that of the model.
        load: loads the model in an actor.
        spent: receives the time of all actors.
    """
    pictures = sum(len(shard.waiting) for shard in shards)
    gpus = resources("GPU")
    actors = gpus or max(1, resources("CPU"))
    size = max(1, min(MOST, pictures // (actors * ITEMS_PER_ACTOR)))
    work = [
        Work(number, start, shard.waiting[start : start + size])
        for number, shard in enumerate(shards)
        for start in range(0, len(shard.waiting), size)
    ]
    steps = [Step(partial(_Everything, load))]
    if gpus:
        steps = [Step(partial(_Reading, decoder)), Step(partial(_Answering, load), on_gpu=True)]
    parts: dict[int, dict[int, Sequence[Answer]]] = defaultdict(dict)
    for part in process(work, steps):
        spent.add(part.seconds)
        of_shard = parts[part.shard]
        of_shard[part.start] = part.content
        shard = shards[part.shard]
        shard.claims.progress(shard.path.name, len(part.content))
        if sum(map(len, of_shard.values())) == len(shard.waiting):
            del parts[part.shard]
            yield shard, chain.from_iterable(content for _, content in sorted(of_shard.items()))


@dataclass
class _Everything:
    """Answers work: reads, decodes, computes."""

    load: Callable[[], PictureModel]

    def __post_init__(self) -> None:
        self._model = self.load()

    def __call__(self, work: Work) -> Part:
        spent = Spent()
        answered = [without_maps(each) for each in answers(self._model, work.requests, spent)]
        return Part(work.shard, work.start, answered, dict(spent.seconds))


@dataclass
class _Reading:
    """Reads and decodes the pictures of work."""

    decoder: Callable[[bytes], Any]

    def __call__(self, work: Work) -> Part:
        spent = Spent()
        with ThreadPoolExecutor(READERS) as pool:
            taken = list(pool.map(partial(take, self.decoder, BoundedSemaphore(), spent), work.requests))
        return Part(work.shard, work.start, taken, dict(spent.seconds))


@dataclass
class _Answering:
    """Answers what `_Reading` has read."""

    load: Callable[[], PictureModel]

    def __post_init__(self) -> None:
        self._model = self.load()

    def __call__(self, part: Part) -> Part:
        batches = (
            part.content[start : start + self._model.batch] for start in range(0, len(part.content), self._model.batch)
        )
        spent = Spent()
        spent.add(part.seconds)
        answered = [without_maps(each) for batch in batches for each in answer(self._model, batch, spent)]
        return Part(part.shard, part.start, answered, dict(spent.seconds))
