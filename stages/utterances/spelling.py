"""Spelling correction of the distinct tokens of a corpus with SymSpell, and the report of the corrections.

SymSpell finds the dictionary words nearest to a token. This module decides which tokens may be corrected, and which of
the nearest words is meant. Work is per distinct token, so its cost grows with the vocabulary, not with the corpus.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cache
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
from symspellpy import SymSpell, Verbosity

from stages.common.errors import UserError
from stages.common.files import write_parquet
from stages.utterances.tables import FOLDER
from stages.utterances.tokenize import Spelling

DICTIONARY = "frequency_dictionary_en_82_765.txt"
# SymSpell's defaults: number of indexed letters of a word, and the maximum edit distance.
PREFIX, MAX_EDITS = 7, 2
# Shorter tokens, numbers and signs are never corrected: nearly every token of two or three
# letters is one edit away from a frequent word.
CORRECTABLE = re.compile(r"[a-z]{4,}")
# Two edits are a typo in a word of at least this length, and another word in a shorter one.
LONG = 7
# A token that the corpus uses this often counts as a word (`colorful`, which the dictionary spells with ou) ...
FREQUENT = 5
# ... unless the corpus uses its correction this many times as often (`paintng`).
FAR_MORE = 50


class NarrowSymSpell(SymSpell):  # type: ignore[misc]  # symspellpy is untyped
    """SymSpell with only the part of the index that lookups of `tokens` need.

    A lookup queries the index for its token without each choice of up to two letters. All other entries are most of
    the index, and most of the time to build it.
    """

    def __init__(self, tokens: Iterable[str]) -> None:
        super().__init__(max_dictionary_edit_distance=MAX_EDITS, prefix_length=PREFIX)
        self._queries = frozenset[str]().union(*map(deletions, {token[:PREFIX] for token in tokens}))
        # Words with the same prefix share their entries.
        self._entries = cache(lambda prefix: self._queries & deletions(prefix))

    def _edits_prefix(self, key: str) -> Set[str]:
        return self._entries(key[:PREFIX])


def deletions(prefix: str) -> set[str]:
    """`prefix` without each choice of at most two of its letters."""
    result = {prefix}
    for first in range(len(prefix)):
        without = prefix[:first] + prefix[first + 1 :]
        result.add(without)
        result.update(without[:second] + without[second + 1 :] for second in range(first, len(without)))
    return result


def read_dictionary(file: Path, tokens: Iterable[str]) -> SymSpell:
    """SymSpell with a file of words and frequencies, for lookups of `tokens`.

    Raises:
        UserError: the file has no word with a frequency.
    """
    engine = NarrowSymSpell(tokens)
    engine.load_dictionary(file, term_index=0, count_index=1, encoding="utf-8")
    if not engine.words:
        raise UserError(f"{file}: no line has a word and its frequency; expected lines such as `the 23135851162`")
    return engine


def english_engine(tokens: Iterable[str]) -> SymSpell:
    """SymSpell with its English dictionary, for lookups of `tokens`."""
    return read_dictionary(Path(str(files("symspellpy") / DICTIONARY)), tokens)


@cache
def english_words() -> frozenset[str]:
    """The words of SymSpell's English dictionary, without the seconds that its index takes."""
    with (files("symspellpy") / DICTIONARY).open(encoding="utf-8") as file:
        return frozenset(line.partition(" ")[0] for line in file)


def _unknown(tokens: Iterable[str]) -> list[str]:
    """Correctable tokens that are no English words."""
    return [token for token in tokens if CORRECTABLE.fullmatch(token) and token not in english_words()]


def check(counts: Mapping[str, int]) -> Spelling:
    """Check the distinct tokens of a corpus, given with their counts."""
    unknown = _unknown(counts)
    if not unknown:
        return Spelling({}, [])
    engine = english_engine(unknown)
    corrected = corrections(counts, engine)
    # `corrections` added the frequent tokens of the corpus to the words of the engine.
    return Spelling(corrected, [token for token in unknown if token not in corrected and token not in engine.words])


def corrections(counts: Mapping[str, int], engine: SymSpell) -> dict[str, str]:
    """Corrections of the tokens that need one.

    Args:
        counts: all distinct tokens of the corpus with their counts.
        engine: its dictionary is extended by the frequent words of the corpus, so that they are suggested too.
    """
    unknown = [token for token in counts if CORRECTABLE.fullmatch(token) and token not in engine.words]
    # Frequent tokens first: whether they are words is known before rare tokens are corrected.
    unknown.sort(key=lambda token: (-counts[token], token))
    corrected: dict[str, str] = {}
    for token in unknown:
        suggestion = _suggestion(token, counts, engine)
        if counts[token] >= FREQUENT and (not suggestion or counts.get(suggestion, 0) < FAR_MORE * counts[token]):
            engine.create_dictionary_entry(token, counts[token])
        elif suggestion:
            corrected[token] = suggestion
    return corrected


def _suggestion(token: str, counts: Mapping[str, int], engine: SymSpell) -> str | None:
    """The nearest word; of equally near ones the most frequent in the corpus, then in English."""
    nearest = engine.lookup(token, Verbosity.CLOSEST, max_edit_distance=2 if len(token) >= LONG else 1)
    best = max(nearest, key=lambda item: (counts.get(item.term, 0), item.count, item.term), default=None)
    return best.term if best else None


class Corrector:
    """Corrections of the tokens of new text to the `words` that a model knows.

    Only tokens that are neither known nor English are corrected, to the nearest known word within the edit distance;
    of equally near ones to the first.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._words, self._known = words, frozenset(words)
        self._asked, self._whole = False, None

    def corrections(self, tokens: Iterable[str]) -> dict[str, str]:
        """The corrections of those tokens that need one."""
        unknown = _unknown(set(tokens).difference(self._known))
        if not unknown:
            return {}
        engine = self._engine(unknown)
        suggestions = ((token, _suggestion(token, {}, engine)) for token in unknown)
        return {token: suggestion for token, suggestion in suggestions if suggestion is not None}

    def _engine(self, unknown: Sequence[str]) -> SymSpell:
        """An index for these tokens alone, which is soon made; from the second text on the whole one, which stays."""
        if not self._asked:
            self._asked = True
            return self._filled(NarrowSymSpell(unknown))
        if self._whole is None:
            self._whole = self._filled(SymSpell(max_dictionary_edit_distance=MAX_EDITS, prefix_length=PREFIX))
        return self._whole

    def _filled(self, engine: SymSpell) -> SymSpell:
        for place, word in enumerate(self._words):
            engine.create_dictionary_entry(word, len(self._words) - place)
        return engine


# The correction is null if no word is near enough. Counts include utterances outside the length limits.
REPORT = pa.schema([("token", pa.string()), ("correction", pa.string()), ("count", pa.int32())])


def spelling_path(profile: str) -> Path:
    """Path of the report of `analysis` or `deep_nets`."""
    return FOLDER / profile / "spelling.parquet"


def save_spelling(spelling: Spelling, counts: Mapping[str, int], path: Path) -> None:
    """Write the report, the most frequent tokens first."""
    corrected = {**spelling.corrections, **dict.fromkeys(spelling.uncorrectable)}
    tokens = sorted(corrected, key=lambda token: (-counts[token], token))
    columns = [tokens, [corrected[token] for token in tokens], [counts[token] for token in tokens]]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, REPORT, strict=True)]
    write_parquet(pa.table(arrays, schema=REPORT), path)
