"""Novelty: the longest common subsequence of a caption with the training utterances."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stages.common.progress import track
from stages.metrics.interface import Columns, Context, Metric, Score, Unavailable, WholeSet, mean, of_texts
from stages.metrics.ngrams import Indices

# Integers of one of `KINDS`.
Bits = npt.NDArray[Any]
Sentence = Sequence[str]

# What holds the bits of an utterance, by its number of tokens: the narrower the faster.
# The last are Python's integers, which have no limit.
KINDS = {16: np.uint16, 32: np.uint32, 64: np.uint64, 1 << 30: np.object_}
# Utterances are compared in blocks whose arrays have about this many bytes: a handful stays in a core's cache.
BLOCK_BYTES = 1 << 17
# A word that more than this share of a block's utterances hold is applied to all of them:
# cheaper than picking them out.
FREQUENT = 1 / 16


@dataclass(frozen=True)
class Common:
    """What captions have in common with a corpus; entry i of each array belongs to caption i."""

    # Length of the longest subsequence shared with any utterance.
    longest: Indices
    # Number of the first utterance with which it is shared.
    nearest: Indices
    # Sum of the lengths over all utterances.
    total: Indices


# The utterances of a block that hold a word, and where in each of them the word stands, as bits;
# None for the utterances means all.
Posting = tuple[Indices | None, Bits]


@dataclass(frozen=True)
class Block:
    """Utterances of like length: their numbers, the integers for their bits, and an index by word id."""

    numbers: Indices
    kind: Any
    postings: dict[int, Posting]


def common_subsequences(captions: Sequence[Sentence], utterances: Sequence[Sentence]) -> Common:
    """Compare every tokenized caption with every tokenized utterance, of which there must be one at least.

    Equal captions are compared once, equal utterances as often as they are passed.
    """
    ids: dict[str, int] = {}
    encoded = [tuple(ids.setdefault(token, len(ids)) for token in caption) for caption in captions]
    distinct = sorted(set(encoded))
    found = [_compare(distinct, block) for block in track(list(_blocks(utterances, ids)), "subsequences")]
    place = {caption: number for number, caption in enumerate(distinct)}
    return _merge(found, [place[caption] for caption in encoded])


def _blocks(utterances: Sequence[Sentence], ids: dict[str, int]) -> Iterator[Block]:
    lengths = np.fromiter(map(len, utterances), np.int64)
    # Words of no caption have no id, and match nothing.
    words = np.fromiter((ids.get(token, -1) for utterance in utterances for token in utterance), np.int64)
    starts = lengths.cumsum() - lengths
    shortest = 0
    for limit, kind in KINDS.items():
        numbers = np.flatnonzero((lengths >= shortest) & (lengths <= limit))
        shortest = limit + 1
        pieces = -(-len(numbers) * np.dtype(kind).itemsize // BLOCK_BYTES)
        for chosen in np.array_split(numbers, pieces) if pieces else ():
            rows = np.repeat(np.arange(len(chosen)), lengths[chosen])
            places = np.arange(len(rows)) - np.repeat(lengths[chosen].cumsum() - lengths[chosen], lengths[chosen])
            yield Block(chosen, kind, _postings(words[starts[chosen][rows] + places], rows, places, len(chosen), kind))


def _postings(words: Indices, rows: Indices, places: Indices, size: int, kind: Any) -> dict[int, Posting]:
    """Index a block's tokens by word: token i is `words[i]`, at `places[i]` of utterance `rows[i]`; rows ascend."""
    order = np.argsort(words, kind="stable")[np.count_nonzero(words < 0) :]
    words, rows = words[order], rows[order]
    bits = np.ones(len(order), kind) << places[order].astype(kind)
    new_word = np.diff(words, prepend=-1) != 0
    # An utterance may hold a word several times: one entry, several bits.
    first = np.flatnonzero(new_word | (np.diff(rows, prepend=-1) != 0))
    if not len(first):
        return {}
    bits, rows, bounds = np.bitwise_or.reduceat(bits, first), rows[first], np.flatnonzero(new_word[first])
    slices = map(slice, bounds, [*bounds[1:], len(first)])
    return {int(words[first[own.start]]): _posting(rows[own], bits[own], size) for own in slices}


def _posting(rows: Indices, bits: Bits, size: int) -> Posting:
    if len(rows) <= FREQUENT * size:
        return rows, bits
    everywhere = np.zeros(size, bits.dtype)
    everywhere[rows] = bits
    return None, everywhere


