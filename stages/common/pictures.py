"""Reading any picture file: size and orientation from its header, square RGB pixels."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from stages.common import greys
from stages.common.params import Fit

# Pillow warns above this limit and refuses pictures of twice as many pixels as decompression bombs;
# pictures between the two are merely large.
Image.MAX_IMAGE_PIXELS = 100_000_000
warnings.simplefilter("ignore", Image.DecompressionBombWarning)
# EXIF orientations that swap width and height.
SIDEWAYS = (5, 6, 7, 8)
GREY = (128, 128, 128)


class UnreadablePicture(Exception):
    """A file that is not a whole picture; the text is the reason in a few words."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a picture file.

    Raises:
        UnreadablePicture: the file is absent or cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadablePicture((error.strerror or "cannot be opened").lower()) from None
    except ValueError:  # a name with a NUL character, as lists may have
        raise UnreadablePicture("no file can have this name") from None


def dimensions(content: bytes) -> tuple[int, int]:
    """Width and height in pixels after the rotation by EXIF orientation that `decode` applies.

    ArtEmis opens pictures without that rotation.

    Raises:
        UnreadablePicture: no header that Pillow knows, or too many pixels.
    """
    with picture_errors(content), Image.open(io.BytesIO(content)) as image:
        # The base class's method: that of PNG decodes the whole picture to find EXIF data behind the pixels.
        orientation = Image.Image.getexif(image).get(ExifTags.Base.Orientation)
        return (image.height, image.width) if orientation in SIDEWAYS else image.size


@contextmanager
def picture_errors(content: bytes) -> Iterator[None]:
    """Turn any exception that Pillow raises on `content` into an UnreadablePicture."""
    try:
        yield
    except UnidentifiedImageError:
        raise UnreadablePicture("not a picture that Pillow can read" if content else "the file is empty") from None
    except Image.DecompressionBombError:
        raise UnreadablePicture("more than 200 million pixels") from None
    except Exception as error:  # Pillow's decoders raise every kind, RuntimeError and struct.error too
        raise UnreadablePicture(str(error) or type(error).__name__) from None


def decode(content: bytes, size: int, fit: Fit) -> np.ndarray:
    """Decode a picture to uint8 RGB (size, size, 3), resized with LANCZOS.

    EXIF orientation is applied (ArtEmis ignores it), transparency becomes white, an animation
    gives its first frame, and greys of other depths than 8 bits are scaled as the file declares (greys.py).

    Raises:
        UnreadablePicture: not a picture, truncated, or too many pixels.
    """
    return np.array(squared(content, size, fit))


def squared(content: bytes, size: int, fit: Fit) -> Image.Image:
    """The result of `decode` as an image."""
    image = upright(content)
    # Resizing a picture of one pixel by millions can take more memory than there is.
    with picture_errors(content):
        return square(image, size, fit)


def upright(content: bytes) -> Image.Image:
    """The picture at its full size as RGB, rotated by its EXIF orientation."""
    with picture_errors(content):
        image = Image.open(io.BytesIO(content))
        greys.fix_byte_order(image)
        ImageOps.exif_transpose(image, in_place=True)
        return to_rgb(image)


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert any mode to RGB; plain RGB is not copied: a copy takes a tenth of the time of decoding."""
    if greys.is_deep(image):
        return greys.to_8_bits(image).convert("RGB")
    if image.mode == "La":  # which converts to nothing else
        image = image.convert("LA")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def square(image: Image.Image, size: int, fit: Fit) -> Image.Image:
    """Resize to size x size: stretch the picture, crop its middle square, or pad it with grey."""
    if fit == "crop":
        return ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)
    if fit == "pad":
        return _padded(image, size)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _padded(image: Image.Image, size: int) -> Image.Image:
    """`ImageOps.pad`, but a picture that would be less than half a pixel wide keeps one pixel."""
    width, height = (max(1, round(side * size / max(image.size))) for side in image.size)
    whole = Image.new("RGB", (size, size), GREY)
    whole.paste(image.resize((width, height), Image.Resampling.LANCZOS), ((size - width) // 2, (size - height) // 2))
    return whole
