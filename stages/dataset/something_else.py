"""What people felt who chose "something else", by the words for other emotions in what they wrote.

The words are ArtEmis' classes of synonyms, which are not part of this repository;
data/raw/resources/README.md says how they get there.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from stages.common.errors import UserError
from stages.common.tables import read_json

UNCLASSIFIED = "unclassified"


def load_synonyms(path: Path) -> list[list[str]] | None:
    """The classes, each a list of synonyms and named after its first; None where there is no such file.

    Raises:
        UserError: if the file is no list of lists of words.
    """
    if not path.is_file():
        return None
    classes = read_json(path)
    if not all(isinstance(one, list) and one for one in classes):
        raise UserError(f"{path}: found other things than lists of synonyms; take the file away, or give ArtEmis' own")
    return [list(map(str, one)) for one in classes]


def classes_of(utterances: Iterable[Sequence[str]], synonyms: Sequence[Sequence[str]]) -> dict[str, int]:
    """How many utterances belong to each class, most frequent first.

    As ArtEmis counts: an utterance belongs to a class if it holds exactly one word of all
    classes, counted for each time it occurs and each class that it is in; a word in two
    classes decides for none.
    """
    of: dict[str, list[str]] = {}
    for one in synonyms:
        for word in one:
            of.setdefault(word, []).append(one[0])
    counts: Counter[str] = Counter()
    for tokens in utterances:
        found = [name for token in tokens for name in of.get(token, ())]
        counts[found[0] if len(found) == 1 else UNCLASSIFIED] += 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
