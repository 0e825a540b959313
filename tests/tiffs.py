"""TIFF files of any kind of grey, written by hand: Pillow writes only some of those that it reads."""

import struct
import zlib

import numpy as np

FORMATS = {"u": 1, "i": 2, "f": 3}


def tiff(
    values: np.ndarray,
    *,
    photometric: int | None = 1,
    big_endian: bool = False,
    deflate: bool = False,
    bits: int | None = None,
    **tags: float,
) -> bytes:
    """A TIFF with one strip.

    Args:
        values: (height, width), of the type that the file shall hold.
        photometric: 0 where white is zero; None leaves the tag out.
        bits: fewer bits per sample than the type has, which are packed: 12 or 1.
        tags: further tags with a name such as `t281`, as whole numbers, or floats of four bytes.
    """
    order = ">" if big_endian else "<"
    height, width = values.shape
    data = values.astype(values.dtype.newbyteorder(order)).tobytes()
    if bits:
        data = np.packbits(values, axis=1).tobytes() if bits == 1 else _packed(values)
    data = zlib.compress(data) if deflate else data
    entries: dict[int, float] = {
        256: width,
        257: height,
        258: bits or 8 * values.itemsize,
        259: 8 if deflate else 1,
        273: 8,
        277: 1,
        278: height,
        279: len(data),
        339: FORMATS[values.dtype.kind],
        **{int(name[1:]): value for name, value in tags.items()},
    }
    if photometric is not None:
        entries[262] = photometric
    fields = b"".join(_entry(order, tag, value) for tag, value in sorted(entries.items()))
    start = struct.pack(f"{order}2sHI", b"MM" if big_endian else b"II", 42, 8 + len(data))
    return start + data + struct.pack(f"{order}H", len(entries)) + fields + bytes(4)


def _entry(order: str, tag: int, value: float) -> bytes:
    kind, number = ("f", 11) if isinstance(value, float) else ("I", 4)
    return struct.pack(f"{order}HHI{kind}", tag, number, 1, value)


def _packed(values: np.ndarray) -> bytes:
    """Two values of 12 bits in three bytes; the width must be even."""
    first, second = values.reshape(-1, 2).T.astype(np.uint32)
    return np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=1).astype(np.uint8).tobytes()
