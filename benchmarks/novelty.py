"""Time of comparing captions with a whole corpus by longest common subsequences.

`stages.metrics.novelty`, exact and on one core, is compared with ArtEmis' algorithm, re-enacted on a
sample of the pairs in the same run: for each pair, nested Python loops fill a table of
lengths, and the subsequence is read from it. Its time is scaled up linearly. The lengths
must be equal. Synthetic sentences of ArtEmis' shape: 14,469 words, the most frequent of
them a tenth of all tokens, utterances of 5 to 30 tokens, captions of about 10, all
distinct (real captions repeat and begin alike, which makes novelty faster).

    python -m benchmarks.novelty [--captions 7933] [--utterances 338144] [--sample 20000]
"""

import argparse
import time

import numpy as np

from benchmarks.measure import machine
from stages.common.entry import peak_memory
from stages.metrics.novelty import novelty

VOCABULARY = 14_469


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=int, default=7_933)
    parser.add_argument("--utterances", type=int, default=338_144)
    parser.add_argument("--sample", type=int, default=20_000)
    arguments = parser.parse_args()
    generator = np.random.default_rng(2021)
    training = sentences(arguments.utterances, 15, generator)
    captions = sentences(arguments.captions, 10, generator)
    started, started_cpu = time.perf_counter(), time.process_time()
    arrays = novelty(captions, training)
    seconds, cpu = time.perf_counter() - started, time.process_time() - started_cpu
    pairs = arguments.captions * arguments.utterances
    scaled = reenact(captions, training, arguments.sample, generator) / arguments.sample * pairs
    print(f"{arguments.captions:,} captions, {arguments.utterances:,} utterances; {machine()}\n")
    print("| algorithm | pairs | s | CPU s | CPU ns per pair |\n|---|---|---|---|---|")
    print(f"| novelty, exact | {pairs:,} | {seconds:.1f} | {cpu:.1f} | {cpu / pairs * 1e9:.1f} |")
    print(f"| ArtEmis, {arguments.sample:,} pairs scaled up | {pairs:,} |", end="")
    print(f" {scaled:,.0f} | {scaled:,.0f} | {scaled / pairs * 1e9:,.0f} |")
    print(f"\n{scaled / seconds:,.0f} times as fast; peak {peak_memory():.2f} GB")
    print(f"longest subsequence {arrays['lcs_max'].mean():.2f} on average, mean {arrays['lcs_mean'].mean():.2f}")


def sentences(count: int, length: int, generator: np.random.Generator) -> list[str]:
    """Distinct sentences with a median of `length` tokens."""
    weights = (np.arange(VOCABULARY) + 2.7) ** -1.25
    texts: dict[str, None] = {}
    while len(texts) < count:
        lengths = np.clip(generator.lognormal(np.log(length), 0.42, count).astype(int), 5, 30)
        drawn = generator.choice(VOCABULARY, lengths.sum(), p=weights / weights.sum()).tolist()
        ends = lengths.cumsum().tolist()
        texts |= dict.fromkeys(
            " ".join(f"word{word}" for word in drawn[end - tokens : end])
            for end, tokens in zip(ends, lengths.tolist(), strict=True)
        )
    return list(texts)[:count]


def reenact(captions: list[str], training: list[str], sample: int, generator: np.random.Generator) -> float:
    """Seconds of the nested loops for `sample` pairs, after a check that `novelty` gives the same lengths."""
    texts = [captions[row] for row in generator.choice(len(captions), 20, replace=False)]
    sources = [training[row] for row in generator.choice(len(training), sample // len(texts), replace=False)]
    started = time.perf_counter()
    lengths = [[len(subsequence(text.split(), source.split())) for source in sources] for text in texts]
    seconds = time.perf_counter() - started
    arrays = novelty(texts, sources)
    assert (arrays["lcs_max"] == np.max(lengths, axis=1)).all(), "the lengths differ"
    assert np.allclose(arrays["lcs_mean"], np.mean(lengths, axis=1)), "the means differ"
    return seconds


def subsequence(first: list[str], second: list[str]) -> list[str]:
    """A longest common subsequence, by the table of lengths of all pairs of prefixes."""
    lengths = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for row, token in enumerate(first):
        for column, match in enumerate(second):
            if token == match:
                lengths[row + 1][column + 1] = lengths[row][column] + 1
            else:
                lengths[row + 1][column + 1] = max(lengths[row + 1][column], lengths[row][column + 1])
    reverse = []
    row, column = len(first), len(second)
    while row and column:
        if lengths[row][column] == lengths[row - 1][column]:
            row -= 1
        elif lengths[row][column] == lengths[row][column - 1]:
            column -= 1
        else:
            row, column = row - 1, column - 1
            reverse.append(first[row])
    return reverse[::-1]


if __name__ == "__main__":
    main()
