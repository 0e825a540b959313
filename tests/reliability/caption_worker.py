"""A process that fills a folder of captions beside others, without a network: each caption quotes its picture."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from formats import captions_folder
from formats.answers import Answer
from formats.captions_folder import shards
from formats.picture_lists import Request
from stages.captions.captioner import Caption

# Pictures in one file.
SHARD = 10


def work(folder: Path, names: Sequence[str], seconds: float) -> None:
    """Caption the files `names`, each in so many seconds."""
    captions_folder.SHARD, captions_folder.PAUSE = SHARD, 0.02
    for shard in shards(folder, [Request(Path(name)) for name in names], {}):
        if waiting := shard.waiting:
            shard.save(answers(waiting, seconds))


def answers(requests: Sequence[Request], seconds: float) -> Iterator[Answer]:
    """A caption of each picture; an empty one is broken."""
    for request in requests:
        time.sleep(seconds)
        content = request.path.read_bytes()
        if content:
            caption = Caption(content.decode(), None, 0, 0, -1.0, np.zeros((1, 1, 1), np.float32))
            yield Answer(request.path, None, [caption], digest=hashlib.sha256(content).hexdigest())
        else:
            yield Answer(request.path, "no picture")
