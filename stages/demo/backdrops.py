"""Backdrops, one function per scene: sky or wall, land or floor."""

from numpy.random import Generator

from stages.demo.canvas import Canvas, Palette, mix, shift


def sea(c: Canvas, p: Palette, rng: Generator) -> None:
    horizon = 0.5 * c.height
    c.gradient(0, horizon, p.top, p.low)
    c.gradient(horizon, c.height, mix(p.water, p.low, 0.35), mix(p.water, p.dark, 0.35))
    for _ in range(90):
        x, depth = rng.uniform(-0.1, c.width), rng.random()
        y = horizon + 0.02 + (c.height - horizon) * depth
        length = 0.03 + 0.14 * depth
        colour = p.light if rng.random() < 0.4 else p.dark
        c.arc(x, y, length, 0.012 + 0.02 * depth, 200, 340, 0.006, mix(p.water, colour, 0.35))


def mountains(c: Canvas, p: Palette, rng: Generator) -> None:
    c.gradient(0, 0.7 * c.height, p.top, p.low)
    for level, height, colour in ((0.62, 0.42, p.far), (0.74, 0.3, p.mid)):
        _ridge(c, p, rng, level * c.height, height * c.height, colour)
    c.gradient(0.74 * c.height, c.height, mix(p.mid, p.near, 0.5), p.near)
    for _ in range(16):
        x, y = rng.uniform(0, c.width), c.height * rng.uniform(0.78, 0.97)
        fir(c, x, y, rng.uniform(0.06, 0.13), mix(p.near, p.dark, rng.uniform(0.4, 0.7)))


def _ridge(c: Canvas, p: Palette, rng: Generator, base: float, height: float, colour: tuple[int, int, int]) -> None:
    """Peaks in a row, lit from the left, with snow on top."""
    x = -0.2
    while x < c.width + 0.1:
        half, tall = rng.uniform(0.22, 0.36), height * rng.uniform(0.65, 1)
        top = (x, base - tall)
        c.polygon([(x - half, base), top, (x + half, base)], colour)
        c.polygon([top, (x + half, base), (x + half * 0.1, base)], mix(colour, p.dark, 0.28))
        snow = [(x - half * 0.3, base - tall * 0.7), top, (x + half * 0.3, base - tall * 0.7)]
        c.polygon([*snow, (x + half * 0.12, base - tall * 0.62), (x - half * 0.08, base - tall * 0.74)], p.light)
        x += half * rng.uniform(0.8, 1.3)


def field(c: Canvas, p: Palette, rng: Generator) -> None:
    c.gradient(0, 0.62 * c.height, p.top, p.low)
    for level, colour in ((0.55, p.far), (0.62, p.mid), (0.72, mix(p.mid, p.near, 0.5))):
        _hill(c, rng, level * c.height, colour)
    for _ in range(7):
        x, y, r = rng.uniform(0, c.width), c.height * rng.uniform(0.58, 0.66), rng.uniform(0.025, 0.05)
        c.line([(x, y), (x, y + r * 2)], 0.012, p.dark)
        c.ellipse(x, y, r, r * 1.2, mix(p.near, p.dark, 0.35))
    for _ in range(130):
        x, y = rng.uniform(0, c.width), c.height * rng.uniform(0.78, 1)
        tall = rng.uniform(0.015, 0.045)
        c.line([(x, y), (x + tall * 0.3, y - tall)], 0.006, mix(p.mid, p.light, rng.uniform(0, 0.5)))


def _hill(c: Canvas, rng: Generator, level: float, colour: tuple[int, int, int]) -> None:
    x = rng.uniform(0.2, 0.8) * c.width
    c.ellipse(x, level + 1.2, 2.1, 1.2, colour)
    c.rectangle(0, level + 0.3, c.width, c.height, colour)


