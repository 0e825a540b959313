"""The files beside the annotations: where the data come from, what was taken down, the genres and twins of artworks."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from stages.common.errors import UserError
from stages.common.params import Section, check, unknown
from stages.common.params import read as read_yaml

Artwork = tuple[str, str]
EXCLUDE = ("art_style", "painting", "record", "reason")
GENRES = ("art_style", "painting", "genre")
TWINS = ("art_style", "painting", "group")


class Card(Section):
    """What dataset.yaml says about a data set; what it does not say is empty, and then nobody may pass it on."""

    name: str = ""
    citation: str = ""
    licence: str = ""
    terms: str = ""
    consent: str = ""
    redistribute: bool = False


class Exclusions:
    """What exclude.csv takes down: whole artworks, and single records."""

    def __init__(self, artworks: dict[Artwork, str], records: dict[int, str]) -> None:
        self.artworks = artworks
        self.records = records
        self._found: set[Artwork | int] = set()

    def __bool__(self) -> bool:
        return bool(self.artworks or self.records)

    def why(self, record: int, artwork: Artwork | None) -> str | None:
        """The reason for which a record was taken down, or None where it was not."""
        for key, reasons in ((record, self.records), (artwork, self.artworks)):
            if key in reasons:
                self._found.add(key)  # type: ignore[arg-type]
                return reasons[key]  # type: ignore[index]
        return None

    def idle(self) -> list[Artwork | int]:
        """What no record was about: gone from the data already, or misspelt."""
        keys: list[Artwork | int] = [*self.artworks, *self.records]
        return [key for key in keys if key not in self._found]


def read_card(path: Path) -> Card:
    """Raises UserError on an unknown key or a value of the wrong kind."""
    lines = path.read_bytes().splitlines()
    # YAML would take a file of comments alone for a null.
    values = read_yaml(path) if any(line.strip() and not line.lstrip().startswith(b"#") for line in lines) else {}
    if odd := [key for key in values if key not in Card.model_fields]:
        raise UserError(f"{path}: {unknown(str(odd[0]), Card.model_fields)}")
    return check(Card, values, path)


def read_exclusions(path: Path) -> Exclusions:
    """Each line names an artwork (art_style, painting) or a record, by its number; a reason may stand beside it."""
    artworks: dict[Artwork, str] = {}
    records: dict[int, str] = {}
    for line, row in _rows(path, EXCLUDE):
        reason = row.get("reason") or "taken down"
        record, artwork = row.get("record", ""), (row.get("art_style", ""), row.get("painting", ""))
        if record.isdecimal() and record.isascii() and not any(artwork):
            records[int(record)] = reason
        elif all(artwork) and not record:
            artworks[artwork] = reason
        else:
            allowed = "allowed is either art_style and painting, or a record number"
            raise UserError(f"{path}, line {line:,}: found {', '.join(row.values())}; {allowed}")
    return Exclusions(artworks, records)


def read_genres(path: Path) -> dict[Artwork, str]:
    """The genre of each artwork that has one; two different ones are an error."""
    return _labels(path, GENRES)


def read_twins(path: Path) -> dict[Artwork, str]:
    """The group of each artwork that is known to show one painting with others; two different ones are an error."""
    return _labels(path, TWINS)


def _labels(path: Path, columns: tuple[str, str, str]) -> dict[Artwork, str]:
    """What the third column says of the artworks named in the first two."""
    labels: dict[Artwork, str] = {}
    for line, row in _rows(path, columns):
        if len(row) < len(columns) or not all(row.values()):
            raise UserError(f"{path}, line {line:,}: art_style, painting and {columns[2]} are needed, all three")
        artwork, label = (row["art_style"], row["painting"]), row[columns[2]]
        if labels.setdefault(artwork, label) != label:
            known = f"has a {columns[2]} already, {labels[artwork]}"
            raise UserError(f"{path}, line {line:,}: {'/'.join(artwork)} {known}")
    return labels


def _rows(path: Path, allowed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and fields of each row of a small CSV."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            parser = csv.reader(file, strict=True)
            header = next(parser, [])
            if odd := [name for name in header if name not in allowed]:
                raise UserError(f"{path}: column {odd[0]!r} is unknown; allowed are {', '.join(allowed)}")
            for row in filter(None, parser):
                if len(row) != len(header):
                    counts = f"{len(row)} fields where the header has {len(header)}"
                    raise UserError(f"{path}, line {parser.line_num:,}: {counts}")
                yield parser.line_num, dict(zip(header, row, strict=True))
    except UnicodeDecodeError:
        raise UserError(f"{path}: not UTF-8; save it as UTF-8") from None
    except csv.Error as error:
        raise UserError(f"{path}, line {parser.line_num:,}: {error}; mend it there") from None


def write_missing(folder: Path) -> list[Path]:
    """Write each file that is not in `folder`, saying nothing yet; returns those written. DVC wants all to be there."""
    texts = {
        "dataset.yaml": "".join(f"{name}: {json.dumps(value)}\n" for name, value in Card().model_dump().items()),
        "exclude.csv": f"{','.join(EXCLUDE)}\n",
        "genres.csv": f"{','.join(GENRES)}\n",
        "twins.csv": f"{','.join(TWINS)}\n",
    }
    missing = [folder / name for name in texts if not (folder / name).exists()]
    for path in missing:
        path.write_text(texts[path.name], encoding="utf-8")
    return missing
