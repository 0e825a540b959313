"""The manifest of a folder of shards: what made its results, of which pictures."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from formats.claims import Claims
from formats.picture_lists import Request
from stages.common.errors import UserError
from stages.common.terminal import printable

# Programs that read a folder of Parquet files as one data set pass over names that begin so.
NAME = "_manifest.json"
# A key of the manifest of a merged data set.
MERGED = "merged"


@dataclass(frozen=True)
class Manifest:
    """One is written before the first shard; processes whose manifest differs may not write to the folder.

    Attributes:
        results: what the shards hold: captions or emotions.
        model: the name of the model, as given; a copy elsewhere is the same model.
        settings: what the results depend on besides the pictures, digests of the weights among them.
        pictures: their number.
        pictures_digest: SHA-256 of the list of their names and emotions.
        shard: pictures in a shard.
    """

    results: str
    model: str
    settings: Mapping[str, Any]
    pictures: int
    pictures_digest: str
    shard: int

    def digest(self) -> str:
        """Digest of all that shards depend on."""
        return digest(self._compared())

    def begin(self, folder: Path, claims: Claims) -> None:
        """Write the manifest, or compare with that of the folder.

        Raises:
            UserError: they differ, or the folder has results without one.
        """
        path = folder / NAME
        if not path.exists() and (lost := next(folder.glob(f"{self.results}-*.parquet"), None)):
            raise UserError(
                f"{printable(lost)}: results, but {NAME} is missing, which says what made them; choose another folder"
            )
        if claims.create(path, asdict(self)):
            return
        before = read(folder)
        if before._compared() == self._compared():
            return
        if before.results != self.results:
            what = f"{before.results}, not {self.results}"
        elif different := differing(before.settings, self._compared()["settings"]):
            key, there, now = different
            what = f"{self.results} by {printable(before.model)}, but {key} was {there} there and is {now} now"
        elif before.shard != self.shard and before.pictures == self.pictures:
            what = (
                f"files of {before.shard:,} pictures, not of {self.shard:,}: another version of this program wrote them"
            )
        else:
            what = f"{self.results} of other pictures: some were added, removed, named otherwise or in another order"
        raise UserError(f"{printable(folder)}: holds {what}; choose another folder")

    def _compared(self) -> dict[str, Any]:
        # As JSON has it, which knows no tuples.
        values: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        del values["model"]
        return values


def differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """The first setting that differs, with its values as JSON; None if all are equal."""
    for key in sorted({*one, *other}):
        if one.get(key) != other.get(key):
            return key, json.dumps(one.get(key)), json.dumps(other.get(key))
    return None


def of_requests(
    results: str, model: str, settings: Mapping[str, Any], requests: Iterable[Request], shard: int
) -> Manifest:
    """The manifest of results about these pictures."""
    names = [(str(request.picture), request.emotion) for request in requests]
    return Manifest(results, model, settings, len(names), digest(names), shard)


def file_name(results: str, number: int) -> str:
    """The name of a shard."""
    return f"{results}-{number:05}.parquet"


def read(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises:
        UserError: there is none, or it is damaged.
    """
    path = folder / NAME
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(values, dict) and MERGED in values:
            raise UserError(f"{printable(folder)}: a merged data set; give the folders that it was made of")
        return Manifest(**values)
    except FileNotFoundError:
        raise UserError(
            f"{printable(folder)}: no {NAME} there; expected a folder that `artemis caption` or `artemis predict` wrote"
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"{printable(path)}: not a manifest of results ({error}); choose another folder") from None


def digest(value: Any) -> str:
    """SHA-256 of a value as JSON."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
