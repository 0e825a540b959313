"""Columns of a Parquet data set: which hold the pictures, the texts and the labels, by the schema alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from stages.common.errors import UserError

# By our name, the names that data sets of the hub use; the first that is there counts.
REQUIRED = {"picture": ("image", "picture"), "text": ("text", "utterance", "caption", "captions")}
RENAME = "rename the one that is meant"
OTHERS = ("art_style", "painting", "emotion", "language")
EXPECTED = "the files' bytes, as the datasets library writes a column of its type Image"


@dataclass(frozen=True)
class Columns:
    """The columns that are read.

    Attributes:
        names: name in the file by our name: picture and text, and those that are there of art_style, painting,
            emotion, language and split.
        classes: names of the classes, by our name, of columns that hold their numbers (`ClassLabel` of `datasets`).
        unused_split: True if there is a column `split` that nobody asked for.
    """

    names: Mapping[str, str]
    classes: Mapping[str, list[str]]
    unused_split: bool


def find_columns(schema: pa.Schema, file: Path, split_column: str | None = None) -> Columns:
    """The columns of a file.

    Raises:
        UserError: no column holds pictures or texts, the pictures are not in the file, a column has a type of
            another kind, or there is no `split_column`.
    """
    wanted = REQUIRED | {name: (name,) for name in OTHERS if _has_values(name, schema)}
    names = {name: _required(allowed, schema, file, RENAME) for name, allowed in wanted.items()}
    if split_column is not None:
        names["split"] = _required(
            (split_column,), schema, file, "name one of them by --split-column, or leave it away"
        )
    _check_picture(schema.field(names["picture"]), file)
    _check_text(schema.field(names["text"]), file)
    classes = _classes(schema)
    for name in set(names) - set(REQUIRED):
        field = schema.field(names[name])
        if not _is_text(field.type) and not (pa.types.is_integer(field.type) and field.name in classes):
            raise UserError(f"{file}: column {field.name} is {field.type}; expected text")
    numbers = {name: classes[found] for name, found in names.items() if pa.types.is_integer(schema.field(found).type)}
    return Columns(names, numbers, split_column is None and "split" in schema.names)


def _has_values(name: str, schema: pa.Schema) -> bool:
    """False if there is no such column, or one of nulls alone."""
    return name in schema.names and not pa.types.is_null(schema.types[schema.names.index(name)])


def _required(allowed: tuple[str, ...], schema: pa.Schema, file: Path, way_out: str) -> str:
    found = next((name for name in allowed if name in schema.names), None)
    if found is None:
        raise UserError(f"{file}: no column {' or '.join(allowed)}; found {', '.join(schema.names)}; {way_out}")
    if schema.names.count(found) > 1:
        raise UserError(f"{file}: more than one column {found}; keep one")
    return found


def _check_picture(field: pa.Field, file: Path) -> None:
    """Refuse pictures that are not in the file."""
    if _is_text(field.type):
        raise UserError(
            f"{file}: column {field.name} has addresses or paths of pictures, no pictures; expected {EXPECTED}"
        )
    content = field.type
    if pa.types.is_struct(content):
        index = content.get_field_index("bytes")
        content = content.field(index).type if index >= 0 else content
    if not (pa.types.is_binary(content) or pa.types.is_large_binary(content) or pa.types.is_binary_view(content)):
        raise UserError(f"{file}: column {field.name} is {field.type}; expected {EXPECTED}")


def _check_text(field: pa.Field, file: Path) -> None:
    kind = field.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    if not _is_text(kind):
        raise UserError(f"{file}: column {field.name} is {field.type}; expected texts or lists of texts")


def _is_text(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _classes(schema: pa.Schema) -> dict[str, list[str]]:
    """Names of the classes of each `ClassLabel` column, from the metadata that `datasets` writes."""
    try:
        features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        return {name: feature["names"] for name, feature in features.items() if feature.get("_type") == "ClassLabel"}
    except (TypeError, KeyError, AttributeError, ValueError):  # another program's metadata, or none
        return {}
