"""Indoor and abstract motifs. Each is drawn with the middle of its foot at (x, y) and the height `s`."""

import math

from numpy.random import Generator

from stages.demo.canvas import Canvas, Colour, Palette, Point, mix, moved, ring, shift

SKIN = (238, 190, 152)
FLAME = (255, 214, 90)


def flowers(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    heads = [(x + s * 0.4 * math.cos(a) * r, y - s * 0.72 + s * 0.3 * math.sin(a) * r) for a, r in _bunch(rng)]
    for head in heads:
        c.line([(x, y - s * 0.34), head], 0.012, (60, 116, 62))
    c.polygon(
        moved([(-0.11, -0.4), (0.11, -0.4), (0.22, -0.18), (0.12, 0), (-0.12, 0), (-0.22, -0.18)], x, y, s),
        mix(p.dark, p.far, 0.4),
    )
    c.ellipse(x, y - s * 0.4, s * 0.115, s * 0.028, p.dark)
    for k, (hx, hy) in enumerate(heads):
        petal = shift(p.accent if k % 3 else mix(p.accent, p.light, 0.45), rng, 10)
        radius = s * rng.uniform(0.075, 0.1)
        for px, py in ring(hx, hy, radius, 6, k * 0.4):
            c.ellipse(px, py, radius * 0.62, radius * 0.62, petal)
        c.ellipse(hx, hy, radius * 0.5, radius * 0.5, p.orb if sum(p.accent) < 600 else (240, 180, 60))


def _bunch(rng: Generator) -> list[tuple[float, float]]:
    """Angles and distances of nine flowers from the middle of the bunch."""
    return [(0.0, 0.0)] + [(k * math.pi / 4 + rng.uniform(-0.2, 0.2), rng.uniform(0.75, 1.05)) for k in range(8)]


def fruit(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    places = ((-0.3, -0.42), (0.02, -0.45), (0.32, -0.41), (-0.16, -0.66), (0.17, -0.67))
    for k, (dx, dy) in enumerate(places):
        colour = shift(p.accent if k % 2 == 0 else mix(p.accent, (230, 190, 60), 0.45), rng, 8)
        fx, fy, r = x + s * dx, y + s * dy, s * 0.19
        if k == 3:  # a pear
            c.ellipse(fx, fy - r * 0.75, r * 0.6, r * 0.75, colour)
        c.ellipse(fx, fy, r, r * 0.95, mix(colour, p.dark, 0.3))
        c.ellipse(fx - r * 0.08, fy - r * 0.08, r * 0.9, r * 0.86, colour)
        c.ellipse(fx - r * 0.4, fy - r * 0.4, r * 0.2, r * 0.16, mix(colour, (255, 255, 255), 0.7))
        c.line([(fx, fy - r * 0.9), (fx + r * 0.15, fy - r * 1.35)], 0.012, (74, 52, 30))
    bowl = mix(p.light, p.near, 0.25) if sum(p.accent) < 500 else mix(p.near, p.dark, 0.35)
    c.polygon(moved([(-0.64, -0.4), (0.64, -0.4), (0.4, -0.06), (0.2, 0), (-0.2, 0), (-0.4, -0.06)], x, y, s), bowl)
    c.line(moved([(-0.64, -0.4), (0.64, -0.4)], x, y, s), 0.018, mix(bowl, p.dark, 0.4))


def skull(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    bone, hollow = (234, 224, 196), (30, 24, 26)
    c.ellipse(x, y, s * 0.5, s * 0.07, mix(p.near, p.dark, 0.7))
    c.ellipse(x, y - s * 0.6, s * 0.44, s * 0.42, mix(bone, p.dark, 0.25))
    c.ellipse(x - s * 0.025, y - s * 0.62, s * 0.41, s * 0.39, bone)
    c.polygon(moved([(-0.27, -0.4), (0.27, -0.4), (0.2, 0), (-0.2, 0)], x, y, s), bone)
    for side in (-1, 1):
        c.ellipse(x + side * s * 0.17, y - s * 0.52, s * 0.12, s * 0.13, hollow)
    c.polygon(moved([(0, -0.42), (0.06, -0.27), (-0.06, -0.27)], x, y, s), hollow)
    for k in range(-3, 4):
        c.line([(x + s * 0.055 * k, y - s * 0.18), (x + s * 0.05 * k, y - s * 0.02)], 0.009, hollow)
    c.line([(x - s * 0.19, y - s * 0.1), (x + s * 0.19, y - s * 0.1)], 0.009, hollow)


def _bust(c: Canvas, p: Palette, x: float, y: float, s: float, skin: Colour, dress: Colour) -> Point:
    """Draw shoulders, neck and an empty face of 0.4 s x 0.52 s; returns the middle of the face."""
    c.ellipse(x, y + s * 0.06, s * 0.52, s * 0.34, dress)
    c.rectangle(x - s * 0.52, y + s * 0.06, x + s * 0.52, y + s * 0.6, dress)
    c.rectangle(x - s * 0.09, y - s * 0.46, x + s * 0.09, y - s * 0.2, mix(skin, p.dark, 0.2))
    c.ellipse(x, y - s * 0.22, s * 0.1, s * 0.07, mix(skin, p.dark, 0.1))
    c.ellipse(x, y - s * 0.6, s * 0.21, s * 0.27, skin)
    return x, y - s * 0.6


def _eyes(c: Canvas, x: float, y: float, s: float, open_: float, iris: Colour) -> None:
    for side in (-1, 1):
        ex = x + side * s * 0.09
        c.ellipse(ex, y - s * 0.03, s * 0.05, s * 0.03 * open_, (250, 248, 242))
        c.ellipse(ex, y - s * 0.03, s * 0.024, s * 0.026 * open_, iris)
        c.arc(ex, y - s * 0.03, s * 0.052, s * 0.034 * open_, 180, 360, 0.008, (40, 26, 24))


def _brows(c: Canvas, x: float, y: float, s: float, tilt: float, colour: Colour) -> None:
    """`tilt` raises the inner ends: positive for sad, negative for angry brows."""
    for side in (-1, 1):
        inner, outer = (x + side * s * 0.04, y - s * (0.1 + tilt)), (x + side * s * 0.15, y - s * (0.1 - tilt))
        c.line([inner, outer], 0.02, colour)


def _nose(c: Canvas, x: float, y: float, s: float, skin: Colour) -> None:
    c.line(
        [(x, y - s * 0.02), (x + s * 0.03, y + s * 0.07), (x - s * 0.015, y + s * 0.075)],
        0.01,
        mix(skin, (90, 40, 30), 0.4),
    )


def smiling_woman(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    hair, skin = mix((120, 62, 26), p.dark, 0.3), mix(SKIN, p.low, 0.18)
    c.ellipse(x, y - s * 0.6, s * 0.33, s * 0.38, hair)
    c.rectangle(x - s * 0.33, y - s * 0.6, x + s * 0.33, y - s * 0.1, hair)
    fx, fy = _bust(c, p, x, y, s, skin, p.accent)
    c.ellipse(fx, fy - s * 0.25, s * 0.2, s * 0.09, hair)
    _eyes(c, fx, fy, s, 0.9, (60, 90, 60))
    _brows(c, fx, fy - s * 0.02, s, 0.0, hair)
    _nose(c, fx, fy, s, skin)
    for side in (-1, 1):
        c.glow(fx + side * s * 0.13, fy + s * 0.07, s * 0.08, (244, 110, 100), 0.75)
    c.draw.chord(
        tuple(map(c.pixel, (fx - s * 0.1, fy + s * 0.04, fx + s * 0.1, fy + s * 0.2))), 0, 180, fill=(190, 40, 50)
    )
    c.draw.chord(
        tuple(map(c.pixel, (fx - s * 0.08, fy + s * 0.07, fx + s * 0.08, fy + s * 0.16))), 0, 180, fill=(252, 250, 244)
    )


def weeping_woman(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    skin = mix(mix(SKIN, (190, 200, 214), 0.35), p.low, 0.15)
    c.ellipse(x, y - s * 0.56, s * 0.32, s * 0.42, p.accent)
    c.polygon(moved([(-0.32, -0.56), (0.32, -0.56), (0.5, 0.1), (-0.5, 0.1)], x, y, s), p.accent)
    fx, fy = _bust(c, p, x, y, s, skin, p.accent)
    c.polygon(
        moved([(-0.21, -0.8), (0, -0.88), (0.21, -0.8), (0.12, -0.76), (0, -0.8), (-0.12, -0.76)], x, y, s),
        mix(p.accent, p.dark, 0.4),
    )
    for side in (-1, 1):
        ex = fx + side * s * 0.09
        c.arc(ex, fy - s * 0.05, s * 0.055, s * 0.04, 10, 170, 0.016, (40, 30, 40))
        c.line([(ex, fy), (ex + side * s * 0.015, fy + s * 0.12)], 0.022, (84, 170, 240))
        c.ellipse(ex + side * s * 0.015, fy + s * 0.15, s * 0.026, s * 0.036, (84, 170, 240))
    _brows(c, fx, fy - s * 0.02, s, 0.03, (60, 44, 44))
    _nose(c, fx, fy, s, skin)
    c.arc(fx, fy + s * 0.19, s * 0.075, s * 0.05, 200, 340, 0.018, (150, 60, 70))


def shouting_man(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    hair, skin = (44, 30, 28), mix((226, 124, 92), p.low, 0.12)
    fx, fy = _bust(c, p, x, y, s, skin, p.accent)
    c.polygon(
        [
            (fx - s * 0.22, fy + s * 0.02),
            (fx + s * 0.22, fy + s * 0.02),
            (fx + s * 0.15, fy + s * 0.3),
            (fx, fy + s * 0.37),
            (fx - s * 0.15, fy + s * 0.3),
        ],
        hair,
    )
    c.polygon(
        [
            *((fx + s * 0.05 * k, fy - s * (0.36 if k % 2 else 0.26)) for k in range(-5, 6)),
            (fx + s * 0.17, fy - s * 0.14),
            (fx - s * 0.17, fy - s * 0.14),
        ],
        hair,
    )
    c.ellipse(fx, fy + s * 0.015, s * 0.17, s * 0.1, skin)
    _eyes(c, fx, fy, s, 1.0, (30, 20, 20))
    _brows(c, fx, fy - s * 0.005, s, -0.045, hair)
    _nose(c, fx, fy, s, skin)
    c.ellipse(fx, fy + s * 0.185, s * 0.115, s * 0.1, (70, 8, 12))
    c.rectangle(fx - s * 0.07, fy + s * 0.1, fx + s * 0.07, fy + s * 0.13, (250, 246, 236))
    c.ellipse(fx, fy + s * 0.24, s * 0.06, s * 0.035, (200, 70, 70))
    for fist in (-1, 1):
        c.ellipse(fx + fist * s * 0.4, y - s * 0.2, s * 0.1, s * 0.1, skin)


def clown(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    face, red = (252, 246, 240), (226, 30, 40)
    tuft = p.accent if sum(p.accent) > 150 else (236, 120, 30)
    fx, fy = _bust(c, p, x, y, s, face, p.accent)
    for px, py in ring(x, y - s * 0.24, s * 0.27, 14):
        c.ellipse(px, y - s * 0.24 + (py - y + s * 0.24) * 0.3, s * 0.075, s * 0.06, mix(p.light, p.mid, 0.2))
    for side in (-1, 1):
        for dx, dy in ((0.24, -0.12), (0.29, 0.0), (0.24, 0.1)):
            c.ellipse(fx + side * s * dx, fy + s * dy, s * 0.1, s * 0.1, tuft)
    c.ellipse(fx, fy, s * 0.22, s * 0.27, face)
    c.polygon(
        [(fx - s * 0.17, fy - s * 0.2), (fx + s * 0.02, fy - s * 0.5), (fx + s * 0.17, fy - s * 0.2)],
        mix(p.accent, p.dark, 0.15),
    )
    c.ellipse(fx + s * 0.02, fy - s * 0.5, s * 0.05, s * 0.05, p.light)
    for side in (-1, 1):
        c.polygon(
            moved([(0, -0.14), (0.04, -0.04), (0, 0.06), (-0.04, -0.04)], fx + side * s * 0.09, fy, s), (50, 90, 190)
        )
        c.ellipse(fx + side * s * 0.09, fy - s * 0.04, s * 0.022, s * 0.026, (10, 10, 14))
    c.draw.chord(tuple(map(c.pixel, (fx - s * 0.16, fy + s * 0.0, fx + s * 0.16, fy + s * 0.22))), 0, 180, fill=red)
    c.draw.chord(
        tuple(map(c.pixel, (fx - s * 0.11, fy + s * 0.06, fx + s * 0.11, fy + s * 0.17))), 0, 180, fill=(250, 250, 246)
    )
    c.ellipse(fx, fy + s * 0.05, s * 0.065, s * 0.065, red)


def cat(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    side = 1 if rng.integers(2) else -1
    fur, line = p.accent, p.light if sum(p.accent) < 320 else p.dark
    c.ellipse(x, y, s * 0.5, s * 0.1, mix(p.far, p.light, 0.3))
    tail = [(side * 0.24, -0.1), (side * 0.5, -0.14), (side * 0.52, -0.4), (side * 0.42, -0.5)]
    c.line(moved(tail, x, y, s), s * 0.08, fur)
    c.ellipse(x, y - s * 0.28, s * 0.29, s * 0.32, fur)
    c.ellipse(x, y - s * 0.24, s * 0.15, s * 0.22, mix(fur, line, 0.25))
    for ear in (-1, 1):
        c.polygon(moved([(ear * 0.06, -0.9), (ear * 0.24, -1.1), (ear * 0.25, -0.78)], x, y, s), fur)
        c.polygon(moved([(ear * 0.12, -0.92), (ear * 0.21, -1.02), (ear * 0.22, -0.86)], x, y, s), (236, 140, 140))
    c.ellipse(x, y - s * 0.74, s * 0.26, s * 0.22, fur)
    for eye in (-1, 1):
        c.ellipse(x + eye * s * 0.105, y - s * 0.77, s * 0.06, s * 0.052, (150, 220, 90))
        c.ellipse(x + eye * s * 0.105, y - s * 0.77, s * 0.018, s * 0.05, (10, 12, 10))
        c.ellipse(x + eye * s * 0.1, y - s * 0.05, s * 0.09, s * 0.05, mix(fur, line, 0.15))
        for k in (-1, 0, 1):
            c.line([(x + eye * s * 0.06, y - s * 0.66), (x + eye * s * 0.36, y - s * (0.67 + 0.05 * k))], 0.006, line)
    c.polygon(moved([(-0.035, -0.7), (0.035, -0.7), (0, -0.655)], x, y, s), (230, 110, 120))


def candle(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    wood = mix(p.near, p.dark, 0.55)
    for side in (-1, 1):
        c.line([(x + side * s * 0.42, y - s * 0.3), (x + side * s * 0.48, y + 0.1)], 0.04, wood)
    c.ellipse(x, y - s * 0.3, s * 0.6, s * 0.09, mix(wood, p.light, 0.15))
    top = y - s * 0.86
    c.glow(x, top - s * 0.08, s * 0.75, FLAME, 0.7)
    c.ellipse(x, y - s * 0.31, s * 0.24, s * 0.055, (206, 164, 70))
    c.rectangle(
        x - s * 0.095,
        top,
        x + s * 0.095,
        y - s * 0.31,
        mix(p.accent, p.light, 0.2) if sum(p.accent) > 150 else p.accent,
    )
    c.ellipse(x, top, s * 0.095, s * 0.03, mix(p.accent, (255, 240, 200), 0.55))
    c.line([(x, top), (x, top - s * 0.06)], 0.01, p.dark)
    for share, colour in ((1.0, (255, 150, 40)), (0.7, FLAME), (0.4, (255, 250, 214))):
        low = top - s * 0.03
        c.ellipse(x, low - s * 0.06 * share, s * 0.07 * share, s * 0.08 * share, colour)
        c.polygon(
            [
                (x - s * 0.066 * share, low - s * 0.08 * share),
                (x, low - s * 0.3 * share),
                (x + s * 0.066 * share, low - s * 0.08 * share),
            ],
            colour,
        )


def circles(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    middles = [(0.3, 0.34), (0.72, 0.6), (0.36, 0.8), (0.78, 0.2), (0.12, 0.6)]
    for k, (mx, my) in enumerate(middles):
        cx, cy = (mx + rng.uniform(-0.06, 0.06)) * c.width, (my + rng.uniform(-0.06, 0.06)) * c.height
        radius = (0.27, 0.24, 0.17, 0.14, 0.11)[k]
        for share, colour in ((1.0, p.accent), (0.76, p.low), (0.54, p.dark), (0.3, p.orb)):
            c.ellipse(cx, cy, radius * share, radius * share, colour)


def bands(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    colours = (p.top, p.accent, p.low, p.near, p.light, p.mid)
    edges = [0.0, 0.2, 0.38, 0.52, 0.72, 0.84, 1.0]
    start = int(rng.integers(6))
    for k in range(6):
        top, bottom = edges[k] * c.height + 0.015, edges[k + 1] * c.height - 0.015
        c.rectangle(0.03, top, c.width - 0.03, bottom, shift(colours[(start + k) % 6], rng, 8))


def shards(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    cx, cy = rng.uniform(0.35, 0.65) * c.width, rng.uniform(0.35, 0.65) * c.height
    colours = (p.accent, p.near, p.light, p.dark, p.accent, p.mid)
    for k in range(18):
        angle = 2 * math.pi * k / 18 + rng.uniform(-0.12, 0.12)
        reach, half = rng.uniform(0.35, 0.75), rng.uniform(0.06, 0.13)
        tip = (cx + reach * math.cos(angle), cy + reach * math.sin(angle))
        side = (half * -math.sin(angle), half * math.cos(angle))
        near = (cx + 0.12 * math.cos(angle), cy + 0.12 * math.sin(angle))
        c.polygon([(near[0] + side[0], near[1] + side[1]), tip, (near[0] - side[0], near[1] - side[1])], colours[k % 6])


MOTIFS = {
    "flowers": flowers,
    "fruit": fruit,
    "skull": skull,
    "smiling woman": smiling_woman,
    "weeping woman": weeping_woman,
    "shouting man": shouting_man,
    "clown": clown,
    "cat": cat,
    "candle": candle,
    "circles": circles,
    "bands": bands,
    "shards": shards,
}
