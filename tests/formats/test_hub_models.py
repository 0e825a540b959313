"""Models by name from a hub on this machine: the same captions bit for bit, pinned commits, the cache, and refusals."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from huggingface_hub import constants

from commands import speaker_captioner
from formats import manifest
from formats.hub.kinds import IMAGE_CLASSIFIER, SPEAKER, TEXT_CLASSIFIER, Kind
from formats.hub.models import Name, folder_of, name_of, pinned
from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.speaker import checkpoint
from stages.text_classifier import classifier as text_classifier
from stages.text_classifier.classifier import TextClassifier
from stages.text_classifier.lstm import LSTMClassifier
from stages.text_classifier.reader import WordReader
from stages.utterances.vocabulary import SPECIALS, Vocabulary
from tests.commands.run import artemis
from tests.commands.test_predict import save_image_classifier
from tests.formats.fake_hub import TOKEN, FakeHub
from tests.formats.hub_files import BLUE, RED
from tests.formats.study_to_publish import SPEAKER as FOLDER
from tests.formats.study_to_publish import lock, make, save_speaker
from tests.speaker.two_colours import saved
from tests.study import ROOT
from tests.text_classifier.test_tfidf import fitted

# huggingface_hub's own call of httpx2.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
FILES = ("config.json", "model.safetensors", "vocabulary.json")
PICTURES = ("red.png", "blue.jpg")


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    for name, content in zip(PICTURES, (RED, BLUE), strict=True):
        Path(name).write_bytes(content)
    make()


def publish() -> str:
    """Publish the study's speaker; returns the commit."""
    code, lines, problems = artemis("publish", "speaker", "ann/ours")
    assert code == 0, problems
    return lines[1].removeprefix("commit ")


def captions(speaker: str, out: str = "out.parquet") -> list[dict[str, Any]]:
    """The rows of the pictures' captions, with exact probabilities."""
    code, _, problems = artemis("caption", *PICTURES, "--speaker", speaker, "--out", out)
    assert code == 0, problems
    return pq.read_table(out).to_pylist()


def add(hub: FakeHub, changed: Mapping[str, bytes | None] = {}) -> str:
    """Publish the study's speaker without its command; files are replaced by `changed`, or left out (None)."""
    files = {name: (FOLDER / name).read_bytes() for name in FILES} | changed
    return hub.add("ann/ours", {name: content for name, content in files.items() if content is not None})


def problem_of(given: str, *more: str) -> str:
    """The last line on stderr of `artemis caption`, which is refused."""
    code, _, problems = artemis("caption", *PICTURES, "--speaker", given, *more)
    assert code == 1
    return problems[-1]


def test_published_and_fetched_again_the_captions_are_the_same_bit_for_bit(hub: FakeHub) -> None:
    before = captions(str(FOLDER))
    commit = publish()
    FOLDER.rename("gone")
    code, _, problems = artemis("caption", *PICTURES, "--speaker", "ann/ours", "--out", "again.parquet")
    assert code == 0
    assert problems[0] == f"ann/ours: ann/ours@{commit}"
    assert pq.read_table("again.parquet").to_pylist() == before
    folder = folder_of(f"ann/ours@{commit}", SPEAKER)
    for name in FILES:
        assert (folder / name).read_bytes() == Path("gone", name).read_bytes(), name


def test_a_pinned_commit_stays_after_a_second_publication(hub: FakeHub) -> None:
    first, before = publish(), captions(str(FOLDER))
    trained = saved(FOLDER)
    for value in trained.model.own_state().values():
        value.zero_()
    config = read_json(FOLDER / "config.json")
    checkpoint.save(trained, config, FOLDER)
    weights = (FOLDER / "model.safetensors").read_bytes()
    save_speaker(seed="second")
    (FOLDER / "model.safetensors").write_bytes(weights)
    lock()
    second = publish()
    assert second != first
    assert captions(f"ann/ours@{first}", "first.parquet") == before
    assert captions("ann/ours", "second.parquet") == captions(str(FOLDER), "third.parquet") != before


def test_a_pinned_commit_in_the_cache_asks_nothing(hub: FakeHub) -> None:
    commit = publish()
    before = captions(f"ann/ours@{commit}")
    hub.asked.clear()
    assert captions(f"ann/ours@{commit}") == before
    assert hub.asked == []


@pytest.mark.parametrize("revision", ["", "@main"])
def test_the_cache_answers_when_the_hub_is_gone(hub: FakeHub, monkeypatch: pytest.MonkeyPatch, revision: str) -> None:
    commit = publish()
    before = captions(f"ann/ours{revision}")
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", "http://127.0.0.1:9/{repo_id}/{revision}/{filename}")
    assert captions(f"ann/ours{revision}") == before
    assert pinned(f"ann/ours{revision}") == f"ann/ours@{commit}"


