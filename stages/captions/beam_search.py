"""Beam search over any speaker, batched over images and hypotheses, with ArtEmis' rules."""

import torch
from torch import Tensor

from stages.captions.decoding import Choice, search
from stages.captions.hypotheses import NEVER, Constraints, Hypothesis, Live, ban
from stages.speaker.interface import Speaker

# Words in a block, whose maximum is found first; see `greatest`.
BLOCK = 64


@torch.inference_mode()
def beam(
    speaker: Speaker,
    features: Tensor,
    emotion: Tensor | None,
    constraints: Constraints,
    *,
    size: int,
    temperature: float,
    max_length: int,
    count: int | None = None,
    normalization: float = 0.0,
) -> list[list[Hypothesis]]:
    """For each image its `count` best finished hypotheses (None: all), the best first.

    A hypothesis that ends leaves the beam, which gets narrower by one. The search ends when the beam is empty,
    after `max_length` words, or as soon as no live hypothesis can become one of the `count` best.
    Log-probabilities are sums over softmax(logits / temperature); words are banned after the softmax. The best
    has the greatest log-probability / length ** normalization, <eos> counted; 0 is ArtEmis' ranking.
    An image without a finished hypothesis gets its unfinished ones, cut at `max_length` words.

    Args:
        features: (N, places, C) as from `speaker.encode`.
        emotion: shares (N, 9) for a grounded speaker, else None.
        size: beam size, hypotheses kept for each image.
    """
    count = size if count is None else min(count, size)
    width = torch.full((len(features),), size, device=features.device)  # (N,) hypotheses each image may keep
    # (N, count) ranking scores of the finished hypotheses.
    best = torch.full((len(features), count), NEVER, dtype=torch.float64, device=features.device)

    def choose(logits: Tensor, live: Live) -> Choice:
        scores = logits.float().div_(temperature)
        norm = scores.logsumexp(-1)  # (R,)
        ban(scores, live.words, constraints)
        score, word = greatest(scores, min(size, scores.shape[1]))  # (R, K) each
        return _continuations(live.score[:, None] + (score - norm[:, None]), word, live.picture, width, size)

    def promising(ended: Live, going: Live) -> Tensor:
        nonlocal best
        width.sub_(torch.bincount(ended.picture, minlength=len(width)))
        length = ended.words.shape[1] - 1
        best = _updated(best, ended.picture, ended.score / length**normalization, size)
        # Scores only fall, so this is an upper bound.
        bound = going.score / (max_length + 1) ** normalization  # (R,)
        # All hypotheses of an image go on if one can: one that cannot still narrows the beam when it ends.
        alive = torch.zeros_like(width, dtype=torch.bool)
        alive[going.picture[bound > best[going.picture, -1]]] = True
        return alive[going.picture]

    found = search(speaker, features, emotion, constraints, choose, promising, max_length)
    return [sorted(some, key=lambda each: -ranking_score(each, normalization))[:count] for some in found]


def ranking_score(hypothesis: Hypothesis, normalization: float) -> float:
    """Log-probability / length ** normalization, <eos> counted."""
    return hypothesis.log_probability / (len(hypothesis.words) + hypothesis.finished) ** normalization


def greatest(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The `count` greatest of each row (R, V) and their indices: `topk`, but several times as fast on a CPU.

    They lie in the `count` blocks with the greatest maxima, which are quick to find.
    """
    rows, vocabulary = scores.shape
    blocks = vocabulary // BLOCK
    if blocks <= count:
        return scores.topk(count, -1)
    table = scores[:, : blocks * BLOCK].view(rows, blocks, BLOCK)
    chosen = table.amax(-1).topk(count, -1).indices  # (R, count)
    candidates = torch.cat(
        [table.gather(1, chosen[:, :, None].expand(-1, -1, BLOCK)).flatten(1), scores[:, blocks * BLOCK :]], 1
    )  # (R, count * BLOCK + words after the last whole block)
    score, place = candidates.topk(count, -1)
    block = chosen.gather(1, (place // BLOCK).clamp(max=count - 1))
    rest = place - count * BLOCK + blocks * BLOCK  # index of a word after the last whole block
    return score, torch.where(place < count * BLOCK, block * BLOCK + place % BLOCK, rest)


def _continuations(score: Tensor, word: Tensor, picture: Tensor, width: Tensor, size: int) -> Choice:
    """The `width` best continuations of each image, image by image.

    Args:
        score, word: (R, K) the best continuations of each row, rows of one image adjacent.
        picture: (R,) ascending.
        width: (N,) at most `size`.
    """
    present, where = torch.unique_consecutive(picture, return_inverse=True)
    # One row per image with room for `size` hypotheses; empty places can never be best.
    table = score.new_full((len(present), size, score.shape[1]), NEVER)  # (images, size, K)
    table[where, _slot(picture)] = score
    top, place = table.flatten(1).topk(size, 1)  # (images, size)
    rank = torch.arange(size, device=picture.device)
    kept = (rank < width[present, None]) & (top > NEVER)  # (images, size)
    first = torch.searchsorted(picture, present)  # (images,)
    parent = (first[:, None] + place.div(score.shape[1], rounding_mode="floor"))[kept]
    return Choice(parent, word[parent, place.remainder(score.shape[1])[kept]], top[kept])


def _updated(best: Tensor, picture: Tensor, score: Tensor, size: int) -> Tensor:
    """The greatest scores of each image (N, count) after `score` (R,) of the images `picture` (R,) has been added."""
    added = best.new_full((len(best), size), NEVER)
    added[picture, _slot(picture)] = score
    return torch.cat([best, added], 1).topk(best.shape[1], 1).values


def _slot(picture: Tensor) -> Tensor:
    """The place of each row among the rows of its image: `picture` (R,) ascending -> (R,)."""
    return torch.arange(len(picture), device=picture.device) - torch.searchsorted(picture, picture)
