"""Nobody's code is run and nobody's file is read because a data set names it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from papermill.translators import PythonTranslator

from commands import inventory as tool
from stages.annotations.sources import read
from stages.annotations.tables import match
from stages.common.inventory import Picture
from tests.study import ROOT

SOURCES = sorted((ROOT / "stages").rglob("*.py"))
# The one reader of foreign pickles, which holds its own allow-list.
READER = ROOT / "formats/artemis/pickles.py"
# What writes or reads a pickle, runs text as code, or hands text to a shell.
PICKLES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "torch.save", "pd.read_pickle"}
CODE = {"eval", "exec", "compile", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{name.name}" for name in node.names}
    return found


def keyword(call: ast.Call, name: str) -> str | None:
    return next((ast.unparse(given.value) for given in call.keywords if given.arg == name), None)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_writes_no_pickle_and_runs_no_text(path: Path) -> None:
    if path != READER:
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
            # Without `typ` ruamel keeps the layout, and makes no objects of tags either.
            assert keyword(call, "typ") in (None, "'safe'"), f"{path}:{call.lineno}"


@pytest.mark.parametrize("style", ["..", "../..", "/etc", ".", "a/../..", "a\\..\\..", "a\0b"])
def test_a_name_in_the_table_never_leaves_the_picture_folder(tmp_path: Path, style: str) -> None:
    table = tmp_path / "annotations.csv"
    table.write_text(f'art_style,painting,emotion,utterance\n"{style}",passwd,awe,so blue\n', "utf-8")
    (record,) = read(table)
    assert record.kind in ("leaves_picture_folder", "control_character", "not_text")  # type: ignore[union-attr]


@pytest.mark.parametrize("path", ["../passwd.jpg", "/etc/passwd.jpg", "a/../../passwd.jpg", "./passwd.jpg"])
def test_a_path_in_the_list_of_pictures_never_leaves_it_either(path: str) -> None:
    named = pd.DataFrame({"art_style": ["a", "etc"], "painting": ["passwd", "passwd"]})
    assert match([Picture(path, 1, "d")], named).empty


def test_links_that_lead_out_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("data/raw/mine/images/Cubism")
    folder.mkdir(parents=True)
    Path("secret.jpg").write_bytes(b"no picture")
    (folder / "a.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "b.jpg").symlink_to("c.jpg")
    (folder / "c.jpg").write_bytes(b"no picture")
    monkeypatch.setattr("sys.argv", ["inventory", "mine"])
    tool.main()
    told = "3 pictures, 3 of them unreadable, 1 of them by links to files outside that folder"
    assert capsys.readouterr().out.splitlines()[0] == f"data/raw/mine/images.tsv: {told}"


SPITEFUL = [
    "'); import os; os.mkdir('ran'); ('",
    '"""',
    "\\",
    "\n# %%\nraise SystemExit",
    "{{ 1 }}",
    "\N{LINE SEPARATOR}x",
]


@pytest.mark.parametrize("value", [*SPITEFUL, {SPITEFUL[0]: [SPITEFUL[1]]}])
def test_what_a_notebook_is_given_stays_a_value(value: object) -> None:
    made = PythonTranslator.codify({"given": value})
    (assigned,) = ast.parse(made).body
    assert isinstance(assigned, ast.Assign)
    assert ast.literal_eval(assigned.value) == value
