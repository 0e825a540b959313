"""The colours of each palette."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]


class Palette(NamedTuple):
    """RGB colours; `accent` is the colour of the motif, which utterances name."""

    top: Colour  # upper part of the sky or wall
    low: Colour  # lower part
    far: Colour  # background of the land
    mid: Colour  # middle ground
    near: Colour  # foreground
    water: Colour
    accent: Colour
    dark: Colour
    light: Colour
    orb: Colour  # sun or moon


COLOURS = {
    "rose": Palette(
        top=(222, 130, 176),
        low=(255, 216, 198),
        far=(200, 126, 172),
        mid=(176, 98, 146),
        near=(134, 70, 112),
        water=(232, 156, 180),
        accent=(254, 248, 242),
        dark=(76, 34, 66),
        light=(255, 236, 226),
        orb=(255, 246, 206),
    ),
    "gold": Palette(
        top=(230, 150, 34),
        low=(255, 228, 128),
        far=(214, 152, 56),
        mid=(190, 122, 32),
        near=(148, 90, 22),
        water=(226, 168, 60),
        accent=(104, 52, 20),
        dark=(66, 34, 10),
        light=(255, 246, 196),
        orb=(255, 252, 222),
    ),
    "blue": Palette(
        top=(46, 122, 222),
        low=(178, 222, 252),
        far=(104, 156, 206),
        mid=(64, 132, 178),
        near=(34, 94, 150),
        water=(34, 104, 196),
        accent=(218, 40, 40),
        dark=(16, 34, 82),
        light=(246, 251, 255),
        orb=(255, 236, 120),
    ),
    "green": Palette(
        top=(146, 206, 140),
        low=(230, 246, 190),
        far=(122, 184, 108),
        mid=(74, 154, 66),
        near=(38, 112, 44),
        water=(64, 160, 124),
        accent=(252, 212, 40),
        dark=(16, 56, 26),
        light=(246, 253, 222),
        orb=(255, 253, 206),
    ),
    "violet": Palette(
        top=(82, 46, 152),
        low=(212, 142, 220),
        far=(132, 88, 182),
        mid=(98, 58, 152),
        near=(66, 36, 112),
        water=(116, 76, 182),
        accent=(255, 142, 36),
        dark=(36, 16, 66),
        light=(248, 224, 252),
        orb=(255, 226, 176),
    ),
    "crimson": Palette(
        top=(124, 8, 18),
        low=(240, 80, 44),
        far=(166, 28, 28),
        mid=(128, 16, 22),
        near=(90, 8, 16),
        water=(160, 20, 26),
        accent=(22, 14, 18),
        dark=(34, 2, 8),
        light=(255, 194, 150),
        orb=(255, 208, 110),
    ),
    "night": Palette(
        top=(8, 12, 38),
        low=(38, 60, 116),
        far=(26, 38, 80),
        mid=(18, 28, 60),
        near=(10, 16, 38),
        water=(16, 32, 76),
        accent=(246, 226, 140),
        dark=(3, 5, 14),
        light=(214, 222, 250),
        orb=(252, 248, 222),
    ),
    "grey": Palette(
        top=(88, 94, 102),
        low=(182, 186, 190),
        far=(130, 134, 140),
        mid=(102, 106, 110),
        near=(74, 78, 80),
        water=(104, 112, 120),
        accent=(34, 34, 38),
        dark=(36, 38, 42),
        light=(230, 232, 234),
        orb=(240, 240, 228),
    ),
    "white": Palette(
        top=(188, 210, 232),
        low=(242, 247, 253),
        far=(206, 222, 238),
        mid=(222, 234, 246),
        near=(244, 249, 254),
        water=(178, 208, 230),
        accent=(28, 76, 172),
        dark=(80, 100, 130),
        light=(255, 255, 255),
        orb=(255, 250, 222),
    ),
}


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The first colour with `share` of the second."""
    r, g, b = (int(a + (b - a) * share + 0.5) for a, b in zip(first, second, strict=True))
    return r, g, b


def vary(palette: Palette, rng: Generator, by: int = 9) -> Palette:
    """A variant of the palette: every colour moved by up to `by` per channel."""
    return Palette(*(shift(colour, rng, by) for colour in palette))


def shift(colour: Colour, rng: Generator, by: int) -> Colour:
    r, g, b = (min(max(value + int(rng.integers(-by, by + 1)), 0), 255) for value in colour)
    return r, g, b


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
