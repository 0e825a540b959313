"""Metrics that compare a caption with its picture's references: BLEU and ROUGE-L.

Tokens are what spaces separate, as in ArtEmis: captions and references have been
lower-cased and tokenised before.
"""

from collections.abc import Sequence

from pycocoevalcap.bleu.bleu_scorer import BleuScorer

from stages.metrics.interface import Context, Score, Scores, values

ORDERS = 4
# How much more recall weighs than precision in ROUGE-L's F-measure (the COCO challenge's choice).
BETA = 1.2


def bleu(context: Context) -> Score:
    """BLEU-1 to BLEU-4 by pycocoevalcap, whose brevity penalty takes the closest reference length.

    The corpus value pools the n-gram counts of all captions; it is not the mean of
    the values per caption.
    """
    scorer = BleuScorer(n=ORDERS)
    for references in context.references:
        scorer.cook_append(None, references)

    def score(hypotheses: Sequence[str]) -> Scores:
        corpus, per_caption = scorer.retest(list(hypotheses)).compute_score(option="closest")
        names = [f"bleu_{order}" for order in range(1, ORDERS + 1)]
        return Scores(dict(zip(names, corpus, strict=True)), dict(zip(names, map(values, per_caption), strict=True)))

    return score


def rouge_l(context: Context) -> Score:
    """ROUGE-L as pycocoevalcap defines it, best precision and best recall taken over the references separately.

    pycocoevalcap fills a table in Python for each pair of sentences; the bit-parallel
    subsequence below gives equal values some ten times faster, which shuffling needs.
    """
    prepared = [[_positions(reference.split(" ")) for reference in references] for references in context.references]

    def score(hypotheses: Sequence[str]) -> Scores:
        per_caption = values(
            _rouge_l(caption.split(" "), rows) for caption, rows in zip(hypotheses, prepared, strict=True)
        )
        return Scores({"rouge_l": float(per_caption.mean())}, {"rouge_l": per_caption})

    return score


# Of one reference: where each token stands, as bits of an integer, and how many tokens there are.
Positions = tuple[dict[str, int], int]


def _positions(tokens: Sequence[str]) -> Positions:
    bits: dict[str, int] = {}
    for place, token in enumerate(tokens):
        bits[token] = bits.get(token, 0) | 1 << place
    return bits, len(tokens)


def _rouge_l(tokens: Sequence[str], references: Sequence[Positions]) -> float:
    common = [lcs_length(tokens, positions) for positions in references]
    precision = max(common) / len(tokens)
    recall = max(found / length for found, (_, length) in zip(common, references, strict=True))
    if not precision:
        return 0.0
    return (1 + BETA**2) * precision * recall / (recall + BETA**2 * precision)


def lcs_length(tokens: Sequence[str], positions: Positions) -> int:
    """Length of the longest common subsequence, by Hyyrö's bit-parallel recurrence (2004).

    A zero bit in `row` says that the subsequence grows at that place of the reference.
    """
    places, length = positions
    full = row = (1 << length) - 1
    for token in tokens:
        matched = row & places.get(token, 0)
        row = (row + matched | row - matched) & full
    return length - row.bit_count()
