"""Measures of many texts, with made-up instruments."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.wording import measures
from stages.wording.instruments import Instruments, concreteness_of, load_instruments
from stages.wording.measures import Measured, measure, measure_all
from stages.wording.parts_of_speech import CODES


def test_measures_of_each_text() -> None:
    ratings = concreteness_of(pd.DataFrame({"Word": ["dog", "idea"], "Conc.M": [5.0, 1.0]}))
    tags = {"dog": "NN", "idea": "NN", "zebra": "JJ"}
    instruments = Instruments(
        ratings, lambda text: len(text) / 10, lambda words: [(word, tags[word]) for word in words]
    )
    measured = measure(["dog idea", "", "zebra"], instruments)
    np.testing.assert_array_equal(measured.concreteness, [3.0, np.nan, np.nan])
    assert measured.abstract.tolist() == [True, False, False]
    assert measured.sentiment.tolist() == [0.8, 0.0, 0.5]
    assert measured.parts.tolist() == [CODES["noun"], CODES["noun"], CODES["adjective"]]


def test_without_data_measures_are_missing(tmp_path: Path) -> None:
    measured = measure(["a nice dog"], load_instruments(tmp_path))
    assert np.isnan(measured.concreteness).all()
    assert np.isnan(measured.sentiment).all()
    assert not measured.abstract.any()
    assert measured.subjectivity.tolist() == [1.0]
    assert measured.parts.tolist() == [0, CODES["adjective"], CODES["noun"]]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_pool_gives_the_same_measures_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr(measures, "TEXTS_PER_PROCESS", 2)
    monkeypatch.setattr(measures, "BATCH", 3)
    monkeypatch.setattr(measures, "usable_cores", lambda: workers)
    # Threads instead of processes, each of which would import NLTK for seconds.
    monkeypatch.setattr(
        measures, "pool", lambda count, start, *given: ThreadPoolExecutor(count, initializer=start, initargs=given)
    )
    texts = [f"the {'very ' * (n % 3)}nice dog number {n}" for n in range(7)]
    expected, measured = measure(texts, load_instruments(tmp_path)), measure_all(texts, tmp_path, "texts")
    for field in Measured.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(measured, field), getattr(expected, field))


def test_no_texts(tmp_path: Path) -> None:
    measured = measure_all([], tmp_path, "texts")
    assert all(len(getattr(measured, field)) == 0 for field in Measured.__dataclass_fields__)
