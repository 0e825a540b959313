"""The rules `clean` on a whole corpus: those of text.py and spelling.py."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stages.utterances import spelling, text
from stages.utterances.rules import Spelling
from stages.utterances.together import together

# Wherever a quote could begin; an apostrophe behind a letter begins none.
MAY_BE_QUOTED = r"""(^|[^a-zA-Z0-9])['\x{2018}\x{2019}\x{201b}\x{b4}]|["\x{201c}\x{201d}\x{201e}]"""


class CleanRules:
    """ArtEmis' steps without their defects; docs/text_rules.md lists the differences."""

    def prepare(self, utterances: pa.Array) -> pa.Array:
        """Remove quotes, which may go around several words."""
        quoted = pc.match_substring_regex(utterances, MAY_BE_QUOTED)
        changed = together(lambda said: text.unquote(text.plain(said)), utterances.filter(quoted).to_pylist())
        return pc.replace_with_mask(utterances, quoted, pa.array(changed, utterances.type))

    def clean(self, piece: str) -> str:
        return text.separate(text.expand_contractions(text.plain(piece)))

    def respell(self, token: str) -> Sequence[str]:
        return (token,)

    def record(self) -> dict[str, Any]:
        return {"rules": "clean"}

    def spell_check(self, counts: Mapping[str, int]) -> Spelling:
        return spelling.check(counts)
