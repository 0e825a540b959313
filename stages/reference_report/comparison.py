"""Published values beside those found, and what may be concluded from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from stages.pages.markup import NOTHING
from stages.pages.published import Published, find

# Records and artworks of the release that ArtEmis' figures are of.
RECORDS, ARTWORKS = 454_684, 80_031


@dataclass(frozen=True)
class Compared:
    published: Published
    # None where this run has no such figure.
    found: float | None

    @property
    def agrees(self) -> bool | None:
        return None if self.found is None else self.published.agrees(self.found)


def compare(published: Iterable[Published], figures: Mapping[str, Any]) -> list[Compared]:
    """Each published value with the figure found at its place."""
    return [Compared(one, find(figures, one.figure)) for one in published]


def is_artemis(ingested: Mapping[str, Any]) -> bool:
    """Whether the raw file is ArtEmis', by the counts in reports/annotations/metrics.json."""
    return ingested["rows"] == RECORDS and ingested["artworks"] == ARTWORKS


def verdict(compared: Sequence[Compared]) -> str:
    """How many values agree, in words."""
    told = [one.agrees for one in compared if one.agrees is not None]
    agreeing = sum(told)
    if agreeing == len(told):
        return f"All {len(told):,} values that this run found agree with those published."
    return f"{agreeing:,} of the {len(told):,} values that this run found agree with those published."


def sections(compared: Iterable[Compared], *, judged: bool) -> dict[str, pd.DataFrame]:
    """A table of text for each section, in the order of the values; `judged` adds whether they agree."""
    return {name: _table(list(own), judged) for name, own in groupby(compared, lambda one: one.published.section)}


def _table(compared: Sequence[Compared], judged: bool) -> pd.DataFrame:
    columns = {
        "published": [one.published.value for one in compared],
        "found": [_shown(one) for one in compared],
        "kind": [one.published.kind for one in compared],
        "source": [one.published.source for one in compared],
    }
    if judged:
        words = {True: "agrees", False: "differs", None: NOTHING}
        columns["verdict"] = [words[one.agrees] for one in compared]
    return pd.DataFrame(columns, index=[one.published.what for one in compared])


def _shown(one: Compared) -> str:
    """With as many digits as were printed."""
    return NOTHING if one.found is None else f"{one.found:.{one.published.places}f}"
