import numpy as np
import pytest

from stages.common.errors import UserError
from stages.text_classifier.glove import glove_vectors
from stages.utterances.vocabulary import SPECIALS

WORDS = [*SPECIALS, "sea", "xyzzy", "boat"]


@pytest.fixture
def file(tmp_path):
    (tmp_path / "glove.txt").write_text("the 9 9\nboat -0.5 1e-2\nsea 1 2\n")
    return tmp_path / "glove.txt"


def test_known_words_get_their_vectors_and_others_random_ones(file):
    vectors, found = glove_vectors(file, WORDS, 2, seed=1)
    assert (vectors.shape, vectors.dtype, found) == ((7, 2), np.float32, 2)
    np.testing.assert_allclose(vectors[[4, 6]], [[1, 2], [-0.5, 0.01]])
    assert (vectors[0] == 0).all()
    assert (vectors[[1, 2, 3, 5]] != 0).all()
    np.testing.assert_array_equal(glove_vectors(file, WORDS, 2, seed=1)[0], vectors)


def test_other_words_are_drawn_from_the_standard_normal_distribution(file):
    vectors, _ = glove_vectors(file, [*SPECIALS, *map(str, range(5000))], 2, seed=1)
    assert vectors[1:].std() == pytest.approx(1, abs=0.03)


def test_what_is_no_such_file_is_one_sentence(file):
    with pytest.raises(UserError, match=r"glove.txt, line 2: a vector of 2 numbers, but 3 are asked for"):
        glove_vectors(file, WORDS, 3, seed=1)
    with pytest.raises(UserError, match="there is no such GloVe file"):
        glove_vectors(file.with_name("none.txt"), WORDS, 2, seed=1)
    file.write_text("sea deep\n")
    with pytest.raises(UserError, match="line 1: no vector"):
        glove_vectors(file, WORDS, 1, seed=1)
