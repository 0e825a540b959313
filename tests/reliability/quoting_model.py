"""A picture model without a network: each caption quotes its picture, which is a text; an empty one is broken."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from commands.picture_model import PictureModel, Taken
from commands.spent import Spent
from formats.answers import CAPTIONS, Answer
from stages.captions.captioner import Caption
from stages.common.pictures import UnreadablePicture

MAPS = np.zeros((1, 1, 1), np.float32)


def decode(content: bytes) -> str:
    if not content:
        raise UnreadablePicture("the file is empty")
    return content.decode()


@dataclass
class Quoting(PictureModel):
    """Takes so many seconds for a picture."""

    seconds: float

    name, results, batch, metadata, decoder = "quoting", CAPTIONS, 8, None, staticmethod(decode)

    def settings(self) -> dict[str, Any]:
        return {"weights": "none"}

    def answer(self, pictures: Sequence[Taken], spent: Spent) -> Iterator[Answer]:
        for each in pictures:
            time.sleep(self.seconds)
            if each.picture == "defect":
                raise ZeroDivisionError("a defect")
            caption = Caption(each.picture, None, 0, 0, -1.0, MAPS)
            yield Answer(each.request.picture, None, [caption], digest=each.digest)
