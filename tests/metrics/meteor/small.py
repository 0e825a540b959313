"""A small METEOR: a few words and phrases instead of pycocoevalcap's data, in the same form."""

import gzip
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

MEMBERS = {
    "nonbreaking/english.prefixes": "# abbreviations\nMr\nv\n\nNo #NUMERIC_ONLY#\n",
    "function/english.words": "a\nis\nof\nthe\n.\n,\n",
    "synonym/english.exceptions": "man\nmen\ngo\nwent gone\nbe\nis\nlie\nlay\nlay\nlay lain\n",
    "synonym/english.synsets": (
        "boat\n00000001 00000002\nship\n00000002\nman\n00000003\nguy\n00000003\ngo\n00000004\nmove\n00000004\n"
        "lie\n00000005\nlay\n00000006\nrest\n00000005 00000006\nbox\n00000007\ncrate\n00000007\nglass\n00000008\n"
        "pane\n00000008\nnote\n00000009\nremark\n00000009\n"
    ),
}
# Each phrase and its paraphrases, sorted by phrase.
PARAPHRASES = {
    "a": ["one", "the"],
    "a lot of": ["many", "much", "a great deal of"],
    "boat": ["small ship", "vessel"],
    "many": ["a lot of", "lots of"],
    "the man": ["he", "the guy"],
    "x": ["y z", "z"],
    "x y": ["z", "x z"],
    "z": ["x", "x y"],
}


def paraphrase_lines(entries: Mapping[str, Iterable[str]]) -> str:
    return "".join(f"0.5\n{phrase}\n{other}\n" for phrase, others in entries.items() for other in others)


def write(folder: Path, members: Mapping[str, str] = MEMBERS, paraphrases: str = paraphrase_lines(PARAPHRASES)) -> Path:
    """Write the jar and the file of paraphrases; returns the folder."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "meteor-1.5.jar", "w") as jar:
        for name, text in members.items():
            jar.writestr(name, text)
    (folder / "data/paraphrase-en.gz").write_bytes(gzip.compress(paraphrases.encode(), mtime=0))
    return folder
