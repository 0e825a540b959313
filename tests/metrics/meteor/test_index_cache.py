"""The index in the user's cache: made once, again after damage or for another source, and without a cache in memory."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from stages.common.errors import UserError
from stages.metrics.meteor import index_cache
from stages.metrics.meteor.paraphrase_index import Index, build
from tests.metrics.meteor import small
from tests.study import ROOT

LOAD = """
import sys, time
from pathlib import Path
from stages.metrics.meteor import index_cache, paraphrase_index
build = index_cache.build
def slowly(source):
    print("building", flush=True)
    time.sleep(float(sys.argv[2]))
    return build(source)
index_cache.build = slowly
print(len(index_cache.load(Path(sys.argv[1])).targets), flush=True)
"""


@pytest.fixture
def source(tmp_path: Path, cache: Path) -> Path:
    return small.write(tmp_path / "data") / "data/paraphrase-en.gz"


def equal(one: Index, other: Index) -> bool:
    return all(np.array_equal(array, vars(other)[name]) for name, array in vars(one).items())


def process(source: Path, seconds: float = 0.0) -> "subprocess.Popen[str]":
    """A process that loads the index and takes its time to build it."""
    command = [sys.executable, "-c", LOAD, str(source), str(seconds)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_it_is_made_once(source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = index_cache.load(source)
    (file,) = cache.glob("*.index")
    assert equal(made, build(source))
    monkeypatch.delattr(index_cache, "build")
    assert equal(index_cache.load(source), made)
    assert [path for path in cache.iterdir() if path.suffix != ".lock"] == [file]


def test_another_source_gets_another_index(source: Path, cache: Path) -> None:
    before, status = index_cache.load(source), source.stat()
    small.write(source.parents[1], paraphrases=small.paraphrase_lines({**small.PARAPHRASES, "a": ["one", "thf"]}))
    # Neither its time nor its name shows the change.
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    after = index_cache.load(source)
    assert equal(after, build(source))
    assert not equal(after, before)
    assert len(list(cache.glob("*.index"))) == 2


@pytest.mark.parametrize("kept", [0, 1, 100, 500, -1])
def test_a_truncated_index_is_made_again(
    source: Path, cache: Path, capsys: pytest.CaptureFixture[str], kept: int
) -> None:
    index_cache.load(source)
    (file,) = cache.glob("*.index")
    whole = file.read_bytes()
    file.write_bytes(whole[:kept])
    assert equal(index_cache.load(source), build(source))
    (line,) = capsys.readouterr().err.splitlines()
    assert str(file) in line
    assert file.read_bytes() == whole


def test_wrong_bytes_are_noticed(source: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index_cache.load(source)
    (file,) = cache.glob("*.index")
    whole = file.read_bytes()
    for place in range(0, len(whole), 5):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 2]) + whole[place + 1 :])
        assert equal(index_cache.load(source), build(source)), place
    capsys.readouterr()


def test_without_a_cache_it_is_made_in_memory(source: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # A file stands where the folder would be; permissions do not stop an administrator.
    cache.parent.mkdir()
    cache.write_text("")
    assert equal(index_cache.load(source), build(source))
    (line,) = capsys.readouterr().err.splitlines()
    assert str(cache) in line


def test_a_full_disk_leaves_nothing(
    source: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    assert equal(index_cache.load(source), build(source))
    assert "No space left" in capsys.readouterr().err
    assert [path.suffix for path in cache.iterdir()] == [".lock"]


def test_a_user_without_a_home(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", no_home)
    assert equal(index_cache.load(source), build(source))
    assert "home directory" in capsys.readouterr().err


def test_two_processes_make_it_once(source: Path, cache: Path) -> None:
    with process(source, 1.0) as first, process(source, 1.0) as second:
        outputs = [each.communicate(timeout=60)[0].split() for each in (first, second)]
    assert sum(output.count("building") for output in outputs) == 1
    assert [output[-1] for output in outputs] == ["17", "17"]


def test_a_killed_process_leaves_nothing_in_the_way(source: Path, cache: Path) -> None:
    with process(source, 60.0) as first:
        assert first.stdout
        assert first.stdout.readline() == "building\n"
        with process(source) as second:
            time.sleep(0.2)
            first.send_signal(signal.SIGKILL)
            assert second.communicate(timeout=60)[0].split() == ["building", "17"]
    (cache / "left.partial").write_bytes(b"half")
    assert len(index_cache.load(source).targets) == 17


def test_a_missing_source_is_a_user_error(source: Path) -> None:
    source.unlink()
    with pytest.raises(UserError, match=r"paraphrase-en\.gz"):
        index_cache.load(source)


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/elsewhere"}, "/elsewhere"),
        ("linux", {"XDG_CACHE_HOME": ""}, "/home/me/.cache"),
        ("darwin", {}, "/home/me/Library/Caches"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local"),
    ],
)
def test_the_folder_of_each_system(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setenv("HOME", "/home/me")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert index_cache.folder() == Path(expected) / "artemis-dvc"
