"""A canvas in units of the picture's shorter side, drawn at twice the size and then halved.

Points are rounded to whole pixels before Pillow fills a shape, and colours are mixed by
multiplication and addition only, so that the pixels are equal on all machines.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from stages.demo.palettes import Colour, mix

OVERSAMPLING = 2
Point = tuple[float, float]


class Canvas:
    """Shapes with coordinates in shorter sides from the top left corner; the smaller of `width` and `height` is 1."""

    def __init__(self, width: int, height: int) -> None:
        """A canvas for a picture of `width` x `height` pixels."""
        self.unit = min(width, height) * OVERSAMPLING
        self.width = width / min(width, height)
        self.height = height / min(width, height)
        self.image = Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING))
        self.draw = ImageDraw.Draw(self.image)

    def pixel(self, value: float) -> int:
        return math.floor(value * self.unit + 0.5)

    def polygon(self, points: Iterable[Point], colour: Colour) -> None:
        self.draw.polygon([(self.pixel(x), self.pixel(y)) for x, y in points], fill=colour)

    def rectangle(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        left, top, right, bottom = map(self.pixel, (x - rx, y - ry, x + rx, y + ry))
        self.draw.ellipse((left, top, max(left, right), max(top, bottom)), fill=colour)

    def line(self, points: Sequence[Point], width: float, colour: Colour) -> None:
        pixels = [(self.pixel(x), self.pixel(y)) for x, y in points]
        self.draw.line(pixels, fill=colour, width=max(1, self.pixel(width)), joint="curve")

    def arc(self, x: float, y: float, rx: float, ry: float, start: int, end: int, width: float, colour: Colour) -> None:
        """Part of an ellipse's outline, from `start` to `end` degrees, clockwise from the right."""
        box = tuple(map(self.pixel, (x - rx, y - ry, x + rx, y + ry)))
        self.draw.arc(box, start, end, fill=colour, width=max(1, self.pixel(width)))

    def gradient(self, top: float, bottom: float, first: Colour, last: Colour) -> None:
        """Fill the rows from `top` to `bottom` with a gradient between two colours."""
        start, end = self.pixel(top), self.pixel(bottom)
        for row in range(start, end):
            self.draw.line((0, row, self.image.width, row), fill=mix(first, last, (row - start) / (end - start)))

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Light of `colour` around a point, falling from `strength` (0 to 1) to 0 at the radius."""
        cx, cy, r = self.pixel(x), self.pixel(y), self.pixel(radius)
        box = (max(cx - r, 0), max(cy - r, 0), min(cx + r, self.image.width), min(cy + r, self.image.height))
        if box[0] >= box[2] or box[1] >= box[3]:
            return
        part = np.asarray(self.image.crop(box)).astype(np.float64)
        rows = (np.arange(box[1], box[3]) - cy)[:, None]
        columns = (np.arange(box[0], box[2]) - cx)[None, :]
        fall = np.clip(1 - (rows * rows + columns * columns) / (r * r), 0, 1)
        share = (fall * fall * strength)[:, :, None]
        lit = part + (np.array(colour) - part) * share
        self.image.paste(Image.fromarray((lit + 0.5).astype(np.uint8)), box[:2])

    def finish(self) -> np.ndarray:
        """The picture as uint8 pixels (H, W, 3): averages of 2 x 2 pixels in integer arithmetic."""
        return np.asarray(self.image.reduce(OVERSAMPLING))


def ring(x: float, y: float, radius: float, count: int, turn: float = 0.0) -> list[Point]:
    """`count` points on a circle; `turn` is the angle of the first in radians."""
    angles = (turn + 2 * math.pi * k / count for k in range(count))
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def moved(points: Iterable[Point], x: float, y: float, scale: float, mirror: bool = False) -> list[Point]:
    """The points of a shape scaled, moved to (x, y) and, with `mirror`, mirrored left to right."""
    sign = -1 if mirror else 1
    return [(x + sign * scale * px, y + scale * py) for px, py in points]
