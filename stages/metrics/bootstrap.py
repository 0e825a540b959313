"""Corpus values and their 95 % bootstrap intervals over pictures.

A resample is a vector of weights, the number of times that each picture is drawn, so all
corpus values of all resamples come from one matrix product: weights (B, N) by columns (N, K).
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from stages.metrics.interface import Columns, Value
from stages.metrics.ngrams import Array

# Percentiles that bound the interval.
LEVEL = (2.5, 97.5)
# Resamples whose weights are in memory at a time.
BLOCK = 100


def corpus_values(values: Iterable[Value], sums: Mapping[str, Array]) -> dict[str, Array]:
    """Each value by name, from the sums of its columns; the shape is that of the sums."""
    return {value.name: value.from_sums(*(sums[column] for column in value.columns)) for value in values}


def totals(columns: Columns) -> dict[str, Array]:
    """The sum of each column over all captions."""
    return {name: column.sum(axis=-1) for name, column in columns.items()}


def resampled(values: Iterable[Value], columns: Columns, resamples: int, seed: int) -> dict[str, Array]:
    """The corpus values of each bootstrap resample of the captions, (resamples,) each.

    The resamples of two systems are paired if their captions are of the same pictures in the
    same order and the seed is the same.
    """
    names = list(columns)
    matrix = np.stack([columns[name] for name in names], axis=1)  # (N, K)
    sums = np.concatenate([weights @ matrix for weights in resample_weights(len(matrix), resamples, seed)])  # (B, K)
    return corpus_values(values, dict(zip(names, sums.T, strict=True)))


def resample_weights(pictures: int, resamples: int, seed: int) -> Iterator[Array]:
    """The number of times that each resample draws each picture, (BLOCK, pictures) at a time."""
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, BLOCK):
        rows = min(BLOCK, resamples - start)
        drawn = rng.integers(pictures, size=(rows, pictures)) + np.arange(rows)[:, None] * pictures
        yield np.bincount(drawn.ravel(), minlength=rows * pictures).reshape(rows, pictures).astype(float)


def interval(resampled: Array) -> tuple[float, float]:
    """The 95 % percentile interval; resamples without a value (no caption qualified) are skipped."""
    finite = resampled[np.isfinite(resampled)]
    if not len(finite):
        return float("nan"), float("nan")
    low, high = np.percentile(finite, LEVEL)
    return float(low), float(high)
