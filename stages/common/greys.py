"""Greys of other depths than 8 bits: which of a file's values are black and white.

What a file declares counts: the number of its bits, white as zero, its largest value. Where it declares nothing (whole
numbers of 32 bits, floating point), white is the smallest usual one that covers nearly all pixels: a few pixels above
it are clipped and change no other pixel.
"""

import itertools
import math
import struct
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import BITSPERSAMPLE, II, MM, OPEN_INFO, PHOTOMETRIC_INTERPRETATION, SAMPLEFORMAT

# Greys by bits and sample format (1 whole, 2 whole with a sign, 3 floating point): Pillow's mode and raw mode for
# little-endian and big-endian files. Pillow can decode all of them, but does not list all for both byte orders, and for
# both meanings of zero.
GREYS = {
    (8, 2): (("L", "L"), ("L", "L")),
    (12, 1): (("I;16", "I;12"), ("I;16", "I;12")),
    (16, 1): (("I;16", "I;16"), ("I;16B", "I;16B")),
    (16, 2): (("I", "I;16S"), ("I", "I;16BS")),
    (32, 1): (("I", "I;32S"), ("I", "I;32BS")),
    (32, 2): (("I", "I;32S"), ("I", "I;32BS")),
    (64, 3): (("F", "F;64F"), ("F", "F;64BF")),
}
for (_bits, _form), _modes in GREYS.items():
    for _order, _white in itertools.product((0, 1), (0, 1)):
        OPEN_INFO.setdefault(((II, MM)[_order], _white, (_form,), 1, (_bits,), ()), _modes[_order])
# libtiff decompresses to the machine's byte order, which Pillow expects only of the mode I;16.
NATIVE = {"I;16BS": "I;16NS", "I;32BS": "I;32NS", "F;32BF": "F;32NF", "F;64BF": "F;64NF"}
MAX_SAMPLE_VALUE, S_MAX_SAMPLE_VALUE = 281, 341
WHITE_IS_ZERO, SIGNED = 0, 2

# The usual values of white; those of half the range where black is as far below zero.
FLOATS, WHOLE, AROUND_ZERO = (1, 255, 4095, 65535), (255, 4095, 65535), (0.5, 1, 128, 32768)
# Sharp filters leave values this far above white when they resize.
OVERSHOOT = 1.25
# The share of a range that a picture must reach for the range to be its own.
REACH, REACH_AROUND_ZERO, REACH_DECLARED = 1 / 16, 3 / 4, 1 / 256
# The share of the pixels that the range may leave out. 16-bit files declare their range: hardly any pixel may be
# above the white of 12 bits.
OUTLIERS, OUTLIERS_OF_12_BITS = 0.01, 0.0001
# Fewer negative pixels are noise around black, or mark missing values.
NEGATIVE = 0.05
# Pixels that are enough to find the range.
SAMPLE = 1_000_000


class Declared(NamedTuple):
    """What the tags of a TIFF say about its values; `white` is None where no largest value is given."""

    bits: int = 0
    signed: bool = False
    inverted: bool = False
    white: float | None = None


def declared(image: Image.Image) -> Declared:
    """The declarations of a TIFF; none of any other file."""
    return Declared(
        bits=int(_tag(image, BITSPERSAMPLE) or 0),
        signed=_tag(image, SAMPLEFORMAT) == SIGNED,
        inverted=_tag(image, PHOTOMETRIC_INTERPRETATION) == WHITE_IS_ZERO,
        white=_tag(image, S_MAX_SAMPLE_VALUE) or _tag(image, MAX_SAMPLE_VALUE),
    )


def _tag(image: Image.Image, tag: int) -> float | None:
    """The first number of a tag; None where it is absent, or damaged."""
    try:
        value: Any = getattr(image, "tag_v2", {}).get(tag)
        number = float(value[0] if isinstance(value, tuple) else value)
    except (TypeError, ValueError, LookupError, ArithmeticError, struct.error):
        return None
    return number if math.isfinite(number) else None


def is_deep(image: Image.Image) -> bool:
    """True for greys whose values Pillow's own conversion would clip at 255, or take for unsigned."""
    return image.mode.startswith(("I", "F")) or (image.mode == "L" and _tag(image, SAMPLEFORMAT) == SIGNED)


