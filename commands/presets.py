"""Presets: write the default params with a preset's values into params.yaml.

presets/demo.yaml holds all params with their comments; every other file of presets/ holds only the values that
differ from it. A value is replaced as text, at the place that the YAML parser reports, so every other byte of the
defaults stays as it is, and a number looks as it does in the preset. Dumping a parsed file cannot promise that:
ruamel.yaml reformats floats (`0.00003` becomes `3e-05`), and loses a comment where a section becomes a value.
"""

import difflib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node

from stages.common.errors import UserError
from stages.common.files import atomic_write
from stages.common.params import FILE, read, unknown_key

FOLDER = Path("presets")
DEFAULTS = "demo.yaml"
# Begins the line of a preset's header that says what it needs.
NEEDS = "# Needs: "
# Begin YAML values that mean something in their own file only: anchors and tags (an alias is read as its anchor).
BOUND = ("&", "!")


def write(name: str) -> None:
    """Write the preset `name` into params.yaml and print what is lost, what it needs and what to do next.

    The previous file is kept as params.yaml.bak, unless it was a preset without changes.

    Raises:
        UserError: there is no such preset, or a file cannot be read.
    """
    text = render(file_of(name))
    backup = _replace(FILE, text, name)
    print(f"{FILE}: preset {name}" + (f"; the previous file is {backup}" if backup else ""))
    print(f"needs: {needs(name)}")
    print("next: `artemis check` checks the values and the raw data, `make repro` runs the study")


def names() -> list[str]:
    """The presets, sorted.

    Raises:
        UserError: there are none in this folder.
    """
    if not (FOLDER / DEFAULTS).is_file():
        raise UserError(f"{FOLDER / DEFAULTS}: there is no such file; run this in the folder of the repository")
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def needs(name: str) -> str:
    """The needs of a preset, from the line of its header that begins with `NEEDS`; without that line, nothing."""
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    return next((line.removeprefix(NEEDS) for line in lines if line.startswith(NEEDS)), "nothing")


def file_of(name: str) -> Path:
    """The file of the preset `name`.

    Raises:
        UserError: there is no such preset; with the nearest name.
    """
    if name not in (known := names()):
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise UserError(f"{name!r} is no preset; {hint}")
    return FOLDER / f"{name}.yaml"


def is_preset(file: Path) -> bool:
    """True if `file` lies in a folder presets/, beside the defaults."""
    return file.absolute().parent.name == FOLDER.name and file.with_name(DEFAULTS).is_file()


def values(file: Path) -> dict[str, Any]:
    """The params that a preset's file stands for: the defaults with its values."""
    return _parsed(render(file))


def render(file: Path) -> str:
    """The text of the defaults with the values of `file`, which lies beside them.

    Raises:
        UserError: `file` has a key that the defaults lack, a section where they have a value or the reverse, or
            a value that cannot be copied (an anchor, an alias, a tag, or on several lines).
    """
    defaults, changes = (_text(path) for path in (file.with_name(DEFAULTS), file))
    places, new = spans(defaults), spans(changes)
    if strange := [key for key in new if key not in places]:
        raise UserError(f"{file}: {_strange(strange[0], list(places))}")
    sources = {key: changes[place] for key, place in new.items()}
    if bound := [key for key, source in sources.items() if "\n" in source or source.startswith(BOUND)]:
        raise UserError(f"{file}: the value of {bound[0]} must be on one line, without anchor, alias or tag")
    parts, end = [], 0
    for key, place in places.items():
        parts += [defaults[end : place.start], sources.get(key, defaults[place])]
        end = place.stop
    return "".join([*parts, defaults[end:]])


def spans(text: str) -> dict[str, slice]:
    """Where each value stands in a YAML text, by dotted key, in the order of the text."""
    root = YAML(typ="safe", pure=True).compose(text)
    return {key: slice(node.start_mark.index, node.end_mark.index) for key, node in _scalars(root)}


def leaves(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dicts as one: dotted key -> value."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _scalars(mapping: Node, prefix: str = "") -> Iterator[tuple[str, Node]]:
    for key, node in mapping.value:
        if isinstance(node, MappingNode):
            yield from _scalars(node, f"{prefix}{key.value}.")
        else:
            yield f"{prefix}{key.value}", node


def _strange(key: str, known: list[str]) -> str:
    if any(name.startswith(f"{key}.") for name in known):
        return f"{key} is a value here and a section in {DEFAULTS}; give the keys in it"
    if value := next((name for name in known if key.startswith(f"{name}.")), None):
        return f"{value} is a section here and a value in {DEFAULTS}; give a value"
    section = key.rpartition(".")[0]
    return unknown_key(key, [name.rpartition(".")[2] for name in known if name.rpartition(".")[0] == section] or known)


def _replace(file: Path, text: str, name: str) -> Path | None:
    """Write `text`, the preset `name`, to `file`; print what is lost. Returns the copy of the previous file, if any."""
    backup = None
    if file.exists():
        try:
            lost = list(_lost(read(file), _parsed(text)))
        except UserError as error:
            raise UserError(f"{error}; correct or remove it, then run `artemis preset {name}` again") from None
        if lost:
            print("\n".join(lost))
        previous = file.read_bytes()
        # A preset without changes is there anyway: a copy of it would overwrite one with changes.
        if previous not in [render(file_of(known)).encode() for known in names()]:
            backup = file.with_name(f"{file.name}.bak")
            _write(backup, previous)
    _write(file, text.encode())
    return backup


def _lost(previous: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """A line for each previous value that is neither the default nor the new one, and for each unknown key."""
    default, new = leaves(read(FOLDER / DEFAULTS)), leaves(new)
    for key, value in leaves(previous).items():
        if key not in new:
            yield f"removes {key}, which is an unknown key: {_shown(value)}"
        elif value not in (default[key], new[key]):
            yield f"replaces {key}: {_shown(value)} -> {_shown(new[key])}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _text(file: Path) -> str:
    read(file)  # for its messages about files that are no YAML, and for duplicate keys
    return file.read_bytes().decode()


def _parsed(text: str) -> dict[str, Any]:
    values: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return values


def _write(file: Path, content: bytes) -> None:
    with atomic_write(file) as beside:
        beside.write_bytes(content)