def forest(c: Canvas, p: Palette, rng: Generator) -> None:
    c.gradient(0, 0.8 * c.height, mix(p.top, p.mid, 0.4), p.low)
    for row, share in ((0.66, 0.25), (0.74, 0.6), (0.82, 0.95)):
        trunk = mix(p.low, p.dark, share)
        for _ in range(7):
            x, width = rng.uniform(0, c.width), rng.uniform(0.02, 0.035) * (1 + share)
            c.polygon(
                [(x - width, row * c.height), (x - width / 2, 0), (x + width / 2, 0), (x + width, row * c.height)],
                trunk,
            )
    c.gradient(0.76 * c.height, c.height, p.mid, p.near)
    for _ in range(46):
        x, y = rng.uniform(-0.05, c.width + 0.05), rng.uniform(-0.02, 0.2) * c.height
        leaf = shift(mix(p.mid, p.near, rng.random()), rng, 14)
        c.ellipse(x, y, rng.uniform(0.05, 0.11), rng.uniform(0.03, 0.07), leaf)


def village(c: Canvas, p: Palette, rng: Generator) -> None:
    c.gradient(0, 0.65 * c.height, p.top, p.low)
    _hill(c, rng, 0.5 * c.height, p.far)
    x = -0.05
    while x < c.width:
        width = rng.uniform(0.16, 0.24)
        house(c, p, x, 0.78 * c.height, width, rng.uniform(0.2, 0.32), shift(mix(p.far, p.light, 0.35), rng, 16))
        x += width
    c.gradient(0.78 * c.height, c.height, mix(p.near, p.low, 0.3), p.near)
    for _ in range(60):
        x, y = rng.uniform(0, c.width), c.height * rng.uniform(0.8, 0.99)
        c.ellipse(x, y, 0.022, 0.009, mix(p.near, p.dark, rng.uniform(0, 0.5)))


def house(c: Canvas, p: Palette, x: float, base: float, width: float, tall: float, wall: tuple[int, int, int]) -> None:
    """A house with its left corner at x: wall, roof, two windows."""
    c.rectangle(x, base - tall * 0.65, x + width, base, wall)
    eaves = base - tall * 0.62
    c.polygon([(x - 0.012, eaves), (x + width / 2, base - tall), (x + width + 0.012, eaves)], mix(p.near, p.dark, 0.4))
    for share in (0.25, 0.72):
        left, top = x + width * share - 0.018, base - tall * 0.48
        c.rectangle(left, top, left + 0.036, top + 0.05, mix(p.dark, p.orb, 0.3))


def graveyard(c: Canvas, p: Palette, rng: Generator) -> None:
    c.gradient(0, 0.75 * c.height, p.top, p.low)
    _hill(c, rng, 0.66 * c.height, p.mid)
    c.gradient(0.8 * c.height, c.height, p.mid, p.near)
    left = rng.random() < 0.5
    _bare_tree(c, p, (0.12 if left else 0.88) * c.width, 0.72 * c.height, 1 if left else -1)
    rail = 0.76 * c.height
    for k in range(40):
        x = k * 0.05
        c.line([(x, rail - 0.06), (x, rail + 0.03)], 0.009, p.dark)
    c.line([(0, rail - 0.03), (c.width, rail - 0.03)], 0.008, p.dark)


def _bare_tree(c: Canvas, p: Palette, x: float, base: float, side: int) -> None:
    c.polygon(
        [(x - 0.04, base + 0.1), (x - 0.012, base - 0.5), (x + 0.012, base - 0.5), (x + 0.045, base + 0.1)], p.dark
    )
    for up, reach, rise in ((0.18, 0.2, 0.16), (0.3, 0.26, 0.1), (0.4, 0.18, 0.2), (0.48, 0.1, 0.16)):
        for sign, share in ((side, 1.0), (-side, 0.6)):
            tip = (x + sign * reach * share, base - up - rise)
            c.line([(x, base - up), (x + sign * reach * share * 0.5, base - up - rise * 0.35), tip], 0.015, p.dark)
            c.line(
                [(x + sign * reach * share * 0.5, base - up - rise * 0.35), (tip[0], tip[1] + rise * 0.8)],
                0.009,
                p.dark,
            )


def dance(c: Canvas, p: Palette, rng: Generator) -> None:
    c.gradient(0, 0.7 * c.height, p.top, p.low)
    c.gradient(0.7 * c.height, c.height, mix(p.mid, p.low, 0.3), p.near)
    for _ in range(14):  # the crowd behind the dancers
        x, r = rng.uniform(0, c.width), rng.uniform(0.03, 0.045)
        top = 0.66 * c.height + rng.uniform(-0.03, 0.03)
        c.ellipse(x, top + 0.1, r * 1.5, 0.1, shift(p.mid, rng, 20))
        c.ellipse(x, top, r, r, mix(p.far, p.light, 0.3))
    for start in (0.08, 0.2):
        _lanterns(c, p, start * c.height, rng)


