"""The published values, and whether a value agrees with one.

published.csv lists them: what it is; the value as it was printed; its kind; for a band
how far a value may be off; the notebook and cell of ArtEmis' that prints it; and where
this study keeps the same figure, as `<page>/<name>/<name>`, empty where it does not.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("published.csv")
# What each kind asks of a value.
KINDS = {
    "exact": "a count: it must be the same",
    "digits": "must be the same to the last digit printed",
    "band": "depends on chance or on the versions of libraries: must be near",
    "figure": "read off a plot: must be near",
    "second-hand": "not printed by ArtEmis' authors, but inferred or told by others; to the last digit all the same",
}
# Sums of floats in another order differ in the last of sixteen digits.
RELATIVE = 1e-9


@dataclass(frozen=True)
class Published:
    section: str
    what: str
    # As printed: its digits count.
    value: str
    kind: str
    tolerance: float
    source: str
    figure: str

    @property
    def places(self) -> int:
        """Digits behind the point."""
        return len(self.value.partition(".")[2])

    def agrees(self, found: float) -> bool:
        """Whether `found` is the same value, as far as this kind can tell."""
        off = abs(found - float(self.value))
        if self.kind == "exact":
            return off == 0
        if self.kind in ("band", "figure"):
            return off <= self.tolerance + RELATIVE
        return off <= 0.5 * 10**-self.places + RELATIVE * abs(found)


def load_published(file: Path = FILE) -> list[Published]:
    """All of them, in the order of the file."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        return [Published(**{**row, "tolerance": float(row["tolerance"] or 0)}) for row in rows]  # type: ignore[arg-type]


def under_names(places: Mapping[str, Mapping[str, tuple[str, str]]]) -> dict[str, dict[str, Published]]:
    """Some of the values under names of one's own, in groups; each place is a source and what was published there."""
    listed = {(one.source, one.what): one for one in load_published()}
    return {group: {name: listed[place] for name, place in own.items()} for group, own in places.items()}


def find(figures: Mapping[str, Any], place: str) -> float | None:
    """The figure at `place` in nested figures; None where there is none, since its data were not given."""
    found: Any = figures if place else None
    for name in place.split("/"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return None if found is None else float(found)
