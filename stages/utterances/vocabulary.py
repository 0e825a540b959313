"""The vocabulary of a network, and the digest of what a speaker was trained on."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from stages.common.errors import UserError
from stages.common.files import read_json, write_json

PAD, SOS, EOS, UNK = range(4)
SPECIALS = ("<pad>", "<sos>", "<eos>", "<unk>")


class Vocabulary:
    """`words[i]` has the id i, and `ids[word]` is its id; ids 0 to 3 are the special ones."""

    def __init__(self, words: Sequence[str]) -> None:
        """Take all words in id order, the special ones included."""
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

    def encode(self, tokens: Sequence[str], max_len: int) -> list[int]:
        """<sos>, the first `max_len` tokens, <eos>, then <pad> up to `max_len + 2` ids."""
        ids = [self.ids.get(token, UNK) for token in tokens[:max_len]]
        return [SOS, *ids, EOS, *[PAD] * (max_len - len(ids))]

    def decode(self, ids: Iterable[int]) -> str:
        """The words of `ids`, joined by spaces; <pad>, <sos> and <eos> are left out, <unk> is kept."""
        return " ".join(self.words[index] for index in ids if index not in (PAD, SOS, EOS))

    def save(self, path: Path) -> None:
        """Write a JSON object, word -> id, in id order."""
        write_json(self.ids, path)

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read what `save` wrote.

        Raises:
            UserError: if the ids are not 0, 1, 2 ... in that order, or the special ones are missing.
        """
        ids = read_json(path)
        try:
            if list(ids.values()) != list(range(len(ids))):
                raise ValueError("its ids are not 0, 1, 2 ... in order")
            return cls(list(ids))
        except (ValueError, AttributeError) as error:
            raise UserError(f"{path}: not a vocabulary ({error}); `dvc repro utterances` writes it") from None


def digest(utterances: pd.DataFrame, vocabulary: Vocabulary) -> str:
    """Of the words, in the order of their ids, and of the artworks that are in training; 32 characters."""
    training = utterances.loc[utterances["split"] == "train", ["art_style", "painting"]]
    artworks = sorted(set(training.itertuples(index=False, name=None)))
    return hashlib.sha256(json.dumps([vocabulary.words, artworks]).encode()).hexdigest()[:32]