def _compare(captions: Sequence[tuple[int, ...]], block: Block) -> Common:
    """Compare sorted, distinct captions, as word ids, with the utterances of a block."""
    longest, nearest, total = np.zeros((3, len(captions)), np.int64)
    # The integers of all utterances before a caption's first token, after it, after the second, ...
    states = [~np.zeros(len(block.numbers), block.kind)]
    before: tuple[int, ...] = ()
    for number, caption in enumerate(captions):
        shared = _shared(before, caption)
        del states[shared + 1 :]
        for word in caption[shared:]:
            states.append(_advance(states[-1], block.postings.get(word)))
        lengths = np.bitwise_count(~states[-1])
        best = lengths.argmax()
        longest[number], nearest[number], total[number] = lengths[best], block.numbers[best], lengths.sum(dtype=int)
        before = caption
    return Common(longest, nearest, total)


def _advance(state: Bits, posting: Posting | None) -> Bits:
    """The integers after one more token of the caption; `state` itself stays as it is."""
    if posting is None:
        return state
    rows, bits = posting
    before = state if rows is None else state[rows]
    matched = before & bits
    after = before + matched
    after |= before - matched
    if rows is None:
        return after
    state = state.copy()
    state[rows] = after
    return state


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """With how many equal words both begin."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (word, also) in enumerate(pairs) if word != also), min(len(one), len(other)))


def _merge(found: Sequence[Common], places: Sequence[int]) -> Common:
    """The best of all blocks; entry i is that of caption `places[i]` there."""
    longest = np.stack([block.longest for block in found])
    nearest = np.stack([block.nearest for block in found])
    best = longest.max(0)
    first = np.where(longest == best, nearest, nearest.max()).min(0)
    total = np.sum([block.total for block in found], axis=0)
    return Common(best[places], first[places], total[places])


# How many captions and distinct utterances ArtEmis draws.
SAMPLED_CAPTIONS = 800
SAMPLED_UTTERANCES = 25_000

VALUES = ("lcs_max", "lcs_mean", "lcs_share", "copied")


def novelty(captions: Sequence[str], training: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The longest common subsequence (LCS) of each caption with each distinct training utterance, exact.

    Tokens are what spaces separate; those of a subsequence need not be neighbours. Arrays
    of one value per caption: `lcs_max` and `lcs_mean` over the utterances, in tokens;
    `lcs_share`, the longest as a share of the caption's own tokens (0 without any);
    `copied`, whether the caption is a training utterance word for word; `nearest`, the
    first utterance that shares the longest subsequence.
    """
    spoken = [tuple(caption.split()) for caption in captions]
    sources = {tuple(utterance.split()): utterance for utterance in training}
    common = common_subsequences(spoken, list(sources))
    lengths = np.array([len(tokens) for tokens in spoken])
    return {
        "lcs_max": common.longest,
        "lcs_mean": common.total / len(sources),
        "lcs_share": common.longest / np.maximum(lengths, 1),
        "copied": np.array([tokens in sources for tokens in spoken]),
        "nearest": np.array(list(sources.values()), dtype=object)[common.nearest],
    }


def sampled(captions: Sequence[str], training: Sequence[str], seed: int) -> dict[str, float]:
    """Means of `lcs_max` and `lcs_mean` as ArtEmis reports them: 800 captions against 25,000 distinct utterances.

    Which ones are drawn depends here on the seed alone, in ArtEmis on Python's hash seed
    too; where there are fewer, all are taken.
    """
    generator = np.random.default_rng(seed)
    utterances = list(dict.fromkeys(training))
    found = novelty(
        [captions[row] for row in _draw(generator, len(captions), SAMPLED_CAPTIONS)],
        [utterances[row] for row in _draw(generator, len(utterances), SAMPLED_UTTERANCES)],
    )
    return {name: float(found[name].mean()) for name in ("lcs_max", "lcs_mean")}


def as_artemis(seed: int) -> WholeSet:
    """`sampled` as values of a whole set; none where there is no training utterance."""

    def values(context: Context, texts: Sequence[str]) -> dict[str, float]:
        found = sampled(texts, context.training, seed) if context.training else {}
        return {f"novelty_sampled.{name}": value for name, value in found.items()}

    return values


def _draw(generator: np.random.Generator, items: int, sample: int) -> Indices:
    return generator.choice(items, min(items, sample), replace=False)


def _novelty(context: Context) -> Score:
    if not context.training:
        raise Unavailable("there is no training utterance that captions could repeat")

    def judge(texts: Sequence[str]) -> Columns:
        found = novelty(texts, context.training)
        return {f"novelty.{name}": found[name] for name in VALUES}

    return of_texts(judge)(context)


NOVELTY = Metric(tuple(mean(f"novelty.{name}", lower_is_better=True) for name in VALUES), _novelty)
