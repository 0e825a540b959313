"""Pictures as features of a speaker and emotions by a classifier: in one pass where both have the same network."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

from commands.squares import Square, SquareDecoder
from stages.image_classifier.classifier import Predictor
from stages.speaker.checkpoint import Trained


@dataclass(frozen=True)
class Encoding:
    """The networks that see pictures.

    Attributes:
        predictor: None if nobody asks for emotions.
        shared: both see the same pixels through the same network, so that one pass serves both: two fifths less work.
    """

    trained: Trained
    predictor: Predictor | None
    shared: bool

    @classmethod
    def of(cls, trained: Trained, predictor: Predictor | None, *, bf16: bool = False) -> Self:
        """The networks, made faster for captions alone: they can neither learn nor be saved any more.

        Args:
            bf16: they see in bfloat16.
        """
        shared = predictor is not None and _see_the_same(trained, predictor)
        for backbone in [trained.model.backbone, *([predictor.model.backbone] if predictor else [])]:
            backbone.fold()
            if bf16:
                backbone.halve()
        return cls(trained, predictor, shared)

    @property
    def decoder(self) -> SquareDecoder:
        squares = [Square(model.size, model.fit) for model in (self.trained, self.predictor) if model]
        return SquareDecoder(tuple(squares))

    def __call__(self, pictures: Sequence[tuple[np.ndarray, ...]]) -> tuple[Tensor, np.ndarray | None]:
        """The speaker's features (N, places, C), and the emotions' probabilities (N, E).

        Args:
            pictures: from `decoder` (N).
        """
        pixels, *others = (np.stack(squares) for squares in zip(*pictures, strict=True))
        device = next(self.trained.model.parameters()).device
        with torch.inference_mode():
            batch = torch.from_numpy(pixels).to(device)
            if self.predictor is None:
                return self.trained.model.encode(batch), None
            if not self.shared:
                return self.trained.model.encode(batch), self.predictor.predict(others[0])
            features, pooled = self._look(batch, self.predictor)
            return features, self.predictor.predict_pooled(pooled)

    def _look(self, pixels: Tensor, predictor: Predictor) -> tuple[Tensor, Tensor]:
        """Pixels (N, S, S, 3) -> the speaker's features (N, places, C), and the classifier's (N, channels)."""
        encoder, pooling = self.trained.model.backbone, predictor.model.backbone.pooling
        if encoder.pooling is None and pooling is not None:
            return encoder.look(pixels, pooling)
        features = self.trained.model.encode(pixels)
        return features, features.mean(1)


def _see_the_same(trained: Trained, predictor: Predictor) -> bool:
    encoder, other = trained.model.backbone, predictor.model.backbone
    return (
        (trained.size, trained.fit) == (predictor.size, predictor.fit)
        and not predictor.mirrored
        and encoder.pooling in (None, other.pooling)
        and encoder.digest() == other.digest()
    )
