"""What a person can ask a speaker for besides the picture, and what one has asked for."""

import math
from collections.abc import Mapping
from typing import NamedTuple, Self

from starlette.exceptions import HTTPException

from commands.speaker_captioner import SpeakerCaptioner
from stages.common.emotions import ALL, NONE

# The choice of the form that means the shares beside it; no emotion can have the name of a field.
SHARES = "shares:"
SHARE = "share-"


class Offer(NamedTuple):
    """The choices of the form.

    Attributes:
        emotions: of a grounded speaker, else none.
        predicted: an image classifier can choose the emotion.
        optional: the speaker can do without an emotion.
        mixed: it was trained with shares of emotions.
        candidates: the most captions.
    """

    emotions: tuple[str, ...]
    predicted: bool
    optional: bool
    mixed: bool
    candidates: int

    @classmethod
    def of(cls, captioner: SpeakerCaptioner, candidates: int) -> Self:
        """The choices of a captioner, with so many captions if its decoding rules can give them."""
        model = captioner.trained.model
        return cls(
            tuple(captioner.emotions) if model.grounded else (),
            captioner.predictor is not None,
            model.emotion_optional,
            captioner.trained.emo_from == "artwork",
            min([candidates, *(config.most for config in captioner.plan.configs if config.most is not None)]),
        )

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The values of the field `emotion`, and their texts."""
        if not self.emotions:
            return []
        return [
            *([("", "as the image classifier predicts")] if self.predicted else []),
            *((emotion, emotion) for emotion in self.emotions),
            (ALL, "each of them"),
            *([(NONE, "none")] if self.optional else []),
            (SHARES, "the shares below"),
        ]


class Wish(NamedTuple):
    """What captions shall express, as in `picture_lists.Request`, and their number."""

    emotion: str | None
    shares: tuple[float, ...] | None
    candidates: int

    def mixture(self, emotions: tuple[str, ...]) -> str | None:
        """The shares in words, the greatest first."""
        if self.shares is None:
            return None
        named = sorted(zip(self.shares, emotions, strict=True), key=lambda share: -share[0])
        return ", ".join(f"{share:.0%} {emotion}" for share, emotion in named if share)


def read(fields: Mapping[str, str], offer: Offer) -> Wish:
    """The wish of a form's fields.

    Raises:
        HTTPException: the speaker cannot do that.
    """
    emotion, shares = fields.get("emotion", ""), None
    allowed = [value for value, _ in offer.choices] or [""]
    if emotion not in allowed:
        names = ", ".join(text for _, text in offer.choices) or "nothing: the speaker is plain and takes no emotion"
        raise HTTPException(400, f"The field emotion is {emotion[:40]!r}; expected {names}; choose again.")
    if emotion == SHARES:
        emotion, shares = "", _shares(fields, offer.emotions)
    return Wish(emotion or None, shares, _candidates(fields.get("candidates", "1"), offer.candidates))


def _shares(fields: Mapping[str, str], emotions: tuple[str, ...]) -> tuple[float, ...]:
    """The shares of the emotions, which sum to 1 whatever the sum of the numbers in the form."""
    given = [
        _number(fields.get(f"{SHARE}{place}", "").strip() or "0", emotion) for place, emotion in enumerate(emotions)
    ]
    if not (whole := sum(given)):
        raise HTTPException(400, "All shares of emotions are 0; expected one above 0 at least; enter one.")
    return tuple(share / whole for share in given)


def _number(text: str, emotion: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 100:
        raise HTTPException(
            400, f"The share of {emotion} is {text[:20]!r}; expected a number from 0 to 100; correct it."
        )
    return share


def _candidates(text: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= most:
        raise HTTPException(
            400, f"The number of captions is {text[:20]!r}; expected a whole number from 1 to {most}; correct it."
        )
    return int(text)
