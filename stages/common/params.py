"""`params.yaml`: read as DVC reads it (YAML 1.2), checked strictly, each problem one sentence.

A stage's `params.py` declares what the stage reads: a `Params` model with one field for
each top-level key, which must equal the params in `dvc.yaml`.
"""

import difflib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from stages.common.errors import UserError

FILE = Path("params.yaml")


class Section(BaseModel):
    """A whole section of `params.yaml`, that of one stage: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class View(BaseModel):
    """The keys that a stage reads of another stage's section."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False)


P = TypeVar("P", bound=BaseModel)

# The data set that the stage of that name makes.
EMBEDDED = "demo"

# Types of values that several sections have.
Device = Literal["auto", "cpu", "cuda"]
# How a picture becomes square: stretched, cropped to its middle, or padded with grey.
Fit = Literal["squash", "crop", "pad"]
# How a feature map (places, channels) becomes one vector.
Pooling = Literal["average", "max", "stages"]
# The part of a backbone that learns: nothing, its last stage, or everything.
Tune = Literal["none", "last_block", "all"]
Seed = Annotated[int, Field(ge=0, lt=2**32)]

# The terms of a JSON schema in words.
KINDS = {"integer": "a whole number", "number": "a finite number", "boolean": "true or false", "string": "text"}
LIMITS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}


def read(file: Path = FILE) -> dict[str, Any]:
    """The whole file as plain Python values.

    By YAML 1.2, as in DVC: `1e-3` is a number and `yes` a string; YAML 1.1 differs in both.

    Raises:
        UserError: the file is absent, not UTF-8, or not YAML with keys.
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
    """`values` with each key as text, as it is written: `1:` and `null:` are reported as unknown keys."""
    if isinstance(values, dict):
        return {key if isinstance(key, str) else _as_yaml(key): _with_text_keys(value) for key, value in values.items()}
    return values


def load(schema: type[P], file: Path = FILE) -> P:
    """The part of the file that `schema` describes.

    Raises:
        UserError: the message names file, key, value and what is allowed.
    """
    return check(schema, read(file), file)


def check(schema: type[P], values: dict[str, Any], file: Path = FILE) -> P:
    """Validate `values`; top-level keys that `schema` does not name are ignored.

    Raises:
        UserError: as in `load`.
    """
    if sentences := problems(schema, values):
        raise UserError("; ".join(f"{file}: {sentence}" for sentence in sentences))
    return schema.model_validate(_selected(schema, values))


def problems(schema: type[BaseModel], values: dict[str, Any]) -> list[str]:
    """One sentence for each problem: key, value, what is allowed."""
    try:
        schema.model_validate(_selected(schema, values))
    except ValidationError as error:
        return list(dict.fromkeys(_sentence(details, schema) for details in error.errors()))
    return []


def unknown_key(key: str, allowed: Iterable[str]) -> str:
    """The sentence about a key that no stage reads, with the most similar known key if there is one."""
    section, _, name = key.rpartition(".")
    near = difflib.get_close_matches(name, list(allowed), n=1)
    hint = f"did you mean {'.'.join(filter(None, (section, near[0])))}?" if near else f"allowed: {', '.join(allowed)}"
    return f"{key} is an unknown key; {hint}"


def _selected(schema: type[BaseModel], values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key in schema.model_fields}


def _sentence(error: Any, schema: type[BaseModel]) -> str:
    place = [str(part) for part in error["loc"]]
    key = ".".join(place)
    if error["type"] == "missing":
        return f"{key} is missing; allowed: {_allowed(schema, place)}"
    if error["type"] == "extra_forbidden":
        return unknown_key(key, _node(schema, place[:-1])["properties"])
    if error["type"] == "value_error":
        # Without a place it is about several sections, whose keys it names.
        return ": ".join(filter(None, (key, str(error["ctx"]["error"]))))
    return f"{key} is {_as_yaml(error['input'])}; allowed: {_allowed(schema, place)}"


def _as_yaml(value: Any) -> str:
    """`value` about as it is written in the file: null for None, true for True."""
    return shorten(json.dumps(value, ensure_ascii=False, default=str), 60)


@cache
def _json_schema(schema: type[BaseModel]) -> dict[str, Any]:
    return schema.model_json_schema()


def _node(schema: type[BaseModel], place: list[str]) -> dict[str, Any]:
    """The part of the JSON schema that describes `place`."""
    node = whole = _json_schema(schema)
    for part in place:
        node = node["properties"][part]
        if "$ref" in node:
            node = whole["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def _allowed(schema: type[BaseModel], place: list[str]) -> str:
    """The values that `schema` allows at `place`, in words."""
    node = _node(schema, place)
    if "const" in node:
        return _as_yaml(node["const"])
    if "enum" in node:
        return ", ".join(map(_as_yaml, node["enum"]))
    if "properties" in node:
        return "the keys " + ", ".join(node["properties"])
    limits = [f"{word} {node[limit]:,.10g}" for limit, word in LIMITS.items() if limit in node]
    limits += [f"matching {node['pattern']}"] if "pattern" in node else []
    limits += ["not empty"] if node.get("minLength") else []
    return f"{KINDS[node['type']]} {' and '.join(limits)}".strip()
