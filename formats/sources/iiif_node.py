"""A part of a JSON document that knows its place, for messages such as `items[3].body.id: expected text`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from stages.common.errors import UserError
from stages.common.terminal import printable
from stages.common.text_files import shown


@dataclass(frozen=True)
class Node:
    """A value of a JSON document.

    Attributes:
        document: the file or the URL of the document.
        path: of the value in it, such as `items[3].body`.
    """

    document: str
    value: Any
    path: str = ""

    def __getitem__(self, key: str) -> "Node":
        """The value of a key of an object; that of an absent key is None."""
        path = f"{self.path}.{key}" if self.path else key
        return Node(self.document, self.object().get(key), path)

    def __bool__(self) -> bool:
        return bool(self.value)

    def object(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            self.refuse("an object")
        return self.value

    def first(self, *keys: str) -> "Node":
        """The value of the first key that is there; the names of keys differ between versions."""
        return self[next((key for key in keys if self.object().get(key) is not None), keys[0])]

    def items(self) -> Iterator["Node"]:
        """The values of a list, none of an absent one."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            self.refuse("a list")
        for place, value in enumerate(self.value):
            yield Node(self.document, value, f"{self.path}[{place}]")

    def each(self) -> Iterator["Node"]:
        """As `items`, but a single value may stand for a list of one."""
        if self.value is None or isinstance(self.value, list):
            yield from self.items()
        else:
            yield self

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            self.refuse("text")
        return self.value

    def address(self) -> str:
        """The URL of a web server."""
        text = self.text().strip()
        if not text.lower().startswith(("http://", "https://")):
            self.refuse("an address of a web server (https://...)")
        return text

    def side(self) -> int | None:
        """A number of pixels; None if it is absent or none."""
        number = self.value
        return int(number) if isinstance(number, int | float) and not isinstance(number, bool) and number >= 1 else None

    def refuse(self, expected: str) -> NoReturn:
        where = self.path or "the document"
        found = "missing" if self.value is None else f"is {shown(self.value)}"
        raise UserError(
            f"{printable(self.document)}: {where} {found}; expected {expected}, as the IIIF Presentation API has it"
        )
