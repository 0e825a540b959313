"""A page of captioned pictures that stands on its own: no network, no other file, a phone or a keyboard will do."""

import base64
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from formats.answers import Answer
from stages.captions.captioner import Spoken
from stages.common.emotions import EMOTIONS
from stages.common.files import replacing
from stages.common.params import Fit
from stages.common.pictures import explained_picture, read_bytes, upright
from stages.speaker.params import Source

TEMPLATE = Path(__file__).parent / "template"
# Longest side of a picture on the page, in pixels.
LONGEST = 640
# What an emotion that the image classifier chose is, by the emotions that the speaker learnt.
TOLD = {
    "utterance": "the likeliest emotion by the image classifier",
    "artwork": "most of all: it was told how likely the image classifier finds each emotion",
}
THIRDS = (("top left", "top", "top right"), ("left", "middle", "right"), ("bottom left", "bottom", "bottom right"))


class Word(NamedTuple):
    """A word, or the end, and where the speaker looked before it said it."""

    text: str
    weights: str  # base64 of bytes row by row, 255 where the weight is greatest
    told: str  # the same in words


class Box(NamedTuple):
    """What the speaker saw, in per cent of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


def save(answers: Iterable[Answer], path: Path, *, fit: Fit, emo_from: Source, speaker: str) -> None:
    """Write the page picture by picture; `fit` says which part of each the speaker saw, `emo_from` which
    emotions it is told where nobody chose one.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    problems: list[Answer] = []
    # The list of problems is complete when the template comes to it, after the last card.
    parts = environment.get_template("captions.html.j2").generate(
        cards=_cards(answers, problems, fit), problems=problems, speaker=speaker, told=TOLD[emo_from]
    )
    with replacing(path) as beside, beside.open("w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(parts)


def _cards(answers: Iterable[Answer], problems: list[Answer], fit: Fit) -> Iterator[dict[str, Any]]:
    for answer in answers:
        if answer.problem:
            problems.append(answer)
            continue
        with explained_picture(content := read_bytes(answer.path)):
            picture = upright(content)
        yield {
            "name": str(answer.path),
            "picture": _uri(picture),
            "size": picture.size,
            "box": box(picture.size, fit),
            "grid": answer.captions[0].attention.shape[:0:-1],
            "captions": [(one, words(one)) for one in answer.captions],
            "source": answer.emotion_source,
            "bars": [] if answer.emotions is None else bars(answer.emotions),
        }


def bars(emotions: np.ndarray) -> list[tuple[str, float]]:
    """The emotions and their probabilities, the likeliest first."""
    return sorted(zip(EMOTIONS, emotions.tolist(), strict=True), key=lambda bar: -bar[1])


def words(spoken: Spoken) -> list[Word]:
    """The words of a caption with their attention, and its end where it got that far."""
    texts = [*spoken.caption.split(), "(end)"]
    return [Word(text, _bytes(one), _told(one)) for text, one in zip(texts, spoken.attention, strict=False)]


def box(size: tuple[int, int], fit: Fit) -> Box:
    """Where the square that the speaker saw lies on a picture of (width, height)."""
    width, height = size
    if fit == "squash":
        return Box(0, 0, 100, 100)
    side = min(size) if fit == "crop" else max(size)
    return Box(50 * (1 - side / width), 50 * (1 - side / height), 100 * side / width, 100 * side / height)


def _bytes(attention: np.ndarray) -> str:
    scaled = np.rint(255 * attention / max(float(attention.max()), 1e-9)).astype(np.uint8)
    return base64.b64encode(scaled.tobytes()).decode()


def _told(attention: np.ndarray) -> str:
    """The greatest weight and where it lies."""
    rows, columns = attention.shape
    row, column = divmod(int(attention.argmax()), columns)
    place = THIRDS[min(3 * row // rows, 2)][min(3 * column // columns, 2)]
    return f"greatest weight {attention.max():.0%} of the whole, at the {place}"


def _uri(picture: Image.Image) -> str:
    small = picture.copy()
    small.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
