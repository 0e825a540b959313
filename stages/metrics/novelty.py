"""Novelty: the longest common subsequence (LCS) of a caption with the training utterances.

All utterances of a block advance by one token of the caption at a time: the state of each
is an integer with one bit per token (Hyyrö 2004), the block's states a NumPy array. Captions
with equal beginnings share these steps, and a rare word changes few utterances. On 7,933
captions and 338,144 utterances rapidfuzz.process.cdist takes twice the CPU time, and three
times if captions begin alike (rapidfuzz 3.14.6, AMD EPYC, November 2026).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stages.common.progress import track
from stages.metrics.interface import Columns, Context, Metric, Score, SetMetric, Unavailable, mean, of_texts
from stages.metrics.ngrams import Indices

# Integers of one of `KINDS`.
Bits = npt.NDArray[Any]

# Type of the bits of an utterance, by its maximum number of tokens: the narrower the faster.
# The last are Python's integers, which have no limit.
KINDS = {16: np.uint16, 32: np.uint32, 64: np.uint64, 1 << 30: np.object_}
# Approximate bytes of the arrays of a block: a few of them fit into a core's cache.
BLOCK_BYTES = 1 << 17
# A word in more than this share of a block's utterances is applied to all of them, which is faster
# than selecting those that contain it.
FREQUENT = 1 / 16
# Sizes of ArtEmis' sample of captions and of distinct training utterances.
SAMPLED_CAPTIONS = 800
SAMPLED_UTTERANCES = 25_000

VALUES = ("lcs_max", "lcs_mean", "lcs_share", "copied")


@dataclass(frozen=True)
class Common:
    """Common subsequences of captions with a corpus; entry i of each array belongs to caption i."""

    # Length of the longest subsequence shared with any utterance.
    longest: Indices
    # Index of the first utterance that shares it.
    nearest: Indices
    # Sum of the lengths over all utterances.
    total: Indices


# The rows of a block's utterances that contain a word, or None for all rows, and the positions of
# the word in each of them, as bits.
Posting = tuple[Indices | None, Bits]


@dataclass(frozen=True)
class Block:
    """Utterances of similar length: their indices, the integer type of their bits, and an index by word id."""

    numbers: Indices
    kind: Any
    postings: dict[int, Posting]


def common_subsequences(captions: Sequence[Sequence[str]], utterances: Sequence[Sequence[str]]) -> Common:
    """Compare every tokenized caption with every tokenized utterance, of which there must be at least one.

    Equal captions are compared once, equal utterances as often as they are passed.
    """
    ids: dict[str, int] = {}
    encoded = [tuple(ids.setdefault(token, len(ids)) for token in caption) for caption in captions]
    distinct = sorted(set(encoded))
    results = [_compare(distinct, block) for block in track(list(_blocks(utterances, ids)), "subsequences")]
    row = {caption: number for number, caption in enumerate(distinct)}
    return _merge(results, [row[caption] for caption in encoded])


def _blocks(utterances: Sequence[Sequence[str]], ids: dict[str, int]) -> Iterator[Block]:
    lengths = np.fromiter(map(len, utterances), np.int64)
    # Words of no caption match nothing: -1.
    words = np.fromiter((ids.get(token, -1) for utterance in utterances for token in utterance), np.int64)
    starts = lengths.cumsum() - lengths
    shortest = 0
    for limit, kind in KINDS.items():
        numbers = np.flatnonzero((lengths >= shortest) & (lengths <= limit))
        shortest = limit + 1
        pieces = -(-len(numbers) * np.dtype(kind).itemsize // BLOCK_BYTES)
        for chosen in np.array_split(numbers, pieces) if pieces else ():
            rows = np.repeat(np.arange(len(chosen)), lengths[chosen])
            positions = np.arange(len(rows)) - np.repeat(lengths[chosen].cumsum() - lengths[chosen], lengths[chosen])
            tokens = words[starts[chosen][rows] + positions]
            yield Block(chosen, kind, _postings(tokens, rows, positions, len(chosen), kind))


def _postings(words: Indices, rows: Indices, positions: Indices, size: int, kind: Any) -> dict[int, Posting]:
    """Index a block's tokens by word: token i is `words[i]`, at `positions[i]` of row `rows[i]`; rows ascend."""
    order = np.argsort(words, kind="stable")[np.count_nonzero(words < 0) :]
    words, rows = words[order], rows[order]
    bits = np.ones(len(order), kind) << positions[order].astype(kind)
    new_word = np.diff(words, prepend=-1) != 0
    # An utterance may contain a word several times: one entry, several bits.
    first = np.flatnonzero(new_word | (np.diff(rows, prepend=-1) != 0))
    if not len(first):
        return {}
    bits, rows, bounds = np.bitwise_or.reduceat(bits, first), rows[first], np.flatnonzero(new_word[first])
    slices = map(slice, bounds, [*bounds[1:], len(first)])
    return {int(words[first[part.start]]): _posting(rows[part], bits[part], size) for part in slices}


