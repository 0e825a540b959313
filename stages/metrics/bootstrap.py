"""How sure a corpus value is: 95 % bootstrap intervals over pictures.

A resample is a vector of weights, how often each picture is drawn, so that all corpus
values of all resamples come from one matrix product: weights (B, N) by columns (N, K).
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from stages.metrics.interface import Columns, Value
from stages.metrics.ngrams import Array

# Of the percentile interval.
LEVEL = (2.5, 97.5)
# Resamples whose weights are in memory at a time.
BLOCK = 100


def corpus_values(values: Iterable[Value], sums: Mapping[str, Array]) -> dict[str, Array]:
    """Each value from the sums of its columns, in whatever shape those have."""
    return {value.name: value.of(*(sums[column] for column in value.columns)) for value in values}


def totals(columns: Columns) -> dict[str, Array]:
    """The sums over all captions."""
    return {name: column.sum(axis=-1) for name, column in columns.items()}


def resampled(values: Iterable[Value], columns: Columns, resamples: int, seed: int) -> dict[str, Array]:
    """The corpus values of each bootstrap resample of the captions, (resamples,) each.

    Resamples of two systems are paired when their captions are of the same pictures in
    the same order, and the seed is the same.
    """
    names = list(columns)
    matrix = np.stack([columns[name] for name in names], axis=1)  # (N, K)
    sums = np.concatenate([weights @ matrix for weights in draws(len(matrix), resamples, seed)])  # (B, K)
    return corpus_values(values, dict(zip(names, sums.T, strict=True)))


def draws(pictures: int, resamples: int, seed: int) -> Iterator[Array]:
    """How often each resample draws each picture, (BLOCK, pictures) at a time."""
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, BLOCK):
        rows = min(BLOCK, resamples - start)
        drawn = rng.integers(pictures, size=(rows, pictures)) + np.arange(rows)[:, None] * pictures
        yield np.bincount(drawn.ravel(), minlength=rows * pictures).reshape(rows, pictures).astype(float)


def interval(drawn: Array) -> tuple[float, float]:
    """Bounds that hold 95 % of the resamples; a resample without a value (no caption qualified) is passed over."""
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return float("nan"), float("nan")
    low, high = np.percentile(drawn, LEVEL)
    return float(low), float(high)
