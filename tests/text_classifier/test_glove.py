"""Files of GloVe vectors, as released and as people have them."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pytest

from stages.common.errors import UserError
from stages.text_classifier.glove import glove_vectors, glove_words
from stages.utterances.vocabulary import SPECIALS

WORDS = [*SPECIALS, "sea", "xyzzy", "boat"]
TEXT = "the 9 9\nboat -0.5 1e-2\nsea 1 2\n"


@pytest.fixture
def file(tmp_path):
    (tmp_path / "glove.txt").write_text(TEXT)
    return tmp_path / "glove.txt"


def test_known_words_get_their_vectors_and_others_random_ones(file):
    vectors, known = glove_vectors(file, WORDS, 2, seed=1)
    assert (vectors.shape, vectors.dtype, known) == ((7, 2), np.float32, 2)
    np.testing.assert_allclose(vectors[[4, 6]], [[1, 2], [-0.5, 0.01]])
    assert (vectors[0] == 0).all()
    assert (vectors[[1, 2, 3, 5]] != 0).all()
    np.testing.assert_array_equal(glove_vectors(file, WORDS, 2, seed=1)[0], vectors)


def test_other_words_have_standard_normal_vectors(file):
    vectors, _ = glove_vectors(file, [*SPECIALS, *map(str, range(5000))], 2, seed=1)
    assert vectors[1:].std() == pytest.approx(1, abs=0.03)


def test_a_wrong_glove_file_is_an_error(file):
    with pytest.raises(UserError, match=r"glove.txt, line 2: a vector of 2 numbers, but .* is 3"):
        glove_vectors(file, WORDS, 3, seed=1)
    with pytest.raises(UserError, match=r"none.txt: there is no such file.*text_classifier\.lstm\.glove"):
        glove_vectors(file.with_name("none.txt"), WORDS, 2, seed=1)
    file.write_text("sea deep\n")
    with pytest.raises(UserError, match="line 1: no vector"):
        glove_vectors(file, WORDS, 1, seed=1)
    file.write_text("sea nan 1\n")
    with pytest.raises(UserError, match="line 1: no vector"):
        glove_vectors(file, WORDS, 2, seed=1)
    file.write_text("sea 1\n")
    with pytest.raises(UserError, match="line 1: a vector of 1 numbers"):
        glove_vectors(file, WORDS, 2, seed=1)
    file.write_bytes(TEXT.encode("utf-16"))
    with pytest.raises(UserError, match=r"glove\.txt: UTF-16"):
        glove_vectors(file, WORDS, 2, seed=1)
    with pytest.raises(UserError, match="folder"):
        glove_vectors(file.parent, WORDS, 2, seed=1)


def test_words_that_hold_spaces_are_other_words(file):
    # As in glove.840B.300d.txt; `sea` is not `sea . .`, and `.` not `. . .`.
    file.write_text(". . . 7 7\nsea 1 2\nsea . . 8 8\nboat\u2028x 5 5\nboat\u0085 6 6\nat name@domain.com 3 3\n")
    vectors, known = glove_vectors(file, [*WORDS, ".", "at"], 2, seed=1)
    assert known == 1
    np.testing.assert_allclose(vectors[4], [1, 2])
    assert glove_words(file) == [". . .", "sea", "sea . .", "boat\u2028x", "boat\u0085", "at name@domain.com"]


def test_words_that_are_not_utf_8_are_left_out_and_said(file, capsys):
    file.write_bytes("sea 1 2\ncaf\u00e9 3 3\nboat 4 4\nna\u00efve 5 5\n".encode("latin-1"))
    vectors, known = glove_vectors(file, [*WORDS, "caf\u00e9"], 2, seed=1)
    np.testing.assert_allclose(vectors[[4, 6]], [[1, 2], [4, 4]])
    assert known == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(f"{file}: 2 lines are not UTF-8")
    assert "line 2" in said


def test_a_byte_order_mark_and_windows_line_ends(file):
    file.write_bytes(("\ufeff" + TEXT).replace("\n", "\r\n").encode())
    vectors, known = glove_vectors(file, [*WORDS, "the"], 2, seed=1)
    assert known == 3
    np.testing.assert_allclose(vectors[[4, 6, 7]], [[1, 2], [-0.5, 0.01], [9, 9]])


def archive(path: Path, **texts: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in texts.items():
            zipped.writestr(name.replace("_", ".") + ".txt", text)
    return path


def test_packed_files(tmp_path):
    (tmp_path / "glove.txt.gz").write_bytes(gzip.compress(TEXT.encode()))
    one = archive(tmp_path / "one.zip", glove=TEXT)
    several = archive(tmp_path / "several.zip", glove_6B_1d="sea 7\n", glove_6B_2d=TEXT, glove_6B_20d="sea 8\n")
    for packed in (tmp_path / "glove.txt.gz", one, several):
        vectors, known = glove_vectors(packed, WORDS, 2, seed=1)
        assert known == 2
        np.testing.assert_allclose(vectors[[4, 6]], [[1, 2], [-0.5, 0.01]])
    assert glove_words(one) == ["the", "boat", "sea"]
    with pytest.raises(UserError, match=r"several\.zip: has glove\.6B\.1d\.txt, "):
        glove_vectors(several, WORDS, 3, seed=1)


@pytest.mark.parametrize("cut", [10, 60, 100])
def test_a_damaged_archive_is_an_error(tmp_path, cut):
    text = "".join(f"word{number} {number % 7} 2\n" for number in range(2000))
    for packed in (tmp_path / "glove.txt.gz", archive(tmp_path / "glove.zip", glove=text)):
        whole = gzip.compress(text.encode()) if packed.suffix == ".gz" else packed.read_bytes()
        packed.write_bytes(whole[:-cut])
        with pytest.raises(UserError, match=f"{packed.name}: incomplete or damaged archive"):
            glove_vectors(packed, WORDS, 2, seed=1)
