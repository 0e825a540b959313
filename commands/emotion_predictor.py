"""The emotions of loose pictures, by an image classifier."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commands.picture_model import Taken
from commands.spent import ENCODE, Spent
from commands.squares import Square, SquareDecoder
from formats.answers import Answer, Results, emotions_of
from formats.hub.kinds import IMAGE_CLASSIFIER
from formats.hub.models import checked, folder_of
from stages.common.picture_names import as_text
from stages.image_classifier import classifier
from stages.image_classifier.classifier import BATCH, Predictor
from stages.learning.device import resolve
from stages.learning.learned_from import introduction
from stages.learning.pretrained import sha256


def load(given: str, device: str) -> "EmotionPredictor":
    """An image classifier, by its folder or the name of a repository; stderr says what it learned from.

    Raises:
        UserError: there is none.
    """
    folder = folder_of(given, IMAGE_CLASSIFIER)
    with checked(given, IMAGE_CLASSIFIER):
        predictor = classifier.load(folder, resolve(device))
    about = introduction("image classifier", "emotions of other pictures", predictor.data, predictor.temperature)
    print(f"{given}: {about}", file=sys.stderr)
    return EmotionPredictor(as_text(Path(given)), folder, predictor)


@dataclass(frozen=True)
class EmotionPredictor:
    """Predicts the emotions of pictures; see `picture_model.PictureModel`.

    Attributes:
        name: that of the classifier as given; of one from the hub, with the commit.
        folder: that of `predictor`.
    """

    name: str
    folder: Path
    predictor: Predictor

    @property
    def emotions(self) -> Sequence[str]:
        return self.predictor.model.emotions

    @property
    def results(self) -> Results:
        return emotions_of(self.emotions)

    @property
    def decoder(self) -> SquareDecoder:
        return SquareDecoder((Square(self.predictor.size, self.predictor.fit),))

    @property
    def batch(self) -> int:
        return BATCH

    @property
    def metadata(self) -> None:
        return None

    def settings(self) -> dict[str, Any]:
        return {f"image_classifier/{name}": sha256(self.folder / name) for name in classifier.FILES}

    def answer(self, pictures: Sequence[Taken], spent: Spent) -> Iterator[Answer]:
        with spent(ENCODE):
            predicted = self.predictor.predict(np.stack([picture.picture[0] for picture in pictures]))  # (N, C)
        for picture, row in zip(pictures, predicted, strict=True):
            emotions = dict(zip(self.emotions, row.tolist(), strict=True))
            yield Answer(picture.request.picture, None, emotions=emotions, digest=picture.digest)
