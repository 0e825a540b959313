"""Emotional alignment: agreement between the emotion of a caption and the emotions of its picture."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from stages.common.emotions import ARTEMIS, DEFINITIONS, Emotions, require_same
from stages.metrics.interface import (
    NONE,
    Columns,
    Context,
    Metric,
    Pairings,
    SampledMetric,
    Score,
    Unavailable,
    ratio,
)
from stages.metrics.ngrams import Array, Indices
from stages.text_classifier import classifier
from stages.text_classifier.interface import FOLDER

# Names of the neural and the TF-IDF judge, and of the groups of their values in the results.
JUDGES = ("alignment", "alignment_tfidf")
# Lowest probability whose logarithm is taken: a judge never trained on an emotion gives it probability 0.
FLOOR = 1e-7
# Number of random splits of each picture's votes, and of random draws of emotions for it.
DRAWS = 10
# The id of the majority emotion of a picture, NONE without one, in the pictures' table.
MAJORITY = "at_least_half_untied"
MAJORITY_ID = f"majority.{MAJORITY}.id"
# Values of no judge, beside which the divergence is read.
BASELINES = ("divergence.blind", "divergence.prior", "divergence.split_half")


class EmotionJudge:
    """A classifier that gives each text the probabilities of the emotions, with a cache.

    Args:
        name: the name of the group of its values in the results.
        predict: tokenized texts -> probabilities (N, C).
    """

    def __init__(self, name: str, predict: Callable[[list[list[str]]], Any], emotions: Emotions = ARTEMIS) -> None:
        self.name, self.emotions = name, emotions
        self._predict = predict
        self._cache: dict[str, Array] = {}

    def probabilities(self, texts: Sequence[str]) -> Array:
        """(N, C); the tokens of a text are separated by white space."""
        new = [text for text in dict.fromkeys(texts) if text not in self._cache]
        if new:
            self._cache.update(zip(new, np.asarray(self._predict([text.split() for text in new]), float), strict=True))
        return np.array([self._cache[text] for text in texts]).reshape(-1, len(self.emotions))


def load_judges(
    emotions: Emotions, folder: Path = FOLDER, device: torch.device | str = "cpu"
) -> tuple[EmotionJudge, ...]:
    """The classifier of the stage text_classifier and its baseline; none for a data set without emotions.

    Raises:
        UserError: the folder holds no classifier, or one of other emotions.
    """
    if not emotions:
        return ()
    trained = classifier.load(folder, device)
    require_same(trained.emotions, emotions.names, str(folder), "the data set")
    judges = [(JUDGES[0], trained.predict_tokens)]
    if trained.baseline is not None:
        judges.append((JUDGES[1], trained.baseline.predict_tokens))
    return tuple(EmotionJudge(name, predict, emotions) for name, predict in judges)


def alignment(judge: EmotionJudge) -> Metric:
    """Captions compared with the emotions of their pictures; the names are `<judge>.<value>`.

    One value for each definition of a majority in `DEFINITIONS`: the share of captions with
    the majority emotion, over the pictures that have one (`at_least_half_untied` is ArtEmis'
    Emo-Alignment-ACC). `cross_entropy`: between the shares of the votes and the judge's
    probabilities, in nats, mean over all pictures (Emo-Alignment-XENT). `asked`: the share of
    captions with the emotion on which a grounded speaker was conditioned.

    Besides, the columns have what `judge_errors` needs: the emotion that the judge says of each caption, and the id
    of the picture's majority.
    """
    group = judge.name
    values = [ratio(f"{group}.{name}", f"{group}.{name}.hit", f"majority.{name}") for name in DEFINITIONS]
    values.append(ratio(f"{group}.cross_entropy", f"{group}.cross_entropy.sum", "voted", lower_is_better=True))
    values.append(ratio(f"{group}.asked", f"{group}.asked.hit", "asked"))

    def prepare(context: Context) -> Score:
        votes = _votes(context)
        voted = votes.sum(1) > 0
        majorities = {name: np.where(voted, majority(votes), NONE) for name, majority in DEFINITIONS.items()}
        grounding = np.full(len(votes), NONE) if context.grounding is None else context.grounding
        return lambda pairings: _aligned(judge, pairings, shares(votes), voted, majorities, grounding)

    return Metric(tuple(values), prepare, against="emotions")


def _aligned(
    judge: EmotionJudge,
    pairings: Pairings,
    people: Array,
    voted: npt.NDArray[np.bool_],
    majorities: Mapping[str, Indices],
    grounding: Indices,
) -> Columns:
    """Columns of hits, and columns that are 1 where the picture qualifies."""
    probabilities = judge.probabilities(pairings.texts)
    predicted, picture = probabilities.argmax(1)[pairings.text], pairings.picture
    surprise = -np.log(np.maximum(probabilities, FLOOR))[pairings.text]
    columns: dict[str, npt.NDArray[np.generic]] = {
        "voted": voted[picture],
        f"{judge.name}.cross_entropy.sum": (people[picture] * surprise).sum(1),
        "asked": grounding[picture] != NONE,
        f"{judge.name}.asked.hit": predicted == grounding[picture],
        MAJORITY_ID: majorities[MAJORITY][picture],
    }
    said = np.eye(len(judge.emotions))[predicted]
    columns |= dict(zip(judged_columns(judge.name, judge.emotions.names), said.T, strict=True))
    for name, majority in majorities.items():
        columns[f"majority.{name}"] = majority[picture] != NONE
        columns[f"{judge.name}.{name}.hit"] = predicted == majority[picture]
    return {name: column.astype(float) for name, column in columns.items()}


def judged_columns(judge: str, emotions: Sequence[str]) -> list[str]:
    """Names of the columns that are 1 where the judge says the emotion, in their order."""
    return [f"{judge}.predicted.{emotion}" for emotion in emotions]


def divergence(judges: Sequence[EmotionJudge], seed: int) -> SampledMetric:
    """Jensen-Shannon divergence, in bits, between the emotions of a picture's sampled captions and the votes.

    `<judge>.divergence` compares the shares of the predicted emotions with the shares of the
    votes: 0 if they are equal, 1 if they have no emotion in common. Shares of few captions or
    votes are noisy, and noise alone gives a divergence; the baselines to compare with are
    `divergence.blind`: as many emotions as there are captions, drawn from the votes of all
    other pictures, as a system that ignores the picture would give;
    `divergence.prior`: the shares of the votes of all other pictures, without that noise;
    `divergence.split_half`: one half of the picture's votes against the other half, that is
    people against people, with fewer votes on either side.
    Draws and splits are repeated `DRAWS` times. The values are means over the pictures with
    several captions and several votes.
    """
    names = [*(f"{judge.name}.divergence" for judge in judges), *BASELINES]

    def columns(context: Context, samples: Sequence[Sequence[str]]) -> Columns:
        votes, captions = _votes(context), np.array(list(map(len, samples)))
        people, prior = shares(votes), shares(votes.sum(0) - votes)
        divergences = [
            *(jensen_shannon(shares(_predicted(judge, samples)), people) for judge in judges),
            *(blind(captions, prior, people, seed), jensen_shannon(prior, people), split_half(votes, seed)),
        ]
        several = (captions > 1) & (votes.sum(1) > 1)
        sums = {f"{name}.sum": np.where(several, column, 0.0) for name, column in zip(names, divergences, strict=True)}
        return {**sums, "several": several.astype(float)}

    return SampledMetric(tuple(ratio(name, f"{name}.sum", "several", lower_is_better=True) for name in names), columns)


def _votes(context: Context) -> npt.NDArray[np.int32]:
    if context.votes is None:
        raise Unavailable("the emotions that people chose for these pictures are not known")
    return context.votes


def _predicted(judge: EmotionJudge, samples: Sequence[Sequence[str]]) -> Indices:
    """The number of each picture's captions with each emotion, (N, C)."""
    counts = np.zeros((len(samples), len(judge.emotions)), np.int64)
    picture = np.repeat(np.arange(len(samples)), list(map(len, samples)))
    emotions = judge.probabilities([text for texts in samples for text in texts]).argmax(1)
    np.add.at(counts, (picture, emotions), 1)
    return counts


