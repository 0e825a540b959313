"""Outdoor motifs. Each is drawn with the middle of its foot at (x, y) and the height `s`, in shorter sides."""

import math

from numpy.random import Generator

from stages.demo.backdrops import house
from stages.demo.canvas import Canvas, Colour, Palette, mix, moved

FLAMES = ((236, 74, 20), (255, 150, 30), (255, 226, 96))


def boat(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    mirror = bool(rng.integers(2))

    def put(points: list[tuple[float, float]], colour: Colour) -> None:
        c.polygon(moved(points, x, y, s, mirror), colour)

    c.ellipse(x, y, s * 0.62, s * 0.07, mix(p.water, p.dark, 0.6))
    put([(-0.6, -0.24), (0.66, -0.24), (0.46, 0.02), (-0.42, 0.02)], p.accent)
    put([(-0.6, -0.24), (0.66, -0.24), (0.63, -0.2), (-0.58, -0.2)], p.dark)
    put([(-0.03, -1.05), (0.01, -1.05), (0.01, -0.24), (-0.03, -0.24)], p.dark)
    put([(0.03, -1.0), (0.55, -0.32), (0.03, -0.32)], mix(p.light, p.accent, 0.12))
    put([(-0.06, -0.92), (-0.44, -0.32), (-0.06, -0.32)], mix(p.light, p.accent, 0.55))


def lighthouse(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    lamp = y - s * 0.96
    for side in (-1, 1):
        c.polygon(
            [(x, lamp - 0.01), (x + side * 0.6, lamp - 0.12), (x + side * 0.6, lamp + 0.1)], mix(p.low, p.orb, 0.55)
        )
    c.polygon(
        moved([(-0.5, 0.08), (-0.36, -0.1), (-0.1, -0.16), (0.2, -0.15), (0.44, -0.06), (0.56, 0.08)], x, y, s), p.dark
    )
    for k in range(5):
        low, high = 0.1 + 0.15 * k, 0.25 + 0.15 * k
        a, b = 0.17 - 0.09 * (low - 0.1), 0.17 - 0.09 * (high - 0.1)
        c.polygon(moved([(-a, -low), (-b, -high), (b, -high), (a, -low)], x, y, s), p.light if k % 2 else p.accent)
    c.rectangle(x - s * 0.15, y - s * 0.88, x + s * 0.15, y - s * 0.84, p.dark)
    c.rectangle(x - s * 0.075, y - s * 1.02, x + s * 0.075, y - s * 0.88, p.orb)
    c.polygon([(x - s * 0.11, y - s * 1.02), (x, y - s * 1.14), (x + s * 0.11, y - s * 1.02)], p.dark)
    c.glow(x, lamp, s * 0.35, p.orb, 0.9)


def castle(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    c.ellipse(x, y + s * 0.2, s * 0.75, s * 0.32, mix(p.near, p.dark, 0.3))
    stone = mix(p.accent, p.light, 0.12)
    shade = mix(p.accent, p.dark, 0.3)
    c.rectangle(x - s * 0.42, y - s * 0.42, x + s * 0.42, y, shade)
    for k in range(7):
        left = x - s * 0.42 + s * 0.125 * k
        c.rectangle(left, y - s * 0.48, left + s * 0.07, y - s * 0.42, shade)
    for dx, tall, half in ((-0.42, 0.66, 0.1), (0.42, 0.6, 0.1), (0.04, 0.86, 0.13)):
        left, right, top = x + s * (dx - half), x + s * (dx + half), y - s * tall
        c.rectangle(left, top, right, y, stone)
        c.polygon([(left - 0.012, top), (x + s * dx, top - s * 0.27), (right + 0.012, top)], mix(p.near, p.dark, 0.6))
        c.rectangle(x + s * (dx - 0.025), top + s * 0.1, x + s * (dx + 0.025), top + s * 0.2, p.orb)
    c.ellipse(x + s * 0.04, y - s * 0.14, s * 0.085, s * 0.085, p.dark)
    c.rectangle(x - s * 0.045, y - s * 0.14, x + s * 0.125, y, p.dark)


def waterfall(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    half = s * 0.21
    rock = mix(p.mid, p.dark, 0.55)
    cliff = [
        (-0.62, 0.02),
        (-0.5, -0.62),
        (-0.3, -0.9),
        (-0.12, -1.0),
        (0.16, -0.98),
        (0.38, -0.84),
        (0.5, -0.5),
        (0.66, 0.02),
    ]
    c.polygon(moved(cliff, x, y, s), rock)
    c.polygon([(x - half * 0.8, y - s), (x + half * 0.8, y - s), (x + half * 1.25, y), (x - half * 1.25, y)], p.light)
    for _ in range(16):
        dx = rng.uniform(-0.9, 0.9) * half
        start = y - s * rng.uniform(0.3, 0.97)
        c.line([(x + dx, start), (x + dx * 1.2, start + s * 0.28)], 0.01, mix(p.light, p.water, rng.uniform(0.3, 0.8)))
    c.ellipse(x, y + 0.04, s * 0.62, s * 0.12, mix(p.water, p.light, 0.25))
    for _ in range(22):
        r = rng.uniform(0.02, 0.05)
        c.ellipse(x + rng.uniform(-1.6, 1.6) * half, y + rng.uniform(-0.04, 0.03), r, r * 0.8, p.light)


def _four_legs(c: Canvas, x: float, y: float, s: float, side: int, colour: Colour, dark: Colour, slim: float) -> None:
    """Body, legs, neck and head of a horse or deer facing `side`."""

    def put(points: list[tuple[float, float]], fill: Colour) -> None:
        c.polygon(moved(points, x, y, s, side < 0), fill)

    for dx, fill in ((-0.3, dark), (0.22, dark), (-0.37, colour), (0.3, colour)):
        put([(dx - slim, -0.45), (dx + slim, -0.45), (dx + slim * 0.5, 0), (dx - slim * 0.6, 0)], fill)
    c.ellipse(x, y - s * 0.5, s * 0.42, s * 0.17, colour)
    c.ellipse(x - side * s * 0.26, y - s * 0.51, s * 0.19, s * 0.185, colour)
    put([(0.1, -0.6), (0.36, -0.96), (0.53, -0.9), (0.44, -0.42)], colour)
    put([(0.36, -0.98), (0.48, -1.02), (0.72, -0.84), (0.68, -0.76), (0.48, -0.83)], colour)
    put([(0.38, -0.95), (0.38, -1.1), (0.46, -1.0)], colour)
    c.ellipse(x + side * s * 0.5, y - s * 0.93, s * 0.02, s * 0.02, dark)


def horse(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    side = 1 if rng.integers(2) else -1
    shade = mix(p.accent, p.dark, 0.45)
    mane = p.light if sum(p.accent) < 200 else p.dark
    c.ellipse(x, y, s * 0.5, s * 0.04, mix(p.near, p.dark, 0.5))
    tail = [(-0.4, -0.6), (-0.6, -0.5), (-0.66, -0.15), (-0.54, -0.3), (-0.4, -0.46)]
    c.polygon(moved(tail, x, y, s, side < 0), mane)
    _four_legs(c, x, y, s, side, p.accent, shade, 0.055)
    c.polygon(moved([(0.14, -0.58), (0.22, -0.82), (0.34, -1.02), (0.42, -1.0), (0.3, -0.66)], x, y, s, side < 0), mane)


def deer(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    side = 1 if rng.integers(2) else -1
    coat = p.accent
    c.ellipse(x, y, s * 0.4, s * 0.03, mix(p.near, p.dark, 0.5))
    _four_legs(c, x, y, s * 0.82, side, coat, mix(coat, p.dark, 0.4), 0.035)
    for dx, dy in ((-0.25, -0.47), (-0.13, -0.44), (0.0, -0.47), (-0.2, -0.38), (-0.06, -0.37)):
        c.ellipse(
            x + side * s * dx, y + s * dy, s * 0.018, s * 0.018, mix(coat, p.light if sum(coat) < 380 else p.dark, 0.6)
        )
    root = (x + side * s * 0.34, y - s * 0.83)
    antler = mix(p.dark, coat, 0.15) if sum(coat) > 300 else mix(p.light, p.dark, 0.15)
    for lean in (-0.26, 0.24):
        branch = [
            root,
            (root[0] + side * s * lean * 0.6, root[1] - s * 0.16),
            (root[0] + side * s * lean, root[1] - s * 0.36),
        ]
        c.line(branch, 0.026, antler)
        c.line([branch[1], (branch[1][0] + side * s * 0.1, branch[1][1] - s * 0.14)], 0.02, antler)
        c.line([branch[1], (branch[1][0] - side * s * 0.06, branch[1][1] - s * 0.16)], 0.02, antler)


def path(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    """A bright winding path that narrows towards a light between the trees."""
    end = 0.6 * c.height
    c.glow(x, end, s * 0.9, p.orb, 0.95)
    bend = rng.choice((-1.0, 1.0)) * 0.12
    left, right = [], []
    for k in range(13):
        share = k / 12
        middle = x + bend * math.sin(share * 5.0) * (1 - share * 0.4)
        half = 0.03 + 0.3 * share * share
        left.append((middle - half, end + (c.height - end) * share))
        right.append((middle + half, end + (c.height - end) * share))
    colour = mix(p.accent, p.light, 0.25) if sum(p.accent) > 300 else mix(p.accent, p.low, 0.15)
    c.polygon(left + right[::-1], colour)
    for points in (left, right):
        c.line(points, 0.012, mix(p.near, p.dark, 0.5))


def windmill(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    c.polygon(moved([(-0.24, 0), (-0.14, -0.62), (0.14, -0.62), (0.24, 0)], x, y, s), p.accent)
    c.polygon(moved([(-0.19, -0.6), (0, -0.82), (0.19, -0.6)], x, y, s), p.dark)
    c.rectangle(x - s * 0.06, y - s * 0.18, x + s * 0.06, y, p.dark)
    c.rectangle(x - s * 0.04, y - s * 0.44, x + s * 0.04, y - s * 0.34, p.orb)
    turn = rng.uniform(0.3, 1.2)
    hub = (x, y - s * 0.66)
    for k in range(4):
        angle = turn + k * math.pi / 2
        ux, uy = math.cos(angle) * s, math.sin(angle) * s
        c.line([hub, (hub[0] + ux * 0.56, hub[1] + uy * 0.56)], 0.016, p.dark)
        sail = [(0.14, 0.0), (0.55, 0.0), (0.55, 0.13), (0.14, 0.1)]
        c.polygon([(hub[0] + ux * a - uy * b, hub[1] + uy * a + ux * b) for a, b in sail], mix(p.light, p.accent, 0.15))
    c.ellipse(*hub, 0.02, 0.02, p.dark)


def church(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    side = 1 if rng.integers(2) else -1
    roof = mix(p.near, p.dark, 0.7)
    nave = moved([(-0.1, 0), (-0.1, -0.36), (0.6, -0.36), (0.6, 0)], x, y, s, side < 0)
    c.polygon(nave, mix(p.accent, p.dark, 0.18))
    c.polygon(moved([(-0.12, -0.34), (0.0, -0.58), (0.5, -0.58), (0.64, -0.34)], x, y, s, side < 0), roof)
    c.polygon(moved([(-0.34, 0), (-0.34, -0.66), (-0.04, -0.66), (-0.04, 0)], x, y, s, side < 0), p.accent)
    c.polygon(moved([(-0.38, -0.65), (-0.19, -1.02), (0.0, -0.65)], x, y, s, side < 0), roof)
    top = (x - side * s * 0.19, y - s * 1.02)
    bright = p.orb
    c.line([top, (top[0], top[1] - s * 0.17)], 0.014, bright)
    c.line([(top[0] - s * 0.05, top[1] - s * 0.11), (top[0] + s * 0.05, top[1] - s * 0.11)], 0.014, bright)
    for dx, dy in ((0.1, -0.16), (0.28, -0.16), (0.46, -0.16), (-0.19, -0.48)):
        c.ellipse(x + side * s * dx, y + s * dy, s * 0.04, s * 0.08, bright)
    c.ellipse(x - side * s * 0.19, y - s * 0.14, s * 0.07, s * 0.1, p.dark)
    c.rectangle(x - s * (side * 0.19 + 0.07), y - s * 0.14, x - s * (side * 0.19 - 0.07), y, p.dark)


def fire(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    """A burning house under black smoke; flames are flame-coloured under every palette."""
    for k in range(12):
        r = s * (0.1 + 0.014 * k)
        c.ellipse(
            x + s * (0.05 * k - 0.2) + rng.uniform(-0.04, 0.04),
            y - s * (0.75 + 0.06 * k),
            r,
            r,
            mix((40, 36, 40), p.top, 0.04 * k),
        )
    c.glow(x, y - s * 0.5, s * 1.0, FLAMES[1], 0.8)
    house(c, p, x - s * 0.4, y, s * 0.8, s * 0.72, mix(p.dark, p.accent, 0.15))
    for layer, colour in enumerate(FLAMES):
        share = 1 - 0.26 * layer
        for k in range(7):
            fx = x + s * (k - 3) * 0.145 * share
            tall = s * share * rng.uniform(0.45, 0.75) * (1.25 - abs(k - 3) * 0.14)
            low, half = y - s * 0.3 * share, s * 0.105 * share
            c.polygon(
                [
                    (fx - half, low),
                    (fx - half * 0.9, low - tall * 0.3),
                    (fx + half * 0.3, low - tall),
                    (fx + half, low - tall * 0.25),
                    (fx + half * 0.7, low),
                ],
                colour,
            )
            c.ellipse(fx, low, half, half, colour)


def graves(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    stone = p.accent
    for dx, dy, size in (
        (-0.82, -0.16, 0.5),
        (0.84, -0.14, 0.5),
        (-0.48, -0.02, 0.7),
        (0.5, 0.0, 0.7),
        (0.0, 0.14, 1.0),
    ):
        foot, tall = y + s * dy, s * size
        mid = x + s * dx
        c.ellipse(mid, foot, tall * 0.3, tall * 0.07, mix(p.near, p.dark, 0.6))
        half = tall * 0.085
        c.rectangle(mid - half, foot - tall, mid + half, foot, stone)
        c.rectangle(mid - tall * 0.26, foot - tall * 0.76, mid + tall * 0.26, foot - tall * 0.6, stone)
        c.rectangle(mid + half * 0.4, foot - tall, mid + half, foot, mix(stone, p.dark, 0.4))


def dancers(c: Canvas, p: Palette, rng: Generator, x: float, y: float, s: float) -> None:
    dresses = (p.accent, p.light, mix(p.accent, p.low, 0.5))
    for k, dx in enumerate((-0.48, 0.5, 0.0)):
        foot, lean = y + (0.04 if k == 2 else 0), rng.uniform(-0.08, 0.08)
        _dancer(c, p, x + s * dx, foot, s * (1.05 if k == 2 else 0.92), lean, dresses[k])


def _dancer(c: Canvas, p: Palette, x: float, y: float, s: float, lean: float, dress: Colour) -> None:
    skin = mix((206, 140, 100), p.low, 0.1)
    top = x + lean * s
    c.ellipse(x, y, s * 0.25, s * 0.03, mix(p.near, p.dark, 0.5))
    c.line([(x - s * 0.05, y - s * 0.25), (x - s * 0.12, y)], 0.022, skin)
    c.line([(x + s * 0.05, y - s * 0.25), (x + s * 0.2, y - s * 0.1)], 0.022, skin)
    for side in (-1, 1):
        c.line(
            [(top, y - s * 0.72), (top + side * s * 0.2, y - s * 0.8), (top + side * s * 0.28, y - s * 1.0)],
            0.022,
            skin,
        )
    c.polygon(
        [
            (top - s * 0.09, y - s * 0.74),
            (top + s * 0.09, y - s * 0.74),
            (x + s * 0.32, y - s * 0.2),
            (x - s * 0.32, y - s * 0.2),
        ],
        dress,
    )
    c.ellipse(x, y - s * 0.2, s * 0.32, s * 0.06, mix(dress, p.dark, 0.25))
    c.ellipse(top, y - s * 0.86, s * 0.085, s * 0.1, skin)
    c.ellipse(top, y - s * 0.92, s * 0.09, s * 0.06, p.dark)


MOTIFS = {
    "boat": boat,
    "lighthouse": lighthouse,
    "castle": castle,
    "waterfall": waterfall,
    "horse": horse,
    "windmill": windmill,
    "deer": deer,
    "path": path,
    "church": church,
    "fire": fire,
    "graves": graves,
    "dancers": dancers,
}
