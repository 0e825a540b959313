"""What is said about loose pictures: captions, and the emotions that a classifier expects; or why nothing is."""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import numpy as np

from formats.answers import Answer
from formats.picture_lists import Asked
from stages.captions.captioner import BATCH, speak
from stages.captions.conditioning import NONE, as_learnt, each
from stages.captions.sampling import Manner
from stages.common.emotions import EMOTIONS, IDS
from stages.common.pictures import UnreadablePicture, decode, read_bytes
from stages.common.processes import usable_cores
from stages.image_classifier.classifier import Predictor
from stages.speaker.checkpoint import Trained

ALL = "all"


@dataclass(frozen=True)
class Studio:
    """Everything that makes answers.

    Attributes:
        predictor: needed where nobody says which emotion a grounded speaker is to speak from.
        emotion: one of the nine, `all`, `none`, or None: what the predictor expects of each picture.
    """

    trained: Trained
    predictor: Predictor | None
    manner: Manner
    emotion: str | None

    def answers(self, asked: Sequence[Asked]) -> Iterator[Answer]:
        """In order, a batch at a time: pictures are decoded, in threads, as they are needed."""
        waiting = iter(asked)
        with ThreadPoolExecutor(usable_cores()) as pool:
            while batch := list(islice(waiting, BATCH)):
                seen = list(pool.map(self._see, batch))
                spoken = self._speak([one for one in seen if isinstance(one, _Seen)])
                for question, one in zip(batch, seen, strict=True):
                    yield Answer(question.path, one) if isinstance(one, str) else next(spoken)

    def _see(self, question: Asked) -> "_Seen | str":
        """The picture in the squares that speaker and classifier want, or why it cannot be had."""
        try:
            content = read_bytes(question.path)
            pixels = decode(content, self.trained.size, self.trained.fit)
            other = self.predictor
            if other is None or (other.size, other.fit) == (self.trained.size, self.trained.fit):
                return _Seen(question, _digest(content), pixels, pixels)
            return _Seen(question, _digest(content), pixels, decode(content, other.size, other.fit))
        except UnreadablePicture as problem:
            return str(problem)

    def _speak(self, seen: Sequence["_Seen"]) -> Iterator[Answer]:
        if not seen:
            return
        emotions = self.predictor.predict(np.stack([one.other for one in seen])) if self.predictor else None
        told = self._told(seen, emotions) if self.trained.model.grounded else None
        names = [one.digest for one in seen]
        spoken = speak(self.trained, np.stack([one.pixels for one in seen]), told, names, self.manner)
        for row, (one, captions) in enumerate(zip(seen, spoken, strict=True)):
            source = None if told is None or not told[row].any() else self._source(one.question)
            yield Answer(one.question.path, None, captions, source, None if emotions is None else emotions[row])

    def _source(self, question: Asked) -> str:
        return "person" if self.emotion or question.emotion else "image_classifier"

    def _told(self, seen: Sequence["_Seen"], emotions: np.ndarray | None) -> np.ndarray:
        """What to speak from: shares (N, 1, 9), or (N, 9, 9) if it is to be all."""
        expected = np.zeros((len(seen), len(EMOTIONS)), np.float32) if emotions is None else emotions
        if self.emotion == ALL:
            return each(expected)
        shares = as_learnt(expected, self.trained.emo_from)
        for row, one in enumerate(seen):
            if wanted := one.question.emotion or self.emotion:
                shares[row] = 0 if wanted == NONE else np.eye(len(EMOTIONS))[IDS[wanted]]
        return shares


@dataclass(frozen=True)
class _Seen:
    question: Asked
    digest: str
    pixels: np.ndarray  # as the speaker wants them
    other: np.ndarray  # as the classifier does


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
