"""Make the index of the paraphrases from their file, and write and read it.

The file has three lines an entry: a number, a phrase P, its paraphrase Q. The phrases become a trie: node 0 is the
empty phrase, and the children of each node are found in a sorted array of keys `node * words + word`, whose position
plus 1 is the child's number. The paraphrases of a node are a range of the array `targets`, in the order of the file.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stages.common.errors import UserError
from stages.metrics.meteor.ragged import ranges, starts_of
from stages.metrics.meteor.resources import ADVICE

# Increased whenever the arrays change.
VERSION = 1
# The most words of a phrase.
LONGEST = 7
# Decompressed bytes of the source that are read at a time.
BLOCK = 4 << 20
# The most words, the empty one included, whose numbers fit into 16 bits.
MOST_WORDS = 1 << 16


@dataclass(frozen=True)
class Index:
    """Arrays of a trie with M nodes, the root among them, of W words, and of E entries."""

    words: npt.NDArray[np.uint8]  # UTF-8, separated by line feeds; the number of a word is its position
    keys: npt.NDArray[np.int64]  # (M - 1,) sorted; that of node n is keys[n - 1]
    starts: npt.NDArray[np.int32]  # (M + 1,)
    targets: npt.NDArray[np.int32]  # (E,) the node of each Q, by the node of its P


def build(source: Path) -> Index:
    """Read the file of the paraphrases.

    Raises:
        UserError: it is damaged, or in another form.
    """
    words = _Words({"": 0})
    try:
        blocks = [_block(lines, words) for lines in _entries(source)]
        if not blocks:
            raise ValueError("it is empty")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise UserError(f"{source}: not METEOR's file of paraphrases ({error}); {ADVICE}") from None
    phrases, begins, targets = zip(*blocks, strict=True)
    nodes, keys = _trie(np.concatenate([*phrases, *targets]), len(words) - 1)
    count = sum(map(len, phrases))
    # Of each entry: the node of its P, which is the one that began last, and the node of its Q.
    source_node, target_node = nodes[:count][np.cumsum(np.concatenate(begins)) - 1], nodes[count:]
    order = np.argsort(source_node, kind="stable")
    starts = starts_of(np.bincount(source_node, minlength=len(keys) + 1))
    text = "\n".join(list(words)[1:]).encode()
    return Index(np.frombuffer(text, np.uint8), keys, starts.astype(np.int32), target_node[order].astype(np.int32))


class _Words(dict[str, int]):
    """Numbers words as they come, from 1; the empty word 0 stands between phrases."""

    def __missing__(self, word: str) -> int:
        self[word] = len(self)
        return self[word]


def _entries(source: Path) -> Iterator[list[str]]:
    """The lines of the file, whole entries at a time."""
    rest = b""
    with gzip.open(source) as file:
        while block := file.read(BLOCK):
            lines = (rest + block).split(b"\n")
            whole = (len(lines) - 1) // 3 * 3
            rest = b"\n".join(lines[whole:])
            yield b"\n".join(lines[:whole]).decode().split("\n") if whole else []
    if rest:
        raise ValueError("it ends within an entry")


Matrix = npt.NDArray[np.uint16]


def _block(lines: list[str], words: _Words) -> tuple[Matrix, npt.NDArray[np.bool_], Matrix]:
    """The distinct phrases P of neighbouring entries, true for each entry that begins a new one, and the Q."""
    sources, targets = lines[1::3], lines[2::3]
    new = [here != before for here, before in zip(sources, [None, *sources], strict=False)]
    phrases = [phrase for phrase, begins in zip(sources, new, strict=True) if begins]
    return _numbers(phrases, words), np.array(new, bool), _numbers(targets, words)


def _numbers(phrases: list[str], words: _Words) -> Matrix:
    """The words of each phrase as numbers, (N, LONGEST); 0 where there is none."""
    tokens = chain.from_iterable((*phrase.split(" "), "") for phrase in phrases)
    flat = np.fromiter(map(words.__getitem__, tokens), np.int64)
    ends = np.flatnonzero(flat == 0)
    lengths = np.diff(ends, prepend=-1) - 1
    if len(lengths) != len(phrases) or np.any((lengths < 1) | (lengths > LONGEST)) or len(words) > MOST_WORDS:
        raise ValueError(f"phrases of 1 to {LONGEST} words, separated by single blanks, were expected")
    numbers = np.zeros((len(phrases), LONGEST), np.uint16)
    column, row = ranges(np.zeros_like(lengths), lengths)
    numbers[row, column] = flat[flat > 0]
    return numbers


def _trie(phrases: Matrix, words: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """The node of each phrase, (N,), and the sorted keys of all nodes but the root."""
    nodes = np.zeros(len(phrases), np.int32)
    keys: list[npt.NDArray[np.int64]] = []
    for column in phrases.T:
        longer = np.flatnonzero(column)
        key = nodes[longer].astype(np.int64) * words + (column[longer] - 1)
        level, number = np.unique(key, return_inverse=True)
        nodes[longer] = 1 + sum(map(len, keys)) + number
        keys.append(level)
    return nodes, np.concatenate(keys)
