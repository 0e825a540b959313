"""Take the word tables of ArtEmis from a copy of its code: `python -m formats.artemis.word_tables <folder>`.

The tables are read by parsing the copy's Python files; nothing of it is imported or run.
They are written to data/raw/resources/. `--glove glove.6B.100d.txt` takes GloVe's words
from there, for a copy without its word list. A tool, so nobody's dep.
"""

import argparse
import ast
import shutil
from pathlib import Path
from typing import Any

from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.files import save_with, write_json
from stages.utterances.resource_files import DICTIONARY, FOLDER, GLOVE, SPELLING, SYNONYMS

# Where the copy keeps what, in its folder `artemis`.
LANGUAGE = Path("language/language_preprocessing.py")
SPELLINGS = Path("language/spelling.py")
EMOTIONS = Path("emotions.py")
WORD_LIST = Path("data/glove.6B.100d.vocabulary.txt")
FREQUENCIES = Path("data/symspell_frequency_dictionary_en_82_765.txt")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clone", type=Path, help="folder of an ArtEmis clone")
    parser.add_argument("--glove", type=Path, help="a file of GloVe vectors, glove.6B.*.txt")
    asked = parser.parse_args()
    print(take(asked.clone, asked.glove))
    return 0


def take(clone: Path, glove: Path | None = None, folder: Path = FOLDER) -> str:
    """Write the four files to `folder`; returns what they hold, in words.

    Raises:
        UserError: if the clone, or something in it, is not there.
    """
    package = clone / "artemis" if (clone / "artemis").is_dir() else clone
    tables = {
        "contractions": literal(package / LANGUAGE, "contractions_dict"),
        "sentences": literal(package / SPELLINGS, "sentence_spelling_dictionary"),
        "tokens": literal(package / SPELLINGS, "token_spelling_dictionary"),
        "words": sorted(literal(package / SPELLINGS, "missing_from_glove_but_are_actual_words")),
    }
    synonyms = [list(words) for words in literal(package / EMOTIONS, "LARGER_EMOTION_VOCAB")]
    words = glove_words(glove or _existing(package / WORD_LIST))
    frequencies = _existing(package / FREQUENCIES)
    write_json(tables, folder / SPELLING)
    write_json(synonyms, folder / SYNONYMS)
    save_with(lambda path: path.write_text("\n".join(words) + "\n", encoding="utf-8"), folder / GLOVE)
    save_with(lambda path: shutil.copyfile(frequencies, path), folder / DICTIONARY)
    told = ", ".join(f"{len(table):,} {name}" for name, table in tables.items())
    return f"{folder}: {told}, {len(words):,} words of GloVe, {len(synonyms)} classes of emotions"


def literal(file: Path, name: str) -> Any:
    """The value of the assignment `name = ...` at the top of a Python file: text, numbers and collections only.

    Raises:
        UserError: if there is no such file or assignment, or its value is computed.
    """
    source = _existing(file).read_text(encoding="utf-8")
    for node in ast.parse(source, filename=str(file)).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return _value(node.value, f"{file}: {name}")  # type: ignore[attr-defined]
    raise UserError(f"{file}: there is no {name}; is this a clone of ArtEmis?")


def glove_words(file: Path) -> list[str]:
    """The words of a GloVe file, with or without their vectors."""
    lines = _existing(file).read_text(encoding="utf-8").split("\n")
    return [line.split(" ", 1)[0] for line in lines if line]


def _value(node: ast.expr, where: str) -> Any:
    # `set([...])` and `dict(...)` of a literal are read as their argument.
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        node = node.args[0]
    try:
        return ast.literal_eval(node)
    except ValueError:
        raise UserError(f"{where} is computed, and this tool runs no foreign code") from None


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise UserError(f"{path}: there is no such file; give the folder of an ArtEmis clone")
    return path


if __name__ == "__main__":
    tool(main)
