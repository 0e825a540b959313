"""Loading `params.yaml`: read as DVC reads it (YAML 1.2), checked strictly, errors in one line.

A stage's `params.py` says what the stage reads: a `Params` model with one field
for each top-level key, which must equal what `dvc.yaml` declares for the stage.
"""

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from stages.common.errors import UserError

FILE = Path("params.yaml")


class Section(BaseModel):
    """A whole section of `params.yaml`, owned by one stage: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class View(BaseModel):
    """The few keys that a stage reads of a section which another stage owns."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


P = TypeVar("P", bound=BaseModel)

# Types of values that several sections have.
Device = Literal["auto", "cpu", "cuda"]
# How a picture becomes square: distorted, its middle, or with grey borders.
Fit = Literal["squash", "crop", "pad"]
# How the places of a picture's feature map become one vector.
Pooling = Literal["average", "max"]
Seed = Annotated[int, Field(ge=0, lt=2**32)]

# How a JSON schema's terms are told to a person.
KINDS = {"integer": "a whole number", "number": "a finite number", "boolean": "true or false", "string": "text"}
LIMITS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}


def read(file: Path = FILE) -> dict[str, Any]:
    """The whole file as plain Python values.

    YAML 1.2, as DVC: `1e-3` is a number and `yes` a string, which a YAML 1.1
    reader gets wrong.
    """
    try:
        values = _with_text_keys(YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise UserError(
            f"{file}: there is no such file; `cp presets/demo.yaml {file}` gives the embedded study's"
        ) from None
    except UnicodeDecodeError as error:
        raise UserError(f"{file}: not UTF-8 (byte {error.start + 1:,}); save it as UTF-8") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise UserError(f"{file}, line {line}: not readable as YAML: {error.problem}") from None
    except YAMLError as error:
        raise UserError(f"{file}: not readable as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(values, dict):
        raise UserError(f"{file}: found {type(values).__name__}, allowed are keys with values; see presets/demo.yaml")
    return values


def _with_text_keys(values: Any) -> Any:
    """`values` with each key as it is written: `1:` and `null:` are names here, if wrong ones."""
    if isinstance(values, dict):
        return {_shown(key) if not isinstance(key, str) else key: _with_text_keys(one) for key, one in values.items()}
    return values


def load(schema: type[P], file: Path = FILE) -> P:
    """The part of the file that `schema` describes.

    Raises:
        UserError: naming file, key, what was found and what is allowed.
    """
    return check(schema, read(file), file)


def check(schema: type[P], values: dict[str, Any], file: Path = FILE) -> P:
    """Validate already read `values`; the keys that `schema` does not name are other stages' business."""
    if found := faults(schema, values):
        raise UserError("; ".join(f"{file}: {fault}" for fault in found))
    return schema.model_validate(_own(schema, values))


def faults(schema: type[BaseModel], values: dict[str, Any]) -> list[str]:
    """One sentence for each thing that is wrong: key, what was found, what is allowed."""
    try:
        schema.model_validate(_own(schema, values))
    except ValidationError as error:
        return list(dict.fromkeys(_sentence(one, schema) for one in error.errors()))
    return []


def unknown(key: str, allowed: Iterable[str]) -> str:
    """The sentence about a key that nobody reads; the nearest known one is offered first."""
    section, _, name = key.rpartition(".")
    near = difflib.get_close_matches(name, list(allowed), n=1)
    hint = f"did you mean {'.'.join(filter(None, (section, near[0])))}?" if near else f"allowed: {', '.join(allowed)}"
    return f"{key} is an unknown key; {hint}"


def _own(schema: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key in schema.model_fields}


def _sentence(error: Any, schema: type[BaseModel]) -> str:
    place = [str(part) for part in error["loc"]]
    key = ".".join(place)
    if error["type"] == "missing":
        return f"{key} is missing; allowed: {_allowed(schema, place)}"
    if error["type"] == "extra_forbidden":
        return unknown(key, _node(schema, place[:-1])["properties"])
    if error["type"] == "value_error":
        return f"{key}: {error['ctx']['error']}"
    return f"{key} is {_shown(error['input'])}; allowed: {_allowed(schema, place)}"


def _shown(value: Any) -> str:
    """`value` as it stands in the file, more or less: null rather than None, true rather than True."""
    return shorten(json.dumps(value, ensure_ascii=False, default=str), 60)


def _node(schema: type[BaseModel], place: list[str]) -> dict[str, Any]:
    """The part of the JSON schema that describes `place`."""
    whole = schema.model_json_schema()
    node = whole
    for part in place:
        node = node["properties"][part]
        if "$ref" in node:
            node = whole["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _allowed(schema: type[BaseModel], place: list[str]) -> str:
    """What may stand at `place`, in words, from the schema's own constraints."""
    node = _node(schema, place)
    if "const" in node:
        return _shown(node["const"])
    if "enum" in node:
        return ", ".join(map(_shown, node["enum"]))
    if "properties" in node:
        return "the keys " + ", ".join(node["properties"])
    limits = [f"{word} {node[limit]:,.10g}" for limit, word in LIMITS.items() if limit in node]
    limits += [f"matching {node['pattern']}"] if "pattern" in node else []
    limits += ["not empty"] if node.get("minLength") else []
    return f"{KINDS[node['type']]} {' and '.join(limits)}".strip()
