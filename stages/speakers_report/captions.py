"""Analyses of captions: most frequent, best and worst, nearest training utterance, by emotion."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.metrics.diversity import drawn
from stages.metrics.joint_table import LABELS, ROWS
from stages.metrics.ngrams import ORDERS, Numbering
from stages.metrics.novelty import novelty
from stages.metrics.pairing import ARTWORK, first_captions, grouped_references
from stages.metrics.tables import HUMAN
from stages.pages.markup import percent


def texts_of(systems: Mapping[str, pd.DataFrame], utterances: pd.DataFrame, seed: int) -> dict[str, list[str]]:
    """One text for each artwork that the first system captions, by each system and by people, of whom one is drawn.

    Args:
        systems: captions by the system's name; the keys of the result are the names in words.
    """
    spoken = {LABELS[name]: first_captions(captions)["caption"].tolist() for name, captions in systems.items()}
    artworks = first_captions(next(iter(systems.values())))[ARTWORK]
    references = grouped_references(utterances.merge(artworks, on=ARTWORK))
    return {**spoken, LABELS[HUMAN]: drawn(list(references.values()), seed)}


def most_frequent(captions: Sequence[str], count: int) -> pd.DataFrame:
    """The `count` captions said most often, of how many artworks, and their share; equally frequent ones by text."""
    told = sorted(Counter(captions).items(), key=lambda item: (-item[1], item[0]))[:count]
    rows = {caption: [times, percent(times / len(captions))] for caption, times in told}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["artworks", "share"])


def new_ngrams(texts: Mapping[str, Sequence[str]], training: Sequence[str]) -> dict[str, list[float]]:
    """Of everybody's distinct n-grams of each order the share that no training utterance holds; 0 without any."""
    numbering = Numbering([text for own in texts.values() for text in own])
    owner = np.repeat(np.arange(len(texts)), [len(own) for own in texts.values()])
    shares: dict[str, list[float]] = {who: [] for who in texts}
    for known, said, taught in zip(numbering.known, numbering.counts, numbering.count(training), strict=True):
        new = np.ones(known, bool)
        new[taught.ngram[taught.ngram < known]] = False
        for number, own in enumerate(shares.values()):
            ngrams = np.unique(said.ngram[owner[said.sentence] == number])
            own.append(float(new[ngrams].mean()) if len(ngrams) else 0.0)
    return shares


def new_ngrams_table(texts: Mapping[str, Sequence[str]], training: Sequence[str]) -> pd.DataFrame:
    """`new_ngrams` in percent: a column for everybody, a row for each order."""
    told = {who: [percent(share) for share in own] for who, own in new_ngrams(texts, training).items()}
    return pd.DataFrame(told, index=["words", *(f"{order}-grams" for order in range(2, ORDERS + 1))])


# Columns of data/metrics/<system>.parquet; METEOR and SPICE only where they were measured.
METRICS = ("bleu_4", "meteor", "rouge_l", "cider", "spice", "alignment.cross_entropy")
LOWER_IS_BETTER = {"alignment.cross_entropy"}


def extremes(pictures: pd.DataFrame, count: int, *, best: bool) -> pd.DataFrame:
    """The artworks whose captions are the `count` best (or worst) by any of the metrics.

    A caption's BLEU-4 is often zero: of equal ones that is better which another metric,
    the next of the list, thinks better of.

    Args:
        pictures: a row for each picture, as `stages.metrics.tables` has it.

    Returns:
        art_style, painting, caption and `why`: a dict of the metrics by which the caption
        is one of them, in words, to its values; in the order in which they were found.
    """
    measured = [name for name in METRICS if name in pictures and pictures[name].notna().any()]
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name in measured:
        for row in _ordered(pictures, name, measured, best).head(count).to_dict("records"):
            found.setdefault((row["art_style"], row["painting"]), {})[ROWS[name]] = row[name]
    chosen = pd.DataFrame([(*artwork, why) for artwork, why in found.items()], columns=[*ARTWORK, "why"])
    return chosen.merge(pictures[[*ARTWORK, "caption"]], on=ARTWORK)


