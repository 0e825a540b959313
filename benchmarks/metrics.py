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

from benchmarks.made_up import sentences
from stages.common.processes import usable_cores
from stages.metrics.bootstrap import corpus_values, resampled, totals
from stages.metrics.interface import Columns, Context, Metric, Pairings
from stages.metrics.meteor import metric as meteor
from stages.metrics.overlap import BLEU, CIDER, ROUGE_L
from stages.metrics.pairing import per_picture
from stages.metrics.suite import METRICS

METEOR = meteor.metric("python")
RESAMPLES = 1000


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
    # pycocoevalcap's METEOR is the last of the two values, of the pooled counts.
    ours = [values["meteor_corpus"]] if metric is METEOR else list(values.values())
    assert np.allclose(ours, expected, rtol=0, atol=1e-9), name
    theirs_s, ours_s = between - started, ended - between
    print(f"| {name} | {theirs_s:.1f} | {ours_s:.2f} | {theirs_s / ours_s:.1f} |")
    return theirs_s, ours_s


def bootstrap(captions: list[str], references: list[list[str]]) -> None:
    """Time the resamples of every corpus value, from existing columns."""
    # Few training utterances: benchmarks/novelty.py measures novelty.
    context, pairings = Context(references, training=references[0]), Pairings.in_order(captions)
    columns: Columns = {}
    metrics = [metric for metric in (METEOR, *METRICS) if metric.against != "emotions"]
    for metric in metrics:
        columns |= per_picture(metric.prepare(context)(pairings), pairings.picture, len(captions))
    values = [value for metric in metrics for value in metric.values]
    started = time.perf_counter()
    resampled(values, columns, RESAMPLES, seed=1)
    print(f"\n{RESAMPLES:,} bootstrap resamples of {len(values)} corpus values: {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
