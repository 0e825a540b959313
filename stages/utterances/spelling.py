"""Spelling correction of the corpus' distinct tokens with SymSpell.

SymSpell finds the dictionary words nearest to a token; which tokens may be corrected
at all, and which of the nearest words is meant, is decided here. Work is done per
distinct token, so a corpus of millions of words costs as much as its vocabulary.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from importlib.resources import files
from pathlib import Path

from symspellpy import SymSpell, Verbosity

from stages.common.errors import UserError
from stages.utterances.tokenize import Spelling

DICTIONARY = "frequency_dictionary_en_82_765.txt"
# SymSpell's own defaults: of a word this many letters are indexed, of which so many may differ.
PREFIX, MAX_EDITS = 7, 2
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


class NarrowSymSpell(SymSpell):  # type: ignore[misc]  # symspellpy is untyped
    """SymSpell for the lookups of given tokens: no other part of its index is built.

    A lookup asks the index for its token, with up to two letters left out, and for nothing
    else. What else could be asked for is most of the index, and most of the time.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        super().__init__(max_dictionary_edit_distance=MAX_EDITS, prefix_length=PREFIX)
        self._asked = frozenset[str]().union(*map(edits, {token[:PREFIX] for token in tokens}))
        # Words of one beginning share their edits.
        self._answered = cache(lambda prefix: self._asked & edits(prefix))

    def _edits_prefix(self, key: str) -> Set[str]:
        return self._answered(key[:PREFIX])


def edits(prefix: str) -> set[str]:
    """`prefix` without each choice of at most two of its letters."""
    found = {prefix}
    for place in range(len(prefix)):
        without = prefix[:place] + prefix[place + 1 :]
        found.add(without)
        found.update(without[:other] + without[other + 1 :] for other in range(place, len(without)))
    return found


def read_dictionary(file: Path, tokens: Iterable[str]) -> SymSpell:
    """SymSpell with a file of words and frequencies, for the lookups of `tokens`.

    Raises:
        UserError: the file holds no word with its frequency.
    """
    engine = NarrowSymSpell(tokens)
    engine.load_dictionary(file, term_index=0, count_index=1, encoding="utf-8")
    if not engine.words:
        raise UserError(f"{file}: no line of it is a word and a frequency, such as `the 23135851162`")
    return engine


def load_engine(tokens: Iterable[str]) -> SymSpell:
    """SymSpell with the English dictionary that comes with it, for the lookups of `tokens`."""
    return read_dictionary(Path(str(files("symspellpy") / DICTIONARY)), tokens)


@cache
def english() -> frozenset[str]:
    """The words of that dictionary, which are read in no time."""
    with (files("symspellpy") / DICTIONARY).open(encoding="utf-8") as file:
        return frozenset(line.partition(" ")[0] for line in file)


def _strange(tokens: Iterable[str]) -> list[str]:
    """Those that could be misspelled: of letters, long enough to tell, and not English."""
    return [token for token in tokens if CORRECTABLE.fullmatch(token) and token not in english()]


def check(counts: Mapping[str, int]) -> Spelling:
    """What becomes of the corpus' distinct tokens, given with how often each occurs."""
    unknown = _strange(counts)
    if not unknown:
        return Spelling({}, [])
    engine = load_engine(unknown)
    found = corrections(counts, engine)
    # What the corpus uses often, `corrections` has made a word of.
    return Spelling(found, [token for token in unknown if token not in found and token not in engine.words])


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


def toward(words: Sequence[str], tokens: Iterable[str]) -> dict[str, str]:
    """Token -> correction, in new text that a model is to read which knows `words`.

    A token that is neither known nor English is read as the nearest known word, if one is
    near; of equally near ones as the one that stands first.
    """
    strange = _strange(set(tokens).difference(words))
    if not strange:
        return {}
    engine = NarrowSymSpell(strange)
    for place, word in enumerate(words):
        engine.create_dictionary_entry(word, len(words) - place)
    found = ((token, _suggestion(token, {}, engine)) for token in strange)
    return {token: meant for token, meant in found if meant is not None}