def fix_byte_order(image: Image.Image) -> None:
    """Decode a compressed big-endian TIFF, which has not been loaded yet, in the byte order that libtiff returns."""
    tiles = getattr(image, "tile", [])
    for number, tile in enumerate(tiles):
        if tile.codec_name == "libtiff" and tile.args[0] in NATIVE:
            tiles[number] = tile._replace(args=(NATIVE[tile.args[0]], *tile.args[1:]))


def to_8_bits(image: Image.Image) -> Image.Image:
    """Scale deep greys to mode L; values that are no numbers become black."""
    tags = declared(image)
    values = _values(image, tags)
    black, white = _range(values, image, tags)
    scaled = (values.astype(np.float64) - black) * (255 / (white - black))
    if tags.inverted:
        scaled = 255 - scaled
    if isinstance(transparent := image.info.get("transparency"), int):
        scaled[values == transparent] = 255
    scaled = np.rint(np.nan_to_num(scaled, nan=0, posinf=255, neginf=0)).clip(0, 255)
    return Image.fromarray(scaled.astype(np.uint8))


def _values(image: Image.Image, tags: Declared) -> np.ndarray:
    """The values as the file means them: Pillow has no mode for signed 8 bits, nor for 32 bits without a sign."""
    values = np.asarray(image)
    if image.mode == "L":
        return values.view(np.int8)
    return values.view(np.uint32) if tags.bits == 32 and image.mode == "I" and not tags.signed else values


def _range(values: np.ndarray, image: Image.Image, tags: Declared) -> tuple[float, float]:
    """The values of black and white."""
    sample = values.ravel()[:: max(1, values.size // SAMPLE)].astype(np.float64)
    sample = sample[np.isfinite(sample)]
    if not len(sample):
        return 0, 1
    high = _quantile(sample, 1 - OUTLIERS)
    negative = _quantile(sample, NEGATIVE) < -abs(high) / 4
    if tags.white and REACH_DECLARED * tags.white <= high <= OVERSHOOT * tags.white:
        return (-tags.white if negative else 0), tags.white
    if image.mode.startswith("I;16"):
        return 0, _white_of_16_bits(sample, tags)
    own = _own_range(sample)
    if negative:
        return _around_zero(*own)
    return 0, _usual_white(high, _usual(image, values.dtype, tags)) or own[1]


def _own_range(sample: np.ndarray) -> tuple[float, float]:
    """The smallest and the largest value, or where they lie far out, those without the outliers."""
    low, high = _quantile(sample, OUTLIERS), _quantile(sample, 1 - OUTLIERS)
    reach = (OVERSHOOT - 1) * (high - low)
    smallest, largest = float(sample.min()), float(sample.max())
    return smallest if low - smallest <= reach else low, largest if largest - high <= reach else high


def _quantile(sample: np.ndarray, share: float) -> float:
    return float(np.quantile(sample, share, method="nearest"))


def _white_of_16_bits(sample: np.ndarray, tags: Declared) -> float:
    """White as declared, or that of 12 bits, which cameras and scanners store in 16."""
    if 0 < tags.bits < 16:
        return 2**tags.bits - 1
    outliers = max(OUTLIERS_OF_12_BITS, min(2 / len(sample), OUTLIERS))  # of a small picture, two pixels
    return 4095 if 255 < _quantile(sample, 1 - outliers) <= 4095 else 65535


def _around_zero(low: float, high: float) -> tuple[float, float]:
    """Black and white of a picture with many negative values: a usual range, else its own."""
    reached = max(-low, high)
    for white in AROUND_ZERO:
        if REACH_AROUND_ZERO * white <= reached <= OVERSHOOT * white:
            return -white, white
    return low, high if high > low else low + 1


def _usual(image: Image.Image, dtype: np.dtype, tags: Declared) -> tuple[int, ...]:
    """The usual values of white of a mode, and the largest value that it can hold."""
    if image.mode == "F":
        return FLOATS
    if image.format == "PPM":  # which Pillow scales to 16 bits
        return (65535,)
    largest = 32767 if tags.bits == 16 else int(np.iinfo(dtype).max)
    return *(white for white in WHOLE if white < largest), largest


def _usual_white(high: float, usual: tuple[int, ...]) -> int | None:
    """The smallest usual white that covers the picture; None if there is none or it would leave the picture dark."""
    for white in usual:
        if high <= OVERSHOOT * white:
            return white if white == usual[0] or high >= REACH * white else None
    return None
