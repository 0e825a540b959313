"""The joint table: the metrics of all systems side by side, with human utterances and the chance level."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from stages.metrics.tables import SYSTEMS

LABELS = {
    "captions": "speaker",
    "neighbor_captions": "nearest neighbour",
    "anp_captions": "adjective-noun pairs",
    "external_captions": "external captions",
    "human": "people",
}
# Labels of the values in reports/metrics/<system>.json and its details, in the order of the table.
ROWS = {
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "shuffled.bleu_4": "BLEU-4, shuffled",
    "meteor": "METEOR",
    "rouge_l": "ROUGE-L",
    "shuffled.rouge_l": "ROUGE-L, shuffled",
    "cider": "CIDEr-D",
    "spice": "SPICE",
    "similes": "captions with a simile",
    "similes_by_substring": "captions with a simile, as in ArtEmis (substrings)",
    "length": "tokens per caption",
    "distinct.captions": "distinct captions",
    "distinct.tokens": "distinct tokens",
    "distinct.bigrams": "distinct bigrams",
    "most_frequent": "captions that are the most frequent one",
    "self_bleu": "self-BLEU",
    "vocabulary": "training tokens used",
    "alignment.at_least_half_untied": "captions with the majority emotion",
    "alignment_tfidf.at_least_half_untied": "captions with the majority emotion, by TF-IDF",
    "alignment.corrected": "captions with the majority emotion, corrected for the classifier's errors",
    "alignment_tfidf.corrected": "captions with the majority emotion, corrected for the errors of TF-IDF",
    "judges.alignment.accuracy": "classifier's accuracy on human utterances",
    "judges.alignment_tfidf.accuracy": "TF-IDF's accuracy on human utterances",
    "alignment.asked": "captions with the requested emotion",
    "alignment.cross_entropy": "cross-entropy with the votes, nats",
    "alignment.divergence": "divergence from the votes, sampled captions, bits",
    "divergence.prior": "divergence from the votes, all other pictures, bits",
    "divergence.split_half": "divergence between halves of the votes, bits",
    "novelty.lcs_max": "longest subsequence from training, tokens",
    "novelty.lcs_share": "longest subsequence from training, share of the caption",
    "novelty_sampled.lcs_max": "longest subsequence in ArtEmis' sample, tokens",
    "novelty_sampled.lcs_mean": "mean subsequence in ArtEmis' sample, tokens",
    "novelty.copied": "captions copied from training",
    "references": "references per caption",
    "all_references.bleu_1": "BLEU-1, all references",
    "all_references.bleu_2": "BLEU-2, all references",
    "all_references.bleu_3": "BLEU-3, all references",
    "all_references.bleu_4": "BLEU-4, all references",
    "all_references.meteor": "METEOR, all references",
    "all_references.rouge_l": "ROUGE-L, all references",
    "all_references.cider": "CIDEr-D, all references",
    "all_references.spice": "SPICE, all references",
    "all_references.references": "all references",
    "captions": "captions scored",
}
HEADLINE = ("bleu_1", "bleu_4", "shuffled.bleu_4", "meteor", "rouge_l", "cider", "similes", "distinct.captions")
# Values shown in percent.
SHARES = (
    *("similes", "similes_by_substring", "distinct.captions", "distinct.bigrams", "most_frequent", "vocabulary"),
    *("alignment.at_least_half_untied", "alignment_tfidf.at_least_half_untied", "alignment.asked"),
    *("alignment.corrected", "alignment_tfidf.corrected"),
    *("judges.alignment.accuracy", "judges.alignment_tfidf.accuracy", "novelty.lcs_share", "novelty.copied"),
)
# Values shown with one decimal.
TOKENS = ("length", "novelty.lcs_max", "novelty_sampled.lcs_max", "novelty_sampled.lcs_mean")
# Groups within which captions are shuffled.
SCOPES = {"overall": "", "within_style": " within styles", "within_emotion": " within requested emotions"}
# Cell of a value that a system does not have.
MISSING = "\N{EN DASH}"


def joint(
    metrics: Mapping[str, Mapping[str, Any]],
    names: tuple[str, ...] = tuple(ROWS),
    details: Mapping[str, Mapping[str, Any]] | None = None,
) -> pd.DataFrame:
    """The table as text: a row for each value that any system has, a column for each system.

    Args:
        metrics: the nested headline numbers of each system, by its name; systems of this study come first.
        names: the dotted names of the values to show.
        details: the details of each system, for the 95 % intervals and for values beside the headline.
    """
    systems, details = _ordered(metrics), details or {}
    flat = {name: _flat(metrics[name]) | _flat(details.get(name, {})) for name in systems}
    bounds = {name: _bounds(details.get(name, {})) for name in systems}
    rows = [name for name in names if any(name in flat[system] for system in systems)]
    columns = {
        LABELS.get(system, system): [_cell(name, flat[system].get(name), bounds[system].get(name, {})) for name in rows]
        for system in systems
    }
    return pd.DataFrame(columns, index=[ROWS[name] for name in rows])


def margins(details: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The margin of each system over its own captions shuffled among the pictures, with the p-value."""
    systems, names = _ordered(details), ("bleu_4", "meteor", "rouge_l", "cider", "alignment.at_least_half_untied")
    tests = {
        f"{ROWS[name]}{scope_label}": [details[system]["sight"].get(scope, {}).get(name) for system in systems]
        for name in names
        for scope, scope_label in SCOPES.items()
    }
    rows = {
        label: [f"{test['margin']:+.3f} (p = {test['p']:.2g})" if test else MISSING for test in row]
        for label, row in tests.items()
        if any(row)
    }
    return pd.DataFrame(rows, index=pd.Index([LABELS.get(system, system) for system in systems])).T


