"""What captions loose pictures, a trained speaker or a vision-language model, as `captioning` uses it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from commands.picture_model import PictureModel
from formats.answers import Answer


class Captioner(PictureModel, Protocol):
    """Captions pictures."""

    @property
    def emotions(self) -> Sequence[str]:
        """The emotions that a caption can be conditioned on."""

    @property
    def machine(self) -> str:
        """The model as published files name it: without the path of its folder."""

    @property
    def language(self) -> str:
        """Of the captions, a BCP 47 tag; `und` if it is not known."""

    def save_page(self, answers: Iterable[Answer], path: Path) -> None:
        """Write the answers as an HTML page."""
