"""Pair captions with references: by picture, with all references or with each reference left out in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stages.common.artworks import ARTWORK
from stages.common.emotions import IDS
from stages.common.errors import UserError
from stages.metrics.interface import CAPTIONS, NONE, Columns, Pairings
from stages.metrics.ngrams import Indices

# Metrics of a set with one caption per picture take this many such sets of human utterances:
# ArtEmis has at least five annotations of each artwork.
ROUNDS = 5


@dataclass(frozen=True)
class Sample:
    """The captions of one system, or the human utterances, with their references.

    Row i of every field belongs to the same picture; sorted by art_style and painting.
    """

    artworks: pd.DataFrame
    # All captions of each picture. Of a system, the first is scored and the further samples are used for
    # diversity and divergence only; of human utterances, each is scored.
    texts: list[list[str]]
    references: list[list[str]]
    # Id of the emotion on which the caption was conditioned, NONE where there is none, (N,).
    grounding: Indices
    # True if `texts` are the references themselves.
    human: bool = False

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def scored(self) -> list[list[str]]:
        """The texts that are scored."""
        return self.texts if self.human else [texts[:1] for texts in self.texts]

    def first_texts(self) -> "Sample":
        """The sample with one text per picture."""
        return replace(self, texts=[texts[:1] for texts in self.texts])

    def rounds(self) -> list[list[str]]:
        """Sets of one text per picture: one set of a system; `ROUNDS` of human utterances, taken cyclically."""
        scored = self.scored
        return [[texts[number % len(texts)] for texts in scored] for number in range(ROUNDS if self.human else 1)]


def system_sample(captions: pd.DataFrame, utterances: pd.DataFrame, source: str) -> Sample:
    """A system's captions with the references of their artworks, of any split.

    Artworks with a single reference are left out, since human utterances could not be scored on them.

    Args:
        source: the file of `captions`, for the errors.

    Raises:
        UserError: there is no caption, an artwork has no utterances, or none has two references.
    """
    if captions.empty:
        raise UserError(
            f"{source}: holds no caption, so there is nothing to score; choose another captions.split in params.yaml"
        )
    ordered = captions.sort_values([*ARTWORK, "config", "rank"], kind="stable")
    first = ordered.drop_duplicates(ARTWORK)
    references = grouped_references(utterances)
    artworks = list(zip(first["art_style"], first["painting"], strict=True))
    unknown = [artwork for artwork in artworks if artwork not in references]
    if unknown:
        raise UserError(
            f"{source}: {len(unknown):,} of {len(artworks):,} artworks, the first of them {'/'.join(unknown[0])}, "
            "have no reference in utterances@deep_nets; make both from the same data set"
        )
    sample = Sample(
        artworks=first[ARTWORK].reset_index(drop=True),
        texts=[[str(text) for text in texts] for _, texts in ordered.groupby(ARTWORK, sort=True)["caption"]],
        references=[references[artwork] for artwork in artworks],
        grounding=first["grounding_emotion"].map(IDS).fillna(NONE).to_numpy().astype(np.int64),
    )
    return _with_several_references(sample, source)


def _with_several_references(sample: Sample, source: str) -> Sample:
    rows = [row for row, references in enumerate(sample.references) if len(references) > 1]
    if not rows:
        raise UserError(
            f"{source}: no artwork has two utterances in utterances@deep_nets; captions are scored against one "
            "reference fewer than there are, so annotations of a picture by several people are needed"
        )
    return Sample(
        artworks=sample.artworks.iloc[rows].reset_index(drop=True),
        texts=[sample.texts[row] for row in rows],
        references=[sample.references[row] for row in rows],
        grounding=sample.grounding[rows],
    )


def human_sample(utterances: pd.DataFrame, split: str) -> Sample:
    """The human utterances as a system: each reference is scored against the others of its picture.

    Pictures with a single reference are left out.

    Raises:
        UserError: no picture of the split has two references.
    """
    references = grouped_references(utterances[utterances["split"] == split])
    several = {artwork: texts for artwork, texts in references.items() if len(texts) > 1}
    if not several:
        raise UserError(
            f"params.yaml: captions.split is {split!r}, where no artwork has two utterances in utterances@deep_nets; "
            "choose a split whose artworks have several"
        )
    artworks = pd.DataFrame(list(several), columns=pd.Index(ARTWORK))
    texts = list(several.values())
    return Sample(artworks, texts, texts, np.full(len(texts), NONE), human=True)


def first_captions(captions: pd.DataFrame) -> pd.DataFrame:
    """The caption of lowest `config` and `rank` of each artwork, sorted by artwork; the index keeps the row numbers."""
    ordered = captions.sort_values([*ARTWORK, "config", "rank"], kind="stable")
    return ordered.drop_duplicates(ARTWORK)


def grouped_references(utterances: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """The corrected utterances of each artwork, in the table's order."""
    groups = utterances.groupby(ARTWORK, sort=True, observed=True)["utterance_spelled"]
    return {(style, painting): list(texts) for (style, painting), texts in groups}  # type: ignore[misc]


