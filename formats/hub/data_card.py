"""The data card of an exported data set: README.md, whose YAML tells the hub and the datasets library its columns."""

import io
from collections.abc import Mapping, Sequence
from textwrap import indent
from typing import Any

from ruamel.yaml import YAML

# The keys of dataset.yaml that are text.
SAID = ("terms", "licence", "citation", "consent", "source")


def features(columns: Sequence[str]) -> dict[str, Any]:
    """Types of the column image and of columns of text, as `datasets` writes them into a Parquet file's metadata."""
    return {"image": {"_type": "Image"}} | {name: {"dtype": "string", "_type": "Value"} for name in columns}


def data_card(card: Mapping[str, Any], language: str, columns: Sequence[str], content: str) -> str:
    """Text of README.md.

    Args:
        card: keys and values of dataset.yaml.
        language: a BCP 47 tag.
        columns: of text, beside the column image.
        content: the numbers of rows and pictures, in words.
    """
    types = {"image": "image"} | dict.fromkeys(columns, "string")
    head = {
        "pretty_name": card["name"],
        "language": [language],
        "configs": [{"config_name": "default", "data_files": [{"split": "train", "path": "data/train-*"}]}],
        "dataset_info": {"features": [{"name": name, "dtype": kind} for name, kind in types.items()]},
    }
    front = io.StringIO()
    YAML().dump(head, front)
    return "\n\n".join([f"---\n{front.getvalue()}---", f"# {card['name']}", content, *stated(card)]) + "\n"


def stated(card: Mapping[str, Any]) -> list[str]:
    """Sections with what dataset.yaml says of terms, licence, citation, consent, source and emotions."""
    said = {key: card.get(key) or "(empty in dataset.yaml)" for key in SAID}
    if card.get("emotions"):
        said["emotions"] = "\n".join(f"{label}: {polarity}" for label, polarity in card["emotions"].items())
    # Indented text stays as it is, whatever characters it has.
    return [f"## {key.capitalize()}\n\n{indent(text, '    ')}" for key, text in said.items()]
