"""Text rules `artemis`: exactly what the code of ArtEmis does, including its defects.

They make results comparable with those on ArtEmis' preprocessed table. The word tables are the work of its authors; see
resource_files.py.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from symspellpy import Verbosity

from stages.utterances import word_tokenizer
from stages.utterances.resource_files import Resources
from stages.utterances.spelling import read_dictionary
from stages.utterances.tokenize import Spelling

# Any of the three characters opens a quote, and any of them closes it.
QUOTED = re.compile(r"""['|"](\w+)['|"]""")
# Without apostrophe, double quote and parentheses; typographic quotes stay too.
PUNCTUATION = ".?!,:;/\\-~*_=[]{}$^@|%#<>\u2013\u2014"
SPACES = str.maketrans(dict.fromkeys(PUNCTUATION, " "))


class ArtemisRules:
    """Patch sentences, lower-case, unquote, expand contractions, remove punctuation, tokenize, map tokens, correct.

    The order of the steps matters.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._contractions = resources.contractions
        # The first match in the order of the table wins, also inside a word.
        self._contraction = re.compile("|".join(map(re.escape, self._contractions)), re.IGNORECASE)
        # Every contraction of ArtEmis' table has an apostrophe, so only words with one need a search.
        self._sign = "'" if all("'" in key and " " not in key for key in self._contractions) else ""

    def prepare(self, utterances: pa.Array) -> pa.Array:
        """Replace the utterances that ArtEmis' authors corrected by hand; the whole text must match."""
        sentences = self._resources.sentences
        index = pc.index_in(utterances, value_set=pa.array(list(sentences), utterances.type))
        corrected = pa.array(list(sentences.values()), utterances.type).take(index)
        return pc.coalesce(corrected, utterances)

    def clean(self, piece: str) -> str:
        unquoted = QUOTED.sub(r" \1 ", piece.lower())
        words = [self._expand(word) if self._sign in word else word for word in unquoted.split(" ")]
        return " ".join(words).lower().translate(SPACES)

    def _expand(self, word: str) -> str:
        return self._contraction.sub(lambda match: self._contractions[match[0].lower()], word)

    def tokenize(self, words: Sequence[str]) -> Sequence[Sequence[str]]:
        table = self._resources.tokens
        return [
            [mapped for token in tokens for mapped in table.get(token, (token,))]
            for tokens in word_tokenizer.tokenize_each(words)
        ]

    def record(self) -> dict[str, Any]:
        resources = self._resources
        return {
            "rules": "artemis",
            "contractions": resources.contractions,
            "sentences": resources.sentences,
            "tokens": resources.tokens,
        }

    def spell_check(self, counts: Mapping[str, int]) -> Spelling:
        """Replace each token that is not a good word by the nearest word within two edits, if there is one.

        ArtEmis intends one edit, but passes the number to another parameter of SymSpell's `lookup`. The first result
        of its call is that of `Verbosity.TOP` within two edits.
        """
        good = self._resources.good_words
        unknown = [token for token in counts if token not in good]
        if not unknown:
            return Spelling({}, [])
        engine = read_dictionary(self._resources.dictionary, unknown)
        suggestions = {token: engine.lookup(token, Verbosity.TOP, max_edit_distance=2) for token in unknown}
        nearest = {token: items[0].term for token, items in suggestions.items() if items}
        corrections = {token: term for token, term in nearest.items() if term != token}
        return Spelling(corrections, [token for token in unknown if token not in nearest])
