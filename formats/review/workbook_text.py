r"""Text in cells of .xlsx files, where XML and spreadsheet programs leave characters out.

Control characters and the end of a line `\r` are written as `_x0001_`, and a text that has such a form of its own with
`_x005F_` for its first character (Office Open XML, ST_Xstring).
"""

import re
from typing import IO

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
# Characters of a cell; openpyxl would cut longer texts silently.
LONGEST = 32_767


def escaped(text: str) -> str:
    return ESCAPED.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def unescaped(text: str) -> str:
    return ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


class Reader(ExcelReader):  # type: ignore[misc]
    """openpyxl's reader, which removes `x005F_` from texts, so that escapes and what looks like them become one."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is not None:
            with self.archive.open(part.PartName[1:]) as source:
                self.shared_strings = _strings(source)


def _strings(source: IO[bytes]) -> list[str]:
    found = []
    for _, node in iterparse(source):
        if node.tag == f"{{{SHEET_MAIN_NS}}}si":
            found.append(Text.from_tree(node).content)
            node.clear()
    return found