def _ordered(pictures: pd.DataFrame, name: str, measured: Sequence[str], best: bool) -> pd.DataFrame:
    """The captions that have a value, the best (or the worst) first."""
    keys = [name, *(other for other in measured if other != name)]
    ascending = [(key in LOWER_IS_BETTER) == best for key in keys]
    return pictures.dropna(subset=[name]).sort_values(keys, ascending=ascending, kind="stable")


@dataclass(frozen=True)
class Nearest:
    """An utterance, and how many of the caption's tokens it holds in the same order, neighbours or not."""

    utterance: str
    shared: int
    tokens: int


def nearest(captions: Sequence[str], training: Sequence[str]) -> dict[str, Nearest]:
    """Of each distinct caption the first training utterance with the longest common subsequence."""
    distinct = list(dict.fromkeys(captions))
    found = novelty(distinct, training)
    return {
        caption: Nearest(utterance, int(shared), len(caption.split()))
        for caption, utterance, shared in zip(distinct, found["nearest"], found["lcs_max"], strict=True)
    }


PLAIN = (
    "This speaker is told no emotion, so there is none to be changed. One that is: "
    "dvc exp run -S speaker.emo_grounding=true -S captions.emotion_from=all"
)
ONE = (
    "This speaker was told one emotion for each picture. Captions from all nine: "
    "dvc exp run -S captions.emotion_from=all"
)


def by_emotion(captions: pd.DataFrame) -> pd.DataFrame:
    """The best caption from each emotion: a row for each artwork that was spoken of from several, a column for each.

    Of several sampling configs the first; missing where an emotion was not told.
    """
    told = captions.dropna(subset=["grounding_emotion"]).sort_values(["config", "rank"], kind="stable")
    first = told.drop_duplicates([*ARTWORK, "grounding_emotion"])
    table = first.pivot(index=ARTWORK, columns="grounding_emotion", values="caption")
    table = table.reindex(columns=pd.Index(EMOTIONS))
    return table[table.notna().sum(axis=1) > 1]


def why_not(captions: pd.DataFrame) -> str:
    """Why there is nothing to be told of captions where `by_emotion` is empty, and what to do."""
    return PLAIN if captions["grounding_emotion"].isna().all() else ONE


def alike(table: pd.DataFrame) -> dict[str, float]:
    """How far a caption depends on the emotion and how far on the picture, over all of `by_emotion`.

    `distinct`: share of an artwork's captions that differ, on average. `same_picture`: mean
    overlap of two captions of an artwork from different emotions; `same_emotion`: of two
    artworks from the same one, each artwork beside the next (NaN with one artwork). The
    overlap of two captions is the Jaccard index of their words: 1 where they use the same.
    """
    said = [
        {emotion: text for emotion, text in row.items() if isinstance(text, str)} for row in table.to_dict("records")
    ]
    within = [overlap(one, other) for own in said for one, other in combinations(own.values(), 2)]
    beside = zip(said, said[1:] + said[:1], strict=True) if len(said) > 1 else ()
    across = [overlap(own[emotion], after[emotion]) for own, after in beside for emotion in own if emotion in after]
    return {
        "distinct": float(np.mean([len(set(own.values())) / len(own) for own in said])),
        "same_picture": float(np.mean(within)),
        "same_emotion": float(np.mean(across)) if across else float("nan"),
    }


def changes(table: pd.DataFrame) -> pd.DataFrame:
    """What `alike` finds, in words; no rows where there is nothing to compare."""
    words = {
        "distinct": "an artwork's captions that differ",
        "same_picture": "words shared: same artwork, another emotion",
        "same_emotion": "words shared: same emotion, another artwork",
    }
    found = alike(table) if len(table) else {}
    rows = {words[name]: percent(value) for name, value in found.items() if not np.isnan(value)}
    return pd.DataFrame({"value": pd.Series(rows, dtype=object)})


def some(table: pd.DataFrame, artworks: pd.DataFrame, count: int) -> pd.DataFrame:
    """The rows of `by_emotion` of the first `count` of these artworks that have any, with art_style and painting."""
    return artworks[ARTWORK].merge(table.reset_index(), on=ARTWORK).head(count)


def overlap(one: str, other: str) -> float:
    """The Jaccard index of the words of two captions; 1 where neither has any."""
    first, second = set(one.split()), set(other.split())
    return len(first & second) / len(first | second) if first | second else 1.0
