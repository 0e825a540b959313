"""`artemis preset`: the defaults with a preset's values, every other byte as it is."""

import shutil
from pathlib import Path

import pytest

from commands import preset as command
from commands import presets
from commands.presets import render
from stages.common.errors import UserError
from tests.study import ROOT

NAMES = sorted(path.stem for path in (ROOT / "presets").glob("*.yaml"))
PARAMS = Path("params.yaml")
BACKUP = Path("params.yaml.bak")
DEFAULTS = b"""\
# All params.
name: demo   # with a comment behind it

a:
  # A small number.
  rate: 0.00004
  # Quotes.
  quoted: ""
  b:
    # A path.
    path: 'data/raw'
    epochs: 10
# The last line has no end.
last: true"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository's folder with its presets, and no params.yaml."""
    shutil.copytree(ROOT / "presets", tmp_path / "presets")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def rendered(tmp_path: Path):
    """The defaults above with the values of a preset, as bytes."""

    def of(changes: str) -> bytes:
        (tmp_path / "demo.yaml").write_bytes(DEFAULTS)
        (tmp_path / "mine.yaml").write_text(changes, "utf-8")
        return render(tmp_path / "mine.yaml").encode()

    return of


def edit(old: str, new: str) -> None:
    text = PARAMS.read_text("utf-8")
    assert text.count(old) == 1
    PARAMS.write_text(text.replace(old, new), "utf-8")


def test_values_are_replaced_as_they_are_written(rendered) -> None:
    made = rendered(
        "a:\n  rate: 5e-05\n  b:\n    path: data/raw/x.txt # a comment\n    epochs: 0x10\nname: 'two words'\n"
    )
    assert made == (
        DEFAULTS.replace(b"demo ", b"'two words' ")
        .replace(b"0.00004", b"5e-05")
        .replace(b"'data/raw'", b"data/raw/x.txt")
        .replace(b"epochs: 10", b"epochs: 0x10")
    )


@pytest.mark.parametrize("changes", ["name: demo\n", 'a:\n  quoted: ""\nlast: true'])
def test_equal_values_change_no_byte(rendered, changes: str) -> None:
    assert rendered(changes) == DEFAULTS


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ("a: 3\n", ("a is a value", "section")),
        ("a:\n", ("a is a value", "section")),
        ("name:\n  first: x\n", ("name is a section", "value")),
        ("a:\n  b:\n    epoch: 3\n", ("a.b.epoch", "a.b.epochs")),
        ("zzz: 3\n", ("zzz",)),
        ("name: &x text\nlast: *x\n", ("name", "anchor")),
        ("name: |\n  two\n  lines\n", ("name", "one line")),
        ("name: 1\nname: 2\n", ("line 2", "duplicate")),
    ],
)
def test_a_faulty_preset_is_an_error_that_names_the_file_and_the_key(rendered, changes: str, words: list[str]) -> None:
    with pytest.raises(UserError) as raised:
        rendered(changes)
    assert "mine.yaml" in str(raised.value)
    assert [word for word in words if word not in str(raised.value)] == []


@pytest.mark.parametrize("name", NAMES)
def test_only_lines_of_values_differ_from_the_defaults(name: str) -> None:
    old, new = (render(ROOT / "presets" / f"{one}.yaml").splitlines() for one in ("demo", name))
    changed = [(before, after) for before, after in zip(old, new, strict=True) if before != after]
    assert len(changed) == (
        0 if name == "demo" else len(presets.spans((ROOT / f"presets/{name}.yaml").read_text("utf-8")))
    )
    assert all(before.partition(":")[0] == after.partition(":")[0] for before, after in changed)
    assert '  spice: ""' in new


@pytest.mark.usefixtures("folder")
def test_a_preset_and_the_way_back(capsys: pytest.CaptureFixture[str]) -> None:
    presets.write("demo")
    assert PARAMS.read_bytes() == (ROOT / "params.yaml").read_bytes()
    presets.write("artemis")
    text = PARAMS.read_text("utf-8")
    assert "\ndataset: artemis\n" in text
    assert "    learning_rate: 0.0005\n" in text
    assert '  spice: ""\n' in text
    presets.write("demo")
    assert PARAMS.read_bytes() == (ROOT / "params.yaml").read_bytes()
    assert not BACKUP.exists()  # nothing was lost
    assert 'replaces dataset: "artemis" -> "demo"' in capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("folder")
def test_lost_values_are_printed_and_the_file_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    presets.write("demo")
    edit("    epochs: 38\n", "    epochs: 7\n")  # of merge
    edit("dataset: demo\n", "dataset: artemis\nextra: [1, 2]\n")
    edit("  temperature: 0.3\n", "  temperature: 3e-1\n")  # the same number
    edited = PARAMS.read_bytes()
    capsys.readouterr()
    presets.write("artemis")
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if line.startswith("replaces")] == ["replaces speaker.merge.epochs: 7 -> 38"]
    assert [line for line in printed if line.startswith("removes")] == [
        "removes extra, which is an unknown key: [1, 2]"
    ]
    assert BACKUP.read_bytes() == edited
    presets.write("modern")  # a preset without changes does not overwrite the copy of an edited file
    assert BACKUP.read_bytes() == edited


@pytest.mark.usefixtures("folder")
def test_edited_comments_are_kept_too() -> None:
    PARAMS.write_bytes(Path("presets/demo.yaml").read_bytes() + b"# A note.\n")
    presets.write("demo")
    assert BACKUP.read_bytes().endswith(b"# A note.\n")
    assert PARAMS.read_bytes() == Path("presets/demo.yaml").read_bytes()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("content", [b"a: [1\nb: 2\n", b"name: \xff\n", b""])
def test_unreadable_params_stay_and_the_message_says_how_to_go_on(content: bytes) -> None:
    PARAMS.write_bytes(content)
    with pytest.raises(UserError, match=r"^params\.yaml.*correct or remove it.*artemis preset modern"):
        presets.write("modern")
    assert PARAMS.read_bytes() == content
    assert not BACKUP.exists()


@pytest.mark.usefixtures("folder")
def test_an_unknown_preset_is_reported_with_the_nearest() -> None:
    with pytest.raises(UserError, match=r"artmis.*did you mean artemis"):
        presets.write("artmis")
    with pytest.raises(UserError, match="artemis, cnn_rnn, demo, language_model, modern"):
        presets.write("zzz")
    assert not PARAMS.exists()


def test_another_folder_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"presets/demo\.yaml.*folder of the repository"):
        presets.write("artemis")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("asked", [{}, {"list_": True}, {"name": "artemis", "list_": True}])
def test_the_list_says_what_each_preset_needs(asked: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    command.preset(**asked)
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert list(lines) == NAMES
    assert lines["demo"] == "nothing"
    assert all("data/raw/artemis/" in lines[name] for name in ("artemis", "cnn_rnn", "modern"))
    assert not PARAMS.exists()
