"""The rules `artemis`: what the code of ArtEmis does to text, defects included, step by step.

For numbers that can be compared with those on ArtEmis' own table. The word tables are
its authors' and come from the resources; see resource_files.py.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from symspellpy import Verbosity

from stages.utterances.resource_files import Resources
from stages.utterances.spelling import read_dictionary
from stages.utterances.tokenize import Spelling

# Any of the three signs may open, and any other of them close.
QUOTED = re.compile(r"""['|"](\w+)['|"]""")
# No apostrophe, double quote or parenthesis; the typographic ones stay too.
PUNCTUATION = ".?!,:;/\\-~*_=[]{}$^@|%#<>\u2013\u2014"
SPACES = str.maketrans(dict.fromkeys(PUNCTUATION, " "))


class ArtemisRules:
    """Patch, lower, unquote, expand, separate, tokenize, map tokens, correct: the order is binding."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._contractions = resources.contractions
        # The first that fits is taken, in the table's order, also in the middle of a word.
        self._contraction = re.compile("|".join(map(re.escape, self._contractions)), re.IGNORECASE)
        # In ArtEmis' table every one has an apostrophe, so few words need to be looked at.
        self._sign = "'" if all("'" in key and " " not in key for key in self._contractions) else ""

    def prepare(self, utterances: pa.Array) -> pa.Array:
        """Replace an utterance that is, to the letter, one of those that were mended by hand."""
        by_hand = self._resources.sentences
        index = pc.index_in(utterances, value_set=pa.array(list(by_hand), utterances.type))
        mended = pa.array(list(by_hand.values()), utterances.type).take(index)
        return pc.coalesce(mended, utterances)

    def clean(self, piece: str) -> str:
        unquoted = QUOTED.sub(r" \1 ", piece.lower())
        words = [self._expand(word) if self._sign in word else word for word in unquoted.split(" ")]
        return " ".join(words).lower().translate(SPACES)

    def _expand(self, word: str) -> str:
        return self._contraction.sub(lambda match: self._contractions[match[0].lower()], word)

    def respell(self, token: str) -> Sequence[str]:
        return self._resources.tokens.get(token, (token,))

    def record(self) -> dict[str, Any]:
        ours = self._resources
        tables = {"contractions": ours.contractions, "sentences": ours.sentences, "tokens": ours.tokens}
        return {"rules": "artemis", **tables}

    def spell_check(self, counts: Mapping[str, int]) -> Spelling:
        """Every token that is not among the good words becomes the nearest word within two edits, if there is one.

        ArtEmis means one edit, but hands the number to another parameter of SymSpell's
        `lookup`; what that returns first is `Verbosity.TOP` within two edits.
        """
        good = self._resources.good_words
        unknown = [token for token in counts if token not in good]
        if not unknown:
            return Spelling({}, [])
        engine = read_dictionary(self._resources.dictionary, unknown)
        nearest = {token: engine.lookup(token, Verbosity.TOP, max_edit_distance=2) for token in unknown}
        found = {token: items[0].term for token, items in nearest.items() if items}
        corrections = {token: term for token, term in found.items() if term != token}
        return Spelling(corrections, [token for token in unknown if token not in found])
