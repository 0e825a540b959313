"""The joint table: every system's metrics side by side, with people above and chance below."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from stages.metrics.tables import SYSTEMS

LABELS = {
    "captions": "speaker",
    "neighbor_captions": "nearest neighbour",
    "anp_captions": "adjective-noun pairs",
    "human": "people",
}
# Words for the values of reports/metrics/<system>.json and of its details, in the order of the table.
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
    "similes_by_substring": "captions with a simile, as ArtEmis counts",
    "length": "tokens per caption",
    "distinct.captions": "distinct captions",
    "distinct.tokens": "distinct tokens",
    "distinct.bigrams": "distinct bigrams",
    "most_frequent": "captions that are the most frequent one",
    "self_bleu": "self-BLEU",
    "vocabulary": "training tokens used",
    "alignment.at_least_half_untied": "captions of the majority's emotion",
    "alignment_tfidf.at_least_half_untied": "captions of the majority's emotion, by TF-IDF",
    "judges.alignment.accuracy": "of people's utterances, emotions told right",
    "judges.alignment_tfidf.accuracy": "of people's utterances, by TF-IDF",
    "alignment.asked": "captions of the emotion that was asked for",
    "alignment.cross_entropy": "cross-entropy of people's emotions, nats",
    "alignment.divergence": "divergence of sampled captions' emotions, bits",
    "divergence.prior": "divergence of all other pictures' emotions, bits",
    "divergence.split_half": "divergence between halves of the people, bits",
    "novelty.lcs_max": "longest subsequence said before, tokens",
    "novelty.lcs_share": "longest subsequence said before, share of the caption",
    "novelty_sampled.lcs_max": "longest said before in ArtEmis' sample, tokens",
    "novelty_sampled.lcs_mean": "mean said before in ArtEmis' sample, tokens",
    "novelty.copied": "captions copied word for word",
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
SHARES = (
    *("similes", "similes_by_substring", "distinct.captions", "distinct.bigrams", "most_frequent", "vocabulary"),
    *("alignment.at_least_half_untied", "alignment_tfidf.at_least_half_untied", "alignment.asked"),
    *("judges.alignment.accuracy", "judges.alignment_tfidf.accuracy", "novelty.lcs_share", "novelty.copied"),
)
SCOPES = {"overall": "", "within_style": " within styles", "within_emotion": " within emotions asked for"}
NOTHING = "\N{EN DASH}"


def joint(
    metrics: Mapping[str, Mapping[str, Any]],
    names: tuple[str, ...] = tuple(ROWS),
    details: Mapping[str, Mapping[str, Any]] | None = None,
) -> pd.DataFrame:
    """Rows are the values that any system has, columns systems; cells are text.

    Args:
        metrics: the nested numbers of each system, by its name; those of this study stand first.
        names: the dotted names of the values to show; one that a system lacks is a dash.
        details: of each system, for the 95 % intervals and for what the numbers leave out.
    """
    systems, details = _ordered(metrics), details or {}
    flat = {name: _flat(metrics[name]) | _flat(details.get(name, {})) for name in systems}
    bounds = {name: details.get(name, {}).get("values", {}) for name in systems}
    rows = [name for name in names if any(name in flat[system] for system in systems)]
    columns = {
        LABELS.get(system, system): [_cell(name, flat[system].get(name), bounds[system].get(name, {})) for name in rows]
        for system in systems
    }
    return pd.DataFrame(columns, index=[ROWS[name] for name in rows])


def margins(details: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """How far each system is above its own captions shuffled among the pictures, and how likely that is by chance."""
    systems, names = _ordered(details), ("bleu_4", "meteor", "rouge_l", "cider", "alignment.at_least_half_untied")
    found = {
        f"{ROWS[name]}{words}": [details[system]["sight"].get(scope, {}).get(name) for system in systems]
        for name in names
        for scope, words in SCOPES.items()
    }
    rows = {
        head: [f"{one['margin']:+.3f} (p = {one['p']:.2g})" if one else NOTHING for one in cells]
        for head, cells in found.items()
        if any(cells)
    }
    return pd.DataFrame(rows, index=pd.Index([LABELS.get(system, system) for system in systems])).T


def weakest(details: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """In which style, genre and emotion each system does worst."""
    systems = _ordered(details)
    kinds = dict.fromkeys(kind for system in systems for kind in details[system]["slices"])
    columns = {
        LABELS.get(system, system): [_worst(details[system]["slices"].get(kind, {})) for kind in kinds]
        for system in systems
    }
    return pd.DataFrame(columns, index=list(kinds))


def _worst(sliced: Mapping[str, Any]) -> str:
    if not sliced.get("worst"):
        return NOTHING
    name, value = sliced["worst"]["slice"], sliced["worst"]["by"]
    own = sliced["slices"][name]
    return f"{name}, {ROWS[value]} {_cell(value, own[value]['value'], own[value])}, {own['pictures']:,} pictures"


def _ordered(systems: Iterable[str]) -> list[str]:
    """Those of this study first."""
    return sorted(systems, key=lambda name: SYSTEMS.index(name) if name in SYSTEMS else len(SYSTEMS))


def _flat(found: Mapping[str, Any]) -> dict[str, float]:
    """Values by dotted names, of the numbers or of their details."""
    if "values" not in found:
        return dict(pd.json_normalize(dict(found)).iloc[0])
    trusted = {f"judges.{name}.accuracy": one["accuracy"] for name, one in found.get("judges", {}).items()}
    return {name: one["value"] for name, one in found["values"].items()} | trusted


def _cell(name: str, value: float | None, bounds: Mapping[str, float]) -> str:
    if value is None:
        return NOTHING
    if "low" not in bounds or "high" not in bounds:
        return _text(name, value)
    return f"{_text(name, value)} [{_text(name, bounds['low'])}, {_text(name, bounds['high'])}]"


def _text(name: str, value: float) -> str:
    if name in SHARES:
        return f"{100 * value:.1f} %"
    if name in ("length", "novelty.lcs_max", "novelty_sampled.lcs_max", "novelty_sampled.lcs_mean") or name.endswith(
        "references"
    ):
        return f"{value:.1f}"
    return f"{value:,.0f}" if name in ("captions", "distinct.tokens") else f"{value:.3f}"


def markdown(table: pd.DataFrame) -> str:
    """The table as Markdown, its index as the first column."""
    head = ["", *map(str, table.columns)]
    rows = [head, ["---", *["---:"] * len(table.columns)]]
    rows += [[str(name), *map(str, cells)] for name, *cells in table.itertuples()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
