"""Pair captions with references: by picture, with each reference left out in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stages.common.emotions import IDS
from stages.common.errors import UserError
from stages.metrics.interface import CAPTIONS, NONE, Columns, Trials
from stages.metrics.ngrams import Indices

ARTWORK = ["art_style", "painting"]

# What needs one caption per picture takes the humans' utterances in this many rounds:
# ArtEmis asked at least five people about each artwork.
ROUNDS = 5


@dataclass(frozen=True)
class Sample:
    """Row i of everything belongs to the same picture; sorted by art_style and painting."""

    artworks: pd.DataFrame
    # All that is said of each picture. Of a system the first is scored, and the others,
    # sampled beside it, are not; of people each one is.
    texts: list[list[str]]
    references: list[list[str]]
    # Id of the emotion that a grounded speaker was told, NONE where it was free, (N,).
    asked: Indices
    # Whether `texts` are the references themselves.
    human: bool = False

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def spoken(self) -> list[list[str]]:
        """The texts that are scored."""
        return self.texts if self.human else [own[:1] for own in self.texts]

    def first_voice(self) -> "Sample":
        """One text for each picture."""
        return replace(self, texts=[own[:1] for own in self.texts])

    def rounds(self) -> list[list[str]]:
        """Sets of one text per picture: of a system one, of people `ROUNDS`, going around each picture's texts."""
        texts = self.spoken
        return [[own[number % len(own)] for own in texts] for number in range(ROUNDS if self.human else 1)]


def in_tokens(sample: Sample, tokenized: Callable[[Sequence[str]], Sequence[str]]) -> Sample:
    """The sample with all captions and references tokenized, in one go."""
    groups = [*sample.texts, *sample.references]
    words = iter(tokenized([text for own in groups for text in own]))
    found = [[next(words) for _ in own] for own in groups]
    return replace(sample, texts=found[: len(sample)], references=found[len(sample) :])


def first_captions(captions: pd.DataFrame) -> pd.DataFrame:
    """The caption of lowest `config` and `rank` of each artwork, sorted by artwork; the index keeps the row numbers."""
    ordered = captions.sort_values([*ARTWORK, "config", "rank"], kind="stable")
    return ordered.drop_duplicates(ARTWORK)


