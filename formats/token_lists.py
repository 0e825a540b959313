"""Texts that a table holds in another form: lists of tokens, and the answers of Hugging Face pipelines.

A pipeline writes `[{"generated_text": "a sea"}]` for a picture. pandas writes lists into a CSV as their Python text:
`['a', 'sea']`, or `['a' 'sea']` for an array.
"""

import ast
import json
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from stages.common.table_reader import Row

GENERATED = "generated_text"
# How such a text begins and ends.
BRACKETS = {"[": "]", "(": ")", "{": "}"}
QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
# NumPy writes no comma between the texts of an array.
ARRAY = re.compile(rf"\[\s*(?:{QUOTED})(?:\s+(?:{QUOTED}))+\s*\]", re.DOTALL)


def joined(rows: Iterable[Row], column: str) -> Iterator[Row]:
    """The rows with text in `column`; tokens are joined by spaces, and their rows are counted on stderr at the end.

    Raises:
        UserError: a row has no text there, but a number, several texts, or anything else.
    """
    lists, first = 0, None
    for row in rows:
        text, tokens = _text(row, column)
        if tokens > 1:
            lists, first = lists + 1, first or row
        yield replace(row, values={**row.values, column: text})
    if first is not None:
        which = f"{lists:,} of them, the first in {first.place}"
        print(f"{first.path}: {column} has lists of tokens ({which}), which are joined by spaces", file=sys.stderr)


def _text(row: Row, column: str) -> tuple[str, int]:
    """The text in `column`, and the number of tokens that it is joined from; 0 for text."""
    value = _unwrapped(_evaluated(row.values.get(column)))
    count = 0
    if isinstance(value, str) and _is_number(value):
        row.refuse(f"{column} is the number {value.strip():.60}", "expected text")
    if isinstance(value, list) and value and all(isinstance(token, str) for token in value):
        count = len(value)
        if count > 1 and any(len(token.split()) != 1 for token in value):
            row.refuse(f"{column} is a list of {count:,} texts", "expected one text, or the list of its tokens")
        value = " ".join(value)
    return replace(row, values={column: value}).text(column), count


def _unwrapped(value: Any) -> Any:
    """The text in `[{"generated_text": text}]`, the answer of a pipeline; another value as it is."""
    while True:
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list | dict):
            value = value[0]
        elif isinstance(value, dict) and GENERATED in value:
            value = value[GENERATED]
        else:
            return value


def _evaluated(value: Any) -> Any:
    """The list or object whose Python or JSON text `value` is; any other value as it is."""
    text = value.strip() if isinstance(value, str) else ""
    if not text or BRACKETS.get(text[0]) != text[-1]:
        return value
    # Python would read neighbouring texts as one.
    if ARRAY.fullmatch(text):
        text = re.sub(rf"({QUOTED})", r"\1,", text, flags=re.DOTALL)
    for parse in (json.loads, ast.literal_eval):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)  # about backslashes that escape nothing
                parsed = parse(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        parsed = list(parsed) if isinstance(parsed, tuple) else parsed
        return value if isinstance(parsed, str) else parsed
    return value


def _is_number(text: str) -> bool:
    """True for `17` or `1.5e3`; `nan` is a word."""
    try:
        float(text)
    except ValueError:
        return False
    return any(char.isdigit() for char in text)
