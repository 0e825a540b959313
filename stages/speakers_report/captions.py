"""Comparisons of captions: repetition, novelty, the best and the worst, and the effect of the emotion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from stages.common.artworks import ARTWORK
from stages.metrics.diversity import draw_one_each
from stages.metrics.joint_table import LABELS, ROWS
from stages.metrics.ngrams import ORDERS, Numbering
from stages.metrics.novelty import novelty
from stages.metrics.pairing import first_captions, grouped_references
from stages.metrics.tables import HUMAN

# Metrics of single captions in data/metrics/<system>.parquet; METEOR and SPICE only where they were measured.
METRICS = ("bleu_4", "meteor", "rouge_l", "cider", "spice", "alignment.cross_entropy")
LOWER_IS_BETTER = {"alignment.cross_entropy"}
NGRAMS = ("words", *(f"{order}-grams" for order in range(2, ORDERS + 1)))

NOT_GROUNDED = (
    "This speaker is not conditioned on an emotion, so there is nothing to compare. Train one that is: "
    "dvc exp run -S speaker.emo_grounding=true -S captions.emotion_from=all"
)
ONE_EMOTION = (
    "Each picture was captioned with one emotion only, so there is nothing to compare. Captions for all nine: "
    "dvc exp run -S captions.emotion_from=all"
)


def one_text_each(systems: Mapping[str, pd.DataFrame], utterances: pd.DataFrame, seed: int) -> dict[str, list[str]]:
    """One text for each captioned artwork: each system's first caption, and a random utterance of people.

    Args:
        systems: captions by the system's name; the first system defines the artworks.

    Returns:
        Texts by the system's label.
    """
    texts = {LABELS[name]: first_captions(captions)["caption"].tolist() for name, captions in systems.items()}
    artworks = first_captions(next(iter(systems.values())))[ARTWORK]
    references = grouped_references(utterances.merge(artworks, on=ARTWORK))
    return {**texts, LABELS[HUMAN]: draw_one_each(list(references.values()), seed)}


def new_ngrams(texts: Mapping[str, Sequence[str]], training: Sequence[str]) -> pd.DataFrame:
    """Share of the distinct n-grams that occur in no training utterance; 0 where a text has no n-grams.

    Returns:
        A row for each order of n-grams, a column for each key of `texts`.
    """
    numbering = Numbering([text for group in texts.values() for text in group])
    group_of = np.repeat(np.arange(len(texts)), [len(group) for group in texts.values()])
    rows = []
    for known, counts, trained in zip(numbering.known, numbering.counts, numbering.count(training), strict=True):
        new = np.ones(known, bool)
        new[trained.ngram[trained.ngram < known]] = False
        groups = [np.unique(counts.ngram[group_of[counts.sentence] == number]) for number in range(len(texts))]
        rows.append([float(new[ngrams].mean()) if len(ngrams) else 0.0 for ngrams in groups])
    return pd.DataFrame(rows, index=list(NGRAMS), columns=list(texts))


def best_and_worst(scores: pd.DataFrame, count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The captions among the `count` best by any metric, and those among the `count` worst.

    Many captions have a BLEU-4 of zero: ties are broken by the other metrics, in the order of `METRICS`.

    Args:
        scores: art_style, painting, caption and columns of metrics, as in data/metrics/<system>.parquet.

    Returns:
        Two tables of art_style, painting, caption and `scores`: a dict from the label of
        each metric that selected the caption to its value.
    """
    return _extreme(scores, count, best=True), _extreme(scores, count, best=False)


def _extreme(scores: pd.DataFrame, count: int, *, best: bool) -> pd.DataFrame:
    measured = [name for name in METRICS if name in scores and scores[name].notna().any()]
    selected: dict[tuple[str, str], dict[str, float]] = {}
    for name in measured:
        keys = [name, *(other for other in measured if other != name)]
        ascending = [(key in LOWER_IS_BETTER) == best for key in keys]
        ranking = scores.dropna(subset=[name]).sort_values(keys, ascending=ascending, kind="stable")
        for row in ranking.head(count).to_dict("records"):
            selected.setdefault((row["art_style"], row["painting"]), {})[ROWS[name]] = row[name]
    table = pd.DataFrame([(*artwork, values) for artwork, values in selected.items()], columns=[*ARTWORK, "scores"])
    return table.merge(scores[[*ARTWORK, "caption"]], on=ARTWORK)


@dataclass(frozen=True)
class NearestUtterance:
    """The training utterance with the longest common subsequence with a caption.

    `shared` is the length of that subsequence, `tokens` the length of the caption.
    """

    utterance: str
    shared: int
    tokens: int


def nearest_utterances(captions: Sequence[str], training: Sequence[str]) -> dict[str, NearestUtterance]:
    """The nearest training utterance of each distinct caption; of equally near ones the first."""
    distinct = list(dict.fromkeys(captions))
    result = novelty(distinct, training)
    return {
        caption: NearestUtterance(utterance, int(shared), len(caption.split()))
        for caption, utterance, shared in zip(distinct, result["nearest"], result["lcs_max"], strict=True)
    }


def no_comparison(captions: pd.DataFrame) -> str:
    """Why captions can't be compared by emotion, and the command that makes some that can."""
    return NOT_GROUNDED if captions["grounding_emotion"].isna().all() else ONE_EMOTION


def emotion_dependence(captions: pd.DataFrame) -> pd.Series:
    """How captions depend on the emotion and on the picture: mean shares from 0 to 1; without values, left out.

    Words shared by two captions are measured by the Jaccard index. Each artwork is compared
    with itself under each other emotion, and with the next artwork under the same emotion.

    Args:
        captions: a row for each artwork and a column for each emotion; missing where there is none.
    """
    rows = [row.dropna().to_dict() for _, row in captions.iterrows()]
    pairs = zip(rows, rows[1:] + rows[:1], strict=True) if len(rows) > 1 else ()
    values = {
        "distinct captions of an artwork": [len(set(row.values())) / len(row) for row in rows],
        "words shared: same artwork, another emotion": [
            jaccard(*texts) for row in rows for texts in combinations(row.values(), 2)
        ],
        "words shared: same emotion, another artwork": [
            jaccard(row[emotion], following[emotion])
            for row, following in pairs
            for emotion in row
            if emotion in following
        ],
    }
    return pd.Series({name: np.mean(shares) for name, shares in values.items() if shares}, dtype=float)


def jaccard(first: str, second: str) -> float:
    """The Jaccard index of the words of two captions; 1 if neither has any."""
    one, other = set(first.split()), set(second.split())
    return len(one & other) / len(one | other) if one | other else 1.0
