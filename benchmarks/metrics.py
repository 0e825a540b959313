"""Time of the metrics on 10,000 captions with 5 references each, beside pycocoevalcap.

pycocoevalcap's BLEU, ROUGE-L, CIDEr and METEOR run in the same process on the same
synthetic sentences, and the values must be equal. Both start from strings: tokens,
n-grams and document frequencies are included in the time. Then the bootstrap of all
corpus metrics, from the per-caption columns.

    python -m benchmarks.metrics [--captions 10000] [--references 5] [--without-meteor]
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.meteor.meteor import Meteor
from pycocoevalcap.rouge.rouge import Rouge

from benchmarks.made_up import dictionary
from stages.common.processes import usable_cores
from stages.metrics.bootstrap import corpus_values, resampled, totals
from stages.metrics.interface import Columns, Context, Metric, Pairings
from stages.metrics.meteor import METEOR
from stages.metrics.overlap import BLEU, CIDER, ROUGE_L
from stages.metrics.pairing import per_picture
from stages.metrics.suite import METRICS

RESAMPLES = 1000
WORDS = 12_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=int, default=10_000)
    parser.add_argument("--references", type=int, default=5)
    parser.add_argument("--without-meteor", action="store_true")
    arguments = parser.parse_args()
    captions, references = sentences(arguments.captions, arguments.references)
    print(f"{arguments.captions:,} captions, {arguments.references} references each; {usable_cores()} cores\n")
    print("| metric | pycocoevalcap s | this project s | ratio |\n|---|---:|---:|---:|")
    context = Context(references)
    rows = [
        row("BLEU-1..4", lambda: Bleu(4), BLEU, context, captions),
        row("ROUGE-L", Rouge, ROUGE_L, context, captions),
        row("CIDEr-D", Cider, CIDER, context, captions),
    ]
    theirs, ours = np.sum(rows, axis=0)
    print(f"| all except METEOR | {theirs:.1f} | {ours:.1f} | {theirs / ours:.1f} |")
    if not arguments.without_meteor:
        row("METEOR", Meteor, METEOR, context, captions)
    bootstrap(captions, references)


def sentences(captions: int, references: int, seed: int = 2021) -> tuple[list[str], list[list[str]]]:
    """Synthetic captions and references: words by Zipf's law, 15 tokens on average, a third of them per picture."""
    rng = np.random.default_rng(seed)
    words = np.array([line.split()[0] for line in dictionary()[:WORDS]])
    weights = 1 / (np.arange(WORDS) + 2.7)
    drawn = rng.choice(WORDS, (captions, references + 1, 30), p=weights / weights.sum())
    own = rng.choice(drawn[:, :1, :10].reshape(captions, 10), 10, axis=1)
    of_picture = rng.random(drawn.shape) < 1 / 3
    drawn = np.where(of_picture, own[np.arange(captions)[:, None, None], rng.integers(10, size=drawn.shape)], drawn)
    lengths = np.clip(rng.lognormal(2.66, 0.35, drawn.shape[:2]).astype(int), 4, 30)
    texts = [
        [" ".join(words[row[:length]]) for row, length in zip(rows, row_lengths, strict=True)]
        for rows, row_lengths in zip(drawn, lengths, strict=True)
    ]
    return [first for first, *_ in texts], [others for _, *others in texts]


def row(
    name: str, theirs: Callable[[], object], metric: Metric, context: Context, captions: list[str]
) -> tuple[float, float]:
    """Time both, compare the values and print a row; returns the seconds of both."""
    references = dict(enumerate(context.references))
    quiet = {"verbose": 0} if name.startswith("BLEU") else {}
    started = time.perf_counter()
    expected, _ = theirs().compute_score(references, {n: [text] for n, text in enumerate(captions)}, **quiet)  # type: ignore[attr-defined]
    between = time.perf_counter()
    columns = metric.prepare(Context(context.references))(Pairings.in_order(captions))
    values = corpus_values(metric.values, totals(per_picture(columns, np.arange(len(captions)), len(captions))))
    ended = time.perf_counter()
    # METEOR's corpus value pools counts; the value here is the mean over captions.
    if metric is not METEOR:
        assert np.allclose(list(values.values()), expected, rtol=0, atol=1e-9), name
    theirs_s, ours_s = between - started, ended - between
    print(f"| {name} | {theirs_s:.1f} | {ours_s:.2f} | {theirs_s / ours_s:.1f} |")
    return theirs_s, ours_s


def bootstrap(captions: list[str], references: list[list[str]]) -> None:
    """Time the resamples of every corpus value, from existing columns."""
    # Few training utterances: benchmarks/novelty.py measures novelty.
    context, pairings = Context(references, training=references[0]), Pairings.in_order(captions)
    columns: Columns = {}
    metrics = [metric for metric in METRICS if metric is not METEOR and metric.against != "emotions"]
    for metric in metrics:
        columns |= per_picture(metric.prepare(context)(pairings), pairings.picture, len(captions))
    # METEOR adds one column; its content does not matter here.
    columns["meteor"] = columns["rouge_l"]
    values = [value for metric in (*metrics, METEOR) for value in metric.values]
    started = time.perf_counter()
    resampled(values, columns, RESAMPLES, seed=1)
    print(f"\n{RESAMPLES:,} bootstrap resamples of {len(values)} corpus values: {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
