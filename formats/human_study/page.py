"""The page of a human study, one HTML file: it needs no network, and names no system."""

import base64
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from formats.human_study.design import Artwork, Design
from stages.common.files import atomic_write
from stages.common.pictures import upright

TEMPLATE = Path(__file__).parent / "template"
NAME = "study.html"
# Longest side of a picture in pixels, and its most bytes: two hundred stay below 20 MB as text.
SIDE, BYTES = 720, 70_000
QUALITIES = (85, 75, 65, 55, 45, 35)
# Estimated seconds for a pair: reading two captions, three answers.
SECONDS_PER_PAIR = 20


def content(design: Design, picture: Callable[[Artwork], bytes], language: str) -> dict[str, Any]:
    """The content of the page, as JSON has it; the key `study` is the digest of the rest.

    Args:
        picture: the bytes of an artwork's picture file.
        language: of the captions, a BCP 47 tag.

    Raises:
        UnreadablePicture: one is none.
    """
    artworks = list(dict.fromkeys(item.artwork for item in design.items))
    number = {artwork: place for place, artwork in enumerate(artworks)}
    shown = {
        "language": language,
        "items": [{"picture": number[item.artwork], "texts": item.texts} for item in design.items],
        "plans": [[[showing.item, int(showing.swapped)] for showing in plan] for plan in design.plans],
        "pictures": [small(picture(artwork)) for artwork in artworks],
    }
    return {"study": hashlib.sha256(json.dumps(shown).encode()).hexdigest(), **shown}


def small(file: bytes) -> str:
    """A picture file as base64 of a JPEG of at most `SIDE` pixels a side and `BYTES` bytes.

    Raises:
        UnreadablePicture: it is none.
    """
    picture = upright(file)
    picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    encoded = _jpeg(picture, QUALITIES[0])
    for quality in QUALITIES[1:]:
        if len(encoded) <= BYTES:
            break
        encoded = _jpeg(picture, quality)
    while len(encoded) > BYTES:
        picture.thumbnail((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.LANCZOS)
        encoded = _jpeg(picture, QUALITIES[-1])
    return base64.b64encode(encoded).decode()


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    # A comment of the file may say whose picture it is.
    picture.save(file, "JPEG", quality=quality, optimize=True, comment=b"")
    return file.getvalue()


def save(shown: dict[str, Any], folder: Path, consent: str | None) -> Path:
    """Write study.html; returns its path.

    Args:
        shown: from `content`.
        consent: the text that raters agree to, with empty lines between paragraphs; None for the page's own.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    longest = max(map(len, shown["plans"]))
    page = environment.get_template("study.html.j2").render(
        shown=shown,
        raters=len(shown["plans"]),
        pairs=longest,
        minutes=max(1, round(longest * SECONDS_PER_PAIR / 60)),
        consent=consent and [part.strip() for part in consent.split("\n\n") if part.strip()],
    )
    path = folder / NAME
    with atomic_write(path) as beside:
        beside.write_text(page, encoding="utf-8")
    return path
