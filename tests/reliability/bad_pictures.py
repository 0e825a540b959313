"""Files that may be in a folder of pictures: valid, broken, or something else; `readable` marks the decodable ones."""

import io
import itertools
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from tests.tiffs import tiff

COLOURS = np.random.default_rng(1).integers(0, 256, (24, 32, 3), dtype=np.uint8)
PHOTO = Image.fromarray(COLOURS)


@dataclass(frozen=True)
class Picture:
    kind: str
    name: str
    content: bytes
    readable: bool

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def all_pictures() -> list[Picture]:
    groups = (_other_files(), _cut(), _damaged(), _bombs(), _formats(), _modes(), _greys(), _sizes(), _metadata())
    return list(itertools.chain(*groups))


def _other_files() -> Iterator[Picture]:
    for name, content in {
        "nothing": b"",
        "one byte": b"x",
        "an HTML page": b"<!DOCTYPE html><html><body>404</body></html>",
        "an SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "HEIC": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(400),
        "a PDF": b"%PDF-1.7\n" + bytes(100),
        "a video": b"\x00\x00\x00\x20ftypisom" + bytes(400),
        "an archive": b"PK\x03\x04" + bytes(100),
        "a program": b"\x7fELF" + bytes(100),
        "zeros": bytes(5000),
        "git lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "a JPEG's first bytes": b"\xff\xd8\xff",
        "a JPEG without a frame": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9",
        "a PNG's signature": b"\x89PNG\r\n\x1a\n",
    }.items():
        yield Picture("not a picture", name, content, False)


def _cut() -> Iterator[Picture]:
    files = {
        "JPEG": encoded(PHOTO, "JPEG"),
        "progressive JPEG": encoded(PHOTO, "JPEG", progressive=True),
        "PNG": encoded(PHOTO, "PNG"),
        "interlaced palette PNG": encoded(PHOTO.quantize(16), "PNG"),
    }
    for (name, content), share in itertools.product(files.items(), (0.02, 0.2, 0.4, 0.6, 0.8)):
        yield Picture("cut short", f"{name} at {share:.0%}", content[: int(len(content) * share)], False)


def _damaged() -> Iterator[Picture]:
    png = encoded(PHOTO, "PNG")
    yield Picture("damaged", "PNG with a wrong checksum of its header", png[:29] + b"\0\0\0\0" + png[33:], False)
    yield Picture("damaged", "PNG with data that are not a deflate stream", _png(32, 24, b"not deflate"), False)
    # Pillow fills missing rows with black.
    yield Picture("damaged", "PNG with too few rows", _png(32, 24, zlib.compress(bytes(97))), True)
    yield Picture("damaged", "PNG of no width", _png(0, 24, zlib.compress(b"")), False)
    yield Picture("damaged", "PNG of no height", _png(32, 0, zlib.compress(b"")), False)
    jpeg = encoded(PHOTO, "JPEG")
    frame = jpeg.index(b"\xff\xc0")
    yield Picture("damaged", "JPEG of no width", jpeg[: frame + 7] + b"\0\0" + jpeg[frame + 9 :], False)
    yield Picture("damaged", "JPEG with seven channels", jpeg[: frame + 9] + b"\x07" + jpeg[frame + 10 :], False)
    # Decoders fall back to the standard tables.
    yield Picture("damaged", "JPEG without tables", jpeg.replace(b"\xff\xc4", b"\xff\xfe"), True)


def _bombs() -> Iterator[Picture]:
    for side in (20_000, 60_000, 1 << 20, (1 << 31) - 1):
        yield Picture(
            "far too large", f"PNG that claims {side:,} pixels a side", _png(side, side, zlib.compress(bytes(9))), False
        )
    jpeg = encoded(PHOTO, "JPEG")
    frame = jpeg.index(b"\xff\xc0")
    yield Picture(
        "far too large",
        "JPEG that claims 65,500 pixels a side",
        jpeg[: frame + 5] + struct.pack(">HH", 65500, 65500) + jpeg[frame + 9 :],
        False,
    )
    text = b"tEXtk\0" + b"x" * 9
    huge = struct.pack(">I", 0x7FFFFFF0) + text
    yield Picture("far too large", "PNG with a note of two gigabytes", encoded(PHOTO, "PNG")[:33] + huge, False)


def _formats() -> Iterator[Picture]:
    """Other formats under the suffixes that are scanned: any that Pillow knows is a picture."""
    for kind in ("GIF", "BMP", "TIFF", "WEBP", "PPM", "TGA", "ICO", "JPEG2000"):
        yield Picture("another format", kind, encoded(PHOTO, kind), True)
    for kind in ("GIF", "PNG", "WEBP", "TIFF"):
        frames = [Image.new("RGB", PHOTO.size, colour) for colour in ("blue", "green")]
        yield Picture("animated", kind, encoded(PHOTO, kind, save_all=True, append_images=frames), True)


