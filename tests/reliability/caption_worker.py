"""A process that fills a folder of captions beside others, without a network: each caption quotes its picture."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from formats import shard_folder
from formats.answers import CAPTIONS, Answer
from formats.manifest import of_requests
from formats.picture_lists import Request
from formats.sources.picture import File
from stages.captions.captioner import Caption

# Pictures in one file.
SHARD = 10


def work(folder: Path, names: Sequence[str], seconds: float) -> None:
    """Caption the files `names`, each in so many seconds."""
    shard_folder.SHARD, shard_folder.PAUSE = SHARD, 0.02
    requests = [Request(File(name)) for name in names]
    manifest = of_requests("captions", "model", {}, requests, SHARD)
    for (shard,) in shard_folder.shards(folder, requests, CAPTIONS, manifest):
        if shard.waiting:
            shard.save(answers(shard.waiting, seconds))


def answers(requests: Sequence[Request], seconds: float) -> Iterator[Answer]:
    """A caption of each picture; an empty one is broken."""
    for request in requests:
        time.sleep(seconds)
        content = request.picture.read()
        if content:
            caption = Caption(content.decode(), None, 0, 0, -1.0, np.zeros((1, 1, 1), np.float32))
            yield Answer(request.picture, None, [caption], digest=hashlib.sha256(content).hexdigest())
        else:
            yield Answer(request.picture, "no picture")
