"""How long the metrics take on 10,000 captions of 5 references each: `python -m benchmarks.metrics`.

Beside ours, in the same run and on the same made-up sentences, pycocoevalcap's own BLEU,
ROUGE-L, CIDEr and METEOR; the values must be the same. Ours start from strings as theirs
do: tokens, n-grams and document frequencies are all in the time. Then the bootstrap
of all corpus metrics, from the per-caption columns.

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
from stages.metrics.evaluate import METRICS
from stages.metrics.interface import Columns, Context, Metric, Trials
from stages.metrics.meteor import METEOR
from stages.metrics.overlap import BLEU, CIDER, ROUGE_L
from stages.metrics.pairing import per_picture

RESAMPLES = 1000
WORDS = 12_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=int, default=10_000)
    parser.add_argument("--references", type=int, default=5)
    parser.add_argument("--without-meteor", action="store_true")
    asked = parser.parse_args()
    captions, references = sentences(asked.captions, asked.references)
    print(f"{asked.captions:,} captions, {asked.references} references each; {usable_cores()} cores\n")
    print("| what | pycocoevalcap s | ours s | ratio |\n|---|---:|---:|---:|")
    context = Context(references)
    rows = [
        row("BLEU-1..4", lambda: Bleu(4), BLEU, context, captions),
        row("ROUGE-L", Rouge, ROUGE_L, context, captions),
        row("CIDEr-D", Cider, CIDER, context, captions),
    ]
    theirs, ours = (sum(one[place] for one in rows) for place in (0, 1))
    print(f"| all but METEOR | {theirs:.1f} | {ours:.1f} | {theirs / ours:.1f} |")
    if not asked.without_meteor:
        row("METEOR", Meteor, METEOR, context, captions)
    bootstrap(captions, references)


def sentences(captions: int, references: int, seed: int = 2021) -> tuple[list[str], list[list[str]]]:
    """Made-up captions and references: words by Zipf's law, 15 tokens on average, a third of them the picture's own."""
    rng = np.random.default_rng(seed)
    words = np.array([line.split()[0] for line in dictionary()[:WORDS]])
    common = 1 / (np.arange(WORDS) + 2.7)
    drawn = rng.choice(WORDS, (captions, references + 1, 30), p=common / common.sum())
    own = rng.choice(drawn[:, :1, :10].reshape(captions, 10), 10, axis=1)
    places = rng.random(drawn.shape) < 1 / 3
    drawn = np.where(places, own[np.arange(captions)[:, None, None], rng.integers(10, size=drawn.shape)], drawn)
    lengths = np.clip(rng.lognormal(2.66, 0.35, drawn.shape[:2]).astype(int), 4, 30)
    texts = [
        [" ".join(words[row[:length]]) for row, length in zip(one, own_lengths, strict=True)]
        for one, own_lengths in zip(drawn, lengths, strict=True)
    ]
    return [one[0] for one in texts], [one[1:] for one in texts]


def row(
    name: str, theirs: Callable[[], object], metric: Metric, context: Context, captions: list[str]
) -> tuple[float, float]:
    """Time both, print a row, and hold the values together."""
    references = dict(enumerate(context.references))
    started = time.perf_counter()
    quiet = {"verbose": 0} if name.startswith("BLEU") else {}
    expected, _ = theirs().compute_score(references, {n: [text] for n, text in enumerate(captions)}, **quiet)  # type: ignore[attr-defined]
    between = time.perf_counter()
    columns = metric.prepare(Context(context.references))(Trials.plain(captions))
    found = corpus_values(metric.values, totals(per_picture(columns, np.arange(len(captions)), len(captions))))
    ended = time.perf_counter()
    # METEOR's corpus value is another thing than the mean that is reported here.
    if metric is not METEOR:
        assert np.allclose(list(found.values()), expected, rtol=0, atol=1e-9), name
    print(
        f"| {name} | {between - started:.1f} | {ended - between:.2f} | {(between - started) / (ended - between):.1f} |"
    )
    return between - started, ended - between


def bootstrap(captions: list[str], references: list[list[str]]) -> None:
    """Resamples of every corpus value, from columns that are there."""
    # Few training utterances: how long novelty takes is measured in benchmarks/novelty.py.
    context, trials = Context(references, training=references[0]), Trials.plain(captions)
    columns: Columns = {}
    metrics = [metric for metric in METRICS if metric is not METEOR and metric.against != "emotions"]
    for metric in metrics:
        columns |= per_picture(metric.prepare(context)(trials), trials.picture, len(captions))
    # METEOR's is one column more, whatever is in it.
    columns["meteor"] = columns["rouge_l"]
    values = [value for metric in (*metrics, METEOR) for value in metric.values]
    started = time.perf_counter()
    resampled(values, columns, RESAMPLES, seed=1)
    print(f"\n{RESAMPLES:,} bootstrap resamples of {len(values)} corpus values: {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
