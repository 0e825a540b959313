"""Read any picture file: header, orientation, colour mode, square RGB pixels."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from stages.common.params import Fit

# Pillow warns above this and refuses twice as many pixels as a decompression bomb;
# between the two, a picture is merely large.
Image.MAX_IMAGE_PIXELS = 100_000_000
warnings.simplefilter("ignore", Image.DecompressionBombWarning)
# The values of EXIF's orientation that swap width and height.
SIDEWAYS = (5, 6, 7, 8)


class UnreadablePicture(Exception):
    """A file that is not a whole picture; the text says why, in a few words."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a picture file.

    Raises:
        UnreadablePicture: there is no such file, or it cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadablePicture((error.strerror or "cannot be opened").lower()) from None


def dimensions(content: bytes) -> tuple[int, int]:
    """Width and height in pixels of the picture as one sees it: turned as its EXIF data says, as `images` turns it.

    ArtEmis opens pictures as they are stored, so a photograph taken upright lies on its side there.

    Raises:
        UnreadablePicture: no header that Pillow knows, or too many pixels.
    """
    with explained_picture(content), Image.open(io.BytesIO(content)) as image:
        # The base class' own: that of PNG decodes the picture, for EXIF data which may come behind the pixels.
        orientation = Image.Image.getexif(image).get(ExifTags.Base.Orientation)
        return (image.height, image.width) if orientation in SIDEWAYS else image.size


@contextmanager
def explained_picture(content: bytes) -> Iterator[None]:
    """Turn whatever Pillow raises on `content` into an UnreadablePicture."""
    try:
        yield
    except UnidentifiedImageError:
        raise UnreadablePicture("not a picture that Pillow can read" if content else "the file is empty") from None
    except Image.DecompressionBombError:
        raise UnreadablePicture("more than 200 million pixels") from None
    except Exception as error:  # Pillow's decoders raise every kind, RuntimeError and struct.error too
        raise UnreadablePicture(str(error) or type(error).__name__) from None


GREY = (128, 128, 128)


def decode(content: bytes, size: int, fit: Fit) -> np.ndarray:
    """The picture in `content` as uint8 RGB of shape (size, size, 3), resized with LANCZOS.

    An orientation in the EXIF data is applied, which ArtEmis does not do; transparency lies on white; of an
    animation the first frame counts; deep greys are scaled, not clipped.

    Raises:
        UnreadablePicture: not a picture, truncated, or too large to be one.
    """
    return np.array(squared(content, size, fit))


def squared(content: bytes, size: int, fit: Fit) -> Image.Image:
    """What `decode` gives, as an image."""
    image = upright(content)
    # A picture of one pixel by millions can be too much even to resize.
    with explained_picture(content):
        return square(image, size, fit)


def upright(content: bytes) -> Image.Image:
    """The whole picture as RGB, turned as its EXIF data says."""
    with explained_picture(content):
        image = Image.open(io.BytesIO(content))
        ImageOps.exif_transpose(image, in_place=True)
        return to_rgb(image)


def to_rgb(image: Image.Image) -> Image.Image:
    """Any mode as RGB; a picture that is plain RGB is not copied, which takes a tenth of the time of decoding."""
    if image.mode.startswith(("I", "F")):
        # Pillow's own conversion would clip these greys at 255.
        values = np.nan_to_num(np.asarray(image, dtype=np.float64))
        scaled = np.rint(values * (255 / _white(image.mode, float(values.max())))).clip(0, 255)
        return Image.fromarray(scaled.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _white(mode: str, brightest: float) -> float:
    """The value that stands for white; only 16-bit modes say it, elsewhere it is the least usual one that suffices."""
    if mode.startswith("I;16"):
        return 65535
    usual = (1, 255, 65535) if mode == "F" else (255, 65535)
    return next((white for white in usual if brightest <= white), brightest)


def square(image: Image.Image, size: int, fit: Fit) -> Image.Image:
    """Resize to size x size: the whole picture squashed, its middle square, or the whole on grey."""
    if fit == "crop":
        return ImageOps.fit(image, (size, size), Image.Resampling.LANCZOS)
    if fit == "pad":
        return _padded(image, size)
    return image.resize((size, size), Image.Resampling.LANCZOS)


def _padded(image: Image.Image, size: int) -> Image.Image:
    """As `ImageOps.pad`, which loses a picture that would be less than half a pixel wide."""
    width, height = (max(1, round(side * size / max(image.size))) for side in image.size)
    whole = Image.new("RGB", (size, size), GREY)
    whole.paste(image.resize((width, height), Image.Resampling.LANCZOS), ((size - width) // 2, (size - height) // 2))
    return whole
