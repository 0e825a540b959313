"""Made-up corpora in three languages: grammatical sentences about tiny pictures of one colour and one shape."""

# ruff: noqa: RUF001 - letters of many scripts look like Latin ones

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from PIL import Image, ImageDraw

from commands.inventory import inventory
from stages.common.emotions import ARTEMIS

STYLES = ("Cubism", "Realism")
COLOURS = {"blue": "#3050c0", "red": "#c03030", "green": "#30a050", "grey": "#808080"}
# The lower half of a picture shows its subject: the top left corner of the shape, in shares of the side.
SHAPES = ((0.0, 0.6), (0.3, 0.2), (0.1, 0.4), (0.5, 0.5))


@dataclass(frozen=True)
class Language:
    """Templates and the words that fill them, in the forms that each subject demands.

    Attributes:
        subjects: for each shape the forms of its noun, and of what agrees with it, by their names in the templates.
        colours: for each colour the forms, by the gender of a subject.
        feelings: for each emotion, in the order of ARTEMIS.names, what the subject does, by its gender.
    """

    tag: str
    templates: Sequence[str]
    subjects: Sequence[Mapping[str, str]]
    colours: Mapping[str, Mapping[str, str]]
    feelings: Sequence[Mapping[str, str]]

    def sentence(self, shape: int, colour: str, emotion: int, choose: random.Random) -> str:
        subject = self.subjects[shape]
        gender = subject["gender"]
        feels = self.feelings[emotion][gender]
        return choose.choice(self.templates).format(**subject, colour=self.colours[colour][gender], feels=feels)


def _same(*words: str) -> list[dict[str, str]]:
    """Words with one form for each gender."""
    return [dict.fromkeys("mfn", word) for word in words]


def _two(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [dict(zip("mf", pair, strict=True)) for pair in pairs]


GERMAN = Language(
    "de",
    (
        "{Der} {noun} ist {colour} und {feels}.",
        "Ich sehe {den} {noun}, {colour} wie im Märchen: {er} {feels}!",
        "Wie groß und {colour} {der} {noun} doch ist – {er} {feels}.",
    ),
    (
        {"gender": "n", "Der": "Das", "der": "das", "den": "das", "er": "es", "noun": "Meer"},
        {"gender": "m", "Der": "Der", "der": "der", "den": "den", "er": "er", "noun": "Wald"},
        {"gender": "f", "Der": "Die", "der": "die", "den": "die", "er": "sie", "noun": "Straße"},
        {"gender": "m", "Der": "Der", "der": "der", "den": "den", "er": "er", "noun": "Berg"},
    ),
    dict(zip(COLOURS, _same("blau", "rot", "grün", "grau"), strict=True)),
    _same(
        *("bringt mich zum Lachen", "lässt mich staunen", "beruhigt mich", "begeistert mich", "macht mich wütend"),
        *("ekelt mich an", "macht mir Angst", "macht mich traurig", "erinnert mich an früher"),
    ),
)
ARABIC = Language(
    "ar",
    ("{noun} {colour} و{feels}.", "أرى {noun} في هذه اللوحة، و{he} {feels}!", "{noun} هنا {colour} جدًّا؛ {he} {feels}."),
    (
        {"gender": "m", "noun": "البحر", "he": "هو"},
        {"gender": "f", "noun": "الغابة", "he": "هي"},
        {"gender": "f", "noun": "المدينة", "he": "هي"},
        {"gender": "m", "noun": "الجبل", "he": "هو"},
    ),
    dict(
        zip(
            COLOURS,
            _two(("أزرق", "زرقاء"), ("أحمر", "حمراء"), ("أخضر", "خضراء"), ("رماديّ", "رماديّة")),
            strict=True,
        )
    ),
    _two(
        *(("يضحكني كثيرًا", "تضحكني كثيرًا"), ("يدهشني كثيرًا", "تدهشني كثيرًا"), ("يريحني كثيرًا", "تريحني كثيرًا")),
        *(("يحمّسني كثيرًا", "تحمّسني كثيرًا"), ("يغضبني كثيرًا", "تغضبني كثيرًا"), ("يقزّزني كثيرًا", "تقزّزني كثيرًا")),
        *(("يخيفني كثيرًا", "تخيفني كثيرًا"), ("يحزنني كثيرًا", "تحزنني كثيرًا"), ("يذكّرني بطفولتي", "تذكّرني بطفولتي")),
    ),
)
CHINESE = Language(
    "zh-Hans",
    ("{noun}是{colour}的，{feels}。", "我看到了{colour}的{noun}，它{feels}！", "画里{colour}的{noun}{feels}。"),
    [{"gender": "m", "noun": noun} for noun in ("大海", "森林", "城市", "高山")],
    dict(zip(COLOURS, _same("蓝色", "红色", "绿色", "灰色"), strict=True)),
    _same(
        *("让我发笑", "让我惊叹不已", "让我感到平静", "让我兴奋", "让我生气"),
        *("让我恶心", "让我害怕", "让我难过", "让我想起童年"),
    ),
)
LANGUAGES = {language.tag: language for language in (GERMAN, ARABIC, CHINESE)}


def write(folder: Path, language: Language, pictures: int = 40) -> None:
    """The raw data set `folder` (data/raw/<name>): pictures, five annotations of each, and its dataset.yaml."""
    choose, rows = random.Random(7), []
    for number in range(pictures):
        style, shape = STYLES[number % 2], choose.randrange(len(SHAPES))
        colour = choose.choice(list(COLOURS))
        painting = f"{language.subjects[shape]['noun']}-{number:02}"
        _paint(folder / "images" / style / f"{painting}.png", shape, colour)
        for _ in range(5):
            emotion = choose.randrange(len(ARTEMIS))
            rows.append((style, painting, ARTEMIS.names[emotion], language.sentence(shape, colour, emotion, choose)))
    frame = pd.DataFrame(rows, columns=["art_style", "painting", "emotion", "utterance"])
    frame.to_csv(folder / "annotations.csv", index=False)
    (folder / "dataset.yaml").write_text(f"name: made up\nlanguage: {language.tag}\nredistribute: true\n", "utf-8")
    inventory(folder.name)


def _paint(path: Path, shape: int, colour: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", (64, 64), "#f0e8d0")
    left, top = (round(64 * share) for share in SHAPES[shape])
    ImageDraw.Draw(image).rectangle((left, top, 63, 63), fill=COLOURS[colour])
    image.save(path)
