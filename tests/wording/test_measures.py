"""Measuring utterances, by made-up instruments, and by the real ones where their data are at hand."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest

from stages.wording import measures
from stages.wording import measures as feelings
from stages.wording.concreteness import of
from stages.wording.measures import Instruments, instruments, measure, measure_all

REAL = Path(__file__).parents[3] / "shared/resources"


@pytest.fixture
def resources() -> Path:
    if not REAL.is_dir():
        pytest.skip("../shared/resources is not there")
    return REAL


def test_each_utterance_is_measured() -> None:
    ratings = of(pd.DataFrame({"Word": ["dog", "idea"], "Conc.M": [5.0, 1.0]}))
    given = Instruments(ratings, lambda text: len(text) / 10)
    found = measure(["dog idea", "", "zebra"], given)
    np.testing.assert_array_equal(found.concreteness, [3.0, np.nan, np.nan])
    assert found.abstract.tolist() == [True, False, False]
    assert found.sentiment.tolist() == [0.8, 0.0, 0.5]


def test_without_data_there_is_nothing_to_measure_with(tmp_path: Path) -> None:
    given = instruments(tmp_path)
    assert (given.concreteness, given.sentiment) == (None, None)
    found = measure(["a nice dog"], given)
    assert np.isnan(found.concreteness).all()
    assert np.isnan(found.sentiment).all()
    assert not found.abstract.any()
    assert found.subjectivity.tolist() == [1.0]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_pool_measures_the_same_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(measures, "FEW", 2)
    monkeypatch.setattr(measures, "BATCH", 3)
    monkeypatch.setattr(measures, "usable_cores", lambda: workers)
    # Threads in the place of processes, each of which would import NLTK for seconds.
    monkeypatch.setattr(
        measures, "pool", lambda count, begin, *given: ThreadPoolExecutor(count, initializer=begin, initargs=given)
    )
    texts = [f"the {'very ' * (n % 3)}nice dog number {n}" for n in range(7)]
    alone, pooled = measure(texts, instruments(tmp_path)), measure_all(texts, tmp_path, "texts")
    np.testing.assert_array_equal(alone.subjectivity, pooled.subjectivity)


def test_no_utterance_at_all(tmp_path: Path) -> None:
    assert len(measure_all([], tmp_path, "texts").subjectivity) == 0


def test_subjectivity_of_a_fact_and_an_opinion() -> None:
    # The check of ArtEmis' own notebook.
    assert feelings.subjectivity("the painting is red") == 0.0
    assert feelings.subjectivity("the painting is nice") == 1.0


def test_vader_reads_its_packed_lexicon(tmp_path: Path) -> None:
    (tmp_path / "sentiment").mkdir()
    with ZipFile(tmp_path / feelings.LEXICON, "w") as packed:
        packed.writestr(feelings.INSIDE, "calm\t2.0\t0\t[]\ngloomy\t-2.0\t0\t[]\n")
    score = feelings.vader(tmp_path)
    # A sum s of valences becomes s / sqrt(s^2 + 15).
    assert score("a calm sea") == pytest.approx(2 / 19**0.5, abs=1e-4)
    assert score("a gloomy sea") == pytest.approx(-2 / 19**0.5, abs=1e-4)
    assert score("a sea") == 0.0


def test_the_real_lexicon(resources: Path) -> None:
    nltk_data = resources / "nltk_data"
    assert feelings.vader(nltk_data)("the sea is very calm and i am happy") == 0.7425
