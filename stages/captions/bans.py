"""What may not be said next: for each hypothesis by itself, whatever others are in the batch."""

from dataclasses import dataclass

from torch import Tensor

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
