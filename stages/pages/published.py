"""The published ArtEmis results (published.csv), and when a value of this study agrees with one.

A row holds: section and name (`what`); the value as printed; the kind of comparison (`KINDS`); the
tolerance of kinds that have one; the ArtEmis notebook and cell that prints it; and the place of the same
figure in this study, `<page>/<key>/<key>`, empty where there is none.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("published.csv")
# How a value is compared.
KINDS = {
    "exact": "a count: must be equal",
    "digits": "must be equal to the last digit printed",
    "band": "depends on chance or on library versions: must lie within a tolerance",
    "figure": "read off a plot: must lie within a tolerance",
    "second-hand": "inferred or reported by others, not printed by ArtEmis' authors; must be equal to the last digit",
}
# Sums of floats in a different order differ in the last of sixteen digits.
RELATIVE = 1e-9


@dataclass(frozen=True)
class Published:
    section: str
    what: str
    # As printed, since the number of digits matters.
    value: str
    kind: str
    tolerance: float
    source: str
    figure: str

    @property
    def places(self) -> int:
        """Number of printed decimals."""
        return len(self.value.partition(".")[2])

    def agrees(self, value: float) -> bool:
        """Compare `value` with the published one, as its kind demands."""
        error = abs(value - float(self.value))
        if self.kind == "exact":
            return error == 0
        if self.kind in ("band", "figure"):
            return error <= self.tolerance + RELATIVE
        return error <= 0.5 * 10**-self.places + RELATIVE * abs(value)


def load_published(file: Path = FILE) -> list[Published]:
    """All published values, in the order of the file."""
    with file.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        return [Published(**{**row, "tolerance": float(row["tolerance"] or 0)}) for row in rows]  # type: ignore[arg-type]


def published_values(places: Mapping[str, Mapping[str, tuple[str, str]]]) -> dict[str, dict[str, Published]]:
    """Look up published values by (source, what): for each group and name of `places` the value at its place."""
    listed = {(row.source, row.what): row for row in load_published()}
    return {group: {name: listed[place] for name, place in names.items()} for group, names in places.items()}


def find(figures: Mapping[str, Any], place: str) -> float | None:
    """The number at `place` in nested figures; None where there is none, since its data were not given."""
    value: Any = figures if place else None
    for key in place.split("/"):
        value = value.get(key) if isinstance(value, Mapping) else None
    return None if value is None else float(value)
