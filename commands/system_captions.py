"""The captions of a system, one for each picture: of this study, of another revision of it, or from a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from commands import comparison
from commands.scoring import one_caption_each, under_known_names
from commands.tokenization import tokenized
from formats import captions_file
from stages.annotations.tables import load_emotions
from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.scripts import written
from stages.metrics.pairing import grouped_references
from stages.metrics.tables import HUMAN
from stages.utterances.tables import load_utterances
from stages.utterances.vocabulary import SPECIALS, UNK

Artwork = tuple[str, str]
PROFILE = "deep_nets"
# The word of speakers for those that they do not know; raters can tell a machine by it.
UNKNOWN = SPECIALS[UNK]


def read(system: str, split: str, seed: int) -> Mapping[Artwork, str]:
    """The captions by artwork, all in the same form (lower-case tokens), so that the form tells nothing.

    Args:
        system: as for `artemis compare`, or a file as for `artemis score`. Of people (`human`), one utterance of each
            picture is drawn.
        split: of people's utterances.

    Raises:
        UserError: there is no such system, or the file cannot be used.
    """
    if Path(system).is_file():
        captions = _of_file(Path(system))
    elif system == HUMAN:
        captions = _of_people(split, seed)
    elif system.rpartition(":")[2] == HUMAN:
        raise UserError(f"{system}: people's utterances are those of this study; give {HUMAN} without a revision")
    else:
        table = comparison.read(system).pictures
        captions = dict(zip(_artworks(table), table["caption"], strict=True))
    return {artwork: written(caption) for artwork, caption in captions.items() if caption.strip()}


def _of_file(file: Path) -> dict[Artwork, str]:
    table = under_known_names(captions_file.read(file, load_emotions()), load_utterances(PROFILE), file)
    one_caption_each(table, file)
    return dict(zip(_artworks(table), _tokenized(table["caption"].tolist()), strict=True))


def _tokenized(texts: Sequence[str]) -> list[str]:
    """The tokens of texts; of the speakers' unknown word, too, whose brackets a tokenizer takes off."""
    parts = [text.split(UNKNOWN) for text in texts]
    tokens = iter(tokenized([part for each in parts for part in each], PROFILE))
    return [" ".join(f" {UNKNOWN} ".join(next(tokens) for _ in each).split()) for each in parts]


def _of_people(split: str, seed: int) -> dict[Artwork, str]:
    rng = np.random.default_rng(seed)
    utterances = load_utterances(PROFILE)
    references = grouped_references(utterances[utterances["split"] == split])
    return {artwork: texts[int(rng.integers(len(texts)))] for artwork, texts in references.items()}


def _artworks(table: pd.DataFrame) -> list[Artwork]:
    return list(table[ARTWORK].itertuples(index=False, name=None))