def _posting(rows: Indices, bits: Bits, size: int) -> Posting:
    if len(rows) <= FREQUENT * size:
        return rows, bits
    all_rows = np.zeros(size, bits.dtype)
    all_rows[rows] = bits
    return None, all_rows


def _compare(captions: Sequence[tuple[int, ...]], block: Block) -> Common:
    """Compare sorted, distinct captions, as word ids, with the utterances of a block."""
    longest, nearest, total = np.zeros((3, len(captions)), np.int64)
    # The states of all utterances before a caption's first token, after it, after the second, ...
    states = [~np.zeros(len(block.numbers), block.kind)]
    previous: tuple[int, ...] = ()
    for number, caption in enumerate(captions):
        shared = _common_prefix(previous, caption)
        del states[shared + 1 :]
        for word in caption[shared:]:
            states.append(_advance(states[-1], block.postings.get(word)))
        # A zero bit is a token of the subsequence.
        lengths = np.bitwise_count(~states[-1])
        best = lengths.argmax()
        longest[number], nearest[number], total[number] = lengths[best], block.numbers[best], lengths.sum(dtype=int)
        previous = caption
    return Common(longest, nearest, total)


def _advance(state: Bits, posting: Posting | None) -> Bits:
    """The states after one more token of the caption; `state` is not changed."""
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


def _common_prefix(first: Sequence[int], second: Sequence[int]) -> int:
    """The number of equal words at the beginning of both."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((number for number, (word, other) in pairs if word != other), min(len(first), len(second)))


def _merge(results: Sequence[Common], rows: Sequence[int]) -> Common:
    """The best of all blocks; entry i belongs to caption `rows[i]` of the blocks."""
    longest = np.stack([result.longest for result in results])
    nearest = np.stack([result.nearest for result in results])
    best = longest.max(0)
    first = np.where(longest == best, nearest, nearest.max()).min(0)
    total = np.sum([result.total for result in results], axis=0)
    return Common(best[rows], first[rows], total[rows])


def novelty(captions: Sequence[str], training: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The LCS of each caption with each distinct training utterance, exact.

    Tokens are separated by white space; those of a subsequence need not be adjacent. Arrays
    with one value per caption: `lcs_max` and `lcs_mean` over the utterances, in tokens;
    `lcs_share`, the longest as a share of the caption's tokens (0 without any); `copied`,
    true if the caption equals a training utterance; `nearest`, the first utterance that
    shares the longest subsequence.
    """
    tokenized = [tuple(caption.split()) for caption in captions]
    sources = {tuple(utterance.split()): utterance for utterance in training}
    common = common_subsequences(tokenized, list(sources))
    lengths = np.array(list(map(len, tokenized)))
    return {
        "lcs_max": common.longest,
        "lcs_mean": common.total / len(sources),
        "lcs_share": common.longest / np.maximum(lengths, 1),
        "copied": np.array([tokens in sources for tokens in tokenized]),
        "nearest": np.array(list(sources.values()), dtype=object)[common.nearest],
    }


def _novelty(context: Context) -> Score:
    if not context.training:
        raise Unavailable("there is no training utterance to compare captions with")

    def columns(texts: Sequence[str]) -> Columns:
        arrays = novelty(texts, context.training)
        return {f"novelty.{name}": arrays[name] for name in VALUES}

    return of_texts(columns)(context)


NOVELTY = Metric(tuple(mean(f"novelty.{name}", lower_is_better=True) for name in VALUES), _novelty)


def sampled_novelty(captions: Sequence[str], training: Sequence[str], seed: int) -> dict[str, float]:
    """Means of `lcs_max` and `lcs_mean` as in ArtEmis: 800 captions against 25,000 distinct utterances.

    The sample depends on the seed alone (in ArtEmis on Python's hash seed too); where there
    are fewer, all are taken.
    """
    generator = np.random.default_rng(seed)
    utterances = list(dict.fromkeys(training))
    arrays = novelty(
        [captions[row] for row in _draw(generator, len(captions), SAMPLED_CAPTIONS)],
        [utterances[row] for row in _draw(generator, len(utterances), SAMPLED_UTTERANCES)],
    )
    return {name: float(arrays[name].mean()) for name in ("lcs_max", "lcs_mean")}


def _draw(generator: np.random.Generator, items: int, sample: int) -> Indices:
    return generator.choice(items, min(items, sample), replace=False)


def artemis_novelty(seed: int) -> SetMetric:
    """`sampled_novelty` as a metric of a set; no values without training utterances."""

    def values(context: Context, texts: Sequence[str]) -> dict[str, float]:
        means = sampled_novelty(texts, context.training, seed) if context.training else {}
        return {f"novelty_sampled.{name}": value for name, value in means.items()}

    return values
