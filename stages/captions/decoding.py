"""Searching for words: beam search, greedy and random choice over any speaker, batched over pictures and hypotheses.

Pure functions of a speaker (`stages.speaker.interface`), its features, an emotion and,
where words are drawn, the random numbers. Rules and scores are those of ArtEmis'
`attentive_decoder`, for each picture by itself: no picture's words depend on which
others are in the batch.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from stages.captions.hypotheses import NEVER, Hypothesis, Live, Memory, Rules, ban, ban_recent, collect
from stages.speaker.interface import Speaker

# Words whose greatest score is looked at first; see `greatest`.
BLOCK = 64


class Choice(NamedTuple):
    """How hypotheses go on: row `parent[i]` with `word[i]`, which makes its score `score[i]`."""

    parent: Tensor
    word: Tensor
    score: Tensor


# From the logits (R, V) of the live hypotheses, which it may write into, to those that go on.
Choose = Callable[[Tensor, Live], Choice]
# Told which hypotheses have just ended and which go on (R): which of the latter may still matter, (R,).
Hopeful = Callable[[Live, Live], Tensor]


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
    wanted: int | None = None,
    normalization: float = 0.0,
) -> list[list[Hypothesis]]:
    """Beam search; for each picture its `wanted` best finished hypotheses (None: all), the best first.

    A hypothesis that ends leaves the beam, which gets narrower by one; the search ends
    with the beam, after `max_length` words, or as soon as nothing that still grows can
    become one of the `wanted` best. Log-probabilities are sums over softmax(logits /
    temperature); what is banned is banned after the softmax. Best is the greatest
    log-probability / length ** normalization, <eos> counted; 0 is ArtEmis' way.
    Where nothing was finished, the unfinished hypotheses stand in, cut at `max_length`
    words and marked as such.

    Args:
        features: (N, places, C) as from `speaker.encode`.
        emotion: shares (N, 9) for a grounded speaker, else None.
        size: hypotheses kept for each picture.
    """
    wanted = size if wanted is None else min(wanted, size)
    width = torch.full((len(features),), size, device=features.device)  # hypotheses each picture may keep
    best = torch.full((len(features), wanted), NEVER, dtype=torch.float64, device=features.device)  # of those finished

    def choose(logits: Tensor, live: Live) -> Choice:
        scores = logits.float().div_(temperature)
        norm = scores.logsumexp(-1)
        ban(scores, live.words, rules)
        score, word = greatest(scores, min(size, scores.shape[1]))
        return _best(live.score[:, None] + (score - norm[:, None]), word, live.picture, width, size)

    def hopeful(ended: Live, going: Live) -> Tensor:
        nonlocal best
        width.sub_(torch.bincount(ended.picture, minlength=len(width)))
        length = ended.words.shape[1] - 1
        best = _with(best, ended.picture, ended.score / length**normalization, size)
        # Scores only fall: this is the most that each can come to.
        reach = going.score / (max_length + 1) ** normalization
        # A hopeless hypothesis stays in a hopeful picture's beam, where it narrows the beam when it ends.
        alive = torch.zeros_like(width, dtype=torch.bool)
        alive[going.picture[reach > best[going.picture, -1]]] = True
        return alive[going.picture]

    found = _search(speaker, features, emotion, rules, choose, hopeful, max_length)
    return [sorted(some, key=lambda one: -worth(one, normalization))[:wanted] for some in found]


def worth(one: Hypothesis, normalization: float) -> float:
    """What candidates are ranked by: log-probability / length ** normalization, <eos> counted."""
    return one.log_probability / (len(one.words) + one.finished) ** normalization


@torch.inference_mode()
def greedy(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    rules: Rules,
    *,
    temperature: float,
    max_length: int,
) -> list[Hypothesis]:
    """The likeliest word at each step; one hypothesis for each picture.

    As in ArtEmis, the word just said and the one before it are banned too, and the
    log-probabilities are those of the tempered distribution that is left after the
    bans. A caption that does not end is cut at `max_length` words and marked as unfinished.
    """
    return _word_by_word(
        speaker, features, emotion, rules, lambda scores, _: scores.max(-1).indices, temperature, max_length
    )


@torch.inference_mode()
def sample(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    rules: Rules,
    *,
    chance: Tensor,
    temperature: float,
    max_length: int,
    keep: Callable[[Tensor], Tensor] | None = None,
) -> list[Hypothesis]:
    """Words drawn at random; one hypothesis for each picture, with bans and log-probabilities as `greedy`.

    Args:
        chance: uniform numbers in [0, 1), (N, max_length + 1): those of a picture decide
            on its words, so that a picture fares alike in any batch.
        keep: from scores (R, V) to scores that are -inf for what is not to be drawn;
            see `top_k` and `top_p`.
    """

    def draw(scores: Tensor, live: Live) -> Tensor:
        shares = functional.softmax((keep(scores) if keep else scores).double(), -1)
        reached = shares.cumsum(-1)  # (R, V)
        mark = chance[live.picture, live.words.shape[1] - 1].to(reached) * reached[:, -1]
        return torch.searchsorted(reached, mark[:, None], right=True).squeeze(1)

    return _word_by_word(speaker, features, emotion, rules, draw, temperature, max_length)


def top_k(scores: Tensor, count: int) -> Tensor:
    """Scores (R, V) with -inf for all but the `count` greatest of each row."""
    least = scores.topk(min(count, scores.shape[1]), -1).values[:, -1:]
    return scores.masked_fill(scores < least, NEVER)


def top_p(scores: Tensor, share: float) -> Tensor:
    """Scores (R, V) with -inf for all but the likeliest words that together reach the probability `share`.

    The word that crosses it is kept (nucleus sampling, Holtzman et al. 2020).
    """
    ordered, word = scores.sort(-1, descending=True)
    shares = functional.softmax(ordered.double(), -1)
    before = shares.cumsum(-1) - shares
    return scores.new_full(scores.shape, NEVER).scatter(1, word, ordered.masked_fill(before >= share, NEVER))


def _word_by_word(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    rules: Rules,
    pick: Callable[[Tensor, Live], Tensor],
    temperature: float,
    max_length: int,
) -> list[Hypothesis]:
    """One hypothesis for each picture; `pick` takes a word (R,) by scores (R, V), banned ones at -inf."""

    def choose(logits: Tensor, live: Live) -> Choice:
        scores = logits.float().div_(temperature)
        ban(scores, live.words, rules)
        ban_recent(scores, live.words)
        word = pick(scores, live)
        gained = scores.gather(1, word[:, None]).squeeze(1) - scores.logsumexp(-1)
        return Choice(torch.arange(len(word), device=word.device), word, live.score + gained)

    found = _search(speaker, features, emotion, rules, choose, _all, max_length)
    return [only for (only,) in found]


def _search(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    rules: Rules,
    choose: Choose,
    hopeful: Hopeful,
    max_length: int,
) -> list[list[Hypothesis]]:
    """Let hypotheses grow until all have ended or are hopeless, or `max_length` words are said."""
    live, finished, unfinished = Live.first(features, rules.start), [], []
    memory = Memory(speaker.start(features, emotion), live.picture)
    for length in range(max_length + 1):
        logits, state, attention = speaker.step(live.words[:, -1], memory.state)
        memory.advance(state)
        choice = choose(logits, live)
        grown = live.follow(*choice, attention)
        ended = choice.word == rules.end
        finished.append(grown.select(ended.nonzero().flatten()))
        if length == max_length:
            unfinished.append(live)
            break
        going = (~ended).nonzero().flatten()
        going = going[hopeful(finished[-1], grown.select(going))]
        if not len(going):
            break
        live = grown.select(going)
        memory.select(choice.parent[going], live.picture)
    return collect(finished, unfinished, len(features))


def _all(ended: Live, going: Live) -> Tensor:
    return torch.ones_like(going.picture, dtype=torch.bool)


def greatest(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` greatest of each row (R, V) and where they stand: `topk`, but several times as fast on a CPU.

    They stand in the `count` blocks with the greatest maxima, which are quick to find.
    """
    rows, vocabulary = scores.shape
    blocks = vocabulary // BLOCK
    if blocks <= count:
        return scores.topk(count, -1)
    table = scores[:, : blocks * BLOCK].view(rows, blocks, BLOCK)
    chosen = table.amax(-1).topk(count, -1).indices  # (R, count)
    few = torch.cat(
        [table.gather(1, chosen[:, :, None].expand(-1, -1, BLOCK)).flatten(1), scores[:, blocks * BLOCK :]], 1
    )
    score, place = few.topk(count, -1)
    block = chosen.gather(1, (place // BLOCK).clamp(max=count - 1))
    rest = place - count * BLOCK + blocks * BLOCK  # beyond the last whole block
    return score, torch.where(place < count * BLOCK, block * BLOCK + place % BLOCK, rest)


def _best(score: Tensor, word: Tensor, picture: Tensor, width: Tensor, size: int) -> Choice:
    """For each picture its `width` best continuations, picture by picture.

    Args:
        score, word: (R, K) the best continuations of each row, rows of one picture adjacent.
        picture: (R,) ascending.
        width: (N,) at most `size`.
    """
    present, where = torch.unique_consecutive(picture, return_inverse=True)
    # One row a picture with room for `size` hypotheses; what is not there can never be best.
    table = score.new_full((len(present), size, score.shape[1]), NEVER)
    table[where, _slot(picture)] = score
    top, place = table.flatten(1).topk(size, 1)  # (pictures, size)
    rank = torch.arange(size, device=picture.device)
    kept = (rank < width[present, None]) & (top > NEVER)
    first = torch.searchsorted(picture, present)
    parent = (first[:, None] + place.div(score.shape[1], rounding_mode="floor"))[kept]
    return Choice(parent, word[parent, place.remainder(score.shape[1])[kept]], top[kept])


def _with(best: Tensor, picture: Tensor, worth: Tensor, size: int) -> Tensor:
    """The greatest numbers of each picture, (N, wanted), now that `worth` (R,) of `picture` (R,) joins them."""
    joining = best.new_full((len(best), size), NEVER)
    joining[picture, _slot(picture)] = worth
    return torch.cat([best, joining], 1).topk(best.shape[1], 1).values


def _slot(picture: Tensor) -> Tensor:
    """The place of each row among those of its picture: `picture` (R,) ascending -> (R,)."""
    return torch.arange(len(picture), device=picture.device) - torch.searchsorted(picture, picture)
