"""Hypotheses of a search as tensors, and the constraints on their next words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from stages.speaker.interface import State

NEVER = float("-inf")


class Hypothesis(NamedTuple):
    """A generated caption as ids."""

    words: list[int]  # without <sos> and <eos>
    log_probability: float  # sum over words, <eos> included; the search defines the distribution
    attention: Tensor  # (words + 1, places) for each word and <eos>; (words, places) if unfinished
    finished: bool  # ends with <eos>


class Live(NamedTuple):
    """The growing hypotheses of all images, image by image; R of them after t steps."""

    picture: Tensor  # (R,) index of each hypothesis' image, ascending
    score: Tensor  # (R,) float64: log-probability so far
    words: Tensor  # (R, 1 + t) ids from <sos> on
    attention: Tensor  # (R, t, places)

    @classmethod
    def first(cls, features: Tensor, start: int, copies: int = 1) -> "Live":
        """`copies` hypotheses for each image, features (N, places, C), that hold <sos> only.

        Each counts as an image of its own: they do not compete.
        """
        count, places = copies * len(features), features.shape[1]
        picture = torch.arange(count, device=features.device)
        words = torch.full((count, 1), start, device=features.device)
        return cls(picture, features.new_zeros(count).double(), words, features.new_zeros(count, 0, places))

    def follow(self, parent: Tensor, word: Tensor, score: Tensor, attention: Tensor) -> "Live":
        """Hypothesis i is `parent[i]` followed by `word[i]`; `attention` (R, places) is that of the parents' step."""
        words = torch.cat([self.words[parent], word[:, None]], 1)  # (R', 2 + t)
        maps = torch.cat([self.attention[parent], attention[parent, None]], 1)  # (R', t + 1, places)
        return Live(self.picture[parent], score, words, maps)

    def select(self, rows: Tensor) -> "Live":
        return Live(*(part[rows] for part in self))


class Memory:
    """The speaker's state of each live hypothesis, reordered as hypotheses grow and end.

    Tensors that a step returns unchanged (the image's features, mostly, and by far the largest part) are equal in
    all hypotheses of an image. They are copied only if the number of hypotheses changes.
    """

    def __init__(self, state: State, picture: Tensor) -> None:
        self.state, self._picture = state, picture
        self._shared = [True] * len(state)

    def advance(self, state: State) -> None:
        """Replace the state by the one that a step made of it, row by row."""
        pairs = zip(self._shared, self.state, state, strict=True)
        self._shared = [shared and old is new for shared, old, new in pairs]
        self.state = state

    def select(self, rows: Tensor, picture: Tensor) -> None:
        """Keep `rows`, whose images are now `picture`."""
        same = torch.equal(picture, self._picture)
        parts = zip(self._shared, self.state, strict=True)
        self.state = tuple(part if shared and same else part.index_select(0, rows) for shared, part in parts)
        self._picture = picture


def collect(finished: Sequence[Live], unfinished: Sequence[Live], pictures: int) -> list[list[Hypothesis]]:
    """The finished hypotheses of each image; the unfinished ones of an image that has no finished one."""
    hypotheses: list[list[Hypothesis]] = [[] for _ in range(pictures)]
    _append(hypotheses, finished, ended=True)
    lacking = torch.tensor([not some for some in hypotheses], dtype=torch.bool)
    cut = [live.select(lacking.to(live.picture.device)[live.picture]) for live in unfinished]
    _append(hypotheses, cut, ended=False)
    return hypotheses


def _append(hypotheses: list[list[Hypothesis]], lives: Sequence[Live], *, ended: bool) -> None:
    for live in lives:
        # One transfer from the device for all of them.
        attention = live.attention.cpu()
        rows = zip(live.picture.tolist(), live.score.tolist(), live.words[:, 1:].tolist(), attention, strict=True)
        for picture, score, words, maps in rows:
            hypotheses[picture].append(Hypothesis(words[:-1] if ended else words, score, maps, ended))


