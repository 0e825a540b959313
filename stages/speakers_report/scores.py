"""The joint table in parts, and the results that ArtEmis' authors published of the same metrics.

Theirs were measured on their own test split, so they compare with a run on ArtEmis' data only.
"""

from stages.pages.published import published_values

# Caption of each part -> names of its rows in the joint table.
PARTS = {
    "One reference left out": (
        *("bleu_1", "bleu_2", "bleu_3", "bleu_4", "shuffled.bleu_4", "meteor", "rouge_l", "shuffled.rouge_l"),
        *("cider", "spice", "references", "captions"),
    ),
    "All references, as ArtEmis scores": (
        *("all_references.bleu_1", "all_references.bleu_2", "all_references.bleu_3", "all_references.bleu_4"),
        *("all_references.meteor", "all_references.rouge_l", "all_references.cider", "all_references.spice"),
        "all_references.references",
    ),
    "Emotional alignment": (
        *("alignment.at_least_half_untied", "alignment_tfidf.at_least_half_untied"),
        *("alignment.corrected", "alignment_tfidf.corrected"),
        *("judges.alignment.accuracy", "judges.alignment_tfidf.accuracy", "alignment.asked"),
        *("alignment.cross_entropy", "alignment.divergence", "divergence.prior", "divergence.split_half"),
    ),
    "Diversity of captions": (
        *("length", "distinct.captions", "distinct.tokens", "distinct.bigrams", "most_frequent", "self_bleu"),
        *("vocabulary", "similes", "similes_by_substring"),
    ),
    "Novelty against training utterances": (
        *("novelty.lcs_max", "novelty.lcs_share", "novelty.copied"),
        *("novelty_sampled.lcs_max", "novelty_sampled.lcs_mean"),
    ),
}
# Column -> row of the joint table -> source and name in the list of published values.
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


def published() -> dict[str, dict[str, float]]:
    """The published values by column, then row of the joint table."""
    return {
        column: {row: float(value.value) for row, value in values.items()}
        for column, values in published_values(PUBLISHED).items()
    }
