"""Tokenizer for new text, with the rules and corrections of a profile.

It is stored beside the vocabulary, with the word tables of its rules and the corrections made in the corpus. A
misspelling that does not occur in the corpus stays as it is: its correction would need a whole dictionary.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.common.language import is_english
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.plain_rules import PlainRules
from stages.utterances.resource_files import Resources
from stages.utterances.tables import FOLDER
from stages.utterances.tokenize import Rules, Spelling, correct, tokenize_all


def tokenizer_path(profile: str) -> Path:
    """Path of the tokenizer of `analysis` or `deep_nets`."""
    return FOLDER / profile / "tokenizer.json"


class Tokenizer:
    """`Tokenizer.load(tokenizer_path("deep_nets")).tokens(["A gloomy sea!"])` is `[["a", "gloomy", "sea"]]`."""

    def __init__(self, rules: Rules, corrections: Mapping[str, str]) -> None:
        self._rules = rules
        self._corrections = dict(corrections)

    def tokens(self, texts: Sequence[str]) -> list[list[str]]:
        """Tokens of each text."""
        tokens = tokenize_all(pa.array(texts, pa.string()), self._rules)
        return correct(tokens, Spelling(self._corrections, [])).lists().to_pylist()

    @property
    def is_english(self) -> bool:
        """True if its rules are those of English text."""
        return is_english(self._rules.record()["rules"])

    def record(self) -> dict[str, Any]:
        """Contents of its JSON file."""
        return {**self._rules.record(), "corrections": self._corrections}

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> "Tokenizer":
        """Restore a tokenizer from its `record`.

        Raises:
            KeyError: not such a record.
        """
        tables = dict(record)
        corrections = tables.pop("corrections")
        match tables.pop("rules"):
            case "clean":
                return cls(CleanRules(), corrections)
            case "artemis":
                return cls(ArtemisRules(Resources(**tables)), corrections)
            case "plain":
                return cls(PlainRules(**tables), corrections)
            case name:
                raise KeyError(name)

    def save(self, path: Path) -> None:
        """Write the record as JSON."""
        write_json(self.record(), path)

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Read a file of `save`.

        Raises:
            UserError: the file is missing or holds something else.
        """
        try:
            return cls.of(read_json(path))
        except FileNotFoundError:
            raise UserError(f"{path}: no such file; `dvc repro utterances@{path.parent.name}` writes it") from None
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path}: not a tokenizer ({error!r}); `dvc repro utterances` writes it") from None
