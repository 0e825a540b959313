"""Decodes a picture as the squares that networks take."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from stages.common.params import Fit
from stages.common.pictures import decode


class Square(NamedTuple):
    """The input of a network: side in pixels, and how pictures become square."""

    size: int
    fit: Fit


@dataclass(frozen=True)
class SquareDecoder:
    """The decoder of networks with the inputs `squares`, of which equal ones are made once."""

    squares: tuple[Square, ...]

    def __call__(self, content: bytes) -> tuple[np.ndarray, ...]:
        """By each of the squares, uint8 (S, S, 3).

        Raises:
            UnreadablePicture: not a whole picture.
        """
        made = {square: decode(content, *square) for square in set(self.squares)}
        return tuple(made[square] for square in self.squares)
