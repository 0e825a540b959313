"""New text tokenized as the utterances of a profile were, wherever a later stage or a person brings some.

It takes the rules, their word tables and the corrections that the corpus was given, so they are
kept in one file beside the vocabulary. A misspelling that the corpus does not have stays as it is:
finding what was meant takes a whole dictionary.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.resource_files import Resources
from stages.utterances.tables import FOLDER
from stages.utterances.tokenize import Rules, Spelling, correct, tokenize_all


def tokenizer_path(profile: str) -> Path:
    """Where the tokenizer of `analysis` or `deep_nets` lies."""
    return FOLDER / profile / "tokenizer.json"


class Tokenizer:
    """`Tokenizer.load(tokenizer_path("deep_nets")).tokens(["A gloomy sea!"])` is `[["a", "gloomy", "sea"]]`."""

    def __init__(self, rules: Rules, corrections: Mapping[str, str]) -> None:
        self._rules = rules
        self._corrections = dict(corrections)

    def tokens(self, texts: Sequence[str]) -> list[list[str]]:
        """The tokens of each text as a person typed it."""
        tokens = tokenize_all(pa.array(texts, pa.string()), self._rules)
        return correct(tokens, Spelling(self._corrections, [])).lists().to_pylist()

    def record(self) -> dict[str, Any]:
        """All that it is made of, for a JSON file."""
        return {**self._rules.record(), "corrections": self._corrections}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Tokenizer":
        """What `record` told.

        Raises:
            KeyError: it is no such record.
        """
        tables = dict(record)
        corrections, name = tables.pop("corrections"), tables.pop("rules")
        if name not in ("clean", "artemis"):
            raise KeyError(name)
        return cls(ArtemisRules(Resources(**tables)) if name == "artemis" else CleanRules(), corrections)

    def save(self, path: Path) -> None:
        """Write the record."""
        write_json(self.record(), path)

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Read what `save` wrote.

        Raises:
            UserError: there is no such file, or it is none of a tokenizer.
        """
        try:
            return cls.of(read_json(path))
        except FileNotFoundError:
            raise UserError(f"{path}: not made yet; `dvc repro utterances@{path.parent.name}` makes it") from None
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path}: not a tokenizer ({error!r}); `dvc repro utterances` writes it") from None