def grouped_references(utterances: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """Every utterance of each artwork, as the speakers were taught to spell, in the table's order."""
    groups = utterances.groupby(ARTWORK, sort=True, observed=True)["utterance_spelled"]
    return {(style, painting): list(texts) for (style, painting), texts in groups}  # type: ignore[misc]


def pair(captions: pd.DataFrame, utterances: pd.DataFrame, source: str) -> Sample:
    """A system's captions with the references of their artworks, in whatever split those are.

    Artworks with a single reference are left out: people could not be scored on them.

    Args:
        source: the file that `captions` came from, for the errors.

    Raises:
        UserError: without captions, when an artwork is unknown to `utterances`, or when none has two references.
    """
    if captions.empty:
        raise UserError(f"{source}: holds no caption, so there is nothing to score; see captions.split in params.yaml")
    ordered = captions.sort_values([*ARTWORK, "config", "rank"], kind="stable")
    chosen = ordered.drop_duplicates(ARTWORK)
    known = grouped_references(utterances)
    artworks = list(zip(chosen["art_style"], chosen["painting"], strict=True))
    strangers = [artwork for artwork in artworks if artwork not in known]
    if strangers:
        raise UserError(
            f"{source}: {len(strangers):,} of {len(artworks):,} artworks, the first of them {'/'.join(strangers[0])}, "
            "have no utterance in utterances@deep_nets to be compared with; make both from the same data set"
        )
    sample = Sample(
        artworks=chosen[ARTWORK].reset_index(drop=True),
        texts=[[str(text) for text in own] for _, own in ordered.groupby(ARTWORK, sort=True)["caption"]],
        references=[known[artwork] for artwork in artworks],
        asked=chosen["grounding_emotion"].map(IDS).fillna(NONE).to_numpy().astype(np.int64),
    )
    return _with_several_references(sample, source)


def _with_several_references(sample: Sample, source: str) -> Sample:
    chosen = [row for row, own in enumerate(sample.references) if len(own) > 1]
    if not chosen:
        raise UserError(
            f"{source}: no artwork has two utterances in utterances@deep_nets, and captions are scored as people are, "
            "by one reference fewer than there are; annotations of a picture by several people are needed"
        )
    return Sample(
        artworks=sample.artworks.iloc[chosen].reset_index(drop=True),
        texts=[sample.texts[row] for row in chosen],
        references=[sample.references[row] for row in chosen],
        asked=sample.asked[chosen],
    )


def people(utterances: pd.DataFrame, split: str) -> Sample:
    """The humans as a system: each reference is judged by the others of its picture.

    Pictures with a single reference have nothing to be judged by and are left out.

    Raises:
        UserError: when no picture of the split has two references.
    """
    known = grouped_references(utterances[utterances["split"] == split])
    several = {artwork: texts for artwork, texts in known.items() if len(texts) > 1}
    if not several:
        raise UserError(
            f"params.yaml: captions.split is {split!r}, where no artwork has two utterances in utterances@deep_nets; "
            "choose a split whose artworks have several"
        )
    artworks = pd.DataFrame(list(several), columns=pd.Index(ARTWORK))
    texts = list(several.values())
    return Sample(artworks, texts, texts, np.full(len(texts), NONE), human=True)


def in_place(sample: Sample) -> Indices:
    """The order in which every picture is spoken of by its own texts."""
    return np.arange(len(sample))


def by_all(sample: Sample, order: Indices) -> Trials:
    """Refs: all. Picture i is spoken of by the texts of picture `order[i]`."""
    voices, sizes = _voices(sample, order)
    picture = np.repeat(np.arange(len(sample)), sizes)
    return _trials(sample, voices, picture, np.full(len(voices), NONE))


def leaving_one_out(sample: Sample, order: Indices) -> Trials:
    """Refs: n-1; every picture must have two references.

    A system's caption meets every choice of n-1 references. A person's utterance meets
    the references but itself or, before another picture, but the one in its own place.
    """
    voices, sizes = _voices(sample, order)
    picture = np.repeat(np.arange(len(sample)), sizes)
    counts = np.array(list(map(len, sample.references)))
    if sample.human:
        dropped = _places(sizes) % counts[picture]
    else:
        repeats = counts[picture]
        voices, picture, dropped = np.repeat(voices, repeats), np.repeat(picture, repeats), _places(repeats)
    return _trials(sample, voices, picture, dropped)


def _voices(sample: Sample, order: Indices) -> tuple[Indices, Indices]:
    """The texts that speak, numbered through all pictures, and how many speak of each picture."""
    sizes = np.array(list(map(len, sample.spoken)))
    starts = np.cumsum(sizes) - sizes
    return np.repeat(starts[order], sizes[order]) + _places(sizes[order]), sizes[order]


def _places(sizes: Indices) -> Indices:
    """0, 1, ... within each group."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _trials(sample: Sample, text: Indices, picture: Indices, dropped: Indices) -> Trials:
    return Trials([one for own in sample.spoken for one in own], text, picture, dropped)


def per_picture(columns: Columns, picture: Indices, pictures: int) -> Columns:
    """The mean of each column over a picture's trials, (T,) -> (pictures,), and the column that counts the pictures."""
    trials = np.bincount(picture, minlength=pictures)
    means = {name: np.bincount(picture, column, pictures) / trials for name, column in columns.items()}
    return {**means, CAPTIONS: np.ones(pictures)}


def stacked(several: Sequence[Trials], pictures: int) -> tuple[Trials, Indices]:
    """Trials over the same texts as one, and for each the row of its picture in (len(several), pictures)."""
    first = several[0].texts
    parts = [np.concatenate([getattr(one, name) for one in several]) for name in ("text", "picture", "dropped")]
    number = np.repeat(np.arange(len(several)), [len(one) for one in several])
    return Trials(first, *parts), number * pictures + parts[1]
