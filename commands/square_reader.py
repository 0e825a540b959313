"""Reads a picture as the squares that networks take."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from formats.picture_lists import Request
from stages.common.params import Fit
from stages.common.pictures import UnreadablePicture, decode


class Square(NamedTuple):
    """The input of a network: side in pixels, and how pictures become square."""

    size: int
    fit: Fit


class Decoded(NamedTuple):
    """A picture that has been read.

    Attributes:
        digest: SHA-256 of the file, from which the random numbers of sampling are derived.
        pixels: by each of the reader's squares, uint8 (S, S, 3).
    """

    request: Request
    digest: str
    pixels: tuple[np.ndarray, ...]


@dataclass(frozen=True)
class SquareReader:
    """A `picture_model.Reader` for networks with the inputs `squares`, of which equal ones are made once."""

    squares: tuple[Square, ...]

    def __call__(self, request: Request) -> Decoded | str:
        try:
            content = request.picture.read()
            made = {square: decode(content, *square) for square in set(self.squares)}
        except UnreadablePicture as problem:
            return str(problem)
        return Decoded(request, hashlib.sha256(content).hexdigest(), tuple(made[square] for square in self.squares))
