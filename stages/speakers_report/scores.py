"""The joint table of all systems in parts, and beside it what ArtEmis' authors published of the same values.

Theirs were measured on their own test split: they compare with a run on their data, and
are context for any other.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stages.metrics.joint_table import NOTHING, joint
from stages.pages.published import under_names

PARTS = {
    "Against what people said, one reference left out": (
        *("bleu_1", "bleu_2", "bleu_3", "bleu_4", "shuffled.bleu_4", "meteor", "rouge_l", "shuffled.rouge_l"),
        *("cider", "spice", "references", "captions"),
    ),
    "Against all that people said, as ArtEmis scores": (
        *("all_references.bleu_1", "all_references.bleu_2", "all_references.bleu_3", "all_references.bleu_4"),
        *("all_references.meteor", "all_references.rouge_l", "all_references.cider", "all_references.spice"),
        "all_references.references",
    ),
    "Emotions": (
        *("alignment.at_least_half_untied", "alignment_tfidf.at_least_half_untied"),
        *("judges.alignment.accuracy", "judges.alignment_tfidf.accuracy", "alignment.asked"),
        *("alignment.cross_entropy", "alignment.divergence", "divergence.prior", "divergence.split_half"),
    ),
    "Collapse: whether each picture gets words of its own": (
        *("length", "distinct.captions", "distinct.tokens", "distinct.bigrams", "most_frequent", "self_bleu"),
        *("vocabulary", "similes", "similes_by_substring"),
    ),
    "Novelty: how much was said before, in the training utterances": (
        *("novelty.lcs_max", "novelty.lcs_share", "novelty.copied"),
        *("novelty_sampled.lcs_max", "novelty_sampled.lcs_mean"),
    ),
}
# Who published what: our name of a value, and how the list of published values names it and its source.
SPEAKER = "evaluate [6]"
PUBLISHED = {
    "published speaker": {
        "all_references.bleu_1": (SPEAKER, "grounded speaker, BLEU-1"),
        "all_references.bleu_2": (SPEAKER, "BLEU-2"),
        "all_references.bleu_3": (SPEAKER, "BLEU-3"),
        "all_references.bleu_4": (SPEAKER, "BLEU-4"),
        "all_references.meteor": (SPEAKER, "METEOR"),
        "all_references.rouge_l": (SPEAKER, "ROUGE-L"),
        "alignment.at_least_half_untied": (SPEAKER, "emotional alignment, accuracy"),
        "alignment.cross_entropy": (SPEAKER, "emotional alignment, cross-entropy"),
        "similes_by_substring": (SPEAKER, "captions with a simile"),
        "length": (SPEAKER, "tokens per caption"),
        "distinct.captions": (SPEAKER, "distinct captions"),
        "distinct.tokens": (SPEAKER, "distinct tokens"),
    },
    "published people": {
        "similes_by_substring": ("analyzing_artemis [19]", "share of utterances with a simile"),
        "length": ("analyzing_artemis [6]", "tokens per utterance, mean"),
    },
}


def parts(
    metrics: Mapping[str, Mapping[str, Any]], details: Mapping[str, Mapping[str, Any]]
) -> dict[str, pd.DataFrame]:
    """The joint table (`stages.metrics.joint_table`) in parts, by their captions; cells are text.

    What was published stands beside the systems in the parts of which anything was; a
    column without any value is left out.
    """
    theirs = published()
    tables = {}
    for caption, names in PARTS.items():
        beside = {who: values for who, values in theirs.items() if values.keys() & set(names)}
        table = joint({**metrics, **beside}, names, details)
        tables[caption] = table.loc[:, (table != NOTHING).any()]
    return tables


def published() -> dict[str, dict[str, float]]:
    """The published values under our names, by whose they are."""
    return {who: {name: float(one.value) for name, one in own.items()} for who, own in under_names(PUBLISHED).items()}
