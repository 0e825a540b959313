"""The gallery: test pictures with what every system and people said of them, and where the speaker looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stages.common.errors import UserError
from stages.common.pages.markup import Fragment, render
from stages.common.pages.pictures import artist_and_title, picture_uri, veil_uri
from stages.images.packed import Packed
from stages.metrics.joint import LABELS
from stages.metrics.pairing import ARTWORK, first_captions

TEMPLATES = Path(__file__).with_name("template")
END = "(end)"


@dataclass(frozen=True)
class Word:
    """A token of the speaker's caption, and the veil that leaves clear where it looked."""

    text: str
    veil: str


@dataclass(frozen=True)
class Said:
    who: str
    caption: str
    # The emotion that a grounded speaker was told.
    emotion: str | None


@dataclass(frozen=True)
class Card:
    """All that the gallery shows of one picture; `picture` and the words' veils are data URIs."""

    artist: str
    title: str
    style: str
    picture: str
    said: Sequence[Said]
    references: Sequence[tuple[str, str]]
    words: Sequence[Word]

    @property
    def alt(self) -> str:
        """Who painted what: never what a model makes of it."""
        return ", ".join(part for part in (self.artist, self.title, self.style) if part)


def choose(captions: pd.DataFrame, packed: Packed, count: int, seed: int) -> pd.DataFrame:
    """`count` seeded captions (all, where there are fewer) of pictures that can be shown; the index keeps row numbers.

    Raises:
        UserError: when there is no picture for any caption.
    """
    shown = first_captions(captions)
    shown = shown[packed.rows(shown) >= 0]
    if shown.empty:
        raise UserError(
            "data/captions/captions.parquet: none of its artworks has a picture in data/images; repeat `dvc repro`"
        )
    chosen = np.random.default_rng(seed).choice(len(shown), size=min(count, len(shown)), replace=False)
    return shown.iloc[np.sort(chosen)]


def cards(
    chosen: pd.DataFrame,
    packed: Packed,
    attention: Sequence[npt.NDArray[np.floating]],
    systems: Mapping[str, pd.DataFrame],
    utterances: pd.DataFrame,
) -> list[Card]:
    """A card for each chosen caption.

    Args:
        chosen: of the speaker's captions; its index says which map of `attention` belongs to each.
        attention: for each caption (T, h, w): a map for each of its tokens, and one for its end if it came to one.
        systems: the captions of all systems by name; one that is silent on a picture is left out there.
        utterances: what people wrote (art_style, painting, emotion, utterance).
    """
    spoken = {name: first_captions(frame).set_index(ARTWORK) for name, frame in systems.items()}
    written = dict(iter(utterances.groupby(ARTWORK, observed=True)))
    made = []
    columns = (chosen[name] for name in [*ARTWORK, "caption"])
    for row, pixels, style, painting, caption in zip(chosen.index, packed.rows(chosen), *columns, strict=True):
        artwork = (style, painting)
        artist, title = artist_and_title(painting)
        made.append(
            Card(
                artist=artist,
                title=title,
                style=style.replace("_", " "),
                picture=picture_uri(np.asarray(packed.pixels[pixels])),
                said=[_said(name, frame.loc[artwork]) for name, frame in spoken.items() if artwork in frame.index],
                references=list(zip(written[artwork]["emotion"], written[artwork]["utterance"], strict=True)),
                words=_words(caption, attention[row]),
            )
        )
    return made


def _said(system: str, row: pd.Series) -> Said:
    emotion = row["grounding_emotion"]
    return Said(LABELS[system], row["caption"], None if pd.isna(emotion) else emotion)


def _words(caption: str, maps: npt.NDArray[np.floating]) -> list[Word]:
    """The words that were looked for; the end too, unless the caption was cut before it came."""
    tokens = [*caption.split(), END][: len(maps)]
    return [Word(text, veil_uri(one)) for text, one in zip(tokens, maps, strict=True)]


def gallery(made: Sequence[Card]) -> Fragment:
    """The cards as HTML."""
    return render("gallery.html.j2", TEMPLATES, cards=made)
