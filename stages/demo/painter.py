"""From a description to pixels: backdrop, detail, motif, weather, then the style's technique."""

import numpy as np
from numpy.random import Generator

from stages.demo import backdrops, details, indoor_motifs, outdoor_motifs, styles
from stages.demo.canvas import COLOURS, Canvas, vary
from stages.demo.descriptions import Description

MOTIFS = outdoor_motifs.MOTIFS | indoor_motifs.MOTIFS

# Aspect ratios, width to height.
WIDE = ((4, 3), (3, 2), (5, 4), (1, 1))
TALL = ((3, 4), (4, 5), (1, 1))
ANY = ((4, 3), (5, 4), (1, 1), (4, 5))
ASPECTS = {"sea": WIDE, "mountains": WIDE, "field": WIDE, "village": WIDE, "dance": WIDE, "portrait": TALL}

# Position and size of a motif: height of its foot in heights of the canvas, and the limits of its
# own height in shorter sides.
FEET = {
    "boat": (0.74, 0.52, 0.64),
    "lighthouse": (0.68, 0.5, 0.6),
    "castle": (0.68, 0.42, 0.52),
    "waterfall": (0.86, 0.58, 0.68),
    "horse": (0.88, 0.42, 0.52),
    "windmill": (0.86, 0.6, 0.7),
    "deer": (0.9, 0.54, 0.66),
    "path": (0.8, 0.5, 0.6),
    "church": (0.84, 0.54, 0.62),
    "fire": (0.86, 0.5, 0.6),
    "graves": (0.88, 0.42, 0.5),
    "dancers": (0.9, 0.52, 0.6),
    "flowers": (0.86, 0.66, 0.76),
    "fruit": (0.84, 0.5, 0.6),
    "skull": (0.88, 0.5, 0.6),
    "cat": (0.92, 0.54, 0.64),
    "candle": (0.86, 0.6, 0.7),
}
BUST = (0.9, 0.74, 0.82)
EVERYWHERE = (1.0, 1.0, 1.0)


def paint(description: Description, size: int, rng: Generator) -> np.ndarray:
    """A picture of the description, uint8 (H, W, 3), with `size` pixels along its shorter side.

    Held-out descriptions can be painted too.
    """
    aspects = ASPECTS.get(description.scene, ANY)
    across, down = aspects[rng.integers(len(aspects))]
    short = min(across, down)
    canvas = Canvas(size * across // short, size * down // short)
    palette = vary(COLOURS[description.palette], rng)
    backdrops.BACKDROPS[description.scene](canvas, palette, rng)
    if description.setting == "outdoors":
        details.weather(canvas, palette, rng, description.palette)
    if description.detail in details.DRAWN_BEHIND:
        details.DRAWN_BEHIND[description.detail](canvas, palette, rng, description.palette)
    foot, low, high = FEET.get(description.motif, BUST if description.scene == "portrait" else EVERYWHERE)
    spread = 0.04 if description.setting == "indoors" else 0.1
    x = canvas.width * (0.5 + rng.uniform(-spread, spread))
    MOTIFS[description.motif](canvas, palette, rng, x, foot * canvas.height, rng.uniform(low, high))
    if description.detail in details.DRAWN_ABOVE:
        details.DRAWN_ABOVE[description.detail](canvas, palette, rng, description.palette)
    return styles.TECHNIQUES[description.style](canvas.finish(), rng, palette)
