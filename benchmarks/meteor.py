"""METEOR in Python beside pycocoevalcap's Java program: seconds, memory, and equality on made pairs.

Captions and references are spliced from the utterances of a folder with an annotations.csv, so that all are different;
without one they are made up. Every time is that of a new process, from its start to the corpus value.

    python -m benchmarks.meteor [FOLDER] [--captions 10000] [--references 5] [--pairs 10000] [--shuffles 20]
"""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.made_up import sentences
from benchmarks.measure import Cost, Stopwatch, argument_parser, machine, measure, print_header, print_row
from stages.metrics.meteor import java
from stages.metrics.meteor.meteor import Meteor
from stages.metrics.meteor.resources import Resources, installed
from stages.metrics.meteor.scores import score

# Captions of the speaker on the test split of ArtEmis.
ARTEMIS = 7933
INDEX = "from stages.metrics.meteor.meteor import Meteor; Meteor()"
# Both print the corpus value of the captions in a file.
PYTHON = """
import json, sys
from stages.metrics.meteor.meteor import Meteor
captions, references = json.load(open(sys.argv[1]))
print(Meteor().corpus(captions, references))
"""
JAVA = """
import json, sys
from pycocoevalcap.meteor.meteor import Meteor
captions, references = json.load(open(sys.argv[1]))
value, _ = Meteor().compute_score(dict(enumerate(references)), {n: [text] for n, text in enumerate(captions)})
print(value)
"""
# The captions are shuffled, and compared with the same references.
SHUFFLES = """
import json, sys
import numpy as np
from stages.metrics.meteor.meteor import Meteor
captions, references = json.load(open(sys.argv[1]))
meteor, rng = Meteor(), np.random.default_rng(1)
for _ in range(int(sys.argv[2])):
    print(meteor.corpus(rng.permutation(captions).tolist(), references))
"""
Captions = tuple[list[str], list[list[str]]]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--captions", type=int, default=10_000)
    parser.add_argument("--references", type=int, default=5)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--shuffles", type=int, default=20)
    arguments = parser.parse_args()
    print(f"{machine()}\n")
    groups = utterances(arguments.folder) if arguments.folder else None
    with tempfile.TemporaryDirectory() as folder:
        print_header("what", "wall s", "CPU s", "peak GB")
        build = measure(["-c", INDEX], XDG_CACHE_HOME=folder)
        _print_cost("index of the paraphrases, made once", build)
        file = Path(folder) / "captions.json"
        file.write_text(json.dumps(captions(groups, arguments.captions, arguments.references)), encoding="utf-8")
        name = f"{arguments.captions:,} captions with {arguments.references} references"
        python, theirs = (measure(["-c", program, str(file)]) for program in (PYTHON, JAVA))
        _print_cost(name, python)
        _print_cost(f"{name}, pycocoevalcap", theirs)
        file.write_text(json.dumps(captions(groups, ARTEMIS, arguments.references)), encoding="utf-8")
        shuffled = measure(["-c", SHUFFLES, str(file), str(arguments.shuffles)])
        _print_cost(f"{arguments.shuffles} shuffles of {ARTEMIS:,} captions", shuffled)
    print(f"\n{theirs.wall / python.wall:.1f} times as fast as pycocoevalcap.\n")
    parity(captions(groups, arguments.pairs, 1), np.random.default_rng(7))


def _print_cost(name: str, cost: Cost) -> None:
    print_row(name, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.peak:.2f}")


def utterances(folder: Path) -> list[list[str]]:
    """The utterances about each painting that has several."""
    frame = pd.read_csv(folder / "annotations.csv")
    return [list(texts) for _, texts in frame.groupby(["art_style", "painting"])["utterance"] if len(texts) > 1]


def captions(groups: list[list[str]] | None, count: int, references: int, seed: int = 2021) -> Captions:
    """Different captions with their references: the beginning of one utterance and the end of another."""
    if groups is None:
        return sentences(count, references, seed)
    rng = np.random.default_rng(seed)
    seen: set[str] = set()

    def new(group: list[str]) -> str:
        while True:
            other = group if rng.random() < 0.7 else groups[rng.integers(len(groups))]
            first, second = (texts[rng.integers(len(texts))].split() for texts in (group, other))
            text = " ".join([*first[: rng.integers(1, len(first) + 1)], *second[rng.integers(len(second)) :]])
            if text not in seen:
                seen.add(text)
                return text

    made = [
        [new(group) for _ in range(references + 1)]
        for group in map(groups.__getitem__, rng.integers(len(groups), size=count))
    ]
    return [first for first, *_ in made], [others for _, *others in made]