def _lanterns(c: Canvas, p: Palette, top: float, rng: Generator) -> None:
    sag = rng.uniform(0.05, 0.1)
    count = int(6 * c.width)
    points = [(c.width * k / count, top + sag * (1 - (2 * k / count - 1) ** 2)) for k in range(count + 1)]
    c.line(points, 0.006, p.dark)
    for k, (x, y) in enumerate(points):
        c.glow(x, y + 0.03, 0.1, p.orb, 0.6)
        c.ellipse(x, y + 0.03, 0.026, 0.034, p.orb if k % 2 else p.accent)


def still_life(c: Canvas, p: Palette, rng: Generator) -> None:
    edge = 0.68 * c.height
    c.gradient(0, edge, mix(p.top, p.dark, 0.15), p.low)
    c.gradient(edge, c.height, mix(p.near, p.light, 0.25), p.near)
    c.line([(0, edge), (c.width, edge)], 0.012, mix(p.near, p.dark, 0.5))
    x = rng.uniform(0.3, 0.6) * c.width  # a cloth that hangs over the edge
    c.polygon(
        [(x - 0.4, edge + 0.04), (x + 0.4, edge + 0.02), (x + 0.55, c.height), (x - 0.5, c.height)],
        mix(p.light, p.mid, 0.3),
    )
    for k in range(5):
        start = x - 0.28 + 0.14 * k
        c.line([(start, edge + 0.1), (start + 0.14 * (k - 2) * 0.4, c.height)], 0.012, mix(p.light, p.mid, 0.55))


def portrait(c: Canvas, p: Palette, rng: Generator) -> None:
    c.gradient(0, c.height, p.top, mix(p.low, p.mid, 0.4))
    for _ in range(10):
        x, y = rng.uniform(0, c.width), rng.uniform(0, c.height)
        c.glow(x, y, rng.uniform(0.15, 0.3), shift(p.low, rng, 12), 0.35)


def interior(c: Canvas, p: Palette, rng: Generator) -> None:
    floor = 0.7 * c.height
    c.gradient(0, floor, mix(p.top, p.low, 0.35), p.low)
    for k in range(int(c.width / 0.11) + 1):
        c.line([(0.11 * k, 0), (0.11 * k, floor)], 0.02, mix(p.low, p.top, 0.45))
    c.gradient(floor, c.height, p.near, mix(p.near, p.dark, 0.3))
    middle = c.width / 2
    for k in range(-9, 10):
        c.line([(middle + 0.14 * k, floor), (middle + 0.34 * k, c.height)], 0.005, mix(p.near, p.dark, 0.5))
    c.rectangle(0, floor - 0.035, c.width, floor, mix(p.light, p.mid, 0.4))
    x = rng.uniform(0.4, 0.6) * c.width
    c.ellipse(x, c.height - 0.1, 0.42, 0.085, mix(p.mid, p.accent, 0.4))
    c.ellipse(x, c.height - 0.1, 0.34, 0.06, mix(p.mid, p.light, 0.4))


def abstract(c: Canvas, p: Palette, rng: Generator) -> None:
    c.gradient(0, c.height, p.top, p.low)
    for _ in range(7):
        x, y = rng.uniform(0, c.width), rng.uniform(0, c.height)
        c.glow(x, y, rng.uniform(0.2, 0.4), shift((p.far, p.mid, p.low)[rng.integers(3)], rng, 16), 0.5)


def fir(c: Canvas, x: float, base: float, tall: float, colour: tuple[int, int, int]) -> None:
    for k in range(3):
        low, half = base - tall * 0.27 * k, tall * (0.34 - 0.08 * k)
        c.polygon([(x - half, low), (x, low - tall * 0.5), (x + half, low)], colour)


BACKDROPS = {
    "sea": sea,
    "mountains": mountains,
    "field": field,
    "forest": forest,
    "village": village,
    "graveyard": graveyard,
    "dance": dance,
    "still life": still_life,
    "portrait": portrait,
    "interior": interior,
    "abstract": abstract,
}
