"""The key of a human study: which system wrote which caption. It stays with the person who runs the study."""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from formats.human_study.design import Design, Pair
from stages.common.errors import UserError
from stages.common.files import write_json

NAME = "key.json"


class Strict(BaseModel):
    """A JSON object without other keys than these."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Item(Strict):
    """An item of the page: an artwork, its two texts, whose they are, and the right answer of a check."""

    art_style: str
    painting: str
    texts: tuple[str, str]
    systems: tuple[int, int] | None
    check: Literal[0, 1] | None


class Key(Strict):
    """The contents of key.json.

    Attributes:
        study: digest of what raters see.
        raters: number of plans on the page.
        identical: number of pairs that were skipped since both systems wrote the same.
    """

    study: str
    systems: tuple[str, ...]
    raters: int
    identical: int
    items: tuple[Item, ...]


def key_of(design: Design, study: str) -> Key:
    """The key of a design."""
    items = [_item(pair) for pair in design.items]
    return Key(
        study=study,
        systems=tuple(design.systems),
        raters=len(design.plans),
        identical=design.identical,
        items=tuple(items),
    )


def _item(pair: Pair) -> Item:
    style, painting = pair.artwork
    check: Literal[0, 1] | None = None if pair.check is None else (1 if pair.check else 0)
    return Item(art_style=style, painting=painting, texts=pair.texts, systems=pair.systems, check=check)


def save(key: Key, folder: Path) -> None:
    """Write key.json."""
    write_json(key.model_dump(mode="json"), folder / NAME)


def load(folder: Path) -> Key:
    """The key of the study in `folder`.

    Raises:
        UserError: there is none, or it is damaged.
    """
    path = folder / NAME
    try:
        return Key.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UserError(
            f"{path}: there is no such file; give the folder that `artemis study make` wrote, with --study"
        ) from None
    except (OSError, ValidationError) as error:
        raise UserError(f"{path}: not the key of a study ({sentence(error)}); make the study again") from None


def sentence(error: Exception) -> str:
    """The first problem of a JSON file, with its place in it."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    found = f", found {json.dumps(first['input'], default=str):.60}" if first["loc"] else ""
    return f"{place}: {first['msg']}{found}" if place else first["msg"]
