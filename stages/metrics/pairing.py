"""Which caption is judged by which references: one caption per artwork, all of its references."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from stages.common.errors import UserError

ARTWORK = ["art_style", "painting"]

# The humans are scored in this many rounds: ArtEmis asked at least five people about each artwork.
ROUNDS = 5


@dataclass(frozen=True)
class Sample:
    """Row i of everything belongs to the same picture; sorted by art_style and painting."""

    artworks: pd.DataFrame
    hypotheses: list[str]
    references: list[list[str]]

    def __len__(self) -> int:
        return len(self.hypotheses)


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

    Args:
        source: the file that `captions` came from, for the errors.

    Raises:
        UserError: without captions, or when an artwork is unknown to `utterances`.
    """
    if captions.empty:
        raise UserError(f"{source}: holds no caption, so there is nothing to score; see captions.split in params.yaml")
    chosen = first_captions(captions)
    known = grouped_references(utterances)
    artworks = list(zip(chosen["art_style"], chosen["painting"], strict=True))
    strangers = [artwork for artwork in artworks if artwork not in known]
    if strangers:
        raise UserError(
            f"{source}: {len(strangers):,} of {len(artworks):,} artworks, the first of them {'/'.join(strangers[0])}, "
            "have no utterance in utterances@deep_nets to be compared with; make both from the same data set"
        )
    return Sample(
        artworks=chosen[ARTWORK].reset_index(drop=True),
        hypotheses=[str(caption) for caption in chosen["caption"]],
        references=[known[artwork] for artwork in artworks],
    )


def leave_one_out(utterances: pd.DataFrame, split: str) -> list[Sample]:
    """The humans as a system: in each round one reference of every picture is judged by its others.

    In round i it is the i-th reference, counted around again where a picture has
    fewer than `ROUNDS`, so that every picture weighs the same in every round.
    Pictures with a single reference have nothing to be judged by and are left out.
    A reference is judged by one reference less than a caption is, which costs it a
    little (compare the counts of references).

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
    return [_round(artworks, list(several.values()), number) for number in range(ROUNDS)]


def _round(artworks: pd.DataFrame, texts: Sequence[list[str]], number: int) -> Sample:
    turns = [number % len(own) for own in texts]
    return Sample(
        artworks=artworks,
        hypotheses=[own[turn] for own, turn in zip(texts, turns, strict=True)],
        references=[own[:turn] + own[turn + 1 :] for own, turn in zip(texts, turns, strict=True)],
    )
