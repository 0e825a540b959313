"""Import ArtEmis' word tables from a clone of its code, for `utterances.rules: artemis`.

The clone's Python files are parsed; nothing of them is imported or run.
"""

import ast
import shutil
from pathlib import Path
from typing import Any

from stages.common.errors import UserError
from stages.common.files import write_json, write_with
from stages.text_classifier.glove import glove_words
from stages.utterances.resource_files import DICTIONARY, FOLDER, GLOVE, SPELLING, SYNONYMS

# Files of the clone, in its folder `artemis`.
LANGUAGE = Path("language/language_preprocessing.py")
SPELLINGS = Path("language/spelling.py")
EMOTIONS = Path("emotions.py")
WORD_LIST = Path("data/glove.6B.100d.vocabulary.txt")
FREQUENCIES = Path("data/symspell_frequency_dictionary_en_82_765.txt")


def convert(clone: Path, glove: Path | None = None, folder: Path = FOLDER) -> str:
    """Write the four files to `folder`; returns a summary.

    Args:
        clone: the folder of an ArtEmis clone.
        glove: a file of GloVe vectors, for a clone without its word list.

    Raises:
        UserError: the clone, or a file or table in it, is not there.
    """
    package = clone / "artemis" if (clone / "artemis").is_dir() else clone
    tables = {
        "contractions": literal(package / LANGUAGE, "contractions_dict"),
        "sentences": literal(package / SPELLINGS, "sentence_spelling_dictionary"),
        "tokens": literal(package / SPELLINGS, "token_spelling_dictionary"),
        "words": sorted(literal(package / SPELLINGS, "missing_from_glove_but_are_actual_words")),
    }
    synonyms = [list(words) for words in literal(package / EMOTIONS, "LARGER_EMOTION_VOCAB")]
    words = glove_words(_existing(glove or package / WORD_LIST))
    frequencies = _existing(package / FREQUENCIES)
    write_json(tables, folder / SPELLING)
    write_json(synonyms, folder / SYNONYMS)
    write_with(lambda path: path.write_text("\n".join(words) + "\n", encoding="utf-8"), folder / GLOVE)
    write_with(lambda path: shutil.copyfile(frequencies, path), folder / DICTIONARY)
    counts = ", ".join(f"{len(table):,} {name}" for name, table in tables.items())
    return f"{folder}: {counts}, {len(words):,} words of GloVe, {len(synonyms)} classes of emotions"


def literal(file: Path, name: str) -> Any:
    """The value of the assignment `name = ...` at the top level of a Python file: a literal.

    Raises:
        UserError: there is no such file or assignment, or its value is computed.
    """
    source = _existing(file).read_text(encoding="utf-8")
    for node in ast.parse(source, filename=str(file)).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return _value(node.value, f"{file}: {name}")  # type: ignore[attr-defined]
    raise UserError(f"{file}: there is no {name}; give the folder of an ArtEmis clone")


def _value(node: ast.expr, place: str) -> Any:
    # `set([...])` and `dict(...)` of a literal are read as their argument.
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        node = node.args[0]
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise UserError(f"{place} is computed, and foreign code is not run; allowed is a literal") from None


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; give the folder of an ArtEmis clone")
    return path
