"""Emotional alignment: whether the emotion of a caption is the emotion of its picture."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from stages.common.emotions import DEFINITIONS, EMOTIONS
from stages.metrics.interface import NONE, Columns, Context, Metric, OfSamples, Score, Trials, Unavailable, ratio
from stages.metrics.ngrams import Array, Indices
from stages.text_classifier import classifier, tfidf

# The names of the two, and of the groups that their values have in the results.
JUDGES = ("alignment", "alignment_tfidf")


class EmotionJudge:
    """Gives each text the probabilities of the nine emotions; what was asked before is remembered.

    Args:
        name: of the group that its values have in the results.
        predict: tokenized texts -> probabilities (N, 9).
    """

    def __init__(self, name: str, predict: Callable[[list[list[str]]], Any]) -> None:
        self.name = name
        self._predict = predict
        self._known: dict[str, Array] = {}

    def probabilities(self, texts: Sequence[str]) -> Array:
        """(N, 9), of texts whose tokens are what white space separates."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, np.asarray(self._predict([text.split() for text in new]), float), strict=True))
        return np.array([self._known[text] for text in texts]).reshape(-1, len(EMOTIONS))

    def reliability(self, texts: Sequence[str], labels: Indices) -> dict[str, Any]:
        """How far it can be trusted, by utterances whose annotators told their emotion (ids, (N,)).

        `accuracy`: share of the utterances whose likeliest emotion is the annotator's.
        `confusion`: of each annotated emotion by name, the counts of the judged ones in the
        order of `EMOTIONS`.
        """
        said = self.probabilities(texts).argmax(1)
        counts = np.bincount(labels * len(EMOTIONS) + said, minlength=len(EMOTIONS) ** 2).reshape(len(EMOTIONS), -1)
        return {
            "accuracy": float((said == labels).mean()),
            "confusion": dict(zip(EMOTIONS, counts.tolist(), strict=True)),
        }


def load_judges(folder: Path = classifier.FOLDER, device: torch.device | str = "cpu") -> tuple[EmotionJudge, ...]:
    """The two that the stage text_classifier has made.

    Raises:
        UserError: the folder holds no classifier.
    """
    predict = (classifier.load(folder, device).predict_tokens, tfidf.load(folder).predict_tokens)
    return tuple(map(EmotionJudge, JUDGES, predict))


def reliability(judges: Sequence[EmotionJudge], utterances: pd.DataFrame) -> dict[str, Any]:
    """How far each judge can be trusted, by name, from rows of the utterances table."""
    said, felt = utterances["utterance_spelled"].to_list(), utterances["emotion_label"].to_numpy(int)
    return {judge.name: judge.reliability(said, felt) for judge in judges}


# Lowest probability whose logarithm is taken: a judge that never learnt an emotion gives it 0.
FLOOR = 1e-7
# How often each picture's votes are split into halves, and emotions are drawn for it blindly.
DRAWS = 10
BESIDE = ("divergence.blind", "divergence.prior", "divergence.split_half")


def alignment(judge: EmotionJudge) -> Metric:
    """Captions against the emotions of their pictures, all named `<judge>.<value>`.

    The share of captions of the majority's emotion, under each definition of
    `histograms.majority` and over the pictures that have one (`at_least_half_untied` is
    ArtEmis' Emo-Alignment-ACC); `cross_entropy`, mean over all pictures, in nats, of the
    judge's probabilities under people's shares (Emo-Alignment-XENT); `asked`, the share of
    captions of the emotion that a grounded speaker was told.
    """
    own = judge.name
    values = [ratio(f"{own}.{name}", f"{own}.{name}.hit", f"majority.{name}") for name in DEFINITIONS]
    values.append(ratio(f"{own}.cross_entropy", f"{own}.cross_entropy.sum", "voted", lower_is_better=True))
    values.append(ratio(f"{own}.asked", f"{own}.asked.hit", "asked"))

    def prepare(context: Context) -> Score:
        votes = _votes(context)
        voted = votes.sum(1) > 0
        winners = {name: np.where(voted, winner(votes), NONE) for name, winner in DEFINITIONS.items()}
        asked = np.full(len(votes), NONE) if context.asked is None else context.asked
        return lambda trials: _aligned(judge, trials, shares(votes), voted, winners, asked)

    return Metric(tuple(values), prepare, against="emotions")


