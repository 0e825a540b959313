"""Search of the study's pictures by the words and the emotions of their utterances."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.annotations.tables import load_emotions, load_images
from stages.common.artworks import ARTWORK, picture_folder
from stages.common.errors import UserError
from stages.utterances.tables import load_tokens, load_utterances, table_path
from stages.utterances.tokenizer import Tokenizer, tokenizer_path

PROFILE = "analysis"
# Pictures of a page of results, and utterances of a picture there.
PICTURES, UTTERANCES = 12, 3


class Found(NamedTuple):
    """A picture of the study.

    Attributes:
        number: its place among the study's pictures.
        name: style and painting.
        utterances: some of those that match, with their emotions.
        more: how many others match.
    """

    number: int
    name: str
    utterances: list[tuple[str | None, str]]
    more: int


class Results(NamedTuple):
    """A page of results; `pictures` and `utterances` count all that match."""

    pictures: int
    utterances: int
    pages: int
    found: list[Found]


@dataclass(frozen=True)
class Words:
    """The rows of each token of the utterances.

    Attributes:
        ids: the tokens that differ in letter case only, by their common form.
        rows: the row of each token of the corpus, token by token; those of token i from starts[i] to starts[i + 1].
    """

    ids: dict[str, list[int]]
    rows: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, tokens: pa.ListArray) -> Self:
        """Of the tokens of each utterance."""
        encoded = tokens.flatten().dictionary_encode()
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        rows = np.repeat(np.arange(len(tokens), dtype=np.int32), tokens.value_lengths().to_numpy(zero_copy_only=False))
        ids: dict[str, list[int]] = {}
        for code, token in enumerate(encoded.dictionary.to_pylist()):
            ids.setdefault(token.casefold(), []).append(code)
        counts = np.bincount(codes, minlength=len(encoded.dictionary))
        return cls(ids, rows[np.argsort(codes, kind="stable")], np.concatenate([[0], np.cumsum(counts)]))

    def rows_of(self, token: str) -> np.ndarray:
        """The rows that have a token in any letter case; one can occur twice."""
        parts = [self.rows[self.starts[code] : self.starts[code + 1]] for code in self.ids.get(token.casefold(), [])]
        return np.concatenate([np.empty(0, np.int32), *parts])


@dataclass(frozen=True)
class Search:
    """The study's utterances and pictures.

    Attributes:
        utterances: emotion, utterance, and the number of the picture; -1 for none.
        pictures: the readable pictures: art_style, painting, path below `folder`.
    """

    emotions: tuple[str, ...]
    tokenizer: Tokenizer
    words: Words
    utterances: pd.DataFrame
    pictures: pd.DataFrame
    folder: Path

    @classmethod
    def load(cls, dataset: str) -> Self:
        """The search of the study in the working directory.

        Raises:
            UserError: it is not there.
        """
        folder = picture_folder(dataset)
        try:
            images = load_images()
            utterances = load_utterances(PROFILE, [*ARTWORK, "emotion", "utterance"])
            emotions, tokens = load_emotions().names, load_tokens(PROFILE)
        except OSError:
            raise UserError(
                f"{table_path(PROFILE)} or data/annotations is missing; run `dvc repro utterances@{PROFILE}`"
            ) from None
        if not folder.is_dir():
            raise UserError(f"{folder}: no such folder, expected the data set's pictures; create it or link to it")
        pictures = images.loc[images["problem"].isna(), [*ARTWORK, "path"]].reset_index(drop=True)
        numbers = pd.MultiIndex.from_frame(pictures[ARTWORK]).get_indexer(pd.MultiIndex.from_frame(utterances[ARTWORK]))
        utterances = utterances[["emotion", "utterance"]].assign(picture=numbers)
        tokenizer = Tokenizer.load(tokenizer_path(PROFILE))
        return cls(emotions, tokenizer, Words.of(tokens), utterances, pictures, folder)

    def path(self, number: int) -> Path | None:
        """The file of a picture; None if there is no picture of that number."""
        return self.folder / self.pictures["path"][number] if 0 <= number < len(self.pictures) else None

    def name(self, number: int) -> str:
        return "/".join(str(self.pictures.at[number, column]) for column in ARTWORK)

    def find(self, words: str, emotion: str, page: int) -> Results:
        """The pictures with an utterance of this emotion that has all these words, those with the most first.

        Args:
            words: none for all utterances. They become tokens as the utterances did.
            emotion: empty for any.
            page: from 1.
        """
        rows = self._rows(words)
        chosen = self.utterances.iloc[rows]
        kept = chosen["picture"].to_numpy() >= 0
        if emotion:
            kept &= (chosen["emotion"] == emotion).to_numpy(bool)
        chosen = chosen[kept]
        counts = np.bincount(chosen["picture"], minlength=len(self.pictures))
        ranked = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
        some = ranked[PICTURES * (page - 1) : PICTURES * page]
        return Results(
            len(ranked),
            len(chosen),
            -(-len(ranked) // PICTURES),
            list(self._found(chosen[chosen["picture"].isin(some)], some)),
        )

    def _rows(self, words: str) -> np.ndarray:
        """The rows that have all words, in order."""
        if not words.strip():
            return np.arange(len(self.utterances))
        tokens = self.tokenizer.tokens([words])[0]
        if not tokens:
            return np.empty(0, int)
        rows = np.unique(self.words.rows_of(tokens[0]))
        for token in tokens[1:]:
            rows = np.intersect1d(rows, self.words.rows_of(token))
        return rows

    def _found(self, utterances: pd.DataFrame, pictures: np.ndarray) -> Iterator[Found]:
        groups = dict(iter(utterances.groupby("picture")))
        for number in pictures.tolist():
            rows = groups[number]
            shown = rows.head(UTTERANCES)
            emotions = (None if pd.isna(emotion) else emotion for emotion in shown["emotion"])
            pairs = list(zip(emotions, shown["utterance"], strict=True))
            yield Found(number, self.name(number), pairs, len(rows) - len(shown))