def parity(texts: Captions, rng: np.random.Generator) -> None:
    """Print for each kind of pair how many have the program's counts and score."""
    changes = list(CHANGES)
    kinds = [changes[number % len(changes)] for number in range(len(texts[0]))]
    words = Words()
    pairs = [
        # A third are a sentence and its own change, so that much of it matches.
        (CHANGES[kind](caption if rng.random() < 0.67 else reference, rng, words), reference)
        for kind, caption, (reference,) in zip(kinds, *texts, strict=True)
    ]
    watch = Stopwatch()
    ours = Meteor().counts(pairs)
    seconds = watch.read().wall
    theirs = java.counts(pairs)
    same = np.all(ours == theirs, axis=1)
    close = np.abs(score(ours) - score(theirs)) <= 1e-9
    print_header("kind of pair", "pairs", "equal counts", "equal score")
    for kind in [*CHANGES, "all"]:
        rows = np.array([kind in ("all", each) for each in kinds])
        print_row(kind, rows.sum(), same[rows].sum(), close[rows].sum())
    print(f"\nOur counts took {seconds:.1f} s.")
    for row in np.flatnonzero(~same)[:20]:
        print(f"\n{pairs[row]}\n{ours[row].tolist()}\n{theirs[row].tolist()}")


class Words:
    """Words to put in: synonyms, paraphrases, and any."""

    def __init__(self) -> None:
        resources = Resources(installed())
        self.synsets = resources.synsets
        self.members: dict[str, list[str]] = {}
        for word, numbers in self.synsets.items():
            for number in numbers.split():
                self.members.setdefault(number, []).append(word)

    def synonym(self, word: str, rng: np.random.Generator) -> str:
        """A word of a synset of this word, or the word."""
        numbers = self.synsets.get(word, "").split()
        words = self.members[numbers[rng.integers(len(numbers))]] if numbers else [word]
        return words[rng.integers(len(words))].replace("_", " ")


Change = Callable[[str, np.random.Generator, Words], str]
MARKS = (
    ",",
    ".",
    "...",
    "!",
    "?",
    ";",
    ":",
    " - ",
    "--",
    "-",
    "'",
    "''",
    '"',
    "'s",
    "n't",
    "(",
    ")",
    "`",
    "..",
    "/",
    "%",
)
LETTERS = "éßçñøžşŠſİπΣжЖ漢字אن\u0301\u200b\u00a0\u2009😀🏽\u2019\u201c\u2014\u2013\x0b\x01ǅﬁ"
ENDINGS = ("s", "es", "ed", "ing", "er", "est", "ly", "ness", "ies", "ization", "'s", "s'", "ment", "ful")


def _order(text: str, rng: np.random.Generator, _: Words) -> str:
    words = text.split()
    start, end = sorted(rng.integers(len(words) + 1, size=2))
    words[start:end] = rng.permutation(words[start:end]).tolist()
    return " ".join(words)


def _repetition(text: str, rng: np.random.Generator, _: Words) -> str:
    words = text.split()
    for _time in range(int(rng.integers(1, 6))):
        words.insert(int(rng.integers(len(words) + 1)), words[rng.integers(len(words))])
    return " ".join(words)


def _each(share: float, change: Callable[[str, np.random.Generator, Words], str]) -> Change:
    """A change of some of the words."""

    def changed(text: str, rng: np.random.Generator, words: Words) -> str:
        return " ".join(change(word, rng, words) if rng.random() < share else word for word in text.split())

    return changed


def _ending(word: str, rng: np.random.Generator, _: Words) -> str:
    return (word.rstrip("s") if rng.random() < 0.5 else word) + ENDINGS[rng.integers(len(ENDINGS))]


def _mark(word: str, rng: np.random.Generator, _: Words) -> str:
    mark, place = MARKS[rng.integers(len(MARKS))], rng.integers(len(word) + 1)
    return word[:place] + mark + word[place:] if rng.random() < 0.6 else word + mark


def _letter(word: str, rng: np.random.Generator, _: Words) -> str:
    place = rng.integers(len(word) + 1)
    return word[:place] + LETTERS[rng.integers(len(LETTERS))] + word[place:]


CHANGES: dict[str, Change] = {
    "plain": lambda text, rng, words: text,
    "order": _order,
    "repetition": _repetition,
    "synonyms": _each(0.4, lambda word, rng, words: words.synonym(word, rng)),
    "endings": _each(0.4, _ending),
    "punctuation": _each(0.4, _mark),
    "capitals and numbers": _each(0.3, lambda word, rng, _: f"{word.title()}{rng.integers(2000) / 10 or ''}"),
    "unicode": _each(0.3, _letter),
}


if __name__ == "__main__":
    main()
