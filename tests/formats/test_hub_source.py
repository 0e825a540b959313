"""Where Parquet files come from: folders, the hub as it answers, and a hub that does not answer."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub import errors

from commands import import_data
from formats.hub.source import find
from stages.annotations.metadata import read_card
from stages.common.errors import UserError
from tests.commands.run import artemis
from tests.formats.hub_files import THEIRS, row, shard
from tests.study import ROOT

SAID = ("--terms", "ask Ann", "--citation", "Ann: cats")
COMMIT = "93904f7" + "0" * 33


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the hub was asked for; it answers with `theirs`."""
    requests: list[dict[str, Any]] = []

    def answer(repository: str, tqdm_class: Any, **options: Any) -> str:
        with tqdm_class(total=1, unit="B", desc="bytes") as size, tqdm_class(total=1, desc="files") as files:
            size.update()
            files.update()
        requests.append({"repository": repository} | options)
        folder = Path("cache/snapshots") / COMMIT
        if THEIRS.exists():
            folder.parent.mkdir(parents=True)
            THEIRS.rename(folder)
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", answer)
    return requests


def refuse(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def raise_error(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", raise_error)


def test_files_of_a_folder_in_order() -> None:
    for name in ("b.parquet", "a/2.parquet", "a/1.parquet", ".cache/3.parquet", "a/.4.parquet"):
        shard(row(), name=name)
    (THEIRS / "README.md").touch()
    found = find("theirs")
    assert [path.relative_to(found.folder).as_posix() for path in found.files] == [
        *("a/1.parquet", "a/2.parquet", "b.parquet")
    ]
    assert found.name == "theirs"


def test_the_commit_of_a_repository_is_written_down(asked: list[dict[str, Any]]) -> None:
    shard(row())
    code, lines, problems = artemis("import", "hub", "ann/cats", "mine", "--revision", "v1", *SAID)
    assert (code, problems) == (0, [])
    assert "1 rows in, 1 kept" in lines[0]
    (request,) = asked
    assert (request["repository"], request["repo_type"], request["revision"]) == ("ann/cats", "dataset", "v1")
    assert request["allow_patterns"] == "*.parquet"
    card = read_card(Path("data/raw/mine/dataset.yaml"))
    assert (card.source, card.terms, card.citation) == (f"ann/cats@{COMMIT}", "ask Ann", "Ann: cats")


@pytest.mark.parametrize(
    ("given", "missing"), [(SAID[:2], "--citation"), (SAID[2:], "--terms"), ((*SAID[:3], " "), "--citation")]
)
def test_terms_and_citation_of_a_repository_are_needed(
    asked: list[dict[str, Any]], given: tuple[str, ...], missing: str
) -> None:
    code, _, (problem,) = artemis("import", "hub", "ann/cats", "mine", *given)
    assert code == 1
    assert f"ann/cats: no folder here, but a repository of the hub, which needs {missing};" in problem
    assert asked == []


@pytest.mark.parametrize(
    ("answers", "missing"), [(["Ann: cats", "ask Ann"], None), (["", "ask Ann"], "--citation"), (["", ""], "--terms")]
)
def test_they_are_asked_for_on_a_terminal(
    asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, answers: list[str], missing: str | None
) -> None:
    shard(row())
    monkeypatch.setattr(import_data.sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda: answers.pop(0))
    if missing:
        with pytest.raises(UserError, match=missing):
            import_data.hub("ann/cats", "mine")
        assert asked == []
        return
    import_data.hub("ann/cats", "mine")
    card = read_card(Path("data/raw/mine/dataset.yaml"))
    assert (card.citation, card.terms) == ("Ann: cats", "ask Ann")


def test_a_repository_without_parquet(asked: list[dict[str, Any]]) -> None:
    with pytest.raises(UserError, match=r"ann/cats@93904f7.*no Parquet file.*refs/convert/parquet"):
        find("ann/cats")


def test_a_folder_has_no_revision() -> None:
    shard(row())
    with pytest.raises(UserError, match=r"--revision v1: theirs is a folder"):
        find("theirs", "v1")


RESPONSE = SimpleNamespace(headers={}, request=None)


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (errors.GatedRepoError("", response=RESPONSE), "datasets/ann/cats: given only to those"),
        (errors.RepositoryNotFoundError("", response=RESPONSE), "ann/cats: no folder here"),
        (errors.RevisionNotFoundError("", response=RESPONSE), "datasets/ann/cats: there is no revision v1"),
        (errors.HFValidationError("two\nlines"), "ann/cats: no name of a repository: two"),
        (OSError(28, "No space left on device"), "datasets/ann/cats: .*No space left"),
        (errors.LocalEntryNotFoundError("not cached"), "datasets/ann/cats: .*not cached"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_hub_answers(error: Exception, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, error)
    with pytest.raises(UserError, match=named) as raised:
        find("ann/cats", "v1")
    assert "\n" not in str(raised.value)


def test_a_hub_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as closed:  # bound, but not listening: whoever connects is refused
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        environment = os.environ | {"HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "commands", "import", "hub", "ann/cats", "mine", *SAID]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (ran.returncode, ran.stdout) == (1, "")
    (problem,) = ran.stderr.splitlines()
    assert problem.startswith(f"artemis import hub: {endpoint}/datasets/ann/cats: the download from the hub failed")
    assert "refused" in problem
    assert not Path("data").exists()
