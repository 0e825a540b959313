"""Pictures with what systems and people said of them, where the speaker looked, and who said it before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.common.errors import UserError
from stages.images.packed import Packed
from stages.metrics.joint_table import LABELS
from stages.metrics.pairing import ARTWORK, first_captions
from stages.pages.markup import Fragment, render
from stages.pages.pictures import artist_and_title, picture_uri, veil_uri
from stages.speakers_report.captions import Nearest

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
    emotion: str | None = None
    # The training utterance that is most like it, where that was looked for.
    nearest: Nearest | None = None


@dataclass(frozen=True)
class Card:
    """All that is shown of one picture; `picture` and the words' veils are data URIs."""

    artist: str
    title: str
    style: str
    picture: str
    said: Sequence[Said]
    references: Sequence[tuple[str, str]]
    words: Sequence[Word]
    # Why the picture is shown: values of metrics by their names, in words.
    why: Mapping[str, str]

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
    artworks: pd.DataFrame,
    said: Sequence[Sequence[Said]],
    *,
    packed: Packed,
    utterances: pd.DataFrame,
    words: Sequence[Sequence[Word]] | None = None,
    why: Sequence[Mapping[str, float]] | None = None,
) -> list[Card]:
    """A card for each artwork; one without a picture is left out.

    Args:
        said: what is shown of each artwork, and `words` and `why` likewise, if anything.
        utterances: what people wrote (art_style, painting, emotion, utterance).
    """
    written = dict(iter(utterances.merge(artworks[ARTWORK], on=ARTWORK).groupby(ARTWORK)))
    words = words or [[] for _ in artworks.index]
    why = why or [{} for _ in artworks.index]
    names = artworks[ARTWORK].itertuples(index=False, name=None)
    return [
        _card(artwork, packed.pixels[row], written[artwork], own, looks, values)
        for artwork, row, own, looks, values in zip(names, packed.rows(artworks), said, words, why, strict=True)
        if row >= 0
    ]


def _card(
    artwork: tuple[str, str],
    pixels: npt.NDArray[np.uint8],
    written: pd.DataFrame,
    said: Sequence[Said],
    words: Sequence[Word],
    why: Mapping[str, float],
) -> Card:
    style, painting = artwork
    artist, title = artist_and_title(painting)
    return Card(
        artist=artist,
        title=title,
        style=style.replace("_", " "),
        picture=picture_uri(np.asarray(pixels)),
        said=said,
        references=list(zip(written["emotion"], written["utterance"], strict=True)),
        words=words,
        why={name: f"{value:.3f}" for name, value in why.items()},
    )


def by_system(
    artworks: pd.DataFrame, systems: Mapping[str, pd.DataFrame], near: Mapping[str, Nearest]
) -> list[list[Said]]:
    """What every system says of each artwork; one that is silent on it is left out.

    Args:
        systems: their captions.
        near: of captions, what was said before.
    """
    spoken = {name: first_captions(frame).set_index(ARTWORK) for name, frame in systems.items()}
    return [
        [_said(name, frame.loc[artwork], near) for name, frame in spoken.items() if artwork in frame.index]
        for artwork in artworks[ARTWORK].itertuples(index=False, name=None)
    ]


def _said(system: str, row: pd.Series, near: Mapping[str, Nearest]) -> Said:
    emotion = row["grounding_emotion"]
    return Said(LABELS[system], row["caption"], None if pd.isna(emotion) else emotion, near.get(row["caption"]))


def by_emotion(table: pd.DataFrame) -> list[list[Said]]:
    """The captions of `stages.speakers_report.captions.some`, each said by its emotion."""
    return [
        [Said(str(emotion), caption) for emotion, caption in row.items() if isinstance(caption, str)]
        for row in table[list(EMOTIONS)].to_dict("records")
    ]


def looked(chosen: pd.DataFrame, attention: Sequence[npt.NDArray[np.floating]]) -> list[list[Word]]:
    """Where the speaker looked at each word of the chosen captions.

    Args:
        chosen: some of the speaker's captions; the index says which map belongs to each.
        attention: for each caption (T, h, w): a map for each of its tokens, and one for its end if it came to one.
    """
    return [_words(caption, attention[row]) for row, caption in zip(chosen.index, chosen["caption"], strict=True)]


def _words(caption: str, maps: npt.NDArray[np.floating]) -> list[Word]:
    """The words that were looked for; the end too, unless the caption was cut before it came."""
    tokens = [*caption.split(), END][: len(maps)]
    return [Word(text, veil_uri(one)) for text, one in zip(tokens, maps, strict=True)]


def gallery(made: Sequence[Card]) -> Fragment:
    """The cards as HTML."""
    return render("gallery.html.j2", TEMPLATES, cards=made)
