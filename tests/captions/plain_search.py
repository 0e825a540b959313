"""The rules of the search once more, one picture and one list at a time: slow, and easy to believe."""

from itertools import pairwise
from typing import NamedTuple

from torch import Tensor

from stages.captions.hypotheses import Rules


class Said(NamedTuple):
    """A caption, the sum of its log-probabilities, and whether it ends."""

    words: list[int]
    score: float
    finished: bool


def forbidden(words: list[int], rules: Rules) -> set[int]:
    """What may not follow `words`."""
    banned = set(rules.banned)
    if rules.no_repeated_pair and words:
        banned |= {after for before, after in pairwise(words) if before == words[-1]}
    if len(words) > 1 and words[-1] == rules.conjunction:
        banned.add(words[-2])
    return banned


def every_caption(logits: Tensor, rules: Rules, temperature: float, max_length: int) -> list[Said]:
    """All captions of at most `max_length` words, the likeliest first; logits (steps, V, V) of one picture."""
    scores = (logits.double() / temperature).log_softmax(-1)
    found, growing = [], [Said([], 0.0, False)]
    for step in range(max_length + 1):
        grown = _continued(growing, scores[step], rules)
        found += [said for said in grown if said.finished]
        growing = [said for said in grown if not said.finished]
    return sorted(found, key=lambda said: -said.score)


def beam_by_hand(logits: Tensor, rules: Rules, temperature: float, max_length: int, size: int) -> list[Said]:
    """Beam search for one picture, as `decoding.beam` describes it."""
    scores = (logits.double() / temperature).log_softmax(-1)
    found, growing = [], [Said([], 0.0, False)]
    for step in range(max_length + 1):
        grown = sorted(_continued(growing, scores[step], rules), key=lambda said: -said.score)
        best = grown[: size - len(found)]
        found += [said for said in best if said.finished]
        going = [said for said in best if not said.finished]
        if step == max_length or not going:
            break
        growing = going
    return sorted(found or growing, key=lambda said: -said.score)


def greedy_by_hand(logits: Tensor, rules: Rules, temperature: float, max_length: int) -> Said:
    """Greedy search for one picture, as `decoding.greedy` describes it."""
    said = Said([], 0.0, False)
    for step in range(max_length + 1):
        scores = logits[step, said.words[-1] if said.words else rules.start].double() / temperature
        scores[list(forbidden(said.words, rules) | set(said.words[-2:]))] = float("-inf")
        score, word = scores.log_softmax(-1).max(-1)
        if word == rules.end:
            return Said(said.words, said.score + float(score), True)
        if step < max_length:
            said = Said([*said.words, int(word)], said.score + float(score), False)
    return said


def _continued(growing: list[Said], scores: Tensor, rules: Rules) -> list[Said]:
    grown = []
    for words, score, _ in growing:
        following = scores[words[-1] if words else rules.start].tolist()
        banned = forbidden(words, rules)
        for word, more in enumerate(following):
            if word not in banned:
                ended = word == rules.end
                grown.append(Said(words if ended else [*words, word], score + more, ended))
    return grown