def test_results_say_the_commit_and_a_second_run_goes_on(hub: FakeHub) -> None:
    commit = publish()
    for speaker in ("ann/ours", f"ann/ours@{commit}", str(FOLDER)):
        code, lines, problems = artemis("caption", *PICTURES, "--speaker", speaker, "--out", "folder/")
        assert code == 0, problems
        assert manifest.read(Path("folder")).model == f"ann/ours@{commit}"
    assert "2 were there already" in lines[-1]


def test_only_the_files_of_a_speaker_are_fetched(hub: FakeHub) -> None:
    add(hub, {"model.py": b"print('run')", "pytorch_model.bin": pickle.dumps("code")})
    hub.files("ann/ours")["../../escape.json"] = b"{}"
    folder = folder_of(pinned("ann/ours"), SPEAKER)
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    assert {path.rpartition("/")[2] for _, path in hub.asked if "/resolve/" in path} == set(FILES)


def test_an_interrupted_download_goes_on(hub: FakeHub) -> None:
    """huggingface_hub asks for the rest of the file itself."""
    add(hub)
    hub.broken = ["model.safetensors"]
    folder = folder_of(pinned("ann/ours"), SPEAKER)
    assert (folder / "model.safetensors").read_bytes() == (FOLDER / "model.safetensors").read_bytes()
    assert hub.broken == []


def test_a_download_that_failed_is_repeated(hub: FakeHub) -> None:
    commit = add(hub)
    hub.fails = lambda method, path: 403 if path.endswith("vocabulary.json") else None
    assert "ann/ours" in problem_of(f"ann/ours@{commit}")
    hub.fails = lambda method, path: None
    assert captions(f"ann/ours@{commit}") == captions(str(FOLDER))


@pytest.mark.parametrize("file", FILES)
def test_a_repository_that_lacks_a_file(hub: FakeHub, file: str) -> None:
    add(hub, {file: None})
    problem = problem_of("ann/ours")
    assert f"/ann/ours: a file is missing there ({file})" in problem


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"config.json": b"{"}, "config.json is no JSON"),
        ({"config.json": b"[" * 100_000}, "config.json is no JSON"),
        ({"config.json": b"[]"}, "has no key arch"),
        ({"config.json": b'{"model_type": "gpt2"}'}, "has no key arch"),
        ({"config.json": b'{"arch": "x", "backbone": "y", "network": {}}'}, "no speaker of this version"),
        ({"model.safetensors": b"\xff" * 100}, "no speaker of this version"),
        ({"model.safetensors": b""}, "no speaker of this version"),
        ({"vocabulary.json": b"[1]"}, "vocabulary.json: not a vocabulary"),
    ],
)
def test_another_model_is_refused_by_name(hub: FakeHub, changed: dict[str, bytes], named: str) -> None:
    commit = add(hub, changed)
    problem = problem_of("ann/ours")
    assert f"ann/ours@{commit}" in problem
    assert named in problem


@pytest.mark.parametrize("backbone", ["hf-hub:evil/net", "local-dir:/etc", "torchvision:hf-hub:evil/net"])
def test_a_network_that_is_defined_elsewhere(hub: FakeHub, backbone: str) -> None:
    config = read_json(FOLDER / "config.json") | {"backbone": backbone}
    add(hub, {"config.json": json.dumps(config).encode()})
    assert f"the backbone {backbone!r}, which lies elsewhere" in problem_of("ann/ours")
    assert all("evil" not in path for _, path in hub.asked)


