"""Texts that a table holds as lists: tokens, or one text in a list, as programs write them.

The pipelines of Hugging Face write `[{"generated_text": "a sea"}]`, and pandas writes a list of tokens into a CSV as
its Python text, `['a', 'sea']`, or `['a' 'sea']` for an array.
"""

import ast
import re
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from stages.common.table_reader import Row

GENERATED = "generated_text"
QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
# The Python or JSON text of a list of texts, and of any list or dict.
TEXTS = re.compile(rf"\[\s*(?:{QUOTED})(?:(?:\s*,\s*|\s+)(?:{QUOTED}))*\s*\]", re.DOTALL)
WRITTEN = re.compile(r"\[\s*(?:['\"{\[].*['\"}\]]\s*)?\]|\[[\d\s.,eE+-]*\]|\{\s*['\"].*\}|array\(\[.*\)", re.DOTALL)


def joined(rows: Iterable[Row], column: str) -> Iterator[Row]:
    """The rows, with each list of tokens in `column` as one text, joined by spaces; the first is named on stderr.

    A list of one text, of any words, is that text. Other values stay as they are, for `Row.text` to check.

    Raises:
        UserError: a list of several texts, or the Python text of another list or of a dict.
    """
    said = False
    for row in rows:
        value = row.values.get(column)
        text = as_text(value)
        if text is None and isinstance(value, str) and WRITTEN.fullmatch(value.strip()):
            fault = f"{row.header(column)} is {row.shown(column)}, a list or dict written as text"
            row.refuse(fault, "expected the text itself")
        if text is not None:
            row = replace(row, values={**row.values, column: text})
            if not said:
                how = f"their tokens are joined by spaces, as in {row.shown(column)}"
                print(f"{row.path}: {row.header(column)} has lists, the first in {row.place}; {how}", file=sys.stderr)
            said = True
        yield row


def as_text(value: Any) -> str | None:
    """The text of a list of tokens or of one text; None for anything else, also for a plain text."""
    if isinstance(value, str):
        return _of_texts(_unquoted(value)) if TEXTS.fullmatch(value.strip()) else None
    if isinstance(value, dict):
        text = value.get(GENERATED)
        return text if len(value) == 1 and isinstance(text, str) else None
    if not isinstance(value, list):
        return None
    if len(value) == 1 and isinstance(value[0], dict):
        return as_text(value[0])
    return _of_texts(value) if all(isinstance(part, str) for part in value) else None


def _of_texts(parts: list[str]) -> str | None:
    """Several texts with spaces in them are several captions, and no tokens of one."""
    if len(parts) == 1:
        return parts[0] or None
    return " ".join(parts) if parts and not any(set(part) & set(" \t\r\n") or not part for part in parts) else None


def _unquoted(text: str) -> list[str]:
    """The values of the quoted texts in the text of a list; those of one that is no Python literal are empty."""
    return [_value(quoted) if "\\" in quoted else quoted[1:-1] for quoted in re.findall(QUOTED, text, re.DOTALL)]


def _value(quoted: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about backslashes that escape nothing
            return str(ast.literal_eval(quoted))
    except (SyntaxError, ValueError):
        return ""
