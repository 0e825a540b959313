"""Captions of pictures by a machine, as museums review and publish them, and what people decide about them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class MachineCaption(NamedTuple):
    """A caption by a machine.

    Attributes:
        picture: its name, as it was given.
        target: what the caption is about: the address of an IIIF canvas or of the picture, or its path relative to the
            folder of the file that is written, percent-encoded.
        manifest: the address of the IIIF manifest of a canvas; None for a picture.
        image: the picture's own address or path, which is the target's if there is no canvas.
        width, height: of the canvas or the picture, in pixels.
        digest: SHA-256 of the picture file.
        rank: among the captions of the picture, 0 comes first.
        emotion: that the caption expresses, if it was asked for one.
        text: the caption.
        language: of the text, a BCP 47 tag.
        machine: the name of the model.
        model: SHA-256 of the model's files and settings.
    """

    picture: str
    target: str
    manifest: str | None
    image: str
    width: int
    height: int
    digest: str
    rank: int
    emotion: str | None
    text: str
    language: str
    machine: str
    model: str


class Decision(StrEnum):
    """What a person says about a caption."""

    APPROVED = "approved"
    REJECTED = "rejected"
    OPEN = ""


@dataclass(frozen=True)
class Reviewed:
    """A caption with what people say of it.

    Attributes:
        edited: a person's text in place of the machine's; None if it was not changed.
        reviewer: who decided; empty if nobody wrote a name.
    """

    caption: MachineCaption
    decision: Decision = Decision.OPEN
    edited: str | None = None
    note: str = ""
    reviewer: str = ""

    @property
    def text(self) -> str:
        """The text to publish."""
        return self.caption.text if self.edited is None else self.edited
