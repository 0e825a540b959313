"""Greys of every depth: one picture in many encodings decodes to the same 8-bit greys."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from stages.common.pictures import decode
from tests.tiffs import tiff

# 0 and 255 among them, and more dark than bright ones, as in most pictures.
GREYS = (np.linspace(0, 1, 32 * 32) ** 2 * 255).round().reshape(32, 32)
TURNED = 255 - GREYS


def decoded(content: bytes) -> np.ndarray:
    """Greys of a picture of 32 x 32 pixels, (32, 32)."""
    pixels = decode(content, 32, "squash")
    assert (pixels[..., 0] == pixels[..., 1]).all()
    return pixels[..., 0].astype(int)


def png(values: np.ndarray, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, "PNG", **options)
    return buffer.getvalue()


WHITE_IS_ZERO: dict[str, Any] = {"photometric": 0}
ENCODINGS: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
    "8 bits": (GREYS.astype(np.uint8), {}),
    "8 bits, white is zero": (TURNED.astype(np.uint8), WHITE_IS_ZERO),
    "8 bits with a sign": ((GREYS - 128).astype(np.int8), {}),
    "12 bits": ((GREYS * 4095 / 255).astype(np.uint16), {"bits": 12}),
    "12 bits, white is zero": ((TURNED * 4095 / 255).astype(np.uint16), WHITE_IS_ZERO | {"bits": 12}),
    "12 bits in 16": ((GREYS * 4095 / 255).astype(np.uint16), {}),
    "12 bits in 16, declared": ((GREYS * 4095 / 255).astype(np.uint16), {"t281": 4095}),
    "10 bits in 16, declared": ((GREYS * 1023 / 255).astype(np.uint16), {"t281": 1023}),
    "8 bits in 16, declared, white is zero": (TURNED.astype(np.uint16), WHITE_IS_ZERO | {"t281": 255}),
    "16 bits": ((GREYS * 257).astype(np.uint16), {}),
    "16 bits, white is zero": ((TURNED * 257).astype(np.uint16), WHITE_IS_ZERO),
    "16 bits, nothing about white": ((GREYS * 257).astype(np.uint16), {"photometric": None}),
    "16 bits with a sign, black below zero": ((GREYS * 257 - 32768).astype(np.int16), {}),
    "8 bits with a sign, white is zero": ((TURNED - 128).astype(np.int8), WHITE_IS_ZERO),
    "16 bits with a sign, white is zero": ((TURNED * 257 - 32768).astype(np.int16), WHITE_IS_ZERO),
    "16 bits with a sign, black at zero": ((GREYS * 32767 / 255).astype(np.int16), {}),
    "8 bits in 16 with a sign": (GREYS.astype(np.int16), {}),
    "32 bits": ((GREYS * 16843009).astype(np.uint32), {}),
    "32 bits, white is zero": ((TURNED * 16843009).astype(np.uint32), WHITE_IS_ZERO),
    "32 bits with a sign": ((GREYS * 8421504).astype(np.int32), {}),
    "8 bits in 32": (GREYS.astype(np.uint32), {}),
    "12 bits in 32": ((GREYS * 4095 / 255).astype(np.int32), {}),
    "16 bits in 32": ((GREYS * 257).astype(np.int32), {}),
    "an unusual range in 32 bits": ((GREYS * 4000).astype(np.int32), {}),
    "floats to 1": ((GREYS / 255).astype(np.float32), {}),
    "floats to 1, white is zero": ((TURNED / 255).astype(np.float32), WHITE_IS_ZERO),
    "floats to 1 in 64 bits": (GREYS / 255, {}),
    "floats to 255": (GREYS.astype(np.float32), {}),
    "floats to 4095": ((GREYS * 4095 / 255).astype(np.float32), {}),
    "floats to 65535": ((GREYS * 257).astype(np.float32), {}),
    "floats to 5": ((GREYS / 51).astype(np.float32), {}),
    "floats to 1000, declared": ((GREYS * 1000 / 255).astype(np.float32), {"t341": 1000.0}),
    "floats to 1 in a file that declares the white of whole numbers": (
        (GREYS / 255).astype(np.float32),
        {"t281": 65535},
    ),
    "floats around zero": ((GREYS / 127.5 - 1).astype(np.float32), {}),
    "floats from -0.5 to 0.5": ((GREYS / 255 - 0.5).astype(np.float32), {}),
    "floats from -0.1 to 0.2": ((GREYS / 850 - 0.1).astype(np.float32), {}),
    "floats around zero, declared": ((GREYS / 127.5 - 1).astype(np.float32), {"t341": 1.0}),
    "floats around zero, white is zero": ((TURNED / 127.5 - 1).astype(np.float32), WHITE_IS_ZERO),
}


@pytest.mark.parametrize("deflate", [False, True], ids=["raw", "deflate"])
@pytest.mark.parametrize("big_endian", [False, True], ids=["little-endian", "big-endian"])
@pytest.mark.parametrize("name", ENCODINGS)
def test_encodings_of_one_picture(name: str, big_endian: bool, deflate: bool) -> None:
    values, tags = ENCODINGS[name]
    content = tiff(values, big_endian=big_endian, deflate=deflate, **tags)
    assert np.abs(decoded(content) - GREYS).max() <= 2


def with_pixels(values: np.ndarray, *beyond: float) -> np.ndarray:
    """`values` whose last pixels, which are white, are replaced."""
    changed = values.copy()
    changed.ravel()[-len(beyond) :] = beyond
    return changed


OUTLIERS = {
    "a float just above 1": with_pixels((GREYS / 255).astype(np.float32), 1.004),
    "a float far above 1": with_pixels((GREYS / 255).astype(np.float32), 1e30),
    "floats above 255": with_pixels(GREYS.astype(np.float32), 256, 300, 1000),
    "floats that are no numbers": with_pixels((GREYS / 255).astype(np.float32), np.inf, 2),
    "256 in 32 bits": with_pixels(GREYS.astype(np.int32), 256),
    "the largest of 32 bits": with_pixels(GREYS.astype(np.int32), 2**31 - 1),
    "the largest of 16 bits with a sign": with_pixels(GREYS.astype(np.int16), 32767),
    "the largest of 16 bits among 12": with_pixels((GREYS * 4095 / 255).astype(np.uint16), 65535),
    "an unusual range with an outlier": with_pixels((GREYS * 4000).astype(np.int32), 2**31 - 1),
}


@pytest.mark.parametrize("values", OUTLIERS.values(), ids=OUTLIERS)
def test_a_few_pixels_beyond_the_range_change_no_other(values: np.ndarray) -> None:
    # An unusual range leaves out the brightest hundredth if it has outliers.
    assert np.abs(decoded(tiff(values)) - GREYS).max() <= 5


def test_marks_of_missing_values_are_black() -> None:
    values = GREYS.astype(np.float32)
    values[0], values[1, :8] = np.nan, -9999
    greys = decoded(tiff(values))
    assert not greys[0].any()
    assert np.abs(greys[2:] - GREYS[2:]).max() <= 1


def test_overshoot_of_a_sharp_filter_is_clipped() -> None:
    values = GREYS / 255
    values[values > 0.9] *= 1.15
    values[values < 0.01] -= 0.08
    expected = (values * 255).clip(0, 255)
    assert np.abs(decoded(tiff(values.astype(np.float32))) - expected).max() <= 1


@pytest.mark.parametrize("white", [0, 1])
@pytest.mark.parametrize("big_endian", [False, True])
def test_one_bit(white: int, big_endian: bool) -> None:
    values = (GREYS > 100).astype(np.uint8)
    content = tiff(values, photometric=white, bits=1, big_endian=big_endian)
    assert (decoded(content) == 255 * (values == white)).all()


def test_dark_16_bits_stay_dark() -> None:
    """Above 12 bits, or too dark for 12 bits, a 16-bit file means what it says."""
    for largest in (200, 6000):
        values = (GREYS * largest / 255).astype(np.uint16)
        expected = values / 257
        assert np.abs(decoded(tiff(values)) - expected).max() <= 1
        assert np.abs(decoded(png(values)) - expected).max() <= 1


def test_a_night_with_a_moon_is_no_picture_of_12_bits() -> None:
    values = (GREYS * 2000 / 255).astype(np.uint16)
    values[:3, :3] = 60000
    assert decoded(tiff(values))[4:].max() <= 8


def test_a_16_bit_png_with_a_transparent_value() -> None:
    values = (GREYS * 257).astype(np.uint16)
    greys = decoded(png(values, transparency=0))
    assert (greys[values == 0] == 255).all()
    assert (greys[values > 0] == GREYS[values > 0]).all()


def test_a_pgm_of_16_bits() -> None:
    """Pillow scales its values to 16 bits, also those of a dark picture."""
    for largest in (65535, 200):
        values = (GREYS * largest / 255).astype(np.uint16)
        content = b"P5 32 32 65535 " + values.astype(">u2").tobytes()
        assert np.abs(decoded(content) - values / 257).max() <= 1


@pytest.mark.parametrize("value", [0.0, -5.0, np.nan, np.inf, -np.inf, 1e-30])
def test_pictures_of_one_value(value: float) -> None:
    expected = 255 if value == np.inf else 0
    assert (decoded(tiff(np.full((32, 32), value, np.float32))) == expected).all()


def test_a_damaged_declaration_is_none() -> None:
    """Here the largest value is given as a fraction with the denominator zero."""
    content = bytearray(tiff((GREYS * 257).astype(np.uint16), t281=3))
    field = content.index(b"\x19\x01\x04\x00")
    content[field + 2 : field + 4] = b"\x05\x00"
    assert np.abs(decoded(bytes(content)) - GREYS).max() <= 1
