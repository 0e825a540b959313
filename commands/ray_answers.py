"""The answers of a model about very many pictures, by the machines of a Ray cluster."""

import socket
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
from formats.manifest import differing
from formats.picture_lists import Request
from formats.shard_folder import Shard
from stages.common.errors import UserError
from stages.common.terminal import printable
from stages.learning.cluster import Step, process, resources

# Pictures of an item of work: many, for what an item costs, but so few that all actors end at about the same time.
MOST, ITEMS_PER_ACTOR = 256, 16
# Batches of an item, also where a picture takes seconds, or is sent at its full size to an actor with a GPU.
BATCHES, SENT_BATCHES = 8, 2


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
    """The result of an item of work: pictures that have been taken, or answers, and the seconds of its parts."""

    shard: int
    start: int
    content: Sequence[Any]
    seconds: Mapping[str, float]


def finished(
    shards: Sequence[Shard], model: PictureModel, load: Callable[[], PictureModel], spent: Spent
) -> Iterator[tuple[Shard, Iterator[Answer]]]:
    """Each shard as soon as all of its pictures are answered, with the answers in order.

    Where the cluster has GPUs, each of them has an actor with the model, and actors on the cores read and decode for
    these. Otherwise each core has an actor that does everything: no pixels are sent.

    Args:
        load: loads the model in an actor.
        spent: receives the time of all actors.
    """
    pictures = sum(len(shard.waiting) for shard in shards)
    gpus = resources("GPU")
    actors = gpus or max(1, resources("CPU"))
    most = min(MOST, model.batch * (SENT_BATCHES if gpus else BATCHES))
    size = max(1, min(most, pictures // (actors * ITEMS_PER_ACTOR)))
    work = [
        Work(number, start, shard.waiting[start : start + size])
        for number, shard in enumerate(shards)
        for start in range(0, len(shard.waiting), size)
    ]
    loaded = partial(_same_model, load, model.settings())
    steps = [Step(partial(_Everything, loaded))]
    if gpus:
        steps = [Step(partial(_Reading, model.decoder)), Step(partial(_Answering, loaded), on_gpu=True)]
    parts: dict[int, dict[int, Sequence[Answer]]] = defaultdict(dict)
    if work:
        shards[0].claims.progress(shards[0].path.name, 0)
    for part in process(work, steps):
        spent.add(part.seconds)
        of_shard = parts[part.shard]
        of_shard[part.start] = part.content
        shard = shards[part.shard]
        shard.claims.progress(shard.path.name, len(part.content))
        if sum(map(len, of_shard.values())) == len(shard.waiting):
            del parts[part.shard]
            yield shard, chain.from_iterable(content for _, content in sorted(of_shard.items()))


def _same_model(load: Callable[[], PictureModel], settings: Mapping[str, Any]) -> PictureModel:
    """The model of an actor.

    Raises:
        UserError: it is not that of the process which asks.
    """
    model = load()
    if different := differing(model.settings(), settings):
        key, there, here = different
        raise UserError(
            f"{printable(model.name)}: {key} is {there} on a machine of the cluster ({socket.gethostname()}), but "
            f"{here} on this one; all machines need the same model, params.yaml and kind of processor"
        )
    return model


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
