"""The published ArtEmis results beside those of this study: comparison, verdict and page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from stages.pages.catalogue import REFERENCE
from stages.pages.markup import NOTHING, card, definitions, environment, table
from stages.pages.published import KINDS, Published, find

TEMPLATES = Path(__file__).with_name("template")
# Records and artworks of the release that the published values describe.
RECORDS, ARTWORKS = 454_684, 80_031
VERDICTS = {True: "agrees", False: "differs", None: NOTHING}


@dataclass(frozen=True)
class Comparison:
    published: Published
    # None where this study has no such figure.
    value: float | None

    @property
    def agrees(self) -> bool | None:
        return None if self.value is None else self.published.agrees(self.value)

    @property
    def text(self) -> str:
        """The value with as many decimals as the published one."""
        return NOTHING if self.value is None else f"{self.value:.{self.published.places}f}"


def compare(published: Iterable[Published], figures: Mapping[str, Any]) -> list[Comparison]:
    """Pair each published value with the figure at its place; `figures` by the name of their page."""
    return [Comparison(row, find(figures, row.figure)) for row in published]


def is_artemis(annotations: Mapping[str, Any]) -> bool:
    """Recognize the annotations of ArtEmis by their counts, from reports/annotations/metrics.json."""
    return annotations["rows"] == RECORDS and annotations["artworks"] == ARTWORKS


def verdict(comparisons: Sequence[Comparison]) -> str:
    """The number of values that agree, as a sentence."""
    compared = [row.agrees for row in comparisons if row.agrees is not None]
    agreeing = sum(compared)
    if agreeing == len(compared):
        return f"All {len(compared):,} values of this study agree with the published ones."
    return f"{agreeing:,} of the {len(compared):,} values of this study agree with the published ones."


def sections(comparisons: Iterable[Comparison], *, judged: bool) -> dict[str, pd.DataFrame]:
    """A table of text for each section, in the order of the values; `judged` adds a column with the verdicts."""
    by_section = groupby(comparisons, lambda row: row.published.section)
    return {section: _table(list(rows), judged) for section, rows in by_section}


def _table(comparisons: Sequence[Comparison], judged: bool) -> pd.DataFrame:
    columns = {
        "published": [row.published.value for row in comparisons],
        "this study": [row.text for row in comparisons],
        "kind": [row.published.kind for row in comparisons],
        "source": [row.published.source for row in comparisons],
    }
    if judged:
        columns["verdict"] = [VERDICTS[row.agrees] for row in comparisons]
    return pd.DataFrame(columns, index=[row.published.what for row in comparisons])


def render(
    comparisons: Sequence[Comparison], *, artemis: bool, rules: str, dataset: Mapping[str, Any], size: str
) -> str:
    """Render the whole page.

    Args:
        artemis: the annotations are those of ArtEmis, so values can be compared.
        rules: `utterances.rules` of this study: only `artemis` reproduces the tokens of ArtEmis.
        dataset: the content of data/annotations/dataset.json.
        size: the numbers of records and artworks, in words.
    """
    tables = sections(comparisons, judged=artemis)
    return (
        environment(TEMPLATES)
        .get_template("reference.html.j2")
        .render(
            page=REFERENCE,
            artemis=artemis,
            rules=rules,
            size=size,
            dataset=card(dataset),
            verdict=verdict(comparisons),
            kinds=definitions(KINDS),
            sections={name: table(frame, "Published values and this study") for name, frame in tables.items()},
        )
    )
