"""HTML fragments of the pages, from the templates in template/; every inserted value is escaped.

Pictures and attention maps are data URIs, so that a page needs no network.
"""

import base64
import io
from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from PIL import Image

from stages.common.scripts import written

TEMPLATES = Path(__file__).with_name("template")
# Longest side of a picture on a page; side of an attention overlay, which the browser scales. In pixels.
PICTURE, VEIL = 320, 32
# Opacity of the overlay (0 to 255) where the attention is zero.
DARKEST = 185
# The cell of a table that has no value.
NOTHING = "\N{EN DASH}"
WITHHELD = "Pictures and utterances are left out: dataset.yaml does not permit redistribution."


class Fragment(Markup):
    """A part of a page. As the last value of a notebook's cell it is shown as HTML."""

    def _repr_html_(self) -> str:
        return str(self)

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        # The notebook stores a plain-text version beside the HTML; the full text would double its size.
        printer.text("HTML")


def environment(*folders: Path) -> Environment:
    """Load templates from `folders`, then from those of all pages; a missing value is an error.

    Their filter `written` shows tokens between spaces as people write them.
    """
    templates = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["written"] = written
    return templates


def render(template: str, folder: Path = TEMPLATES, **values: Any) -> Fragment:
    """Fill in a template of `folder`, or of all pages."""
    return Fragment(environment(folder).get_template(template).render(**values))


def table(frame: pd.DataFrame, caption: str) -> Fragment:
    """An HTML table of any DataFrame; the index holds the row headers, and `text` formats the cells.

    Not pandas' own writers: neither `DataFrame.to_html` nor `Styler` marks the scope of headers, which
    screen readers need. `to_html` has no caption and prints None; `Styler` escapes neither headers nor
    caption, and draws random ids.
    """
    rows = [
        (text(header), [text(cell) for cell in row])
        for header, row in zip(frame.index, frame.to_numpy(object), strict=True)
    ]
    return render("table.html.j2", caption=caption, columns=[text(name) for name in frame.columns], rows=rows)


def text(value: Any) -> str:
    """Format a cell: whole numbers in full, other numbers to about three digits, a missing value as a dash."""
    if isinstance(value, str):
        return value
    if value is None or pd.isna(value):
        return NOTHING
    if isinstance(value, Integral):
        return f"{value:,}"
    places = next((3 - digits for digits in range(3) if abs(value) < 10**digits), 0)
    return f"{value:,.{places}f}"


def percent(share: float | None) -> str:
    """A share (0 to 1) in percent with one decimal; a missing one as a dash."""
    return NOTHING if share is None else f"{100 * share:.1f} %"


def note(sentence: str) -> Fragment:
    """A paragraph of plain text."""
    return Fragment(Markup("<p>{}</p>").format(sentence))


def definitions(descriptions: Mapping[str, str]) -> Fragment:
    """A list of terms and their descriptions, for text that is too long for a table."""
    return render("definitions.html.j2", rows=list(descriptions.items()))


def side_by_side(*parts: Fragment) -> Fragment:
    """Fragments in one row where the window is wide enough, else one below the other."""
    return render("side_by_side.html.j2", parts=parts)


# Keys of dataset.yaml that a page shows as they are.
CARD_FIELDS = ("name", "language", "citation", "licence", "terms", "consent")
NOT_STATED = "not stated in dataset.yaml"


def card(dataset: Mapping[str, Any]) -> Fragment:
    """The description of the dataset, from the content of data/annotations/dataset.json."""
    fields = {name: dataset[name] or NOT_STATED for name in CARD_FIELDS}
    withheld = "not permitted: pages for sharing leave out its pictures and utterances"
    return definitions({**fields, "redistribution": "permitted" if dataset["redistribute"] else withheld})


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
