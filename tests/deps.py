"""Write the code deps of every stage into dvc.yaml, from the imports: `python -m tests.deps`, or `make deps`."""

import re
from collections.abc import Iterable, Iterator

from tests.study import ROOT, Study

FILE = ROOT / "dvc.yaml"
STAGE = re.compile(r"  (\w+):$")
DEPS = re.compile(r" +deps:$")
CODE = re.compile(r"( +)- stages/")


def main() -> None:
    study = Study()
    code = {stage.name: study.code_of(stage) for stage in study.stages}
    text = FILE.read_text(encoding="utf-8")
    FILE.write_text(with_code(text, code), encoding="utf-8")


def with_code(text: str, code: dict[str, set[str]]) -> str:
    """The text of a dvc.yaml in which the code deps of each stage are `code`; all other lines stay as they are."""
    return "".join(f"{line}\n" for line in _lines(text.splitlines(), code))


def _lines(lines: Iterable[str], code: dict[str, set[str]]) -> Iterator[str]:
    name, deps = "", False
    for line in lines:
        if found := STAGE.match(line):
            name = found[1]
        if deps and not re.match(r" +(-|#) ", line):
            # The list of deps has ended: the code comes last.
            indent = re.match(" *", line)[0] + "  "  # type: ignore[index]
            yield from (f"{indent}- {path}" for path in sorted(code[name]))
            deps = False
        deps = deps or bool(DEPS.match(line))
        if not (deps and CODE.match(line)):
            yield line


if __name__ == "__main__":
    main()
