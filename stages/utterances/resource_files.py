"""Word tables of ArtEmis in data/raw/resources/, read only by the features that need them.

They are not part of this repository; `artemis import word-tables` extracts them from a copy of ArtEmis.
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
COMMAND = "artemis import word-tables <folder of an ArtEmis clone>"


@dataclass(frozen=True)
class Resources:
    """Tables of the rules `artemis`, in the order of their files."""

    # `can't` -> `cannot`
    contractions: Mapping[str, str]
    # Whole utterance -> corrected utterance.
    sentences: Mapping[str, str]
    # Misspelled token -> tokens.
    tokens: Mapping[str, Sequence[str]]
    # For the spell check only: correct tokens (the words of GloVe and a few more), and SymSpell's word frequencies.
    good_words: Set[str] = frozenset()
    dictionary: Path = FOLDER / DICTIONARY


def load_resources(folder: Path = FOLDER) -> Resources:
    """Read all tables.

    Raises:
        UserError: a file is missing or has other contents.
    """
    require([SPELLING, GLOVE, DICTIONARY], "utterances.rules: artemis", folder)
    tables = _read_tables(folder / SPELLING, ["contractions", "sentences", "tokens", "words"])
    glove = (folder / GLOVE).read_text(encoding="utf-8").split("\n")
    return Resources(
        contractions=tables["contractions"],
        sentences=tables["sentences"],
        tokens={token: [new] if isinstance(new, str) else new for token, new in tables["tokens"].items()},
        good_words={*glove, *tables["words"]} - {""},
        dictionary=folder / DICTIONARY,
    )


def require(names: Sequence[str], param: str, folder: Path = FOLDER) -> None:
    """Check that the files `names` exist.

    Raises:
        UserError: names the missing files, the param that needs them, and the command that writes them.
    """
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise UserError(f"{folder}: missing {', '.join(missing)}, required by {param}; `{COMMAND}` writes them")


def _read_tables(path: Path, keys: Sequence[str]) -> dict[str, Any]:
    try:
        tables = read_json(path)
        return {key: tables[key] for key in keys}
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: not the spelling tables of ArtEmis ({error!r}); `{COMMAND}` writes them") from None
