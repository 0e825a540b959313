"""The word tables of ArtEmis in data/raw/resources/, read when a rule asks for them.

They are not part of this repository; `python -m formats.artemis.word_tables` takes them
from a person's own copy of ArtEmis.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.common.errors import UserError
from stages.common.files import read_json

FOLDER = Path("data/raw/resources")
SPELLING, GLOVE, DICTIONARY, SYNONYMS = (
    "artemis_spelling.json",
    "glove_words.txt",
    "symspell_82_765.txt",
    "artemis_emotion_synonyms.json",
)
COMMAND = "python -m formats.artemis.word_tables <folder of an ArtEmis clone>"


@dataclass(frozen=True)
class Resources:
    """What the rules `artemis` need; tables in the order of their files."""

    # `can't` -> `cannot`
    contractions: Mapping[str, str]
    # A whole utterance -> what it should be.
    sentences: Mapping[str, str]
    # A misspelled token -> the tokens meant.
    tokens: Mapping[str, Sequence[str]]
    # The rest is for the spell-check alone. Tokens that are right: GloVe's words and a few more.
    good_words: Set[str] = frozenset()
    # A file of words and frequencies for SymSpell.
    dictionary: Path = FOLDER / DICTIONARY


def load_resources(folder: Path = FOLDER) -> Resources:
    """Read all of them.

    Raises:
        UserError: if one is missing or is no such table.
    """
    require([SPELLING, GLOVE, DICTIONARY], "utterances.rules: artemis", folder)
    tables = _json(folder / SPELLING, ["contractions", "sentences", "tokens", "words"])
    glove = (folder / GLOVE).read_text(encoding="utf-8").split("\n")
    return Resources(
        contractions=tables["contractions"],
        sentences=tables["sentences"],
        tokens={token: [meant] if isinstance(meant, str) else meant for token, meant in tables["tokens"].items()},
        good_words={*glove, *tables["words"]} - {""},
        dictionary=folder / DICTIONARY,
    )


def require(names: Sequence[str], param: str, folder: Path = FOLDER) -> None:
    """Each of the files must be there.

    Raises:
        UserError: saying what is missing, which param asks for it, and how it gets there.
    """
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise UserError(f"{folder}: {', '.join(missing)} missing, which {param} needs; `{COMMAND}` writes it")


def _json(path: Path, keys: Sequence[str]) -> dict[str, Any]:
    try:
        tables = read_json(path)
        return {key: tables[key] for key in keys}
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not ArtEmis' spelling tables ({error!r}); `{COMMAND}` writes them") from None