def test_another_machine_of_a_cluster_fetches_the_commit(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its actors load what the driver has pinned, with an empty cache of their own."""
    commit = publish()
    load = partial(speaker_captioner.load, pinned("ann/ours"), emotion=None, candidates=1)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", "elsewhere")
    hub.asked.clear()
    captioner = pickle.loads(pickle.dumps(load))([])
    assert captioner.name == f"ann/ours@{commit}"
    assert captioner.folder == Path("elsewhere/models--ann--ours/snapshots").resolve() / commit
    assert not [path for _, path in hub.asked if "/main/" in path]


def test_weights_of_something_else_are_not_fetched(hub: FakeHub) -> None:
    add(hub, {"config.json": b'{"model_type": "gpt2"}'})
    problem_of("ann/ours")
    assert not [path for _, path in hub.asked if path.endswith(".safetensors")]


def test_what_the_hub_refuses(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ann/none: no folder here" in problem_of("ann/none")
    commit = add(hub)
    assert "there is no revision v9" in problem_of("ann/ours@v9")
    assert f"there is no revision {'0' * 40}" in problem_of(f"ann/ours@{'0' * 40}")
    hub.repos["models/ann/ours"].gated = True
    assert "given only to those who have accepted its terms" in problem_of(f"ann/ours@{commit}")
    hub.repos["models/ann/ours"].gated = False
    hub.repos["models/ann/ours"].private = True
    assert captions("ann/ours")
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", "nowhere")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", "empty")
    assert "log in with `hf auth login`" in problem_of("ann/ours")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("data/speaker", None),
        ("data/spaeker", None),
        ("reports/x@main", None),
        ("../x", None),
        ("../x/y", None),
        ("./x", None),
        ("ann/..", None),
        ("..@main", None),
        ("/ann/ours", None),
        ("ann/ours/", None),
        ("ann", None),
        ("", None),
        ("there/ours", None),
        ("there/ours@v1", Name("there/ours", "v1")),
        ("ann/ours", Name("ann/ours", None)),
        ("ann/ours@refs/pr/1", Name("ann/ours", "refs/pr/1")),
        ("ann/ours@v1.0-rc", Name("ann/ours", "v1.0-rc")),
    ],
)
def test_names_of_repositories_and_of_folders(given: str, expected: Name | None) -> None:
    Path("there").mkdir()
    assert name_of(given) == expected


@pytest.mark.parametrize("revision", ["", "..", "../../x", "a/../b", "a b", "@", "/main", "main/", "\x1b[31m", "é"])
def test_revisions_that_are_none(hub: FakeHub, revision: str) -> None:
    with pytest.raises(UserError, match="is no revision"):
        name_of(f"ann/ours@{revision}")
    assert hub.asked == []


def test_a_name_that_no_file_can_have(hub: FakeHub) -> None:
    assert "no name of a folder or a repository" in problem_of(f"{'a' * 300}/x")
    assert hub.asked == []


def test_a_folder_wins_and_a_missing_one_keeps_its_message(hub: FakeHub) -> None:
    add(hub)
    saved(Path("ann/ours"))
    assert captions("ann/ours") == captions(str(FOLDER))
    assert "data/spaeker: no speaker there" in problem_of("data/spaeker")
    FOLDER.rename("gone")
    code, _, problems = artemis("caption", *PICTURES)
    assert code == 1
    assert "data/speaker: no speaker there" in problems[-1]
    assert hub.asked == []


def test_a_hub_that_names_no_commit(hub: FakeHub) -> None:
    add(hub)
    repo = hub.repos["models/ann/ours"]
    repo.commits["../../../escaped"] = repo.commits.pop(repo.refs["main"])
    repo.refs["main"] = "../../../escaped"
    problem_of("ann/ours")
    assert not list(Path().rglob("*escaped*"))


def test_fetch_copies_a_model_that_needs_no_hub(hub: FakeHub) -> None:
    commit = add(hub)
    code, (line,), _ = artemis("fetch", "speaker", "ann/ours", "mine")
    assert code == 0
    assert line == f"mine: the speaker ann/ours@{commit}, 3 files"
    assert sorted(path.name for path in Path("mine").iterdir()) == sorted(FILES)
    assert not any(path.is_symlink() for path in Path("mine").iterdir())
    assert captions("mine") == captions(str(FOLDER))
    code, _, problems = artemis("fetch", "speaker", "ann/ours", "mine")
    assert (code, "mine: not empty" in problems[-1]) == (1, True)
    code, _, problems = artemis("fetch", "speaker", "data/speaker", "new")
    assert (code, "data/speaker: a folder here" in problems[-1]) == (1, True)


@pytest.mark.parametrize(("kind", "inputs"), [(TEXT_CLASSIFIER, "what a sea"), (IMAGE_CLASSIFIER, "red.png")])
def test_classifiers_by_name(hub: FakeHub, kind: Kind, inputs: str) -> None:
    if kind is TEXT_CLASSIFIER:
        words = Vocabulary([*SPECIALS, "gloomy"])
        model = LSTMClassifier(words=len(words), embedding=2, hidden=2, head=2, dropout=0)
        text_classifier.save(TextClassifier(model, WordReader(words), torch.device("cpu"), baseline=fitted()))
    else:
        save_image_classifier(kind.folder)
    config = read_json(kind.folder / "config.json")
    write_json(config | {"data": None}, kind.folder / "config.json")
    _, before, _ = artemis("predict", inputs, "--classifier", str(kind.folder))
    code, lines, problems = artemis("publish", kind.command, "ann/ours", "--private")
    assert code == 0, problems
    code, after, problems = artemis("predict", inputs, "--classifier", "ann/ours")
    assert (code, after) == (0, before)
    assert problems[0] == f"ann/ours: ann/ours@{lines[1].removeprefix('commit ')}"
    code, _, problems = artemis("caption", *PICTURES, "--speaker", "ann/ours")
    assert code == 1
    assert "no speaker of this program: its config.json has no key" in problems[-1]


def test_in_a_process_of_its_own(hub: FakeHub, tmp_path: Path) -> None:
    """huggingface_hub reads HF_ENDPOINT and HF_HOME as it is imported."""
    commit = publish()
    named = {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home"), "HF_TOKEN": TOKEN, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "commands", "caption", *PICTURES, "--speaker", "ann/ours", "--out", "out.parquet"]
    ran = subprocess.run(command, env=os.environ | named, capture_output=True, text=True, check=True)
    assert ran.stderr.splitlines()[0] == f"ann/ours: ann/ours@{commit}"
    assert pq.read_table("out.parquet").to_pylist() == captions(str(FOLDER), "folder.parquet")
    assert (tmp_path / "home/hub/models--ann--ours/snapshots" / commit / "config.json").exists()
