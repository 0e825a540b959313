"""METEOR's matching and alignment in plain Python, one pair at a time: the second opinion of the tests.

Written from the description of the method alone, without anything of the package but the stemmer: tuples and lists, no
arrays, no caches, and no step left out.
"""

from itertools import pairwise
from typing import NamedTuple

from stages.metrics.meteor.resources import Resources
from stages.metrics.meteor.stemmer import stem

SUFFIXES = (
    *("s", "ses:s", "xes:x", "zes:z", "ches:ch", "shes:sh", "men:man", "ies:y", "s", "ies:y", "es:e", "es", "ed:e"),
    *("ed", "ing:e", "ing", "er", "est", "er:e", "est:e"),
)


class Match(NamedTuple):
    """Kind, first word and number of words in the reference, the same in the hypothesis."""

    kind: int
    j: int
    length: int
    i: int
    words: int


class Path(NamedTuple):
    """One way through the reference."""

    used_reference: frozenset[int]
    used_hypothesis: frozenset[int]
    chosen: tuple[Match, ...]
    weight: int
    chunks: int
    distance: int
    idx: int
    last: int

    def order(self) -> tuple[int, int, int]:
        return -self.weight, self.chunks, self.distance


def java_hash(word: str) -> int:
    value = 0
    units = word.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        value = (31 * value + 256 * high + low) % 2**32
    return value


def synsets(word: str, data: Resources) -> set[int]:
    listed = {key: set(map(int, numbers.split())) for key, numbers in data.synsets.items()}
    found = set(listed.get(word, ()))
    if word in data.bases:
        return found.union(*(listed.get(base, set()) for base in data.bases[word]))
    if word.endswith("ss") or len(word.encode("utf-16-be", "surrogatepass")) <= 4:
        return found
    for rule in SUFFIXES:
        suffix, _, ending = rule.partition(":")
        base = word[: -len(suffix)] + ending
        if word.endswith(suffix) and base in listed:
            return found | listed[base]
    return found


def matches(
    hypothesis: list[str], reference: list[str], data: Resources, table: dict[str, list[str]]
) -> list[list[Match]]:
    """For each position of the reference, the matches that begin there, in order."""
    lists: list[list[Match]] = [[] for _ in reference]
    same = list(map(java_hash, hypothesis)) == list(map(java_hash, reference))
    for kind in range(1 if same else 3):
        for j, b in enumerate(reference):
            for i, a in enumerate(hypothesis):
                equal = java_hash(a) == java_hash(b)
                if kind == 0 and equal:
                    lists[j].append(Match(0, j, 1, i, 1))
                if kind == 1 and not equal and java_hash(stem(a)) == java_hash(stem(b)):
                    lists[j].append(Match(1, j, 1, i, 1))
                if kind == 2 and not equal and synsets(a, data) & synsets(b, data):
                    lists[j].append(Match(2, j, 1, i, 1))
    if not same:
        for j, length, i, words in paraphrases(reference, hypothesis, table):
            lists[j].append(Match(3, j, length, i, words))
        for i, words, j, length in paraphrases(hypothesis, reference, table):
            lists[j].append(Match(3, j, length, i, words))
    return lists


def paraphrases(one: list[str], other: list[str], table: dict[str, list[str]]) -> list[tuple[int, int, int, int]]:
    return [
        (start, length, place, len(phrase.split()))
        for start in range(len(one))
        for length in range(1, len(one) - start + 1)
        for phrase in table.get(" ".join(one[start : start + length]), [])
        for place in range(len(other))
        if other[place : place + len(phrase.split())] == phrase.split()
    ]


def align(lists: list[list[Match]], hypothesis_words: int) -> list[Match]:
    """The alignment that a beam of 40 paths finds."""
    every = [match for here in lists for match in here]
    on_reference = [sum(m.j <= j < m.j + m.length for m in every) for j in range(len(lists))]
    on_hypothesis = [sum(m.i <= i < m.i + m.words for m in every) for i in range(hypothesis_words)]
    fixed = {
        here[0].j: here[0]
        for here in lists
        if len(here) == 1
        and all(on_reference[j] == 1 for j in range(here[0].j, here[0].j + here[0].length))
        and all(on_hypothesis[i] == 1 for i in range(here[0].i, here[0].i + here[0].words))
    }
    used_reference = frozenset(j for m in fixed.values() for j in range(m.j, m.j + m.length))
    used_hypothesis = frozenset(i for m in fixed.values() for i in range(m.i, m.i + m.words))
    paths = [Path(used_reference, used_hypothesis, (), 0, 0, 0, 0, -1)]
    for cur, here in enumerate(lists):
        paths = sorted(paths, key=Path.order)[:40]
        paths = [path for before in paths for path in continued(before, cur, here, fixed)]
    paths = sorted(paths, key=Path.order)[:40]
    paths = [path._replace(chunks=path.chunks + (path.last != -1)) for path in paths]
    return sorted(min(paths, key=Path.order).chosen, key=lambda match: match.j)


def continued(path: Path, cur: int, here: list[Match], fixed: dict[int, Match]) -> list[Path]:
    if cur in path.used_reference:
        if cur < path.idx:
            return [path]
        new = with_match(path, fixed[cur])
        return [new._replace(distance=new.distance + abs(cur - fixed[cur].i))]
    found = []
    for match in here:
        rows, columns = range(match.j, match.j + match.length), range(match.i, match.i + match.words)
        if path.used_reference.isdisjoint(rows) and path.used_hypothesis.isdisjoint(columns):
            found.append(with_match(path, match))
            path = path._replace(distance=path.distance + abs(match.j - match.i))
    skipped = path._replace(chunks=path.chunks + (path.last != -1), last=-1, idx=path.idx + 1)
    return [*found, skipped]


def with_match(path: Path, match: Match) -> Path:
    share = 1 if match.kind == 0 else 0.5
    return Path(
        path.used_reference | set(range(match.j, match.j + match.length)),
        path.used_hypothesis | set(range(match.i, match.i + match.words)),
        (*path.chosen, match),
        path.weight + int(match.words * share) + int(match.length * share),
        path.chunks + (path.last not in (-1, match.i)),
        path.distance,
        match.j + match.length,
        match.i + match.words,
    )


def counts(hypothesis: list[str], reference: list[str], data: Resources, table: dict[str, list[str]]) -> list[int]:
    """The 23 counts."""
    chosen = align(matches(hypothesis, reference, data, table), len(hypothesis))
    function = data.function_words
    numbers = [len(hypothesis), len(reference)]
    numbers += [sum(word in function for word in words) for words in (hypothesis, reference)]
    for kind in range(4):
        of_hypothesis = [hypothesis[i] for m in chosen if m.kind == kind for i in range(m.i, m.i + m.words)]
        of_reference = [reference[j] for m in chosen if m.kind == kind for j in range(m.j, m.j + m.length)]
        for wanted in (False, True):
            numbers += [sum((word in function) == wanted for word in words) for words in (of_hypothesis, of_reference)]
    breaks = sum(one.j + one.length != two.j or one.i + one.words != two.i for one, two in pairwise(chosen))
    return [*numbers, breaks + bool(chosen), sum(m.words for m in chosen), sum(m.length for m in chosen)]