def shares(counts: npt.NDArray[np.integer]) -> Array:
    """Counts (N, C) as shares; all 0 in a row without counts."""
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def jensen_shannon(first: Array, second: Array) -> Array:
    """Divergence between the distributions in the rows of both, in bits (Lin 1991), (N,)."""
    middle = (first + second) / 2
    return (_relative_entropy(first, middle) + _relative_entropy(second, middle)) / 2


def _relative_entropy(first: Array, second: Array) -> Array:
    quotients = np.divide(first, second, out=np.ones_like(first), where=first > 0)
    return (first * np.log2(quotients)).sum(1)


def blind(captions: Indices, prior: Array, people: Array, seed: int) -> Array:
    """Divergence between random draws from the prior, one emotion per caption, and the shares of the votes, (N,)."""
    generator = np.random.default_rng(seed)
    draws = [jensen_shannon(shares(_draw(generator, captions, prior)), people) for _ in range(DRAWS)]
    return np.mean(draws, axis=0)


def _draw(generator: np.random.Generator, captions: Indices, prior: Array) -> Indices:
    """Counts of drawn emotions, (N, C); all 0 where the prior is empty because there is no other picture."""
    nonempty = prior.sum(1) > 0
    counts = np.zeros(prior.shape, np.int64)
    counts[nonempty] = generator.multinomial(captions[nonempty], prior[nonempty])
    return counts


def split_half(votes: npt.NDArray[np.integer], seed: int) -> Array:
    """Divergence between two halves of each picture's votes, mean over random splits, (N,)."""
    generator = np.random.default_rng(seed)
    halves = np.array([generator.multivariate_hypergeometric(row, row.sum() // 2, size=DRAWS) for row in votes])
    draws = [jensen_shannon(shares(half), shares(votes - half)) for half in halves.swapaxes(0, 1)]
    return np.mean(draws, axis=0)
