"""The commands that people read in the docs, taken from the Markdown itself, so that none escapes a test."""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from tests.study import ROOT

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# Indented where the block belongs to a point of a list.
FENCE = re.compile(r"^( *)```(.*)$")


@dataclass(frozen=True)
class Block:
    """A fenced block: its info string's first word and the rest of it, where it begins, and what it holds."""

    file: Path
    line: int
    language: str
    mark: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"

    @property
    def commands(self) -> list[str]:
        """Its commands, without comments and with continued lines joined."""
        lines = self.text.replace("\\\n", " ").splitlines()
        bare = (re.sub(r"(^|\s+)#\s.*$", "", line).strip() for line in lines)
        return [" ".join(line.split()) for line in bare if line]


def blocks(file: Path) -> list[Block]:
    """All fenced blocks of `file`, in order."""
    found: list[Block] = []
    lines = file.read_text("utf-8").splitlines()
    opened: int | None = None
    for number, line in enumerate(lines):
        if not (fence := FENCE.match(line)):
            continue
        if opened is None:
            opened = number
            language, _, mark = fence[2].strip().partition(" ")
        else:
            text = dedent("\n".join(lines[opened + 1 : number])) + "\n"
            found.append(Block(file, opened + 1, language, mark.strip(), text))
            opened = None
    assert opened is None, f"{file}, line {opened}: a fence is never closed"
    return found
