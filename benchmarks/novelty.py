"""How long it takes to hold captions against a whole corpus: `python -m benchmarks.novelty`.

Ours is `stages.metrics.novelty`, exact, in one process on one core. Beside it, in the same
run, ArtEmis' order of work is re-enacted on a sample of the pairs: for each pair a table of
lengths is filled in nested Python loops, and the subsequence is read out of it. Its time is
scaled up linearly. Both must find the same lengths. Made-up sentences of ArtEmis' shape: 14,469
words, the most frequent of them a tenth of all tokens, utterances of 5 to 30 tokens, captions
of about 10, all distinct (real captions repeat and begin alike, which makes ours faster).

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
    asked = parser.parse_args()
    generator = np.random.default_rng(2021)
    training = sentences(asked.utterances, 15, generator)
    captions = sentences(asked.captions, 10, generator)
    started = time.perf_counter()
    found = novelty(captions, training)
    ours, pairs = time.perf_counter() - started, asked.captions * asked.utterances
    theirs = reenact(captions, training, asked.sample, generator)
    print(f"{asked.captions:,} captions, {asked.utterances:,} utterances; one process; {machine()}\n")
    print("| what | pairs | s | ns a pair |\n|---|---|---|---|")
    print(f"| novelty, exact | {pairs:,} | {ours:.1f} | {ours / pairs * 1e9:.1f} |")
    scaled = theirs / asked.sample * pairs
    print(f"| ArtEmis' order of work, {asked.sample:,} pairs scaled up | {pairs:,} | {scaled:,.0f} |", end="")
    print(f" {theirs / asked.sample * 1e9:,.0f} |")
    print(f"\n{scaled / ours:,.0f} times as fast; peak {peak_memory():.2f} GB")
    print(f"longest subsequence {found['lcs_max'].mean():.2f} on average, mean {found['lcs_mean'].mean():.2f}")


def sentences(count: int, length: int, generator: np.random.Generator) -> list[str]:
    """Distinct sentences of `length` tokens at the median."""
    weights = (np.arange(VOCABULARY) + 2.7) ** -1.25
    said: dict[str, None] = {}
    while len(said) < count:
        lengths = np.clip(generator.lognormal(np.log(length), 0.42, count).astype(int), 5, 30)
        drawn = generator.choice(VOCABULARY, lengths.sum(), p=weights / weights.sum()).tolist()
        ends = lengths.cumsum().tolist()
        said |= dict.fromkeys(
            " ".join(f"word{word}" for word in drawn[end - own : end])
            for end, own in zip(ends, lengths.tolist(), strict=True)
        )
    return list(said)[:count]


def reenact(captions: list[str], training: list[str], sample: int, generator: np.random.Generator) -> float:
    """Seconds that the nested loops take for `sample` pairs, whose lengths must be those that novelty finds."""
    spoken = [captions[row] for row in generator.choice(len(captions), 20, replace=False)]
    sources = [training[row] for row in generator.choice(len(training), sample // len(spoken), replace=False)]
    started = time.perf_counter()
    lengths = [[len(subsequence(one.split(), other.split())) for other in sources] for one in spoken]
    seconds = time.perf_counter() - started
    assert (novelty(spoken, sources)["lcs_max"] == np.max(lengths, axis=1)).all(), "the lengths differ"
    assert np.allclose(novelty(spoken, sources)["lcs_mean"], np.mean(lengths, axis=1)), "the means differ"
    return seconds


def subsequence(one: list[str], other: list[str]) -> list[str]:
    """One longest common subsequence, by the table of lengths of all pairs of beginnings."""
    lengths = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for row, token in enumerate(one):
        for column, match in enumerate(other):
            if token == match:
                lengths[row + 1][column + 1] = lengths[row][column] + 1
            else:
                lengths[row + 1][column + 1] = max(lengths[row + 1][column], lengths[row][column + 1])
    found = []
    row, column = len(one), len(other)
    while row and column:
        if lengths[row][column] == lengths[row - 1][column]:
            row -= 1
        elif lengths[row][column] == lengths[row][column - 1]:
            column -= 1
        else:
            row, column = row - 1, column - 1
            found.append(one[row])
    return found[::-1]


if __name__ == "__main__":
    main()
