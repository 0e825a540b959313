"""Searching for words: greedy and beam search over any speaker, batched over pictures and hypotheses.

Pure functions of a speaker (`stages.speaker.interface`), its features and an emotion.
Rules and scores are those of ArtEmis' `attentive_decoder`, for each picture by
itself: no picture's words depend on which others are in the batch.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from stages.speaker.interface import Speaker, State

NEVER = float("-inf")


@dataclass(frozen=True)
class Rules:
    """What may not be said: a banned word; the same pair of words twice; "x and x".

    Attributes:
        start, end: ids of <sos> and <eos>.
        conjunction: id of "and", -1 where the vocabulary lacks it.
    """

    start: int
    end: int
    banned: tuple[int, ...]
    conjunction: int
    no_repeated_pair: bool = True


class Hypothesis(NamedTuple):
    """A caption: its words without <sos> (and without <eos>, where it got that far), and how it came about."""

    words: list[int]
    log_probability: float  # sum over words of the tempered log-probability, <eos> included
    attention: Tensor  # (words + 1, places) for each word and <eos>; no last row where unfinished
    finished: bool


@torch.inference_mode()
def beam(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    rules: Rules,
    *,
    size: int,
    temperature: float,
    max_length: int,
) -> list[list[Hypothesis]]:
    """Beam search; for each picture its finished hypotheses, the likeliest first.

    A hypothesis that ends leaves the beam, which gets narrower by one; the search ends
    with the beam or after `max_length` words. Scores are sums of log-probabilities of
    softmax(logits / temperature), without length normalisation; what is banned is
    banned after the softmax. Where nothing was finished, the unfinished hypotheses
    stand in, cut at `max_length` words and marked as such.

    Args:
        features: (N, places, C) as from `speaker.encode`.
        emotion: ids (N,) for a grounded speaker, else None.
        size: hypotheses kept for each picture.
    """
    live = _first(features, rules)
    state = speaker.start(features, emotion)
    width = torch.full((len(features),), size, device=features.device)  # hypotheses each picture may keep
    done: list[list[Hypothesis]] = [[] for _ in features]
    for length in range(max_length + 1):
        logits, state, attention = speaker.step(live.words[:, -1], state)
        scores = functional.log_softmax(logits.float() / temperature, -1)
        scores = _ban(scores, live.words, rules) + live.score[:, None]  # (R, V)
        parent, word, score = _best(scores, live.picture, width, size)
        grown = live.follow(parent, word, score, attention)
        ended = word == rules.end
        _gather(done, grown, ended, finished=True)
        width -= torch.bincount(grown.picture[ended], minlength=len(width))
        going = (~ended).nonzero().flatten()
        if length == max_length or not len(going):
            break
        live, state = grown.select(going), _select(state, parent[going])
    _stand_in(done, live)
    return [sorted(some, key=lambda one: -one.log_probability) for some in done]


@torch.inference_mode()
def greedy(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    rules: Rules,
    *,
    temperature: float,
    max_length: int,
) -> list[list[Hypothesis]]:
    """The likeliest word at each step; one hypothesis for each picture.

    As in ArtEmis, the word just said and the one before it are banned too, and
    the scores are those of the distribution that is left after the bans. A caption that
    does not end is cut at `max_length` words and marked as unfinished.
    """
    live = _first(features, rules)
    state = speaker.start(features, emotion)
    done: list[list[Hypothesis]] = [[] for _ in features]
    for length in range(max_length + 1):
        logits, state, attention = speaker.step(live.words[:, -1], state)
        allowed = _ban(logits.float() / temperature, live.words, rules)
        allowed = allowed.scatter(1, live.words[:, 1:][:, -2:], NEVER)
        score, word = functional.log_softmax(allowed, -1).max(-1)
        grown = live.follow(torch.arange(len(word), device=word.device), word, live.score + score, attention)
        ended = word == rules.end
        _gather(done, grown, ended, finished=True)
        going = (~ended).nonzero().flatten()
        if length == max_length or not len(going):
            break
        live, state = grown.select(going), _select(state, going)
    _stand_in(done, live)
    return done


class _Live(NamedTuple):
    """The hypotheses that still grow, of all pictures, picture by picture; R of them after t steps."""

    picture: Tensor  # (R,) which picture each is about
    score: Tensor  # (R,)
    words: Tensor  # (R, 1 + t) ids from <sos> on
    attention: Tensor  # (R, t, places)

    def follow(self, parent: Tensor, word: Tensor, score: Tensor, attention: Tensor) -> "_Live":
        """Hypothesis i continues `parent[i]` with `word[i]`."""
        words = torch.cat([self.words[parent], word[:, None]], 1)
        attended = torch.cat([self.attention[parent], attention[parent, None]], 1)
        return _Live(self.picture[parent], score, words, attended)

    def select(self, rows: Tensor) -> "_Live":
        return _Live(*(part[rows] for part in self))

    def hypothesis(self, row: int, finished: bool) -> Hypothesis:
        words = self.words[row, 1:].tolist()
        return Hypothesis(words[:-1] if finished else words, float(self.score[row]), self.attention[row], finished)


def _gather(done: list[list[Hypothesis]], live: _Live, which: Tensor, *, finished: bool) -> None:
    """Add the hypotheses where `which` (R,) is true to what their pictures have in `done`."""
    chosen = live.select(which.nonzero().flatten())
    for row, picture in enumerate(chosen.picture.tolist()):
        done[picture].append(chosen.hypothesis(row, finished))


def _stand_in(done: list[list[Hypothesis]], live: _Live) -> None:
    """Give pictures that have nothing finished what they have."""
    empty = torch.tensor([not some for some in done], device=live.picture.device)
    _gather(done, live, empty[live.picture], finished=False)


def _first(features: Tensor, rules: Rules) -> _Live:
    count, places, _ = features.shape
    picture = torch.arange(count, device=features.device)
    words = torch.full((count, 1), rules.start, device=features.device)
    return _Live(picture, features.new_zeros(count).float(), words, features.new_zeros(count, 0, places))


def _best(scores: Tensor, picture: Tensor, width: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """For each picture its `width` best continuations, as (parent row, word, score), picture by picture.

    Args:
        scores: (R, V), rows of one picture adjacent.
        picture: (R,) ascending.
    """
    vocabulary = scores.shape[1]
    first = torch.searchsorted(picture, picture)  # (R,) first row of the same picture
    slot = torch.arange(len(picture), device=picture.device) - first
    present, where = torch.unique_consecutive(picture, return_inverse=True)
    # One row a picture with room for `size` hypotheses; what is not there can never be best.
    table = scores.new_full((len(present), size, vocabulary), NEVER)
    table[where, slot] = scores
    score, place = table.flatten(1).topk(size, 1)  # (pictures, size)
    rank = torch.arange(score.shape[1], device=score.device)
    kept = (rank < width[present, None]) & (score > NEVER)
    first_of = torch.searchsorted(picture, present)
    parent = first_of[:, None] + place.div(vocabulary, rounding_mode="floor")
    return parent[kept], place.remainder(vocabulary)[kept], score[kept]


def _ban(scores: Tensor, words: Tensor, rules: Rules) -> Tensor:
    """Scores (R, V) with -inf for what each hypothesis, `words` (R, 1 + t), may not say next."""
    scores = scores.clone()
    scores[:, list(rules.banned)] = NEVER
    if words.shape[1] < 3:  # a pair needs two words after <sos>
        return scores
    last = words[:, -1]
    if rules.no_repeated_pair:
        row, place = (words[:, :-1] == last[:, None]).nonzero(as_tuple=True)
        scores[row, words[row, place + 1]] = NEVER
    after_and = (last == rules.conjunction).nonzero().flatten()
    scores[after_and, words[after_and, -2]] = NEVER
    return scores


def _select(state: State, rows: Tensor) -> State:
    return tuple(part.index_select(0, rows) for part in state)