def tokenize_sample(sample: Sample, tokenize: Callable[[Sequence[str]], Sequence[str]]) -> Sample:
    """The sample with all captions and references tokenized, in one call of `tokenize`."""
    groups = [*sample.texts, *sample.references]
    tokenized = iter(tokenize([text for texts in groups for text in texts]))
    regrouped = [[next(tokenized) for _ in texts] for texts in groups]
    return replace(sample, texts=regrouped[: len(sample)], references=regrouped[len(sample) :])


def unshuffled(sample: Sample) -> Indices:
    """The order in which every picture is paired with its own texts."""
    return np.arange(len(sample))


def with_all_references(sample: Sample, order: Indices) -> Pairings:
    """Picture i paired with each scored text of picture `order[i]`, and compared with all references of picture i."""
    text, sizes = _paired_texts(sample, order)
    picture = np.repeat(np.arange(len(sample)), sizes)
    return _pairings(sample, text, picture, np.full(len(text), NONE))


def leave_one_out(sample: Sample, order: Indices) -> Pairings:
    """The same with one of n references left out; every picture must have two.

    A system's caption is compared with every choice of n-1 references. A human utterance is
    compared with the references except itself or, paired with another picture, except the
    reference at the same position.
    """
    text, sizes = _paired_texts(sample, order)
    picture = np.repeat(np.arange(len(sample)), sizes)
    references = np.array(list(map(len, sample.references)))
    if sample.human:
        dropped = _positions(sizes) % references[picture]
    else:
        repeats = references[picture]
        text, picture, dropped = np.repeat(text, repeats), np.repeat(picture, repeats), _positions(repeats)
    return _pairings(sample, text, picture, dropped)


def _paired_texts(sample: Sample, order: Indices) -> tuple[Indices, Indices]:
    """The texts paired with each picture, numbered over all pictures, and the number of texts of each picture."""
    sizes = np.array(list(map(len, sample.scored)))
    starts = np.cumsum(sizes) - sizes
    return np.repeat(starts[order], sizes[order]) + _positions(sizes[order]), sizes[order]


def _positions(sizes: Indices) -> Indices:
    """0, 1, ... within each group."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _pairings(sample: Sample, text: Indices, picture: Indices, dropped: Indices) -> Pairings:
    return Pairings([text for texts in sample.scored for text in texts], text, picture, dropped)


def per_picture(columns: Columns, picture: Indices, pictures: int) -> Columns:
    """The mean of each column over a picture's pairs, (T,) -> (pictures,), and the column `CAPTIONS`."""
    pairs = np.bincount(picture, minlength=pictures)
    means = {name: np.bincount(picture, column, pictures) / pairs for name, column in columns.items()}
    return {**means, CAPTIONS: np.ones(pictures)}


def stack(arrangements: Sequence[Pairings], pictures: int) -> tuple[Pairings, Indices]:
    """Several pairings of the same texts as one, and the row of each pair in (len(arrangements), pictures)."""
    texts = arrangements[0].texts
    text, picture, dropped = (
        np.concatenate([getattr(pairings, name) for pairings in arrangements])
        for name in ("text", "picture", "dropped")
    )
    number = np.repeat(np.arange(len(arrangements)), list(map(len, arrangements)))
    return Pairings(texts, text, picture, dropped), number * pictures + picture
