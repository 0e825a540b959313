"""The joint table: every system's metrics side by side, with people above and chance below."""

from collections.abc import Mapping
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
    "length": "tokens per caption",
    "distinct.captions": "distinct captions",
    "distinct.tokens": "distinct tokens",
    "alignment.at_least_half_untied": "captions of the majority's emotion",
    "alignment.cross_entropy": "cross-entropy of people's emotions, nats",
    "novelty.lcs_share": "longest subsequence said before, share of the caption",
    "novelty.copied": "captions copied word for word",
    "references": "references per caption",
    "all_references.bleu_1": "BLEU-1, all references",
    "all_references.bleu_4": "BLEU-4, all references",
    "all_references.meteor": "METEOR, all references",
    "all_references.rouge_l": "ROUGE-L, all references",
    "all_references.cider": "CIDEr-D, all references",
    "all_references.spice": "SPICE, all references",
    "all_references.references": "all references",
    "captions": "captions scored",
}
HEADLINE = ("bleu_1", "bleu_4", "shuffled.bleu_4", "meteor", "rouge_l", "cider", "similes", "distinct.captions")
SHARES = ("similes", "distinct.captions", "alignment.at_least_half_untied", "novelty.lcs_share", "novelty.copied")
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
        details: of each system, for the 95 % intervals; without them none is shown.
    """
    systems = [*(name for name in SYSTEMS if name in metrics), *(name for name in metrics if name not in SYSTEMS)]
    flat = {name: pd.json_normalize(dict(metrics[name])).iloc[0].to_dict() for name in systems}
    bounds = {name: (details or {}).get(name, {}).get("values", {}) for name in systems}
    rows = [name for name in names if any(name in flat[system] for system in systems)]
    columns = {
        LABELS.get(system, system): [_cell(name, flat[system].get(name), bounds[system].get(name, {})) for name in rows]
        for system in systems
    }
    return pd.DataFrame(columns, index=[ROWS[name] for name in rows])


def _cell(name: str, value: float | None, bounds: Mapping[str, float]) -> str:
    if value is None:
        return NOTHING
    if "low" not in bounds or "high" not in bounds:
        return _text(name, value)
    return f"{_text(name, value)} [{_text(name, bounds['low'])}, {_text(name, bounds['high'])}]"


def _text(name: str, value: float) -> str:
    if name in SHARES:
        return f"{100 * value:.1f} %"
    if name == "length" or name.endswith("references"):
        return f"{value:.1f}"
    return f"{value:,.0f}" if name in ("captions", "distinct.tokens") else f"{value:.3f}"


def markdown(table: pd.DataFrame) -> str:
    """The table as Markdown, its index as the first column."""
    head = ["", *map(str, table.columns)]
    rows = [head, ["---", *["---:"] * len(table.columns)]]
    rows += [[str(name), *map(str, cells)] for name, *cells in table.itertuples()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
