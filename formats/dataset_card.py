"""The card of a data set that is imported: what a person says about it, as dataset.yaml.

Nothing in it is taken from the source: a tag on a web page is no licence.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from stages.annotations.metadata import DatasetCard
from stages.common.emotions import ARTEMIS, POLARITIES
from stages.common.errors import UserError
from stages.common.language import TAG
from stages.common.params import check
from stages.common.text_files import is_utf8, shown

FILE = "dataset.yaml"
ENGLISH = "en"
# Labels that a message lists.
LISTED = 12


@dataclass(frozen=True)
class Card:
    """What a person says about a data set.

    Attributes:
        source: its origin, for a repository with the commit.
        language: BCP 47 tag of the captions' language.
        emotions: polarity of each label, in the order of their ids; None for the nine of ArtEmis.
    """

    citation: str = ""
    terms: str = ""
    licence: str = ""
    source: str = ""
    language: str = ENGLISH
    emotions: Mapping[str, str] | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The emotions that a row may have."""
        return ARTEMIS.names if self.emotions is None else tuple(self.emotions)

    def values(self, name: str) -> dict[str, Any]:
        """The keys and values of dataset.yaml for a data set of that name.

        Raises:
            UserError: a value is not allowed.
        """
        said = {"name": name} | {key: getattr(self, key) for key in ("source", "citation", "licence", "terms")}
        values = DatasetCard().model_dump() | said
        if self.language != ENGLISH:
            values["language"] = self.language
        if self.emotions is not None:
            values["emotions"] = dict(self.emotions)
        check(DatasetCard, values, Path(FILE))
        return values


def card(citation: str, terms: str, language: str, emotions: Sequence[str], *, licence: str = "") -> Card:
    """The card of what a person typed.

    Args:
        emotions: a `label=polarity` each; none for the nine of ArtEmis.

    Raises:
        UserError: text that is not UTF-8, a language that is no tag, or an emotion without a label or a polarity.
    """
    for given in (citation, terms, licence, *emotions):
        if not is_utf8(given):
            raise UserError(f"{shown(given)} is not UTF-8, expected text; type it in a terminal that uses UTF-8")
    require_tag(language)
    polarities = _polarities(emotions) if emotions else None
    made = Card(citation, terms, licence, language=language, emotions=polarities)
    made.values("")
    return made


def require_tag(language: str) -> None:
    """Check that a language is a BCP 47 tag.

    Raises:
        UserError: it is none.
    """
    if not re.fullmatch(TAG, language):
        raise UserError(f"language {shown(language)}: expected a tag of BCP 47, such as en, de, zh or pt-BR")


def _polarities(given: Iterable[str]) -> dict[str, str]:
    polarities: dict[str, str] = {}
    for text in given:
        label, _, polarity = (part.strip() for part in text.rpartition("="))
        if not label or polarity not in POLARITIES:
            expected = f"expected LABEL=POLARITY with the polarity {', '.join(POLARITIES)}, such as joy=positive"
            raise UserError(f"emotion {shown(text)}: {expected}")
        if polarities.setdefault(label, polarity) != polarity:
            raise UserError(f"emotion {shown(label)} is given as {polarities[label]} and as {polarity}; keep one")
    return polarities


def require_known(found: Iterable[str], known: Card, source: Path | str) -> None:
    """Check the emotions of a source, before long work.

    Args:
        found: its labels, in any number and order.

    Raises:
        UserError: one of them is not among those of the card; the message lists all and says how to give them.
    """
    labels = sorted({*found})
    if not (unknown := [label for label in labels if label not in known.labels]):
        return
    listed = ", ".join(map(shown, labels[:LISTED]))
    listed += f" and {len(labels) - LISTED:,} others" if len(labels) > LISTED else ""
    raise UserError(
        f"{source}: the emotion {shown(unknown[0])} is none of {', '.join(known.labels)}; the labels found are "
        f"{listed}; give each with its polarity ({', '.join(POLARITIES)}): --emotion {shown(labels[0])}=positive ..."
    )


def write(values: Mapping[str, Any], folder: Path) -> None:
    """Write dataset.yaml."""
    with (folder / FILE).open("w", encoding="utf-8") as file:
        YAML().dump(dict(values), file)
