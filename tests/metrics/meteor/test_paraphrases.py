"""The table of paraphrases: its index, and the phrases and paraphrases of sentences."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from stages.common.errors import UserError
from stages.metrics.meteor import paraphrase_index
from stages.metrics.meteor.paraphrase_index import build
from stages.metrics.meteor.paraphrases import UNKNOWN, Paraphrases
from stages.metrics.meteor.ragged import starts_of
from tests.metrics.meteor import plain, small


def source(folder: Path, text: str) -> Path:
    path = folder / "paraphrases.gz"
    path.write_bytes(gzip.compress(text.encode()))
    return path


@pytest.fixture
def table(tmp_path: Path) -> Paraphrases:
    return Paraphrases(build(source(tmp_path, small.paraphrase_lines(small.PARAPHRASES))))


def paraphrases(table: Paraphrases, one: str, other: str) -> list[tuple[int, int, int, int]]:
    """Position and length of each phrase of `one`, and of its paraphrase in `other`."""
    sentences = [one.split(), other.split()]
    words = np.array([table.numbers.get(word, UNKNOWN) for sentence in sentences for word in sentence], np.int64)
    found = table.find(words, starts_of(np.array(list(map(len, sentences)))))
    _, phrase, paraphrase = found.paraphrased(np.array([0]), np.array([1]))
    return list(zip(*found.spans(phrase), *found.spans(paraphrase), strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a lot of boat", "many small ship vessel a great deal of"),
        ("x y", "z x z y z"),
        ("z z", "x y x"),
        ("the man the man", "he and the guy he"),
        ("lot of", "many"),
        ("a lot", "of many"),
        ("unknown words", "many"),
        ("", "many"),
        ("many", ""),
    ],
)
def test_paraphrases_in_order(table: Paraphrases, one: str, other: str) -> None:
    assert paraphrases(table, one, other) == plain.paraphrases(one.split(), other.split(), small.PARAPHRASES)


def test_phrases_do_not_cross_sentences(table: Paraphrases) -> None:
    # "a lot" ends the first sentence, "of" begins the second one.
    assert paraphrases(table, "many a lot", "of x") == []


def test_blocks_of_any_size_make_the_same_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The phrase of a block's first entry may be that of the last one before.
    file = source(tmp_path, small.paraphrase_lines(small.PARAPHRASES))
    whole = build(file)
    for size in (1, 17, 50):
        monkeypatch.setattr(paraphrase_index, "BLOCK", size)
        other = Paraphrases(build(file))
        for one, two in (("a lot of x y", "many z a great deal of x z"), ("z", "x y")):
            assert paraphrases(other, one, two) == paraphrases(Paraphrases(whole), one, two)


@pytest.mark.parametrize(
    "text", ["", "0.5\na\n", "0.5\na\nb", "0.5\na  b\nc\n", "0.5\n\nc\n", "0.5\na b c d e f g h\nc\n"]
)
def test_a_file_in_another_form_is_a_user_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"paraphrases\.gz"):
        build(source(tmp_path, text))


@pytest.mark.parametrize(
    "damage", [lambda data: data[:40], lambda data: b"no gzip", lambda data: data[:-9] + b"123456789"]
)
def test_a_damaged_file_is_a_user_error(tmp_path: Path, damage: object) -> None:
    file = source(tmp_path, small.paraphrase_lines(small.PARAPHRASES))
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(UserError, match=r"paraphrases\.gz"):
        build(file)