def _aligned(
    judge: EmotionJudge,
    trials: Trials,
    people: Array,
    voted: npt.NDArray[np.bool_],
    winners: dict[str, Indices],
    asked: Indices,
) -> Columns:
    """Hits, and beside them whether the picture counts at all."""
    probabilities = judge.probabilities(trials.texts)
    said, picture = probabilities.argmax(1)[trials.text], trials.picture
    surprise = -np.log(np.maximum(probabilities, FLOOR))[trials.text]
    columns: dict[str, npt.NDArray[np.generic]] = {
        "voted": voted[picture],
        f"{judge.name}.cross_entropy.sum": (people[picture] * surprise).sum(1),
        "asked": asked[picture] != NONE,
        f"{judge.name}.asked.hit": said == asked[picture],
    }
    for name, winner in winners.items():
        columns |= {f"majority.{name}": winner[picture] != NONE, f"{judge.name}.{name}.hit": said == winner[picture]}
    return {name: column.astype(float) for name, column in columns.items()}


def divergence(judges: Sequence[EmotionJudge], seed: int) -> OfSamples:
    """How far the emotions of the captions sampled for a picture are from people's: Jensen-Shannon divergence, in bits.

    `<judge>.divergence` compares the shares of the judged emotions with those of the votes:
    0 where they are equal, 1 where they have nothing in common. Shares of few captions or
    votes are noisy, which alone makes a divergence, so it is read beside
    `divergence.blind`, as many emotions as there are captions, drawn from those of all other
    pictures: what one gets without looking;
    `divergence.prior`, the shares over all other pictures themselves, which have no noise;
    `divergence.split_half`, one half of the picture's own votes against the other: people
    against people, with fewer votes on either side.
    Draws and splits are repeated `DRAWS` times. Over the pictures with several captions and
    several votes.
    """
    names = [*(f"{judge.name}.divergence" for judge in judges), *BESIDE]

    def columns(context: Context, samples: Sequence[Sequence[str]]) -> Columns:
        votes, captions = _votes(context), np.array([len(own) for own in samples])
        people, prior = shares(votes), shares(votes.sum(0) - votes)
        found = [jensen_shannon(shares(_judged(judge, samples)), people) for judge in judges]
        found += [blind(captions, prior, people, seed), jensen_shannon(prior, people), split_half(votes, seed)]
        several = (captions > 1) & (votes.sum(1) > 1)
        sums = {f"{name}.sum": np.where(several, one, 0.0) for name, one in zip(names, found, strict=True)}
        return {**sums, "several": several.astype(float)}

    return OfSamples(tuple(ratio(name, f"{name}.sum", "several", lower_is_better=True) for name in names), columns)


def _votes(context: Context) -> npt.NDArray[np.int32]:
    if context.votes is None:
        raise Unavailable("nobody's emotions before these pictures are known")
    return context.votes


def _judged(judge: EmotionJudge, samples: Sequence[Sequence[str]]) -> Indices:
    """How many of each picture's captions are of each emotion, (N, 9)."""
    counts = np.zeros((len(samples), len(EMOTIONS)), np.int64)
    picture = np.repeat(np.arange(len(samples)), [len(own) for own in samples])
    np.add.at(counts, (picture, judge.probabilities([text for own in samples for text in own]).argmax(1)), 1)
    return counts


def shares(counts: npt.NDArray[np.integer]) -> Array:
    """Counts (N, 9) as shares; all 0 where nothing was counted."""
    return counts / np.maximum(counts.sum(1, keepdims=True), 1)


def jensen_shannon(one: Array, other: Array) -> Array:
    """Divergence of the distributions in the rows of both, in bits (Lin 1991), (N,)."""
    middle = (one + other) / 2
    return (_relative_entropy(one, middle) + _relative_entropy(other, middle)) / 2


def _relative_entropy(one: Array, other: Array) -> Array:
    quotients = np.divide(one, other, out=np.ones_like(one), where=one > 0)
    return (one * np.log2(quotients)).sum(1)


def blind(captions: Indices, prior: Array, people: Array, seed: int) -> Array:
    """Divergence from people's shares of as many emotions as a picture has captions, drawn from its prior, (N,)."""
    generator = np.random.default_rng(seed)
    drawn = [jensen_shannon(shares(_draw(generator, captions, prior)), people) for _ in range(DRAWS)]
    return np.mean(drawn, axis=0)


def _draw(generator: np.random.Generator, captions: Indices, prior: Array) -> Indices:
    """Counts of drawn emotions, (N, 9); none where the prior is empty, the picture being the only one."""
    known = prior.sum(1) > 0
    counts = np.zeros(prior.shape, np.int64)
    counts[known] = generator.multinomial(captions[known], prior[known])
    return counts


def split_half(votes: npt.NDArray[np.integer], seed: int) -> Array:
    """Divergence between two halves of each picture's votes, mean over random splits, (N,)."""
    generator = np.random.default_rng(seed)
    halves = np.array([generator.multivariate_hypergeometric(own, own.sum() // 2, size=DRAWS) for own in votes])
    drawn = [jensen_shannon(shares(half), shares(votes - half)) for half in halves.swapaxes(0, 1)]
    return np.mean(drawn, axis=0)
