"""Publish to a hub on this machine: what is uploaded, what is refused, and what a second publication does."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from huggingface_hub import constants
from ruamel.yaml import YAML

from formats.hub.utterances import require_none
from stages.common.errors import UserError
from stages.common.files import read_json, write_json
from stages.histograms.tables import PATH as HISTOGRAMS
from tests.commands.run import artemis
from tests.formats.fake_hub import FakeHub
from tests.formats.study_to_publish import CARD, DATASET, SPEAKER, UTTERANCES, lock, make, save_speaker, say

# huggingface_hub's own call of httpx2.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
FILES = ("config.json", "model.safetensors", "vocabulary.json")


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    make()


def publish(*arguments: str) -> tuple[list[str], list[str]]:
    """What `artemis publish speaker ann/ours` prints on stdout and stderr."""
    code, lines, problems = artemis("publish", "speaker", "ann/ours", *arguments)
    assert code == 0, problems
    return lines, problems


def refused(*arguments: str) -> str:
    """The one line on stderr of a publication that is refused."""
    code, _, problems = artemis("publish", *arguments)
    assert code == 1
    return problems[-1]


def test_the_files_of_a_speaker_and_its_card_are_one_commit(hub: FakeHub) -> None:
    Path("data/speaker/notes.txt").write_text("mine")
    Path("data/speaker/old.pkl").write_bytes(b"pickle")
    lines, _ = publish()
    files = hub.files("ann/ours")
    assert sorted(files) == [".gitattributes", "README.md", *FILES]
    for name in FILES:
        assert files[name] == (SPEAKER / name).read_bytes(), name
    commit = hub.repos["models/ann/ours"].refs["main"]
    assert len(hub.repos["models/ann/ours"].commits) == 2
    assert lines[-1].endswith(f"artemis caption my.jpg --speaker ann/ours@{commit}")
    card = files["README.md"].decode()
    assert card.startswith("---\nlicense: unknown\n")
    assert "Terms: ask Ann" in card
    assert "--speaker ann/ours@REVISION" in card


def test_the_same_files_again_are_no_new_commit(hub: FakeHub) -> None:
    before, _ = publish()
    lines, _ = publish()
    assert lines[1:] == before[1:]
    assert "no new commit" in lines[0]
    assert len(hub.repos["models/ann/ours"].commits) == 2
    save_speaker(seed="other")
    changed, _ = publish()
    assert changed[1] != before[1]
    assert len(hub.repos["models/ann/ours"].commits) == 3


def test_what_an_earlier_model_left_goes_and_what_people_wrote_stays(hub: FakeHub) -> None:
    hub.add("ann/ours", {"tfidf.json": b"{}", "LICENSE": b"CC0"})
    publish()
    assert sorted(hub.files("ann/ours")) == ["LICENSE", "README.md", *FILES]


@pytest.mark.parametrize("key", ["terms", "licence", "citation"])
@pytest.mark.parametrize("what", ["speaker", "tables"])
def test_terms_licence_and_citation_must_be_written(hub: FakeHub, what: str, key: str) -> None:
    say(**{key: " "})
    assert f"{DATASET}: {key} is empty" in refused(what, "ann/ours", "--private")
    assert hub.repos == {}


@pytest.mark.parametrize("what", ["speaker", "tables"])
def test_without_redistribution_only_a_private_repository(hub: FakeHub, what: str) -> None:
    make(redistribute=False)
    Path("data/utterances/analysis").mkdir(parents=True)
    assert f"{DATASET}: redistribute is false" in refused(what, "ann/ours")
    assert hub.asked == []
    if what == "speaker":
        publish("--private")
        assert hub.repos["models/ann/ours"].private


def test_private_is_never_a_public_repository(hub: FakeHub) -> None:
    hub.add("ann/ours", {"README.md": b"mine"})
    assert "ann/ours: a public repository" in refused("speaker", "ann/ours", "--private")
    assert hub.files("ann/ours") == {"README.md": b"mine"}
    assert not hub.objects


def test_a_changed_dataset_yaml_needs_a_new_card(hub: FakeHub) -> None:
    say(terms="ask Bob")
    assert f"{DATASET}: terms has changed" in refused("speaker", "ann/ours")


def _other_speaker() -> None:
    write_json(read_json(SPEAKER / "config.json") | {"taught": "x"}, SPEAKER / "config.json")


def _other_vocabulary() -> None:
    path = SPEAKER / "vocabulary.json"
    path.write_text(path.read_text() + " ")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda: CARD.unlink(), f"{CARD}: missing"),
        (lambda: CARD.write_text("# mine"), f"{CARD}: not the card that dvc.lock records"),
        (_other_speaker, f"{CARD}: the card of another speaker than data/speaker (config.json differs)"),
        (_other_vocabulary, f"{CARD}: the card of another speaker than data/speaker (vocabulary.json differs)"),
        (lambda: Path("dvc.lock").unlink(), f"{CARD}: not the card that dvc.lock records"),
        (lambda: (SPEAKER / "vocabulary.json").unlink(), "data/speaker: no speaker there"),
        (lambda: DATASET.unlink(), f"{DATASET}: missing"),
    ],
)
def test_the_card_must_be_of_the_model(hub: FakeHub, change: Callable[[], object], named: str) -> None:
    change()
    assert named in refused("speaker", "ann/ours")
    assert hub.asked == []


def test_a_copy_of_the_study_s_speaker_has_its_card(hub: FakeHub) -> None:
    SPEAKER.rename("copy")
    publish("--folder", "copy")
    assert hub.files("ann/ours")["config.json"] == Path("copy/config.json").read_bytes()


def test_an_imported_model_is_private_and_its_card_says_that_nothing_is_known(hub: FakeHub) -> None:
    save_speaker(data=None)
    assert "data is empty: nothing is known" in refused("speaker", "ann/ours")
    publish("--private")
    card = hub.files("ann/ours")["README.md"].decode()
    assert "unknown origin" in card
    assert "ask Ann" not in card


def _in_a_card() -> Path:
    CARD.write_text(f"# Ours\n\nIt says: *the grey sea -- makes\nme think of HOME*, and more.\n{CARD}", "utf-8")
    lock()
    return Path("README.md")


def _in_a_config() -> Path:
    write_json(read_json(SPEAKER / "config.json") | {"notes": [{"x": UTTERANCES[2]}]}, SPEAKER / "config.json")
    lock()
    return SPEAKER / "config.json"


def _as_tokens() -> Path:
    words = ["a", "child", "alone", "in", "the", "dark", "wood"]
    write_json(read_json(SPEAKER / "config.json") | {"notes": ["so", *words]}, SPEAKER / "config.json")
    lock()
    return SPEAKER / "config.json"


def _in_the_weights() -> Path:
    from safetensors.numpy import load_file, save_file

    path = SPEAKER / "model.safetensors"
    save_file(load_file(path), path, {"note": UTTERANCES[0]})
    lock()
    return path


@pytest.mark.parametrize("put", [_in_a_card, _in_a_config, _as_tokens, _in_the_weights])
def test_no_utterance_goes_out(hub: FakeHub, put: Callable[[], Path]) -> None:
    path = put()
    problem = refused("speaker", "ann/ours")
    assert f"{path}: holds the utterance of record" in problem
    assert not any(text.casefold() in problem.casefold() for text in UTTERANCES)
    assert hub.asked == []


def test_an_utterance_in_a_table_is_found_and_short_ones_are_not() -> None:
    for name, text in (("short.parquet", "so sad"), ("long.parquet", UTTERANCES[0])):
        pq.write_table(pa.table({"painting": [UTTERANCES[2]], "genre": [text]}), name)
    require_none({"short.parquet": Path("short.parquet")})
    with pytest.raises(UserError, match=r"long\.parquet: holds the utterance of record 0"):
        require_none({"long.parquet": Path("long.parquet")})


def _analysis() -> None:
    from stages.utterances.tables import SCHEMA, table_path

    path = table_path("analysis")
    path.parent.mkdir(parents=True)
    rows = {"art_style": ["Cubism"] * 3, "painting": ["cat", "cat", "dog"], "split": ["train", "train", "val"]}
    table = pa.table({name: pa.array(rows.get(name, [None] * 3), SCHEMA.field(name).type) for name in SCHEMA.names})
    pq.write_table(table, path)


def test_tables_have_no_utterance(hub: FakeHub) -> None:
    _analysis()
    code, _, problems = artemis("publish", "tables", "ann/tables")
    assert code == 0, problems
    files = hub.files("ann/tables", "datasets")
    assert sorted(files) == [".gitattributes", "README.md", "genres.parquet", "histograms.parquet", "splits.parquet"]
    assert files["histograms.parquet"] == HISTOGRAMS.read_bytes()
    splits = pq.read_table(pa.BufferReader(files["splits.parquet"])).to_pylist()
    assert splits == [
        {"art_style": "Cubism", "painting": "cat", "split": "train"},
        {"art_style": "Cubism", "painting": "dog", "split": "val"},
    ]
    card = files["README.md"].decode()
    front = YAML(typ="safe").load(card.split("---")[1])
    assert [config["data_files"] for config in front["configs"]] == [
        *("histograms.parquet", "splits.parquet", "genres.parquet")
    ]
    assert "ask Ann" in card
    assert all(text not in card for text in UTTERANCES)


def test_a_table_with_another_column_is_refused(hub: FakeHub) -> None:
    _analysis()
    table = pq.read_table(HISTOGRAMS)
    pq.write_table(table.append_column("note", pa.array(["x"] * len(table))), HISTOGRAMS)
    assert f"{HISTOGRAMS}: the column note" in refused("tables", "ann/tables")
    assert hub.asked == []


@pytest.mark.parametrize(
    "name", ["ann", "ann/", "../cats", "ann/..", "ann/cats/x", "ann/cats@main", "https://x/ann/cats"]
)
def test_names_that_are_none(hub: FakeHub, name: str) -> None:
    assert f"{name}: no name of a repository" in refused("speaker", name)
    assert hub.asked == []


def test_nobody_is_logged_in(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "ann/ours: nobody is logged in" in refused("speaker", "ann/ours")
    assert hub.repos == {}


def test_offline(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    from huggingface_hub.utils import _http

    _http.close_session()
    try:
        assert "HF_HUB_OFFLINE is set" in refused("speaker", "ann/ours")
    finally:
        _http.close_session()
    assert hub.asked == []


@pytest.mark.parametrize(
    ("at", "status", "named"),
    [
        ("/commit/", 500, "the upload to the hub failed"),
        ("/commit/", 412, "somebody else has written there meanwhile"),
        ("/commit/", 403, "the token may not do this"),
        ("/objects/", 403, "the upload to the hub failed|the token may not do this"),
    ],
)
def test_a_failure_leaves_nothing_half_and_can_be_repeated(hub: FakeHub, at: str, status: int, named: str) -> None:
    hub.fails = lambda method, path: status if at in path else None
    problem = refused("speaker", "ann/ours")
    assert any(name in problem for name in named.split("|")), problem
    assert list(hub.files("ann/ours")) == [".gitattributes"]
    hub.fails = lambda method, path: None
    publish()
    assert json.loads(hub.files("ann/ours")["config.json"]) == read_json(SPEAKER / "config.json")


def test_two_publications_at_once_do_not_mix(hub: FakeHub) -> None:
    """Another commit between the reading of the repository and ours: it stays, and ours is refused."""
    publish()
    save_speaker(seed="other")

    def meanwhile(method: str, path: str) -> None:
        if "/preupload/" in path:
            hub.add("ann/ours", {"README.md": b"theirs"})

    hub.fails = meanwhile
    assert "somebody else has written there" in refused("speaker", "ann/ours")
    assert hub.files("ann/ours") == {"README.md": b"theirs"}
