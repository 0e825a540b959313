"""Decoding: the search loop over any speaker, and rules that choose one word at a time (greedy, sampling).

Pure functions of a speaker (`stages.speaker.interface`), image features, emotions and, for sampling, random
numbers. They run on all images and hypotheses at once. Constraints and scores are those of ArtEmis'
`attentive_decoder`, applied to each image by itself: its words do not depend on the rest of the batch.
Beam search is in `beam_search`.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from stages.captions.hypotheses import NEVER, Constraints, Hypothesis, Live, Memory, ban, ban_recent, collect
from stages.speaker.interface import Speaker


class Choice(NamedTuple):
    """Continuations of hypotheses: row `parent[i]` followed by `word[i]`, with the score `score[i]`."""

    parent: Tensor
    word: Tensor
    score: Tensor


# From the logits (R, V) of the live hypotheses, which it may write into, to their continuations.
Choose = Callable[[Tensor, Live], Choice]
# From the hypotheses that have just ended and those that go on (R): which of the latter are worth continuing (R,).
Promising = Callable[[Live, Live], Tensor]


def search(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    constraints: Constraints,
    choose: Choose,
    promising: Promising,
    max_length: int,
    copies: int = 1,
) -> list[list[Hypothesis]]:
    """Grow hypotheses until each has ended or is not promising, or has `max_length` words.

    With `copies`, so many searches begin for each image, and each has hypotheses of its own (N * copies).
    """
    live, finished, unfinished = Live.first(features, constraints.start, copies), [], []
    state = speaker.start(features, emotion)
    memory = Memory(tuple(part.repeat_interleave(copies, 0) for part in state) if copies > 1 else state, live.picture)
    for length in range(max_length + 1):
        logits, state, attention = speaker.step(live.words[:, -1], memory.state)
        memory.advance(state)
        choice = choose(logits, live)
        grown = live.follow(*choice, attention)
        ended = choice.word == constraints.end
        finished.append(grown.select(ended.nonzero().flatten()))
        if length == max_length:
            unfinished.append(live)
            break
        going = (~ended).nonzero().flatten()
        going = going[promising(finished[-1], grown.select(going))]
        if not len(going):
            break
        live = grown.select(going)
        memory.select(choice.parent[going], live.picture)
    return collect(finished, unfinished, copies * len(features))


@torch.inference_mode()
def greedy(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    constraints: Constraints,
    *,
    temperature: float,
    max_length: int,
) -> list[Hypothesis]:
    """The likeliest word at each step; one hypothesis for each image.

    As in ArtEmis, the last two words are banned, too, and log-probabilities are those of the tempered
    distribution over the words that remain. A caption that does not end is cut at `max_length` words.
    """
    return _word_by_word(
        speaker, features, emotion, constraints, lambda scores, _: scores.max(-1).indices, temperature, max_length
    )


@torch.inference_mode()
def sample(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    constraints: Constraints,
    *,
    uniform: Tensor,
    temperature: float,
    max_length: int,
    keep: Callable[[Tensor], Tensor] | None = None,
) -> list[Hypothesis]:
    """Sampled words, with constraints and log-probabilities as `greedy`.

    Args:
        uniform: random numbers in [0, 1), (N * samples, max_length + 1), sample by sample of each image. The numbers
            determine the words, whatever the batch.
        keep: from scores (R, V) to scores that are -inf for excluded words; see `top_k` and `top_p`.
    """

    def draw(scores: Tensor, live: Live) -> Tensor:
        shares = functional.softmax((keep(scores) if keep else scores).double(), -1)
        cumulative = shares.cumsum(-1)  # (R, V)
        target = uniform[live.picture, live.words.shape[1] - 1].to(cumulative) * cumulative[:, -1]  # (R,)
        return torch.searchsorted(cumulative, target[:, None], right=True).squeeze(1)

    copies = len(uniform) // len(features)
    return _word_by_word(speaker, features, emotion, constraints, draw, temperature, max_length, copies)


def top_k(scores: Tensor, count: int) -> Tensor:
    """Scores (R, V) with -inf for all but the `count` greatest of each row."""
    least = scores.topk(min(count, scores.shape[1]), -1).values[:, -1:]  # (R, 1)
    return scores.masked_fill(scores < least, NEVER)


def top_p(scores: Tensor, share: float) -> Tensor:
    """Scores (R, V) with -inf for all but the likeliest words that together reach the probability `share`.

    The word that crosses it is kept (nucleus sampling, Holtzman et al., 2020).
    """
    ordered, word = scores.sort(-1, descending=True)
    shares = functional.softmax(ordered.double(), -1)
    before = shares.cumsum(-1) - shares  # (R, V)
    return scores.new_full(scores.shape, NEVER).scatter(1, word, ordered.masked_fill(before >= share, NEVER))


def _word_by_word(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    constraints: Constraints,
    pick: Callable[[Tensor, Live], Tensor],
    temperature: float,
    max_length: int,
    copies: int = 1,
) -> list[Hypothesis]:
    """`copies` hypotheses for each image; `pick` chooses words (R,) by scores (R, V), where banned words have -inf."""

    def choose(logits: Tensor, live: Live) -> Choice:
        scores = logits.float().div_(temperature)
        ban(scores, live.words, constraints)
        ban_recent(scores, live.words, constraints)
        word = pick(scores, live)
        log_probability = scores.gather(1, word[:, None]).squeeze(1) - scores.logsumexp(-1)  # (R,)
        return Choice(torch.arange(len(word), device=word.device), word, live.score + log_probability)

    found = search(speaker, features, emotion, constraints, choose, _all, max_length, copies)
    return [hypothesis for (hypothesis,) in found]


def _all(ended: Live, going: Live) -> Tensor:
    return torch.ones_like(going.picture, dtype=torch.bool)
