"""Vocabulary of a network, and the digest that identifies the data a speaker was trained on."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import pandas as pd

from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.common.scripts import is_character

PAD, SOS, EOS, UNK = range(4)
SPECIALS = ("<pad>", "<sos>", "<eos>", "<unk>")


class Vocabulary:
    """Words and their ids: `words[ids[word]] == word`; ids 0 to 3 are the special tokens."""

    begins = None  # each id is a word, none a piece of one

    def __init__(self, words: Sequence[str]) -> None:
        """Create it from all words in the order of their ids, with the special tokens."""
        if tuple(words[: len(SPECIALS)]) != SPECIALS:
            raise ValueError(f"a vocabulary starts with {SPECIALS}, not {tuple(words[: len(SPECIALS)])}")
        self.words = list(words)
        self.ids = {word: index for index, word in enumerate(self.words)}
        if len(self.ids) != len(self.words):
            raise ValueError("a vocabulary holds each word once")

    @classmethod
    def build(cls, counts: Mapping[str, int], min_count: int) -> "Vocabulary":
        """The words that occur at least `min_count` times, in the order of `counts`."""
        return cls([*SPECIALS, *(word for word, n in counts.items() if n >= min_count and word not in SPECIALS)])

    def __len__(self) -> int:
        return len(self.words)

    @property
    def conjunction(self) -> int:
        """Id of "and"; -1 if it is unknown."""
        return self.ids.get("and", -1)

    @cached_property
    def repeatable(self) -> tuple[int, ...]:
        """Ids of characters of scripts without spaces, which make many words of few."""
        return tuple(index for index, word in enumerate(self.words) if is_character(word))

    def encode(self, tokens: Sequence[str], max_len: int) -> list[int]:
        """<sos>, the first `max_len` tokens, <eos>, then <pad>: `max_len + 2` ids."""
        ids = [self.ids.get(token, UNK) for token in tokens[:max_len]]
        return [SOS, *ids, EOS, *[PAD] * (max_len - len(ids))]

    def decode(self, ids: Iterable[int]) -> str:
        """Words joined by spaces, without <pad>, <sos> and <eos>; <unk> stays."""
        return " ".join(self.words[index] for index in ids if index not in (PAD, SOS, EOS))

    def spans(self, ids: Sequence[int]) -> list[tuple[str, int, int]]:
        """The words of `ids`, and from where to where in `ids` each reaches."""
        return [(self.words[index], place, place + 1) for place, index in enumerate(ids)]

    def save(self, path: Path) -> None:
        """Write a JSON object, word -> id, in the order of the ids."""
        write_json(self.ids, path)

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read a file of `save`.

        Raises:
            UserError: the ids are not 0, 1, 2 ... in that order, or the special tokens are missing.
        """
        ids = read_json(path)
        try:
            if list(ids.values()) != list(range(len(ids))):
                raise ValueError("its ids are not 0, 1, 2 ... in order")
            return cls(list(ids))
        except (ValueError, AttributeError) as error:
            raise UserError(f"{path}: not a vocabulary ({error}); `dvc repro utterances` writes it") from None


def digest(utterances: pd.DataFrame, vocabulary: Vocabulary) -> str:
    """Digest of the words, in the order of their ids, and of the artworks in training; 32 hexadecimal digits."""
    training = utterances.loc[utterances["split"] == "train", ARTWORK]
    artworks = sorted(set(training.itertuples(index=False, name=None)))
    return hashlib.sha256(json.dumps([vocabulary.words, artworks]).encode()).hexdigest()[:32]
