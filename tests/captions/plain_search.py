"""Slow decoding of one image with plain lists: the oracle of the tests."""

from itertools import pairwise
from typing import NamedTuple

from torch import Tensor

from stages.captions.hypotheses import Constraints


class Candidate(NamedTuple):
    """A caption, the sum of its log-probabilities, and whether it ends with <eos>."""

    words: list[int]
    score: float
    finished: bool


EMPTY = Candidate([], 0.0, False)


def forbidden(words: list[int], constraints: Constraints) -> set[int]:
    """The words that may not follow `words`."""
    banned = set(constraints.banned)
    if constraints.no_repeated_pair and words:
        banned |= {after for before, after in pairwise(words) if before == words[-1]}
    if len(words) > 1 and words[-1] == constraints.conjunction:
        banned.add(words[-2])
    return banned


def every_caption(logits: Tensor, constraints: Constraints, temperature: float, max_length: int) -> list[Candidate]:
    """All captions of at most `max_length` words, the likeliest first; logits (steps, V, V) of one image."""
    scores = (logits.double() / temperature).log_softmax(-1)
    finished, growing = [], [EMPTY]
    for step in range(max_length + 1):
        grown = _continued(growing, scores[step], constraints)
        finished += [candidate for candidate in grown if candidate.finished]
        growing = [candidate for candidate in grown if not candidate.finished]
    return _sorted(finished)


def beam_by_hand(
    logits: Tensor, constraints: Constraints, temperature: float, max_length: int, size: int
) -> list[Candidate]:
    """Beam search as `beam_search.beam` describes it."""
    scores = (logits.double() / temperature).log_softmax(-1)
    finished, growing = [], [EMPTY]
    for step in range(max_length + 1):
        best = _sorted(_continued(growing, scores[step], constraints))[: size - len(finished)]
        finished += [candidate for candidate in best if candidate.finished]
        going = [candidate for candidate in best if not candidate.finished]
        if step == max_length or not going:
            break
        growing = going
    return _sorted(finished or growing)


def greedy_by_hand(logits: Tensor, constraints: Constraints, temperature: float, max_length: int) -> Candidate:
    """Greedy search as `decoding.greedy` describes it."""
    caption = EMPTY
    for step in range(max_length + 1):
        words = caption.words
        scores = logits[step, words[-1] if words else constraints.start].double() / temperature
        scores[list(forbidden(words, constraints) | set(words[-2:]))] = float("-inf")
        score, word = scores.log_softmax(-1).max(-1)
        if word == constraints.end:
            return Candidate(words, caption.score + float(score), True)
        if step < max_length:
            caption = Candidate([*words, int(word)], caption.score + float(score), False)
    return caption


def _sorted(candidates: list[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda candidate: -candidate.score)


def _continued(growing: list[Candidate], scores: Tensor, constraints: Constraints) -> list[Candidate]:
    grown = []
    for words, score, _ in growing:
        following = scores[words[-1] if words else constraints.start].tolist()
        banned = forbidden(words, constraints)
        for word, more in enumerate(following):
            if word not in banned:
                ended = word == constraints.end
                grown.append(Candidate(words if ended else [*words, word], score + more, ended))
    return grown
