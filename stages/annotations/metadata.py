"""Metadata beside the annotations of a data set: dataset.yaml, exclude.csv, genres.csv and twins.csv."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import field_validator

from stages.common.artworks import composed
from stages.common.emotions import ALL, ARTEMIS, NONE, POLARITIES, Emotions
from stages.common.errors import UserError
from stages.common.language import TAG
from stages.common.params import Section, check, unknown_key
from stages.common.params import read as read_yaml
from stages.common.table_reader import read
from stages.common.table_rows import Column, Row
from stages.common.text_files import text_lines
from stages.common.unicode_text import is_blank

Artwork = tuple[str, str]
EXCLUDE_COLUMNS = ("art_style", "painting", "record", "reason")
GENRES_COLUMNS = ("art_style", "painting", "genre")
# Numbers of emotion labels. Labels are columns of tables, beside others, and values of --emotion, beside two others.
FEWEST, MOST = 2, 40
RESERVED = (ALL, NONE, "art_style", "painting", "emotion", "utterance", "split", "picture", "sentence")
TWINS_COLUMNS = ("art_style", "painting", "group")


class DatasetCard(Section):
    """Contents of dataset.yaml; a missing value is empty, and without `redistribute` pages may not be shared."""

    name: str = ""
    # Origin of an imported data set: repository@commit, or the name of a folder.
    source: str = ""
    citation: str = ""
    licence: str = ""
    terms: str = ""
    consent: str = ""
    redistribute: bool = False
    language: str = "en"
    # Polarity of each emotion label; None: the nine of ArtEmis.
    emotions: dict[str, Any] | None = None

    @field_validator("language")
    @classmethod
    def _tag(cls, given: str) -> str:
        if not re.fullmatch(TAG, given):
            raise ValueError(f"{given!r}; expected a tag of BCP 47, such as en, de, zh or pt-BR")
        return given

    @field_validator("emotions", mode="before")
    @classmethod
    def _labels(cls, given: Any) -> Any:
        if given is None:
            return None
        polarities = ", ".join(POLARITIES)
        if not isinstance(given, dict):
            raise ValueError(f"expected labels with their polarity ({polarities}), such as `joy: positive`")
        if not FEWEST <= len(given) <= MOST:
            raise ValueError(f"{len(given)} of them; allowed: {FEWEST} to {MOST} labels, or null for those of ArtEmis")
        for label, polarity in given.items():
            if is_blank(label) or label != label.strip() or not label.isprintable() or label in RESERVED:
                reserved = ", ".join(RESERVED)
                raise ValueError(
                    f"the label {label!r}; allowed: text on one line without spaces at its ends, other than "
                    f"{reserved}; rename it"
                )
            if polarity not in POLARITIES:
                raise ValueError(f"{label} is {polarity!r}; allowed: {polarities}")
        return given

    def label_set(self) -> Emotions:
        """The labels that annotations may have."""
        return ARTEMIS if self.emotions is None else Emotions(self.emotions)


class Exclusions:
    """Contents of exclude.csv: reasons for leaving out whole artworks and single records."""

    def __init__(self, artworks: dict[Artwork, str], records: dict[int, str]) -> None:
        # A take-down holds in any spelling of Unicode.
        self.artworks = {composed(artwork): reason for artwork, reason in artworks.items()}
        self.records = records
        self._used: set[Artwork | int] = set()

    def __bool__(self) -> bool:
        return bool(self.artworks or self.records)

    def reason(self, record: int, artwork: Artwork | None) -> str | None:
        """Reason for leaving out a record, or None; `artwork` is None where the record cannot be parsed."""
        if record in self.records:
            self._used.add(record)
            return self.records[record]
        if artwork is not None and (name := composed(artwork)) in self.artworks:
            self._used.add(name)
            return self.artworks[name]
        return None

    def unused(self) -> list[Artwork | int]:
        """Exclusions that matched no record so far: misspelled, or no longer in the data."""
        keys: list[Artwork | int] = [*self.artworks, *self.records]
        return [key for key in keys if key not in self._used]


def read_card(path: Path) -> DatasetCard:
    """Read dataset.yaml.

    Raises:
        UserError: unknown key, or value of the wrong type.
    """
    # YAML reads a file that holds only comments as null.
    empty = all(not line.strip() or line.lstrip().startswith("#") for _, line in text_lines(path))
    values = {} if empty else read_yaml(path)
    if extra := [key for key in values if key not in DatasetCard.model_fields]:
        raise UserError(f"{path}: {unknown_key(str(extra[0]), DatasetCard.model_fields)}")
    return check(DatasetCard, values, path)


def read_exclusions(path: Path) -> Exclusions:
    """Read exclude.csv: a row names an artwork (art_style, painting) or a record number, with an optional reason."""
    artworks: dict[Artwork, str] = {}
    records: dict[int, str] = {}
    for row in _rows(path, EXCLUDE_COLUMNS, required=()):
        reason = row.optional_text("reason") or "taken down"
        style, painting = row.optional_text("art_style"), row.optional_text("painting")
        record = row.count("record")
        if record is not None and not style and not painting:
            records[record] = reason
        elif record is None and style and painting:
            artworks[style, painting] = reason
        else:
            found = ", ".join(str(value) for value in row.values.values() if value is not None) or "no value"
            row.refuse(f"found {found}", "expected either art_style and painting, or a record number; correct it")
    return Exclusions(artworks, records)


def read_genres(path: Path) -> dict[Artwork, str]:
    """Genres of artworks from genres.csv."""
    return _labels(path, GENRES_COLUMNS)


def read_twins(path: Path) -> dict[Artwork, str]:
    """Groups from twins.csv: artworks of one group show the same painting."""
    return _labels(path, TWINS_COLUMNS)


def _labels(path: Path, columns: tuple[str, str, str]) -> dict[Artwork, str]:
    """Values of the third column by artwork.

    Raises:
        UserError: empty value, or two different values for one artwork.
    """
    labels: dict[Artwork, str] = {}
    for row in _rows(path, columns, required=columns):
        artwork, label = (row.text(columns[0]), row.text(columns[1])), row.text(columns[2])
        if labels.setdefault(artwork, label) != label:
            row.refuse(
                f"{'/'.join(artwork)} already has the {columns[2]} {labels[artwork]}, now {label}",
                "keep one of these rows",
            )
    return labels


def _rows(path: Path, columns: Sequence[str], required: Sequence[str]) -> Iterator[Row]:
    """The rows of a table that has no other columns than `columns`; none for a file without any text."""
    if not any(text.strip() for _, text in text_lines(path)):
        return iter(())
    return read(path, [Column(name, required=name in required) for name in columns], closed=True)


def write_missing(folder: Path) -> list[Path]:
    """Create each metadata file that `folder` lacks, without entries, since DVC requires all of them.

    Returns:
        The files created.
    """
    texts = {
        "dataset.yaml": "".join(f"{name}: {json.dumps(value)}\n" for name, value in DatasetCard().model_dump().items()),
        "exclude.csv": f"{','.join(EXCLUDE_COLUMNS)}\n",
        "genres.csv": f"{','.join(GENRES_COLUMNS)}\n",
        "twins.csv": f"{','.join(TWINS_COLUMNS)}\n",
    }
    missing = [folder / name for name in texts if not (folder / name).exists()]
    for path in missing:
        path.write_text(texts[path.name], encoding="utf-8")
    return missing