@dataclass(frozen=True)
class Constraints:
    """What no caption may contain: a banned word, "x and x" and, optionally, the same pair of words twice.

    Attributes:
        start, end: ids of <sos> and <eos>.
        conjunction: id of "and"; -1 if the vocabulary lacks it.
        repeatable: ids that may repeat: characters of scripts without spaces, which make many words of few.
        begins: whether each id begins a word (V,); None: each id is a word. The first id must begin one. The rules are
            about words: a piece is banned where it would end a word that may not follow.
    """

    start: int
    end: int
    banned: tuple[int, ...]
    conjunction: int
    no_repeated_pair: bool = True
    repeatable: tuple[int, ...] = ()
    begins: Tensor | None = None


def ban(scores: Tensor, words: Tensor, constraints: Constraints) -> None:
    """Set scores (R, V) to -inf, in place, where the hypotheses `words` (R, 1 + t), from <sos> on, may not continue."""
    scores[:, list(constraints.banned)] = NEVER
    if constraints.begins is not None and words.shape[1] == 1:
        scores[:, ~constraints.begins] = NEVER
    if words.shape[1] < 3:  # a pair needs two words after <sos>
        return
    kept = scores[:, list(constraints.repeatable)]  # (R, repeatable)
    told = _Told.of(words, constraints.begins)
    if constraints.no_repeated_pair:
        told.ban(scores, told.ends & (told.again >= told.place - told.previous))
    before_and = told.words.roll(-1, 1) == constraints.conjunction
    # "x and" is followed by all pieces of x but the last.
    after_x = told.words.shape[1] == told.place + 2 + (told.place - told.first)
    told.ban(scores, before_and & after_x & (told.again >= told.place - told.first))
    scores[:, list(constraints.repeatable)] = kept


def ban_recent(scores: Tensor, words: Tensor, constraints: Constraints) -> None:
    """Set scores to -inf for the last two words, as ArtEmis does where it chooses one word at a time."""
    if words.shape[1] < 2:
        return
    kept = scores[:, list(constraints.repeatable)]  # (R, repeatable)
    told = _Told.of(words, constraints.begins)
    # Of the word that the piece would end: how many words ago it was said.
    ago = told.number[:, -1:] + (told.place == told.first) - told.number
    told.ban(scores, told.ends & (ago <= 2) & (told.again >= told.place - told.first))
    scores[:, list(constraints.repeatable)] = kept


class _Told(NamedTuple):
    """What hypotheses have said: for each place after <sos> (R, t) the word to which its piece belongs.

    If every id is a word, `first` is the place itself, and `previous` the one before it.
    """

    words: Tensor  # ids
    place: Tensor  # 0 for the first place after <sos>
    first: Tensor  # place of the word's first piece
    previous: Tensor  # that of the word before it; -1 if there is none
    number: Tensor  # of the word, from 1
    ends: Tensor  # whether the word ends there, if the hypothesis goes on with the same piece as is there
    again: Tensor  # number of pieces before this place that the hypothesis ends with, too

    @classmethod
    def of(cls, words: Tensor, begins: Tensor | None) -> "_Told":
        words = words[:, 1:]
        place = torch.arange(words.shape[1], device=words.device).expand_as(words)
        if begins is None:
            again = (words.roll(1, 1) == words[:, -1:]) & (place > 0)
            return cls(words, place, place, place - 1, place + 1, torch.ones_like(again), again.long())
        begin = begins[words]  # in the first place, too: `ban` sees to it
        first = torch.where(begin, place, 0).cummax(1).values
        previous = torch.where(first > 0, first.gather(1, (first - 1).clamp(min=0)), -1)
        ends = torch.cat([begin[:, 1:], begin[:, -1:]], 1)
        return cls(words, place, first, previous, begin.cumsum(1), ends, _repeated(words))

    def ban(self, scores: Tensor, where: Tensor) -> None:
        """Ban the pieces at these places (R, t)."""
        row, place = where.nonzero(as_tuple=True)
        scores[row, self.words[row, place]] = NEVER


def _repeated(words: Tensor) -> Tensor:
    """Ids (R, t) -> for each place the length of the longest sequence that ends before it and at the end (R, t)."""
    count = words.shape[1]
    going, length = torch.ones_like(words, dtype=torch.bool), torch.zeros_like(words)
    for back in range(1, count):
        # The piece `back` places before each place; there is none before the first.
        same = torch.cat([words.new_full((len(words), back), -1), words[:, :-back]], 1) == words[:, -back, None]
        going &= same
        length += going
    return length
