"""What a set of text rules must offer, so that its work can be done once for each distinct piece of text.

There are two: `clean` (clean_rules.py) and `artemis` (artemis_rules.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa


@dataclass(frozen=True)
class Spelling:
    """What became of the tokens that no list of words knows."""

    corrections: Mapping[str, str]
    # Not known, and nothing near enough to be meant.
    uncorrectable: Sequence[str]


class Rules(Protocol):
    """From an utterance as typed to tokens, in four steps; and how to come by them again."""

    def prepare(self, utterances: pa.Array) -> pa.Array:
        """The steps that need to see a whole utterance."""

    def clean(self, piece: str) -> str:
        """The steps that see no further than a space; `piece` is what stands between two spaces.

        The result holds no full stop, comma or colon, and may hold spaces.
        """

    def respell(self, token: str) -> Sequence[str]:
        """What stands for a token: mostly itself, but a table may know better."""

    def record(self) -> dict[str, Any]:
        """What tokenizer.py needs to do the same to other text: the name of the rules, and their word tables."""

    def spell_check(self, counts: Mapping[str, int]) -> Spelling:
        """Correct the distinct tokens of the corpus, given with how often each occurs."""