def weakest(details: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """The style, genre and emotion in which each system scores worst."""
    systems = _ordered(details)
    kinds = dict.fromkeys(kind for system in systems for kind in details[system]["slices"])
    columns = {
        LABELS.get(system, system): [_worst(details[system]["slices"].get(kind, {})) for kind in kinds]
        for system in systems
    }
    return pd.DataFrame(columns, index=list(kinds))


def _worst(sliced: Mapping[str, Any]) -> str:
    if not sliced.get("worst"):
        return MISSING
    name, value = sliced["worst"]["slice"], sliced["worst"]["by"]
    scores = sliced["slices"][name]
    cell = _cell(value, scores[value]["value"], scores[value])
    return f"{name}, {ROWS[value]} {cell}, {scores['pictures']:,} pictures"


def _ordered(systems: Iterable[str]) -> list[str]:
    """Systems of this study first."""
    return sorted(systems, key=lambda name: SYSTEMS.index(name) if name in SYSTEMS else len(SYSTEMS))


def _flat(numbers: Mapping[str, Any]) -> dict[str, float]:
    """Values by dotted name, of headline numbers or of details."""
    if "values" not in numbers:
        return dict(pd.json_normalize(dict(numbers)).iloc[0])
    judges = {f"judges.{name}.accuracy": judge["accuracy"] for name, judge in numbers.get("judges", {}).items()}
    return {name: entry["value"] for name, entry in numbers["values"].items()} | judges


def _bounds(details: Mapping[str, Any]) -> dict[str, Mapping[str, float]]:
    """Entries with `low` and `high`, where these are known, by dotted name."""
    judges = {f"judges.{name}.accuracy": judge for name, judge in details.get("judges", {}).items()}
    return {**details.get("values", {}), **judges}


def _cell(name: str, value: float | None, bounds: Mapping[str, float]) -> str:
    if value is None:
        return MISSING
    if "low" not in bounds or "high" not in bounds:
        return _text(name, value)
    return f"{_text(name, value)} [{_text(name, bounds['low'])}, {_text(name, bounds['high'])}]"


def _text(name: str, value: float) -> str:
    if name in SHARES:
        return f"{100 * value:.1f} %"
    if name in TOKENS or name.endswith("references"):
        return f"{value:.1f}"
    return f"{value:,.0f}" if name in ("captions", "distinct.tokens") else f"{value:.3f}"


def markdown(table: pd.DataFrame) -> str:
    """The table as Markdown, its index as the first column."""
    rows = [["", *map(str, table.columns)], ["---", *["---:"] * len(table.columns)]]
    rows += [[str(name), *map(str, cells)] for name, *cells in table.itertuples()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
