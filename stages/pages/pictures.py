"""Pictures and attention maps as data URIs, so that a page needs no network, and captions from file names."""

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

# Longest side of a picture on a page; side of an attention overlay, which the browser scales. In pixels.
PICTURE, VEIL = 320, 32
# Opacity of the overlay (0 to 255) where the attention is zero.
DARKEST = 185


def picture_uri(pixels: npt.NDArray[np.uint8]) -> str:
    """Encode uint8 (S, S, 3) as a JPEG."""
    image = Image.fromarray(pixels)
    image.thumbnail((PICTURE, PICTURE))
    with io.BytesIO() as file:
        image.save(file, "JPEG", quality=88)
        return _uri("image/jpeg", file.getvalue())


def veil_uri(attention: npt.NDArray[np.floating]) -> str:
    """Encode an attention map (h, w) as a black PNG to lay over the picture, transparent at the maximum of the map."""
    alpha = Image.fromarray(veil(attention)).resize((VEIL, VEIL), Image.Resampling.BICUBIC)
    image = Image.merge("LA", (Image.new("L", alpha.size, 0), alpha))
    with io.BytesIO() as file:
        image.save(file, "PNG", optimize=True)
        return _uri("image/png", file.getvalue())


def veil(attention: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    """Opacity (h, w) of the overlay: 0 where `attention` is largest, `DARKEST` where it is zero.

    The map is only divided by its maximum, so uniform attention leaves the whole picture clear.
    """
    weights = attention.astype(np.float64)
    return np.round(DARKEST * (1 - weights / weights.max())).astype(np.uint8)


def _uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def artist_and_title(painting: str) -> tuple[str, str]:
    """Split `vincent-van-gogh_portrait-of-a-man-1889` into artist and title; the artist may be empty."""
    artist, title = painting.split("_", 1) if "_" in painting else ("", painting)
    return artist.replace("-", " ").title(), title.replace("-", " ").replace("_", " ").capitalize()
