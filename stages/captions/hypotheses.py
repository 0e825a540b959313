"""Hypotheses of a search as tensors, and the words that each may not say next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from stages.speaker.interface import State


class Hypothesis(NamedTuple):
    """A caption: its words without <sos> (and without <eos>, where it got that far), and how it came about."""

    words: list[int]
    log_probability: float  # sum over words, <eos> included; of which distribution, the search says
    attention: Tensor  # (words + 1, places) for each word and <eos>; no last row where unfinished
    finished: bool


class Live(NamedTuple):
    """Hypotheses of all pictures, picture by picture; R of them after t steps."""

    picture: Tensor  # (R,) which picture each is about, ascending
    score: Tensor  # (R,) float64: log-probability so far
    words: Tensor  # (R, 1 + t) ids from <sos> on
    attention: Tensor  # (R, t, places)

    @classmethod
    def first(cls, features: Tensor, start: int) -> "Live":
        """One for each picture, features (N, places, C), that has said nothing but <sos>."""
        count, places, _ = features.shape
        picture = torch.arange(count, device=features.device)
        words = torch.full((count, 1), start, device=features.device)
        return cls(picture, features.new_zeros(count).double(), words, features.new_zeros(count, 0, places))

    def follow(self, parent: Tensor, word: Tensor, score: Tensor, attention: Tensor) -> "Live":
        """Hypothesis i continues `parent[i]` with `word[i]`; `attention` (R, places) led to the parents' next words."""
        words = torch.cat([self.words[parent], word[:, None]], 1)
        attended = torch.cat([self.attention[parent], attention[parent, None]], 1)
        return Live(self.picture[parent], score, words, attended)

    def select(self, rows: Tensor) -> "Live":
        return Live(*(part[rows] for part in self))


class Memory:
    """What a speaker remembers of each hypothesis, reordered as these come and go.

    What `step` hands on untouched (the picture's features, mostly, and by far the
    largest part) is alike in all hypotheses of a picture. It is copied only when
    their number changes.
    """

    def __init__(self, state: State, picture: Tensor) -> None:
        self.state, self._picture = state, picture
        self._common = [True] * len(state)

    def advance(self, state: State) -> None:
        """Remember `state`, what a step made of the last one, row by row."""
        pairs = zip(self._common, self.state, state, strict=True)
        self._common = [common and old is new for common, old, new in pairs]
        self.state = state

    def select(self, rows: Tensor, picture: Tensor) -> None:
        """Keep `rows`, which are now about `picture`."""
        same = torch.equal(picture, self._picture)
        parts = zip(self._common, self.state, strict=True)
        self.state = tuple(part if common and same else part.index_select(0, rows) for common, part in parts)
        self._picture = picture


def collect(finished: Sequence[Live], unfinished: Sequence[Live], pictures: int) -> list[list[Hypothesis]]:
    """For each picture its finished hypotheses; those that have none get what did not end."""
    found: list[list[Hypothesis]] = [[] for _ in range(pictures)]
    _add(found, finished, ended=True)
    lacking = torch.tensor([not some for some in found], dtype=torch.bool)
    _add(found, [live.select(lacking.to(live.picture.device)[live.picture]) for live in unfinished], ended=False)
    return found


def _add(found: list[list[Hypothesis]], lives: Sequence[Live], *, ended: bool) -> None:
    for live in lives:
        # One transfer from the device for all of them.
        attention = live.attention.cpu()
        rows = zip(live.picture.tolist(), live.score.tolist(), live.words[:, 1:].tolist(), attention, strict=True)
        for picture, score, words, maps in rows:
            found[picture].append(Hypothesis(words[:-1] if ended else words, score, maps, ended))


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


def ban(scores: Tensor, words: Tensor, rules: Rules) -> None:
    """Write -inf into `scores` (R, V) for what each hypothesis, `words` (R, 1 + t) from <sos> on, may not say next."""
    scores[:, list(rules.banned)] = NEVER
    if words.shape[1] < 3:  # a pair needs two words after <sos>
        return
    last = words[:, -1]
    if rules.no_repeated_pair:
        row, place = (words[:, :-1] == last[:, None]).nonzero(as_tuple=True)
        scores[row, words[row, place + 1]] = NEVER
    after_and = (last == rules.conjunction).nonzero().flatten()
    scores[after_and, words[after_and, -2]] = NEVER


def ban_recent(scores: Tensor, words: Tensor) -> None:
    """Write -inf for the word just said and the one before it, as ArtEmis does where it takes one word at a time."""
    scores.scatter_(1, words[:, 1:][:, -2:], NEVER)
