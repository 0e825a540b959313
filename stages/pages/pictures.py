"""Pictures and attention as data URIs: the page carries them itself and needs no network."""

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

# Longest side of a picture on a page, and side of an attention veil before the browser scales it, in pixels.
PICTURE, VEIL = 320, 32
# How dark a veil is where the speaker does not look at all, of 255.
DARKEST = 185


def picture_uri(pixels: npt.NDArray[np.uint8]) -> str:
    """uint8 (S, S, 3) as a JPEG."""
    image = Image.fromarray(pixels)
    image.thumbnail((PICTURE, PICTURE))
    with io.BytesIO() as file:
        image.save(file, "JPEG", quality=88)
        return _uri("image/jpeg", file.getvalue())


def veil_uri(attention: npt.NDArray[np.floating]) -> str:
    """A map (h, w) as a transparent black PNG to lay over the picture: clear where the map is largest.

    The map is divided by its maximum only, so that even attention shows as an even picture.
    """
    return _uri("image/png", _png(veil(attention)))


def veil(attention: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Opacity (h, w) of the veil, 0 where `attention` is largest and `DARKEST` where it is zero."""
    weights = attention.astype(np.float64)
    return np.round(DARKEST * (1 - weights / weights.max())).astype(np.uint8)


def _png(opacity: npt.NDArray[np.uint8]) -> bytes:
    alpha = Image.fromarray(opacity).resize((VEIL, VEIL), Image.Resampling.BICUBIC)
    image = Image.merge("LA", (Image.new("L", alpha.size, 0), alpha))
    with io.BytesIO() as file:
        image.save(file, "PNG", optimize=True)
        return file.getvalue()


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def artist_and_title(painting: str) -> tuple[str, str]:
    """`vincent-van-gogh_portrait-of-a-man-1889` in words; the artist is empty where the name has none."""
    artist, title = painting.split("_", 1) if "_" in painting else ("", painting)
    return artist.replace("-", " ").title(), title.replace("-", " ").replace("_", " ").capitalize()
