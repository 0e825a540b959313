"""The vocabulary of a speaker on a language model: the pieces of words of the model's own tokenizer.

Ids 0 to 3 are the special tokens, as in every vocabulary; id 4 + i is the model's token i. A caption is the tokens of
an utterance joined by spaces, so a word is what stands between two spaces, and its first piece begins with one.
"""

import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tokenizers import Tokenizer

from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.common.scripts import is_character
from stages.utterances.vocabulary import EOS, PAD, SOS, SPECIALS, UNK

# How a tokenizer writes the space before a word: byte-level BPE, and SentencePiece.
SPACES = ("\u0120", "\u2581")
INSIDE = re.compile(f"[^{''.join(SPACES)}][{''.join(SPACES)}]")
FIRST = len(SPECIALS)


class Pieces:
    """Pieces of words and their ids.

    Args:
        end: the tokenizer's id of the end of a text.
        unknown: that of an unknown piece; None if the tokenizer knows every text.

    Raises:
        UserError: its pieces do not tell where a word begins.
    """

    def __init__(self, tokenizer: Tokenizer, end: int, unknown: int | None) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        # A caption may contain the text of a special token, which is a word like any other.
        tokenizer.encode_special_tokens = True
        self.tokenizer, self.end, self.unknown = tokenizer, end, None if unknown == end else unknown
        self.texts = [tokenizer.id_to_token(index) or "" for index in range(tokenizer.get_vocab_size())]
        if not any(text.startswith(SPACES) for text in self.texts):
            raise UserError(
                "the tokenizer of the base model does not mark where words begin, as byte-level BPE and SentencePiece "
                "do; set speaker.language_model.base to another model"
            )
        # SentencePiece itself puts a space before a text.
        (first, *_), *_ = self._ids(["a"])
        self._lead = "" if self.texts[first].startswith(SPACES) else " "

    def __len__(self) -> int:
        return FIRST + len(self.texts)

    @cached_property
    def special(self) -> list[int]:
        """The tokenizer's ids of what is no part of a word: added tokens, pieces with a line break or several words."""
        added = {self.end, self.unknown} | {
            index for index, token in self.tokenizer.get_added_tokens_decoder().items() if token.special
        }
        return [
            index
            for index, text in enumerate(self.texts)
            if index in added or INSIDE.search(text) or not _within_line(self._read([index]))
        ]

    @cached_property
    def begins(self) -> torch.Tensor:
        """Whether each id begins a word, (V,); the special tokens do."""
        return torch.tensor([True] * FIRST + [text.startswith(SPACES) for text in self.texts])

    @cached_property
    def conjunction(self) -> int:
        """Id of "and"; -1 if it is no single piece."""
        (ids,) = self._ids([f"{self._lead}and"])
        return FIRST + ids[0] if len(ids) == 1 else -1

    @cached_property
    def repeatable(self) -> tuple[int, ...]:
        """Ids of characters of scripts without spaces, and of bytes, several of which make a character."""
        texts = (self._read([index]).strip() for index in range(len(self.texts)))
        return tuple(FIRST + index for index, text in enumerate(texts) if is_character(text) or "\ufffd" in text)

    def encode(self, utterances: Sequence[Sequence[str]]) -> np.ndarray:
        """Words of utterances -> ids from <sos> to <eos>, padded (B, L).

        Raises:
            UserError: a piece is no part of a word.
        """
        pieces = self._ids([self._lead + " ".join(words) for words in utterances])
        rows = np.full((len(pieces), max(map(len, pieces), default=0) + 2), PAD, np.int32)
        rows[:, 0] = SOS
        for row, ids in zip(rows, pieces, strict=True):
            row[1 : len(ids) + 1] = [UNK if index == self.unknown else FIRST + index for index in ids]
            row[len(ids) + 1] = EOS
        if wrong := set(rows[rows >= FIRST].tolist()) & {FIRST + index for index in self.special}:
            text = self._read([min(wrong) - FIRST])
            raise UserError(
                f"the tokenizer of the base model writes {text!r} as one piece, but a speaker needs pieces of single "
                "words; set speaker.language_model.base to another model"
            )
        return rows

    def encoded(self, utterances: pd.DataFrame) -> np.ndarray:
        """As `encode`, of the words in a table of utterances whose ids are in `tokens_encoded`: as many of them."""
        counts = [list(ids).index(EOS) - 1 for ids in utterances["tokens_encoded"]]
        return self.encode([tokens[:count] for tokens, count in zip(utterances["tokens"], counts, strict=True)])

    def decode(self, ids: Iterable[int]) -> str:
        """Words joined by spaces, without <pad>, <sos> and <eos>; <unk> stays."""
        return " ".join(word for word, _, _ in self.spans([index for index in ids if index not in (PAD, SOS, EOS)]))

    def spans(self, ids: Sequence[int]) -> list[tuple[str, int, int]]:
        """The words of `ids`, which hold no <pad>, <sos> or <eos>, and from where to where in `ids` each reaches."""
        starts = [place for place, index in enumerate(ids) if not place or self.begins[index]]
        ends = [*starts, len(ids)][1:]
        words = [(self._word(ids[start:end]), start, end) for start, end in zip(starts, ends, strict=True)]
        # A space may be a piece of its own, and end a caption that was cut.
        return [word for word in words if word[0]]

    def save(self, path: Path) -> None:
        """Write a JSON object: the tokenizer and its two ids."""
        tokenizer = json.loads(self.tokenizer.to_str())
        write_json({"tokenizer": tokenizer, "end": self.end, "unknown": self.unknown}, path)

    @classmethod
    def load(cls, path: Path) -> "Pieces":
        """Read a file of `save`.

        Raises:
            UserError: it holds something else.
        """
        content = read_json(path)
        try:
            return cls(Tokenizer.from_str(json.dumps(content["tokenizer"])), content["end"], content["unknown"])
        except Exception as error:  # tokenizers raises `Exception` itself
            raise UserError(f"{path}: not the pieces of a language model ({error}); train the speaker again") from None

    def _word(self, ids: Sequence[int]) -> str:
        text = "".join(SPECIALS[UNK] if index == UNK else "" for index in ids)
        # Bytes may also make blanks of other kinds.
        return text + "".join(self._read([index - FIRST for index in ids if index >= FIRST]).split())

    def _ids(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self.tokenizer.encode_batch(texts, add_special_tokens=False)]

    def _read(self, pieces: list[int]) -> str:
        return self.tokenizer.decode(pieces, skip_special_tokens=False)


def _within_line(text: str) -> bool:
    """False for the text of a piece that holds another blank than one space at its beginning."""
    return not any(character.isspace() for character in text.removeprefix(" "))
