"""Time and memory of the text classifier's TF-IDF baseline at ArtEmis' size: `python -m benchmarks.tfidf`.

429,431 made-up utterances of 5 to 30 words out of 14,469 English ones, with nine emotions that follow from the words,
but for noise: `stages.text_classifier.tfidf.fit`, the search of its settings included, as the stage runs it.

    python -m benchmarks.tfidf [--rows 429431] [--val 20000]
"""

from functools import partial

import numpy as np

from benchmarks.made_up import dictionary
from benchmarks.measure import argument_parser, machine, timed
from stages.common import entry
from stages.common.emotions import ARTEMIS
from stages.learning.device import prepare
from stages.text_classifier import tfidf

WORDS = 14_469
# The share of words that lean to an emotion, and how strongly.
LEANING, STRENGTH = 0.3, 1.2


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--rows", type=int, default=429_431)
    parser.add_argument("--val", type=int, default=20_000)
    args = parser.parse_args()
    prepare("cpu", 1)
    tokens, labels = made_up(args.rows + args.val)
    before, count = entry.peak_memory(), args.rows
    fit = partial(tfidf.fit, tokens[:count], labels[:count], ARTEMIS.names)
    seconds, baseline = timed(partial(fit, val_tokens=tokens[count:], val_labels=labels[count:]))
    accuracy = (baseline.predict_tokens(tokens[count:]).argmax(1) == labels[count:]).mean()
    features = baseline.features
    print(f"{count:,} rows; {machine()}")
    print(f"{seconds:.0f} s, peak {entry.peak_memory():.2f} GB ({before:.2f} GB before)")
    print(f"{baseline.choice}; {len(features.terms):,} words and pairs, {len(features.parts):,} parts of words")
    print(f"val: {accuracy:.1%}")


def made_up(rows: int) -> tuple[list[list[str]], np.ndarray]:
    """Tokenized utterances and the ids of their emotions, (rows,)."""
    rng = np.random.default_rng(1)
    words = [line.split()[0] for line in dictionary()[:WORDS]]
    weights = 1 / (np.arange(WORDS) + 2.7)
    lengths = np.clip(rng.gamma(5, 2.9, rows).astype(int), 5, 30)
    flat = rng.choice(WORDS, lengths.sum(), p=weights / weights.sum())
    leanings = rng.normal(0, STRENGTH, (WORDS, len(ARTEMIS))) * (rng.random((WORDS, 1)) < LEANING)
    starts = np.cumsum(lengths) - lengths
    logits = np.add.reduceat(leanings.astype(np.float32)[flat], starts, axis=0)
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(1)
    rows_of_words = np.split(flat, starts[1:])
    return [[words[word] for word in row.tolist()] for row in rows_of_words], labels


if __name__ == "__main__":
    main()
