"""METEOR for others: scores, corpus values and counts of any texts."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stages.common.errors import UserError
from stages.metrics.meteor.meteor import Meteor
from stages.metrics.meteor.pair_cache import PairCache
from stages.metrics.meteor.resources import ADVICE
from stages.metrics.meteor.scores import pooled, score
from tests.metrics.meteor import small
from tests.study import ROOT


def test_score_takes_the_best_reference(small_meteor: Meteor) -> None:
    assert small_meteor.score("the man", ["a boat", "the man", "he"]) == 1
    assert small_meteor.score("a a", ["a"]) == pytest.approx(0.4 * 0.5 / (0.85 * 0.5 + 0.15))
    assert small_meteor.score("boats", ["p q", "ship"]) == pytest.approx(0.8)
    assert small_meteor.score("the man", ["the guy"]) > small_meteor.score("the man", ["the boat"]) > 0


def test_the_corpus_value_pools_the_counts_of_the_best_references(small_meteor: Meteor) -> None:
    counts = small_meteor.counts([("the man", "the man"), ("a boat of p", "a ship")])
    value = small_meteor.corpus(["the man", "a boat of p"], [["q", "the man"], ["a ship", "q"]])
    assert value == pooled(counts)
    assert value != pytest.approx(score(counts).mean())
    assert small_meteor.corpus([], []) == 0


def test_of_equally_good_references_the_first_counts(small_meteor: Meteor) -> None:
    # Neither matches; their words and function words differ.
    assert small_meteor.corpus(["p"], [["q r", "the q r s"]]) == 0
    assert small_meteor._best(["p"], [["q r", "the q r s"]])[0, :4].tolist() == [1, 2, 0, 0]


def test_without_a_reference_there_is_no_score(small_meteor: Meteor) -> None:
    with pytest.raises(ValueError, match="a hypothesis has none"):
        small_meteor.score("a", [])
    with pytest.raises(ValueError, match="a hypothesis has none"):
        small_meteor.corpus(["a", "b"], [["a"], []])
    with pytest.raises(ValueError, match="shorter"):
        small_meteor.corpus(["a", "b"], [["a"]])


@pytest.mark.parametrize(
    "text", ["", " ", ".", "\x00", "\x01 \x1f", "\ud800", "a\ud83d b", "|||", "\n\r", "\u200b", "😀"]
)
def test_any_text_gets_a_number(small_meteor: Meteor, text: str) -> None:
    for hypothesis, references in ((text, ["a boat"]), ("a boat", [text]), (text, [text]), (text, [text, "a"])):
        assert 0 <= small_meteor.score(hypothesis, references) <= 1


def test_thousands_of_words(meteor: Meteor) -> None:
    rng = np.random.default_rng(1)
    words = ["a", "the", "man", "sea", "boat", "calm", "walking", "in front of", "ships", ",", *map(str, range(500))]
    hypothesis, reference = (" ".join(rng.choice(words, 3000)) for _ in range(2))
    assert 0 < meteor.score(hypothesis, [reference]) < 1


def test_pairs_are_counted_once_within_limits() -> None:
    asked: list[list[tuple[str, str]]] = []

    def count(pairs: list[tuple[str, str]]) -> np.ndarray:
        asked.append(list(pairs))
        return np.array([[len(one), len(other), *[0] * 21] for one, other in pairs], np.int32)

    cached = PairCache(count, limit=3)  # type: ignore[arg-type]
    pairs = [("a", "bb"), ("aaa", ""), ("a", "bb")]
    assert cached(pairs)[:, :2].tolist() == [[1, 2], [3, 0], [1, 2]]
    assert cached([("aaa", "")])[:, :2].tolist() == [[3, 0]]
    # Of two more, one fits.
    more = [("b", ""), ("bb", ""), ("a", "bb"), ("bb", "")]
    for _ in range(2):
        assert cached(more)[:, :2].tolist() == [[1, 0], [2, 0], [1, 2], [2, 0]]
    assert asked == [pairs[:2], more[:2], more[1:2]]
    assert cached([]).shape == (0, 23)


def test_new_texts_after_old_ones(small_meteor: Meteor) -> None:
    before = small_meteor.counts([("a boat", "the ship")])
    small_meteor.counts([("x y", "z")])
    assert np.array_equal(small_meteor.counts([("a boat", "the ship")]), before)


@pytest.mark.usefixtures("cache")
def test_missing_data_are_one_sentence(tmp_path: Path) -> None:
    folder = small.write(tmp_path)
    jar = folder / "meteor-1.5.jar"
    incomplete = {name: text for name, text in small.MEMBERS.items() if "synsets" not in name}
    for missing, change in (
        ("synonym/english.synsets", lambda: small.write(folder, incomplete)),
        (str(jar), lambda: jar.write_bytes(b"no jar")),
        (str(jar), jar.unlink),
        ("paraphrase-en.gz", lambda: (small.write(folder), (folder / "data/paraphrase-en.gz").unlink())),
    ):
        change()
        with pytest.raises(UserError) as raised:
            Meteor(folder)
        assert missing in str(raised.value)
        assert str(raised.value).endswith(ADVICE)


def test_without_pycocoevalcap_there_is_one_sentence() -> None:
    program = (
        "import sys; sys.modules['pycocoevalcap'] = None; from stages.metrics.meteor.meteor import Meteor; Meteor()"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "UserError: METEOR reads its word lists from the package pycocoevalcap, which is missing" in done.stderr


def test_the_package_stands_alone() -> None:
    program = (
        "import sys; import stages.metrics.meteor.meteor;"
        "print(sorted(name for name in sys.modules if name.startswith('stages.') and 'stages.metrics' not in name),"
        "sorted({'torch', 'pandas', 'pyarrow', 'nltk'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['stages.common', 'stages.common.errors', 'stages.common.processes'] []"