def _modes() -> Iterator[Picture]:
    for mode, kind in itertools.product(("1", "L", "LA", "P", "RGB", "RGBA", "I;16"), ("PNG",)):
        image = Image.fromarray(COLOURS[..., 0].astype(np.uint16)) if mode == "I;16" else PHOTO.convert(mode)
        yield Picture("mode", f"{mode} as {kind}", encoded(image, kind), True)
    for mode in ("L", "CMYK", "YCbCr"):
        yield Picture("mode", f"{mode} as JPEG", encoded(PHOTO.convert(mode), "JPEG"), True)
    for mode in ("F", "CMYK", "LAB", "I;16"):
        image = (
            Image.fromarray(COLOURS[..., 0].astype(np.uint16))
            if mode == "I;16"
            else PHOTO.convert("LAB" if mode == "LAB" else mode)
        )
        yield Picture("mode", f"{mode} as TIFF", encoded(image, "TIFF"), True)
    values = np.array([[np.nan, np.inf], [-np.inf, -1.0]], np.float32)
    yield Picture("mode", "infinite and missing floats", encoded(Image.fromarray(values), "TIFF"), True)
    yield Picture("mode", "palette with transparency", encoded(PHOTO.quantize(8), "PNG", transparency=3), True)
    yield Picture("mode", "grey with a transparent value", encoded(PHOTO.convert("L"), "PNG", transparency=7), True)


def _greys() -> Iterator[Picture]:
    """TIFFs of each type of values and both byte orders, raw and compressed, some with senseless declarations."""
    greys = COLOURS[..., 0].astype(np.float64)
    types = ("u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8")
    for dtype, big, photometric in itertools.product(types, (False, True), (0, 1)):
        largest = 1.0 if dtype.startswith("f") else np.iinfo(dtype).max
        values = (greys / 255 * largest).astype(dtype)
        content = tiff(values, photometric=photometric, big_endian=big, deflate=photometric == 0)
        name = f"{dtype}, {'big' if big else 'little'}-endian, photometric interpretation {photometric}"
        yield Picture("grey", name, content, True)
    yield Picture("grey", "12 bits, packed", tiff((greys * 16).astype(np.uint16), bits=12), True)
    for tag, value in itertools.product((280, 281, 340, 341), (0, 1, 2**32 - 1, float("nan"), float("inf"), -1.0)):
        content = tiff((greys / 255).astype(np.float32), **{f"t{tag}": value})
        yield Picture("grey", f"floats that declare {value} in tag {tag}", content, True)


def _sizes() -> Iterator[Picture]:
    for width, height in [(1, 1), (1, 2), (2, 1), (1, 3000), (3000, 1), (7, 5000), (5000, 7), (2500, 2500)]:
        yield Picture("size", f"{width} x {height}", encoded(Image.new("RGB", (width, height), "teal"), "PNG"), True)


def _metadata() -> Iterator[Picture]:
    """Valid and invalid metadata beside the pixels."""
    for orientation in range(10):
        exif = Image.Exif()
        exif[0x0112] = orientation
        yield Picture("EXIF", f"orientation {orientation}", encoded(PHOTO, "JPEG", exif=exif), True)
    for name, exif_bytes in {
        "noise": b"Exif\0\0" + bytes(range(200)),
        "cut": b"Exif\0\0MM\0*",
        "empty": b"Exif\0\0",
    }.items():
        yield Picture("EXIF", name, encoded(PHOTO, "JPEG", exif=exif_bytes), True)
    for name, profile in {"noise": bytes(range(256)), "short": b"x", "long": bytes(200_000)}.items():
        yield Picture("colour profile", f"{name} in JPEG", encoded(PHOTO, "JPEG", icc_profile=profile), True)
        yield Picture("colour profile", f"{name} in PNG", encoded(PHOTO, "PNG", icc_profile=profile), True)
    for name, extra in {
        "a byte": b"\0",
        "a line": b"\n<script>alert(1)</script>",
        "a picture": encoded(PHOTO, "JPEG", quality=20),
    }.items():
        yield Picture("bytes behind its end", f"{name} after a JPEG", encoded(PHOTO, "JPEG") + extra, True)
        yield Picture("bytes behind its end", f"{name} after a PNG", encoded(PHOTO, "PNG") + extra, True)


def _png(width: int, height: int, data: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )
