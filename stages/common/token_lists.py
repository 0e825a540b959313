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

from stages.common.table_rows import Row

GENERATED = "generated_text"
# How the text of a list or an object begins and ends.
BRACKETS = {"[": "]", "(": ")", "{": "}"}
QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
# The text of NumPy's arrays: without commas, or inside of others with their name.
ARRAY = re.compile(rf"\[\s*(?:{QUOTED})(?:\s+(?:{QUOTED}))+\s*\]", re.DOTALL)
NAMED = re.compile(r"array\((\[.*\])(?:, dtype=\S+)?\)", re.DOTALL)


def joined(rows: Iterable[Row], column: str) -> Iterator[Row]:
    """The rows, with the text of each list in `column`, its tokens joined by spaces; that is said on stderr, once.

    Text stays as it is. So do other values, which `Row.text` refuses; the text of a list or an object becomes its
    value before.
    """
    first, lists = None, 0
    for row in rows:
        given = row.values.get(column)
        value = _unwrapped(_evaluated(given))
        text = as_text(value)
        value = value if text is None else text
        if isinstance(value, str) and value is not given:
            first, lists = first or row, lists + 1
        yield replace(row, values={**row.values, column: value})
    if first is not None:
        where = f"{lists:,} of them, the first in {first.place}"
        name = first.header(column)
        print(f"{first.path}: {name} has lists ({where}); their tokens are joined by spaces", file=sys.stderr)


def as_text(value: Any) -> str | None:
    """The text of a list of tokens or of one text, or of a pipeline's answer; None for anything else."""
    parts = _unwrapped(_evaluated(value))
    if isinstance(parts, str):
        return None if parts is value else parts
    if not isinstance(parts, list) or not parts or not all(isinstance(part, str) and part for part in parts):
        return None
    # Several texts of several words are several captions.
    several = len(parts) > 1 and any(len(part.split()) != 1 for part in parts)
    return None if several else " ".join(parts)


def _as_list(parsed: Any, text: Any) -> Any:
    """The list or object that was parsed; the text itself where it was typed in brackets, as `(None)` or `[...]`."""
    if isinstance(parsed, tuple) and parsed and all(isinstance(part, str) for part in parsed):
        return list(parsed)
    if isinstance(parsed, list) and Ellipsis in parsed:
        return text
    return parsed if isinstance(parsed, list | dict) else text


def _unwrapped(value: Any) -> Any:
    """The value of `generated_text` in the answer of a pipeline; another value as it is."""
    answer = value
    while isinstance(answer, list) and len(answer) == 1:
        answer = answer[0]
    return answer[GENERATED] if isinstance(answer, dict) and set(answer) == {GENERATED} else value


def _evaluated(value: Any) -> Any:
    """The list or object whose Python or JSON text `value` is; any other value as it is."""
    text = value.strip() if isinstance(value, str) else ""
    if named := NAMED.fullmatch(text):
        text = named[1]
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
        return _as_list(parsed, value)
    return value
