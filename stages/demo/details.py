"""Drawings of a picture's detail (sun or moon, clouds, birds, a window ...) and of its weather."""

import math

from numpy.random import Generator

from stages.demo.canvas import Canvas, Palette, Point, mix, shift


def orb(c: Canvas, p: Palette, rng: Generator, palette: str) -> None:
    """The sun, or the moon in the palettes night and violet."""
    x, y = rng.choice((0.2, 0.35, 0.68, 0.82)) * c.width, rng.uniform(0.14, 0.24) * c.height
    radius = 0.15 if palette == "crimson" else 0.1
    c.glow(x, y, radius * 3.6, p.orb, 0.75)
    if palette == "violet":
        c.polygon(_crescent(x, y, radius), p.orb)
        return
    c.ellipse(x, y, radius, radius, p.orb)
    if palette == "night":
        for dx, dy, r in ((-0.03, -0.02, 0.022), (0.035, 0.03, 0.03), (0.02, -0.05, 0.014)):
            c.ellipse(x + dx, y + dy, r, r, mix(p.orb, p.low, 0.2))


def _crescent(x: float, y: float, radius: float) -> list[Point]:
    """The outline of a crescent moon: its left rim, then the edge of its shadow."""
    angles = [math.pi * (0.5 + k / 16) for k in range(17)]
    rim = [(x + radius * math.cos(a), y - radius * math.sin(a)) for a in angles]
    shadow = [(x + radius * 0.45 * math.cos(a), y - radius * math.sin(a)) for a in angles]
    return rim + shadow[::-1]


def clouds(c: Canvas, p: Palette, rng: Generator, palette: str) -> None:
    tone = {"blue": p.light, "grey": mix(p.top, p.dark, 0.5), "night": mix(p.low, p.light, 0.25), "white": p.light}
    colour = tone.get(palette, mix(p.low, p.light, 0.45))
    for k in range(4):
        x, y = c.width * (0.12 + 0.26 * k + rng.uniform(-0.06, 0.06)), rng.uniform(0.08, 0.3) * c.height
        for _ in range(9):
            dx, r = rng.uniform(-0.15, 0.15), rng.uniform(0.035, 0.065)
            c.ellipse(x + dx, y + 0.03, r * 1.3, r, mix(colour, p.top, 0.3))
            c.ellipse(x + dx, y - 0.005, r * 1.3, r, shift(colour, rng, 6))


def birds(c: Canvas, p: Palette, rng: Generator, palette: str) -> None:
    colour = p.light if palette in ("night", "violet", "crimson") else p.dark
    for _ in range(9):
        x, y, s = rng.uniform(0.08, 0.92) * c.width, rng.uniform(0.05, 0.32) * c.height, rng.uniform(0.05, 0.085)
        wing = [
            (x - s, y - s * 0.55),
            (x - s * 0.45, y - s * 0.5),
            (x, y),
            (x + s * 0.45, y - s * 0.5),
            (x + s, y - s * 0.55),
        ]
        c.line(wing, 0.014, colour)


def weather(c: Canvas, p: Palette, rng: Generator, palette: str) -> None:
    """Stars, rain or snow in the palettes night, grey and white, over the whole outdoor scene."""
    if palette == "night":
        for _ in range(50):
            r = rng.uniform(0.003, 0.009)
            c.ellipse(rng.uniform(0, c.width), rng.uniform(0, 0.42) * c.height, r, r, p.light)
    elif palette == "grey":
        for _ in range(110):
            x, y, s = rng.uniform(0, c.width), rng.uniform(0, c.height), rng.uniform(0.04, 0.08)
            c.line([(x, y), (x - s * 0.3, y + s)], 0.004, mix(p.low, p.light, 0.5))
    elif palette == "white":
        for _ in range(120):
            r = rng.uniform(0.005, 0.012)
            c.ellipse(rng.uniform(0, c.width), rng.uniform(0, c.height), r, r, p.light)


def window(c: Canvas, p: Palette, rng: Generator, palette: str) -> None:
    x, y, w, h = rng.uniform(0.05, 0.1), 0.07 * c.height, 0.3, 0.34
    c.rectangle(x - 0.02, y - 0.02, x + w + 0.02, y + h + 0.02, p.dark)
    c.rectangle(x, y, x + w, y + h, mix(p.light, p.top, 0.2))
    c.rectangle(x, y + h * 0.68, x + w, y + h, p.far)
    c.line([(x + w / 2, y), (x + w / 2, y + h)], 0.016, p.dark)
    c.line([(x, y + h / 2), (x + w, y + h / 2)], 0.016, p.dark)
    c.glow(x + w, y + h, 0.6, p.light, 0.3)


def curtain(c: Canvas, p: Palette, rng: Generator, palette: str) -> None:
    left = c.width - rng.uniform(0.24, 0.3)
    base = mix(p.mid, p.top, 0.4)
    for k in range(6):
        x = left + 0.055 * k
        colour = mix(base, p.dark if k % 2 else p.light, 0.3)
        c.polygon([(x, 0), (x + 0.06, 0), (x + 0.1 - 0.012 * k, c.height), (x + 0.03 - 0.012 * k, c.height)], colour)
    c.rectangle(c.width - 0.03, 0, c.width, c.height, mix(base, p.dark, 0.3))


def lamp(c: Canvas, p: Palette, rng: Generator, palette: str) -> None:
    x, y = rng.uniform(0.14, 0.24) * c.width, rng.uniform(0.16, 0.22) * c.height
    c.glow(x, y + 0.1, 0.55, p.orb, 0.75)
    c.line([(x, 0), (x, y)], 0.012, p.dark)
    c.ellipse(x, y + 0.07, 0.05, 0.05, p.orb)
    c.polygon(
        [(x - 0.045, y - 0.03), (x + 0.045, y - 0.03), (x + 0.13, y + 0.075), (x - 0.13, y + 0.075)],
        mix(p.accent, p.dark, 0.2),
    )


def splashes(c: Canvas, p: Palette, rng: Generator, palette: str) -> None:
    for _ in range(7):
        x, y, r = rng.uniform(0, c.width), rng.uniform(0, c.height), rng.uniform(0.03, 0.07)
        colour = (p.light, p.dark)[rng.integers(2)]
        c.ellipse(x, y, r, r, colour)
        for _ in range(14):
            dx, dy = rng.uniform(-2.4, 2.4) * r, rng.uniform(-2.4, 2.4) * r
            c.ellipse(x + dx, y + dy, r * rng.uniform(0.08, 0.3), r * rng.uniform(0.08, 0.3), colour)


def lines(c: Canvas, p: Palette, rng: Generator, palette: str) -> None:
    for _ in range(8):
        start = (rng.uniform(0, c.width), rng.uniform(0, c.height))
        end = (rng.uniform(0, c.width), rng.uniform(0, c.height))
        c.line([start, end], rng.uniform(0.006, 0.014), (p.dark, p.light, p.accent)[rng.integers(3)])


DRAWN_BEHIND = {"orb": orb, "clouds": clouds, "birds": birds, "window": window, "curtain": curtain, "lamp": lamp}
DRAWN_ABOVE = {"splashes": splashes, "lines": lines}
