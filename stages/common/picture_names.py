"""Paths of pictures as text in tables and pages: exactly as given.

Parquet, JSON and HTML hold text only, but a file's name may be any bytes. A path that is not UTF-8 is written as a URI,
such as file:///home/ann/caf%E9.jpg; no other path has that form, since no path has three slashes in a row.
"""

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

from stages.common.text_files import is_utf8

URI = "file:///"


def as_text(path: Path) -> str:
    """The path as it was given; that of a name that is not UTF-8 as a URI, from the root."""
    text = str(path)
    return text if is_utf8(text) else path.absolute().as_uri()


def from_text(text: str) -> Path:
    """The path of a text by `as_text`, or of any other `file:///` URI."""
    return Path(os.fsdecode(unquote_to_bytes(text[len(URI) - 1 :]))) if text.startswith(URI) else Path(text)
