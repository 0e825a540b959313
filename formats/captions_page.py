"""A self-contained HTML page of captioned pictures: no other file, no network; works on a phone and by keyboard."""

import base64
import io
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from formats.answers import Answer
from stages.captions.captioner import Caption
from stages.common.files import atomic_write
from stages.common.params import Fit
from stages.common.pictures import UnreadablePicture, picture_errors, upright
from stages.speaker.params import Source

TEMPLATE = Path(__file__).parent / "template"
# Longest side of a picture on the page, in pixels.
LONGEST = 640
# How the image classifier's emotion was chosen, by the emotions that the speaker was trained on (speaker.emo_from).
CHOICE = {
    "utterance": "the most likely emotion by the image classifier",
    "artwork": "the most likely of the distribution that the image classifier predicts",
}
THIRDS = (("top left", "top", "top right"), ("left", "middle", "right"), ("bottom left", "bottom", "bottom right"))


class Word(NamedTuple):
    """A word of a caption, or its end, and the attention with which it was chosen."""

    text: str
    weights: str  # base64 of bytes row by row, 255 where the weight is greatest
    summary: str  # the greatest weight and its place, in words


class Box(NamedTuple):
    """The speaker's input square, in per cent of the picture's width and height."""

    left: float
    top: float
    width: float
    height: float


class Shown(NamedTuple):
    """A picture as pages show it: a data URI, and the width and height of the original in pixels."""

    uri: str
    size: tuple[int, int]


def environment(*folders: Path) -> Environment:
    """The environment of templates of this folder, and of others."""
    return Environment(
        loader=FileSystemLoader([*folders, TEMPLATE]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def save(
    answers: Iterable[Answer],
    path: Path,
    *,
    model: str,
    prompt: str | None = None,
    fit: Fit | None = None,
    emo_from: Source = "utterance",
) -> None:
    """Write the page, picture by picture.

    Args:
        model: its name on the page.
        prompt: of a vision-language model.
        fit: how a speaker's pictures become square; None for a model whose attention is not shown.
        emo_from: `speaker.emo_from` of its training: which emotions it receives where no person chose one.
    """
    problems: list[tuple[str, str]] = []
    # The list of problems is complete when the template comes to it, after the last card.
    parts = (
        environment()
        .get_template("captions.html.j2")
        .generate(
            cards=_cards(answers, problems, fit),
            problems=problems,
            model=model,
            prompt=prompt,
            attention=fit is not None,
            choice=CHOICE[emo_from],
        )
    )
    with atomic_write(path) as beside, beside.open("w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(parts)


def _cards(answers: Iterable[Answer], problems: list[tuple[str, str]], fit: Fit | None) -> Iterator[dict[str, Any]]:
    """The pictures with captions; `problems` receives the names of the others, with the reasons."""
    for answer in answers:
        name = answer.picture.name
        if answer.problem:
            problems.append((name, answer.problem))
            continue
        try:
            with picture_errors(content := answer.picture.read()):
                picture = upright(content)
        except UnreadablePicture as problem:  # it can be read once only, or has just been deleted
            problems.append((name, f"cannot be shown: {problem}; its caption: {answer.texts()[0]}"))
            continue
        yield card(answer, shown(picture), fit)


def shown(picture: Image.Image) -> Shown:
    """A picture at its full size as pages show it."""
    return Shown(picture_uri(picture), picture.size)


def card(answer: Answer, picture: Shown, fit: Fit | None, condition: str | None = None) -> dict[str, Any]:
    """The values of the template card.html.j2.

    Args:
        answer: one that has captions.
        fit: as in `save`.
        condition: what a person chose to express, if it is more than one emotion.
    """
    return {
        "name": answer.picture.name,
        "picture": picture.uri,
        "size": picture.size,
        "box": box(picture.size, fit) if fit else None,
        "grid": answer.captions[0].attention.shape[:0:-1],
        "captions": list(zip(answer.captions, answer.texts(), map(words, answer.captions), strict=True)),
        "source": answer.emotion_source,
        "condition": condition,
        "bars": [] if answer.emotions is None else bars(answer.emotions),
    }


def bars(emotions: Mapping[str, float]) -> list[tuple[str, float]]:
    """The emotions with their probabilities, the likeliest first."""
    return sorted(emotions.items(), key=lambda bar: -bar[1])


def words(caption: Caption) -> list[Word]:
    """The words of a caption with their attention, and its end unless the caption was cut."""
    texts = [*caption.caption.split(), "(end)"]
    pairs = zip(texts, caption.attention, strict=False)
    return [Word(text, _bytes(weights), _summary(weights)) for text, weights in pairs]


def box(size: tuple[int, int], fit: Fit) -> Box:
    """The place of the speaker's input square on a picture of `size` (width, height)."""
    width, height = size
    if fit == "squash":
        return Box(0, 0, 100, 100)
    side = min(size) if fit == "crop" else max(size)
    return Box(50 * (1 - side / width), 50 * (1 - side / height), 100 * side / width, 100 * side / height)


def _bytes(attention: np.ndarray) -> str:
    scaled = np.rint(255 * attention / max(float(attention.max()), 1e-9)).astype(np.uint8)
    return base64.b64encode(scaled.tobytes()).decode()


def _summary(attention: np.ndarray) -> str:
    rows, columns = attention.shape
    row, column = divmod(int(attention.argmax()), columns)
    place = THIRDS[min(3 * row // rows, 2)][min(3 * column // columns, 2)]
    return f"greatest weight {attention.max():.0%} of the whole, at the {place}"


def picture_uri(picture: Image.Image) -> str:
    """The picture as a data URI, a JPEG of at most `LONGEST` pixels a side."""
    small, longest = picture, max(picture.size)
    if longest > LONGEST:
        size = [max(1, round(side * LONGEST / longest)) for side in picture.size]
        # As `thumbnail` does, without its copy of a picture that may be huge.
        small = picture.resize((size[0], size[1]), Image.Resampling.LANCZOS, reducing_gap=2.0)
    file = io.BytesIO()
    small.save(file, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"
