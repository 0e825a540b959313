"""Word vectors of a GloVe file (Pennington et al., 2014): a word and its numbers a line, separated by spaces."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stages.common.errors import UserError
from stages.utterances.vocabulary import PAD


def glove_vectors(file: Path, words: Sequence[str], size: int, seed: int) -> tuple[np.ndarray, int]:
    """Vectors float32 (words, `size`), and how many words the file knows.

    As in ArtEmis, other words, the special ones too, get random vectors from N(0, 1), and
    <pad> gets zeros.

    Raises:
        UserError: there is no such file, or its vectors are not of `size` numbers.
    """
    if not file.is_file():
        raise UserError(f"{file}: there is no such GloVe file; glove.6B.100d.txt, say, is in glove.6B.zip")
    vectors = np.random.default_rng(seed).standard_normal((len(words), size), np.float32)
    vectors[PAD] = 0
    ids = {word: index for index, word in enumerate(words)}
    found = 0
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            word, _, numbers = line.rstrip().partition(" ")
            if (index := ids.get(word)) is not None:
                vectors[index] = _numbers(numbers, size, f"{file}, line {number}")
                found += 1
    return vectors, found


def _numbers(text: str, size: int, where: str) -> np.ndarray:
    try:
        row = np.array(text.split(" "), np.float32)
    except ValueError:
        raise UserError(f"{where}: no vector; a GloVe file holds a word and its numbers in each line") from None
    if len(row) != size:
        raise UserError(f"{where}: a vector of {len(row)} numbers, but {size} are asked for")
    return row
