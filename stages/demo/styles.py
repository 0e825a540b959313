"""The technique of each style: functions from a plain picture to a painted one, both uint8 (H, W, 3).

All arithmetic is on integers, or consists of multiplications and additions of doubles that
are rounded once, so that the pixels are equal on all machines.
"""

import math

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from stages.demo.canvas import Colour, Palette, mix

Pixels = np.ndarray


def _bytes(values: np.ndarray) -> Pixels:
    return np.clip(np.floor(values + 0.5), 0, 255).astype(np.uint8)


def _blur(pixels: Pixels, radius: int) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.BoxBlur(radius)))


def _saturate(pixels: Pixels, by: float) -> Pixels:
    values = pixels.astype(np.float64)
    grey = (values[:, :, 0] + values[:, :, 1] + values[:, :, 2])[:, :, None] / 3
    return _bytes(grey + (values - grey) * by)


def _grain(pixels: Pixels, rng: Generator, by: int) -> Pixels:
    noise = rng.integers(-by, by + 1, size=(*pixels.shape[:2], 1))
    return _bytes(pixels.astype(np.int64) + noise)


def _posterise(pixels: Pixels, step: int) -> Pixels:
    """Reduce brightness to levels `step` apart; hue is kept, or grey would turn brown."""
    bright = pixels.max(axis=2, keepdims=True).astype(np.int64)
    level = (bright // step) * step + step // 2
    return _bytes(pixels * (level / np.maximum(bright, 1)))


def _outline(pixels: Pixels, threshold: int, colour: Colour, width: int, onto: Pixels | None = None) -> Pixels:
    """Draw a line of `colour` where neighbours in `pixels` differ by more than `threshold` in some channel."""
    values = _blur(pixels, 1).astype(np.int16)
    edge = np.zeros(values.shape[:2], dtype=bool)
    edge[:, 1:] |= np.abs(values[:, 1:] - values[:, :-1]).max(axis=2) > threshold
    edge[1:] |= np.abs(values[1:] - values[:-1]).max(axis=2) > threshold
    if width > 1:
        edge[:, :-1] |= edge[:, 1:]
        edge[:-1] |= edge[1:]
    drawn = (pixels if onto is None else onto).copy()
    drawn[edge] = colour
    return drawn


def _strokes(pixels: Pixels, rng: Generator, count: int, length: int, width: int, turn: float, spread: float) -> Pixels:
    """Cover the picture with short brush strokes in the colours beneath them.

    Args:
        count, length, width: for a picture of 256 x 256 pixels.
        turn: amplitude in radians by which the strokes' direction varies over the picture.
        spread: width in radians of the random scatter of directions.
    """
    height, wide = pixels.shape[:2]
    scale = min(height, wide) / 256
    number = int(count * height * wide / (min(height, wide) ** 2))
    ys, xs = rng.integers(0, height, number).tolist(), rng.integers(0, wide, number).tolist()
    shades, lean = rng.integers(-16, 17, number).tolist(), rng.random(number).tolist()
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    colours = np.clip(pixels[ys, xs].astype(np.int64) + np.array(shades)[:, None], 0, 255).tolist()
    thickness = max(1, round(width * scale))
    for x, y, colour, by in zip(xs, ys, colours, lean, strict=True):
        bent = math.sin(x / (38 * scale)) + math.cos(y / (46 * scale))
        angle = turn * bent + spread * (by - 0.5)
        dx, dy = round(length * scale * math.cos(angle) / 2), round(length * scale * math.sin(angle) / 2)
        draw.line((x - dx, y - dy, x + dx, y + dy), fill=tuple(colour), width=thickness)
    return np.asarray(image)


def impressionism(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Loose, mostly horizontal dabs."""
    return _strokes(pixels, rng, count=5200, length=7, width=3, turn=0.15, spread=1.0)


def post_impressionism(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Long strokes that swirl."""
    return _strokes(_saturate(pixels, 1.2), rng, count=4600, length=10, width=2, turn=1.1, spread=0.25)


def expressionism(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Saturated colours, thick slanting strokes, dark contours."""
    loud = _saturate(pixels, 1.45)
    painted = _strokes(loud, rng, count=2600, length=12, width=4, turn=0.5, spread=0.7)
    return _outline(loud, 22, mix(p.dark, (0, 0, 0), 0.5), 2, onto=painted)


def pointillism(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Round dots in pure colours on a light ground, one in each cell of a jittered grid."""
    height, width = pixels.shape[:2]
    cell = max(4, round(min(height, width) / 56))
    ground = _bytes(pixels.astype(np.int64) * 0.55 + np.array(p.light) * 0.45)
    loud = _saturate(pixels, 1.35).astype(np.int64)
    rows, columns = np.arange(height) // cell, np.arange(width) // cell
    shape = (int(rows[-1]) + 1, int(columns[-1]) + 1)
    shake = rng.integers(-1, 2, size=(*shape, 2)) + cell // 2
    shade = rng.integers(-26, 27, size=(*shape, 3))
    cy = np.arange(shape[0])[:, None] * cell + shake[:, :, 0]
    cx = np.arange(shape[1])[None, :] * cell + shake[:, :, 1]
    colour = np.clip(loud[np.minimum(cy, height - 1), np.minimum(cx, width - 1)] + shade, 0, 255)
    grid = np.ix_(rows, columns)
    dy, dx = np.arange(height)[:, None] - cy[grid], np.arange(width)[None, :] - cx[grid]
    inside = 4 * (dy * dy + dx * dx) <= cell * cell
    return np.where(inside[:, :, None], colour[grid], ground).astype(np.uint8)


def _nearest(height: int, width: int, ys: list[int], xs: list[int]) -> np.ndarray:
    """Index of the nearest point for each pixel (H, W); the first of equally near ones."""
    rows, columns = np.arange(height, dtype=np.int32)[:, None], np.arange(width, dtype=np.int32)[None, :]
    best = np.full((height, width), np.iinfo(np.int32).max, dtype=np.int32)
    facet = np.zeros((height, width), dtype=np.int64)
    for k, (y, x) in enumerate(zip(ys, xs, strict=True)):
        distance = (rows - y) ** 2 + (columns - x) ** 2
        nearer = distance < best
        best[nearer] = distance[nearer]
        facet[nearer] = k
    return facet


def cubism(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Facets: each shows its part of the picture slightly displaced, lighter or darker towards one side."""
    height, width = pixels.shape[:2]
    count = max(12, 34 * height * width // min(height, width) ** 2)
    ys, xs = rng.integers(0, height, count), rng.integers(0, width, count)
    rows, columns = np.mgrid[0:height, 0:width]
    facet = _nearest(height, width, ys.tolist(), xs.tolist())
    reach = max(1, min(height, width) // 26)
    off = rng.integers(-reach, reach + 1, size=(count, 2))
    lean = rng.integers(-100, 101, size=(count, 2))
    tilt = (
        ((rows - ys[facet]) * lean[facet, 0] + (columns - xs[facet]) * lean[facet, 1])
        * 60
        // (100 * min(height, width))
    )
    moved = pixels[np.clip(rows + off[facet, 0], 0, height - 1), np.clip(columns + off[facet, 1], 0, width - 1)]
    shaded = _bytes(moved.astype(np.int64) + (tilt * 2)[:, :, None])
    edge = np.zeros((height, width), dtype=bool)
    edge[:, 1:] |= facet[:, 1:] != facet[:, :-1]
    edge[1:] |= facet[1:] != facet[:-1]
    shaded[edge] = shaded[edge] // 2
    return shaded


def baroque(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Chiaroscuro: a bright middle and dark brown corners."""
    height, width = pixels.shape[:2]
    rows = (np.arange(height) * 2 - height)[:, None] / height
    columns = (np.arange(width) * 2 - width)[None, :] / width
    light = np.clip(1.16 - 0.62 * (rows * rows + columns * columns), 0.14, 1.08)[:, :, None]
    return _grain(_bytes(pixels * light + np.array((34, 20, 8)) * (1.08 - light)), rng, 4)


def romanticism(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Soft, with a haze around light areas."""
    soft = _blur(_blur(pixels, 5), 5).astype(np.float64)
    sharp = _blur(pixels, 1).astype(np.float64)
    hazy = 255 - (255 - sharp) * (255 - soft * 0.26) / 255
    return _grain(_bytes(hazy), rng, 3)


def realism(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Smooth paint on a visible canvas weave."""
    height, width = pixels.shape[:2]
    weave = ((np.arange(height)[:, None] // 2 + np.arange(width)[None, :] // 2) % 2) * 8 - 4
    return _grain(_bytes(pixels.astype(np.int64) + weave[:, :, None]), rng, 3)


def ukiyo_e(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """A woodblock print: few flat colours with ink lines on grainy paper, and a red seal."""
    flat = _posterise(_blur(pixels, 1), 36)
    paper = _bytes(flat * 0.87 + np.array((242, 226, 190)) * 0.13)
    drawn = _outline(paper, 20, (34, 28, 34), 1)
    height, width = drawn.shape[:2]
    unit = min(height, width) // 16
    top, left = height - 3 * unit, width - 2 * unit
    drawn[top : top + 2 * unit, left : left + unit] = (190, 44, 34)
    for k in range(3):
        row = top + unit // 4 + k * 5 * unit // 8
        drawn[row : row + max(1, unit // 5), left + unit // 5 : left + unit - unit // 5] = (246, 230, 200)
    return _grain(drawn, rng, 7)


def naive(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Bright flat colours with a painted frame."""
    flat = _posterise(_saturate(pixels, 1.25), 24).copy()
    height, width = flat.shape[:2]
    edge = min(height, width) // 22
    frame = np.ones((height, width), dtype=bool)
    frame[edge:-edge, edge:-edge] = False
    checks = ((np.arange(height)[:, None] // edge + np.arange(width)[None, :] // edge) % 2) == 0
    flat[frame & checks] = p.accent
    flat[frame & ~checks] = p.light
    return flat


def pop_art(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Comic print: flat saturated colours, thick black lines, a halftone screen of dots."""
    flat = _posterise(_saturate(pixels, 1.5), 64)
    height, width = flat.shape[:2]
    cell = max(4, min(height, width) // 42)
    dy = np.arange(height)[:, None] % cell - cell // 2
    dx = (np.arange(width)[None, :] + (np.arange(height)[:, None] // cell % 2) * (cell // 2)) % cell - cell // 2
    dots = 6 * (dy * dy + dx * dx) <= cell * cell
    screened = flat.astype(np.int64)
    screened[dots] = screened[dots] * 7 // 10
    return _outline(_bytes(screened), 46, (12, 10, 14), 2)


def minimalism(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Flat colours within a wide white border."""
    height, width = pixels.shape[:2]
    edge = min(height, width) // 9
    sheet = np.full_like(pixels, 248)
    sheet[edge:-edge, edge:-edge] = _posterise(pixels, 32)[edge:-edge, edge:-edge]
    return sheet


def color_field(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Paint soaked into raw canvas: soft edges everywhere."""
    radius = max(1, min(pixels.shape[:2]) // 60)
    return _grain(_blur(_blur(pixels, radius), radius), rng, 8)


def abstract_expressionism(pixels: Pixels, rng: Generator, p: Palette) -> Pixels:
    """Rough strokes with drips on top."""
    rough = _strokes(pixels, rng, count=2200, length=22, width=5, turn=1.6, spread=1.6)
    image = Image.fromarray(rough)
    draw = ImageDraw.Draw(image)
    scale = min(rough.shape[:2]) / 256
    for _ in range(26):
        x, y = int(rng.integers(rough.shape[1])), int(rng.integers(rough.shape[0]))
        tall, thick = int(rng.integers(12, 70) * scale), max(1, int(rng.integers(1, 4) * scale))
        colour = (p.dark, p.light, p.accent)[rng.integers(3)]
        draw.line((x, y, x, y + tall), fill=colour, width=thick)
        draw.ellipse((x - thick, y + tall - thick, x + thick, y + tall + 2 * thick), fill=colour)
    return np.asarray(image)


TECHNIQUES = {
    "Abstract_Expressionism": abstract_expressionism,
    "Baroque": baroque,
    "Color_Field_Painting": color_field,
    "Cubism": cubism,
    "Expressionism": expressionism,
    "Impressionism": impressionism,
    "Minimalism": minimalism,
    "Naive_Art_Primitivism": naive,
    "Pointillism": pointillism,
    "Pop_Art": pop_art,
    "Post_Impressionism": post_impressionism,
    "Realism": realism,
    "Romanticism": romanticism,
    "Ukiyo_e": ukiyo_e,
}
