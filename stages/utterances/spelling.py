"""Spelling correction of the corpus' distinct tokens with SymSpell.

SymSpell finds the dictionary words nearest to a token; which tokens may be corrected
at all, and which of the nearest words is meant, is decided here. Work is done per
distinct token, so a corpus of millions of words costs as much as its vocabulary.
"""

import re
from collections.abc import Mapping
from importlib.resources import files

from symspellpy import SymSpell, Verbosity

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


def load_engine() -> SymSpell:
    """SymSpell with the English dictionary that comes with it; takes 2 to 4 seconds."""
    engine = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    dictionary = str(files("symspellpy") / DICTIONARY)
    if not engine.load_dictionary(dictionary, term_index=0, count_index=1, encoding="utf-8"):
        raise FileNotFoundError(dictionary)
    return engine


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


def correct(tokens: list[str], corrected: Mapping[str, str]) -> list[str]:
    """`tokens` with those that have a correction replaced."""
    return list(map(corrected.get, tokens, tokens)) if corrected else list(tokens)


def _suggestion(token: str, counts: Mapping[str, int], engine: SymSpell) -> str | None:
    """The nearest word; among equally near ones that which the corpus, then English, uses most."""
    nearest = engine.lookup(token, Verbosity.CLOSEST, max_edit_distance=2 if len(token) >= LONG else 1)
    best = max(nearest, key=lambda item: (counts.get(item.term, 0), item.count, item.term), default=None)
    return best.term if best else None
