"""Gallery of the page `speakers`: pictures with captions, attention maps and people's utterances."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.images.packed import Packed
from stages.metrics.joint_table import LABELS
from stages.metrics.pairing import first_captions
from stages.pages.markup import Fragment, artist_and_title, picture_uri, render, veil_uri
from stages.speakers_report.captions import NearestUtterance

TEMPLATES = Path(__file__).with_name("template")
END = "(end)"


@dataclass(frozen=True)
class Word:
    """A token of a caption, and its attention map as a data URI."""

    text: str
    veil: str


@dataclass(frozen=True)
class Caption:
    """A caption as it is shown; `label` is the system, or the emotion where captions differ by emotion."""

    label: str
    text: str
    emotion: str | None = None
    nearest: NearestUtterance | None = None


@dataclass(frozen=True)
class Card:
    """Everything shown of one artwork; `picture` is a data URI, `references` are pairs of emotion and utterance."""

    artist: str
    title: str
    style: str
    picture: str
    captions: Sequence[Caption]
    references: Sequence[tuple[str, str]]
    words: Sequence[Word]
    scores: Mapping[str, str]

    @property
    def alt(self) -> str:
        """Artist, title and style only: a caption may describe what is not in the picture."""
        return ", ".join(part for part in (self.artist, self.title, self.style) if part)


def sample_artworks(captions: pd.DataFrame, packed: Packed, count: int, seed: int) -> pd.DataFrame:
    """The first captions of `count` random artworks that have a picture (of all, if fewer); the index is kept.

    Raises:
        UserError: no captioned artwork has a picture.
    """
    first = first_captions(captions)
    first = first[packed.rows(first) >= 0]
    if first.empty:
        raise UserError(
            "data/captions/captions.parquet: none of its artworks has a picture in data/images; run `dvc repro` again"
        )
    sample = np.random.default_rng(seed).choice(len(first), size=min(count, len(first)), replace=False)
    return first.iloc[np.sort(sample)]


def captions_by_system(
    artworks: pd.DataFrame, systems: Mapping[str, pd.DataFrame], nearest: Mapping[str, NearestUtterance]
) -> list[list[Caption]]:
    """Each artwork's first caption by every system that has one.

    Args:
        systems: captions by the system's name.
        nearest: nearest training utterances by caption; others are shown without.
    """
    first = {name: first_captions(captions).set_index(ARTWORK) for name, captions in systems.items()}
    return [
        [_caption(name, frame.loc[artwork], nearest) for name, frame in first.items() if artwork in frame.index]
        for artwork in artworks[ARTWORK].itertuples(index=False, name=None)
    ]


def _caption(system: str, row: pd.Series, nearest: Mapping[str, NearestUtterance]) -> Caption:
    emotion = row["grounding_emotion"]
    return Caption(LABELS[system], row["caption"], None if pd.isna(emotion) else emotion, nearest.get(row["caption"]))


def captions_by_emotion(captions: pd.DataFrame) -> list[list[Caption]]:
    """The captions in each row, labelled by its columns beside the artwork: emotions; missing ones are left out."""
    rows = [row.dropna() for _, row in captions.drop(columns=ARTWORK).iterrows()]
    return [[Caption(str(emotion), text) for emotion, text in row.items()] for row in rows]


def attended_words(captions: pd.DataFrame, attention: Sequence[npt.NDArray[np.floating]]) -> list[list[Word]]:
    """The words of each caption with their attention maps.

    Args:
        captions: some of the speaker's captions; the index is the row of `attention`.
        attention: maps (T, h, w) of each caption: one for each token, and one for the end unless it was cut off.
    """
    return [_words(text, attention[row]) for row, text in zip(captions.index, captions["caption"], strict=True)]


def _words(text: str, maps: npt.NDArray[np.floating]) -> list[Word]:
    tokens = [*text.split(), END][: len(maps)]
    return [Word(token, veil_uri(weights)) for token, weights in zip(tokens, maps, strict=True)]


def cards(
    artworks: pd.DataFrame,
    captions: Sequence[Sequence[Caption]],
    *,
    packed: Packed,
    utterances: pd.DataFrame,
    words: Sequence[Sequence[Word]] | None = None,
    scores: Sequence[Mapping[str, float]] | None = None,
) -> list[Card]:
    """A card for each artwork that has a picture.

    Args:
        captions: of each artwork, as are `words` and `scores`.
        utterances: art_style, painting, emotion, utterance.
    """
    references = dict(iter(utterances.merge(artworks[ARTWORK], on=ARTWORK).groupby(ARTWORK)))
    words = words or [[] for _ in artworks.index]
    scores = scores or [{} for _ in artworks.index]
    names = artworks[ARTWORK].itertuples(index=False, name=None)
    rows = zip(names, packed.rows(artworks), captions, words, scores, strict=True)
    return [
        _card(artwork, packed.pixels[row], references[artwork], texts, tokens, values)
        for artwork, row, texts, tokens, values in rows
        if row >= 0
    ]


def _card(
    artwork: tuple[str, str],
    pixels: npt.NDArray[np.uint8],
    references: pd.DataFrame,
    captions: Sequence[Caption],
    words: Sequence[Word],
    scores: Mapping[str, float],
) -> Card:
    style, painting = artwork
    artist, title = artist_and_title(painting)
    return Card(
        artist=artist,
        title=title,
        style=style.replace("_", " "),
        picture=picture_uri(np.asarray(pixels)),
        captions=captions,
        references=list(zip(references["emotion"], references["utterance"], strict=True)),
        words=words,
        scores={name: f"{value:.3f}" for name, value in scores.items()},
    )


def render_cards(cards: Sequence[Card], language: str) -> Fragment:
    """The cards as HTML; `language` is that of captions and utterances, a BCP 47 tag."""
    return render("gallery.html.j2", TEMPLATES, cards=cards, language=language)
