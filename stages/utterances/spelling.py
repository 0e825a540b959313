"""Spelling correction of the corpus' distinct tokens with SymSpell.

SymSpell finds the dictionary words nearest to a token; which tokens may be corrected
at all, and which of the nearest words is meant, is decided here. Work is done per
distinct token, so a corpus of millions of words costs as much as its vocabulary.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import combinations
from pathlib import Path

from symspellpy import SymSpell, Verbosity

from stages.common.errors import UserError
from stages.utterances.rules import Spelling

DICTIONARY = "frequency_dictionary_en_82_765.txt"
# Shorter tokens, numbers and signs are never touched: nearly everything of two or three
# letters is one edit from a frequent word.
CORRECTABLE = re.compile(r"[a-z]{4,}")
# Two edits are a typo in a long word and another word in a short one.
LONG = 7
# A token that the corpus uses this often is a word of its own (`colorful`, which the
# dictionary spells with ou) ...
OFTEN = 5
# ... unless the corpus uses its correction this many times as often (`paintng`).
FAR_MORE = 50


class FastSymSpell(SymSpell):  # type: ignore[misc]  # symspellpy is untyped
    """SymSpell that builds the same index in a third of the time.

    Words of one beginning share their edits, and the edits are cut out directly
    instead of by removing letters one after the other.
    """

    def _edits_prefix(self, key: str) -> set[str]:
        own = {""} if len(key) <= self._max_dictionary_edit_distance else set()
        return own | _edits(key[: self._prefix_length], self._max_dictionary_edit_distance)


@cache
def _edits(prefix: str, distance: int) -> frozenset[str]:
    """`prefix` without each choice of at most `distance` of its letters; nothing is cut down to no letter."""
    shortest = max(1, len(prefix) - distance)
    lengths = range(shortest, len(prefix) + 1)
    return frozenset("".join(kept) for length in lengths for kept in combinations(prefix, length))


def read_dictionary(file: Path) -> SymSpell:
    """SymSpell with a file of words and frequencies; takes seconds for a whole language."""
    engine = FastSymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    engine.load_dictionary(file, term_index=0, count_index=1, encoding="utf-8")
    _edits.cache_clear()
    if not engine.words:
        raise UserError(f"{file}: no line of it is a word and a frequency, such as `the 23135851162`")
    return engine


@cache
def english() -> frozenset[str]:
    """The words of that dictionary, which are read in no time."""
    with (files("symspellpy") / DICTIONARY).open(encoding="utf-8") as file:
        return frozenset(line.partition(" ")[0] for line in file)


def load_engine() -> SymSpell:
    """SymSpell with the English dictionary that comes with it."""
    return read_dictionary(Path(str(files("symspellpy") / DICTIONARY)))


def check(counts: Mapping[str, int]) -> Spelling:
    """What becomes of the corpus' distinct tokens, given with how often each occurs."""
    known = english()
    if all(token in known or not CORRECTABLE.fullmatch(token) for token in counts):
        return Spelling({}, [])
    engine = load_engine()
    found = corrections(counts, engine)
    # What the corpus uses often, `corrections` has made a word of.
    left = [token for token in counts if CORRECTABLE.fullmatch(token) and token not in engine.words]
    return Spelling(found, [token for token in left if token not in found])


def corrections(counts: Mapping[str, int], engine: SymSpell) -> dict[str, str]:
    """Token -> correction, for the tokens that are corrected.

    Args:
        counts: every distinct token of the corpus and how often it occurs.
        engine: learns the corpus' own frequent words, so that they are suggested too.
    """
    unknown = [token for token in counts if CORRECTABLE.fullmatch(token) and token not in engine.words]
    # Frequent tokens first: what they turn out to be is known when rare ones are judged.
    unknown.sort(key=lambda token: (-counts[token], token))
    found: dict[str, str] = {}
    for token in unknown:
        suggestion = _suggestion(token, counts, engine)
        if counts[token] >= OFTEN and (not suggestion or counts.get(suggestion, 0) < FAR_MORE * counts[token]):
            engine.create_dictionary_entry(token, counts[token])
        elif suggestion:
            found[token] = suggestion
    return found


def _suggestion(token: str, counts: Mapping[str, int], engine: SymSpell) -> str | None:
    """The nearest word; among equally near ones that which the corpus, then English, uses most."""
    nearest = engine.lookup(token, Verbosity.CLOSEST, max_edit_distance=2 if len(token) >= LONG else 1)
    best = max(nearest, key=lambda item: (counts.get(item.term, 0), item.count, item.term), default=None)
    return best.term if best else None


class Proofreader:
    """Corrects text that comes after training towards the words that a trained model knows.

    A word that is neither known nor English is read as the nearest known one, if one is
    near: of equally near ones the one that stands first.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.known = frozenset(words)
        self.engine = FastSymSpell(max_dictionary_edit_distance=2, prefix_length=7)
        for place, word in enumerate(words):
            self.engine.create_dictionary_entry(word, len(words) - place)
        self.corrected: dict[str, str] = {}

    def __call__(self, tokens: Sequence[str]) -> list[str]:
        return [token if token in self.known else self._correct(token) for token in tokens]

    def _correct(self, token: str) -> str:
        if token not in self.corrected:
            strange = CORRECTABLE.fullmatch(token) and token not in english()
            self.corrected[token] = (_suggestion(token, {}, self.engine) if strange else None) or token
        return self.corrected[token]
