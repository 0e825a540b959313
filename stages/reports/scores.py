"""The joint table: every system's metrics side by side, with people above and chance below."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stages.common.pages.markup import NOTHING, text
from stages.metrics.tables import SYSTEMS
from stages.reports.training import flat

LABELS = {
    "captions": "speaker",
    "neighbor_captions": "nearest neighbour",
    "anp_captions": "adjective-noun pairs",
    "human": "people",
}
# Words for the values of reports/metrics/<system>.json, in the order of the table.
ROWS = {
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "shuffled.bleu_4": "BLEU-4, shuffled",
    "rouge_l": "ROUGE-L",
    "shuffled.rouge_l": "ROUGE-L, shuffled",
    "similes": "captions with a simile",
    "length": "tokens per caption",
    "distinct.captions": "distinct captions",
    "distinct.tokens": "distinct tokens",
    "captions": "captions scored",
    "references": "references per caption",
}
HEADLINE = ("bleu_1", "bleu_4", "shuffled.bleu_4", "rouge_l", "similes", "distinct.captions")
SHARES = ("similes", "distinct.captions")


def joint(metrics: Mapping[str, Mapping[str, Any]], names: tuple[str, ...] = tuple(ROWS)) -> pd.DataFrame:
    """Rows are metrics, columns systems; cells are text.

    Args:
        metrics: the nested numbers of each system, by its name.
        names: the dotted names of the values to show; one that a system lacks is a dash.
    """
    values = {system: flat(dict(metrics[system])) for system in SYSTEMS if system in metrics}
    columns = {LABELS[system]: [_cell(name, found.get(name)) for name in names] for system, found in values.items()}
    return pd.DataFrame(columns, index=[ROWS[name] for name in names])


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return NOTHING
    if name in SHARES:
        return f"{100 * value:.1f} %"
    if name in ("length", "references"):
        return f"{value:.1f}"
    return text(round(value) if name == "distinct.tokens" else value)
