"""The command `artemis` as a whole: its list of commands, its help, its errors, and how fast it answers."""

import importlib
import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import commands.__main__ as cli
from commands.__main__ import Commands, app, main
from commands.caption import SPEAKER
from commands.import_ import captions, image_classifier
from stages.common.errors import UserError
from stages.image_classifier import classifier
from stages.speaker import checkpoint
from tests.commands.run import artemis
from tests.study import ROOT

COMMANDS = [
    "caption",
    "serve",
    "predict",
    "merge",
    "score",
    "flip",
    "compare",
    "table",
    "inventory",
    "preset",
    "check",
    "import",
    "export",
    "study",
    "publish",
    "fetch",
    "review",
]
ROOT_COMMAND = get_command(app)


def _leaves(group: Commands, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The path of every command that is not a group."""
    return [
        leaf
        for name, command in group.commands.items()
        for leaf in (_leaves(command, (*path, name)) if isinstance(command, Commands) else [(*path, name)])
    ]


LEAVES = _leaves(ROOT_COMMAND)  # type: ignore[arg-type]


def test_help_lists_all_commands() -> None:
    code, lines, _ = artemis("--help")
    listed = lines[lines.index("Commands:") + 1 :]
    assert code == 0
    assert [line.split()[0] for line in listed] == COMMANDS
    # A summary that is too long for the list would be cut.
    assert [line for line in listed if line.endswith("...")] == []


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_a_commands_help_has_an_example(path: tuple[str, ...]) -> None:
    code, lines, _ = artemis(*path, "--help")
    assert code == 0
    heading = next(number for number, line in enumerate(lines) if line.strip() in ("Example:", "Examples:"))
    assert lines[heading + 1].startswith(f"    artemis {' '.join(path)}")


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from commands.__main__ import app;"
        "CliRunner().invoke(app, ['--help']); CliRunner().invoke(app, ['caption', '--help']);"
        "print([name for name in ('torch', 'pandas', 'transformers', 'pyarrow', 'PIL') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_the_installed_command_is_this_one() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert list(scripts) == ["artemis"]
    module, _, name = scripts["artemis"].partition(":")
    assert getattr(importlib.import_module(module), name) is main


def test_default_folders_are_those_of_the_stages() -> None:
    defaults = [
        Path(inspect.signature(command).parameters[name].default)
        for command, name in ((image_classifier, "out"), (captions, "out"))
    ]
    assert [SPEAKER, *defaults] == [checkpoint.FOLDER, classifier.FOLDER, Path("data/captions")]


def test_an_unknown_command() -> None:
    code, lines, problems = artemis("captoin")
    assert (code, lines) == (2, [])
    assert "No such command 'captoin'" in problems[-1]
    assert "caption" in problems[-1].replace("captoin", "")


def test_an_error_is_one_line_without_a_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    problem = "data/raw/nowhere: there is no such folder; make it, with annotations.csv and images/ inside"
    assert artemis("inventory", "nowhere") == (1, [], [f"artemis inventory: {problem}"])


@pytest.mark.parametrize(
    ("arguments", "escape"),
    [
        (("inventory", "\x1b[2Jnowhere"), r"\x1b[2Jnowhere"),
        (("check", "\u202enowhere"), r"\u202enowhere"),
        (("capt\x07oin",), r"capt\x07oin"),
        (("caption", "x.jpg", "--out", "\u2066out.docx"), r"\u2066out.docx"),
    ],
    ids=ascii,
)
def test_whatever_a_command_prints_is_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], escape: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, lines, problems = artemis(*arguments)
    assert (code > 0, lines) == (True, [])
    assert all(line.isprintable() for line in problems)
    assert escape in "".join(problems)


def test_an_error_of_several_lines_keeps_them() -> None:
    group = cli.group("")

    def fail() -> None:
        raise UserError("params.yaml: \x1b[31mred\nparams.yaml: blue")

    for name in ("fail", "other"):
        group.command(name)(fail)
    result = CliRunner().invoke(group, ["fail"], prog_name="artemis")
    assert (result.exit_code, result.stderr) == (1, "artemis fail: params.yaml: \\x1b[31mred\nparams.yaml: blue\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "speaker", "model", "config", "vocabulary", "--out"),
        ("import", "text-classifier", "model", "vocabulary", "--out"),
        ("import", "image-classifier", "model", "--out"),
        ("import", "captions", "model", "--out"),
        ("export", "utterances", "analysis"),
        ("export", "histograms"),
        ("export", "hub"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("out", ["", "model/out", "here"])
def test_a_result_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], out: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model").write_text("not read")
    file = arguments[-1] == "histograms"
    Path("here").mkdir() if file else Path("here").touch()
    code, lines, (error,) = artemis(*arguments, out)
    assert (code, lines) == (1, [])
    assert {"": "empty", "model/out": "model is a file", "here": "here: a f"}[out] in error


def test_a_checkpoint_without_a_suffix_is_not_taken_for_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model").write_text("not read")
    code, _, (error,) = artemis("import", "text-classifier", "model", "vocabulary.pkl")
    assert code == 1
    assert error.startswith("artemis import text-classifier: model: a file; expected")


IMPORTS = [
    ("speaker", "gone", "gone", "gone"),
    ("text-classifier", "gone", "gone"),
    ("image-classifier", "gone"),
    ("captions", "gone"),
    ("word-tables", "gone"),
    ("twins", "gone", "mine"),
    ("artemis-v2", "gone", "mine"),
    ("hub", "gone", "mine"),
    ("coco", "gone", "mine", "--images", "."),
    ("flickr", "gone", "mine", "--images", "."),
    ("jsonl", "gone", "mine", "--images", "."),
]


@pytest.mark.parametrize("arguments", IMPORTS, ids=lambda arguments: arguments[0])
def test_an_import_of_a_missing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, lines, (error,) = artemis("import", *arguments)
    assert (code, lines) == (1, [])
    assert error.startswith(f"artemis import {arguments[0]}: gone")
    assert list(tmp_path.iterdir()) == []


def test_every_import_is_tested() -> None:
    assert [path[1] for path in LEAVES if path[0] == "import"] == [arguments[0] for arguments in IMPORTS]


@pytest.mark.parametrize(
    ("arguments", "stage"),
    [
        (("hub", "out"), "annotations"),
        (("utterances", "analysis", "out"), "utterances@analysis"),
        (("histograms", "out.csv"), "histograms"),
    ],
)
def test_an_export_of_what_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], stage: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, lines, (error,) = artemis("export", *arguments)
    assert (code, lines) == (1, [])
    assert f"`dvc repro {stage}`" in error


def test_a_closed_stdout_is_no_error(tmp_path: Path) -> None:
    closed = [sys.executable, "-c", "import os, sys; os.close(1); os.execv(sys.executable, sys.argv[1:])"]
    for arguments, code in ((["table", "--help"], 0), (["inventory", "nowhere"], 1)):
        ran = subprocess.run(
            [*closed, sys.executable, "-m", "commands", *arguments],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            check=False,
        )
        assert ran.returncode == code
        assert b"Traceback" not in ran.stderr


def test_a_reader_that_stops_reading_ends_a_command_silently() -> None:
    program = (
        "import commands.__main__ as cli; app = cli.group('');"
        "app.command('print')(lambda: print('x' * 100_000)); app.command('other')(lambda: None); app(['print'])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 128 + 13
