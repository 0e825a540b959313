"""No data set can make the program run code or read files outside its folder."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from papermill.translators import PythonTranslator

from commands import inventory
from stages.annotations.sources import read
from stages.annotations.tables import match_pictures
from stages.common.emotions import ARTEMIS
from stages.common.inventory import Picture
from tests.study import PACKAGES, ROOT

SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
# The only reader of foreign pickles; it has an allow-list.
READER = ROOT / "formats/artemis/pickles.py"
# Messages between the processes of a Ray cluster, which Ray itself sends as pickles.
CLUSTER = ROOT / "stages/learning/cluster.py"
# Calls that write or read pickles, run text as code, or pass text to a shell.
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "torch.save", "pd.read_pickle"}
CODE = {"eval", "exec", "compile", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return names


def keyword(call: ast.Call, name: str) -> str | None:
    return next((ast.unparse(argument.value) for argument in call.keywords if argument.arg == name), None)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_uses_no_pickles_eval_or_shell(path: Path) -> None:
    if path not in (READER, CLUSTER):
        assert not {name.partition(".")[0] for name in imports(path)} & PICKLES
    for call in calls(path):
        name = ast.unparse(call.func)
        assert name not in CODE | PICKLES, f"{path}:{call.lineno}"
        assert not name.endswith((".to_pickle", ".save_state")), f"{path}:{call.lineno}"
        assert keyword(call, "shell") in (None, "False"), f"{path}:{call.lineno}"
        assert keyword(call, "allow_pickle") in (None, "False"), f"{path}:{call.lineno}"
        if name == "torch.load" and path != READER:
            assert keyword(call, "weights_only") == "True", f"{path}:{call.lineno}"
        assert not name.startswith("yaml."), f"{path}:{call.lineno}"
        if name.endswith("YAML"):
            # Without `typ` ruamel keeps the layout; neither makes objects of tags.
            assert keyword(call, "typ") in (None, "'safe'"), f"{path}:{call.lineno}"


@pytest.mark.parametrize("style", ["..", "../..", "/etc", ".", "a/../..", "a\\..\\..", "a\0b"])
def test_a_name_in_the_table_never_leaves_the_picture_folder(tmp_path: Path, style: str) -> None:
    table = tmp_path / "annotations.csv"
    table.write_text(f'art_style,painting,emotion,utterance\n"{style}",passwd,awe,so blue\n', "utf-8")
    (record,) = read(table, ARTEMIS)
    assert record.kind in ("leaves_picture_folder", "control_character", "not_text")  # type: ignore[union-attr]


@pytest.mark.parametrize("path", ["../passwd.jpg", "/etc/passwd.jpg", "a/../../passwd.jpg", "./passwd.jpg"])
def test_a_path_in_the_inventory_never_leaves_the_picture_folder(path: str) -> None:
    artworks = pd.DataFrame({"art_style": ["a", "etc"], "painting": ["passwd", "passwd"]})
    assert match_pictures([Picture(path, 1, "d")], artworks).empty


def test_links_to_files_outside_the_folder_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("data/raw/mine/images/Cubism")
    folder.mkdir(parents=True)
    Path("secret.jpg").write_bytes(b"no picture")
    (folder / "a.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "b.jpg").symlink_to("c.jpg")
    (folder / "c.jpg").write_bytes(b"no picture")
    inventory.inventory("mine")
    line = capsys.readouterr().out.splitlines()[0]
    assert re.search(r"^data/raw/mine/images\.tsv: 3 pictures, .*\b3\b.* unreadable, .*\b1\b.* links", line), line


TRICKY = [
    "'); import os; os.mkdir('ran'); ('",
    '"""',
    "\\",
    "\n# %%\nraise SystemExit",
    "{{ 1 }}",
    "\N{LINE SEPARATOR}x",
]


@pytest.mark.parametrize("value", [*TRICKY, {TRICKY[0]: [TRICKY[1]]}])
def test_notebook_parameters_stay_values(value: object) -> None:
    code = PythonTranslator.codify({"given": value})
    (assigned,) = ast.parse(code).body
    assert isinstance(assigned, ast.Assign)
    assert ast.literal_eval(assigned.value) == value
