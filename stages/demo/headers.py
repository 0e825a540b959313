"""What a picture's header says, or one sentence why it says nothing; the house rules for reading any picture."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import ExifTags, Image, UnidentifiedImageError

# Pillow warns above this and refuses twice as many pixels as a decompression bomb;
# between the two, a picture is merely large.
Image.MAX_IMAGE_PIXELS = 100_000_000
warnings.simplefilter("ignore", Image.DecompressionBombWarning)
# The values of EXIF's orientation that swap width and height.
SIDEWAYS = (5, 6, 7, 8)


class UnreadablePicture(Exception):
    """A file that is not a whole picture; the text says why, in a few words."""


def read(path: Path) -> bytes:
    """The bytes of a picture file.

    Raises:
        UnreadablePicture: there is no such file, or it cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadablePicture((error.strerror or "cannot be opened").lower()) from None


def size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels of the picture as one sees it: turned as its EXIF data says, as `images` turns it.

    ArtEmis opens pictures as they are stored, so a photograph taken upright lies on its side there.

    Raises:
        UnreadablePicture: no header that Pillow knows, or too many pixels.
    """
    with explained(content), Image.open(io.BytesIO(content)) as image:
        # The base class' own: that of PNG decodes the picture, for EXIF data which may come behind the pixels.
        orientation = Image.Image.getexif(image).get(ExifTags.Base.Orientation)
        return (image.height, image.width) if orientation in SIDEWAYS else image.size


@contextmanager
def explained(content: bytes) -> Iterator[None]:
    """Turn whatever Pillow raises on `content` into an UnreadablePicture."""
    try:
        yield
    except UnidentifiedImageError:
        raise UnreadablePicture("not a picture that Pillow can read" if content else "the file is empty") from None
    except Image.DecompressionBombError:
        raise UnreadablePicture("more than 200 million pixels") from None
    except Exception as error:  # Pillow's decoders raise every kind, RuntimeError and struct.error too
        raise UnreadablePicture(str(error) or type(error).__name__) from None
