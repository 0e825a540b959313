"""Export as a data set of the hub, and the way from Parquet files through the study back to Parquet files."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from formats.dataset_card import card
from formats.hub import export as hub_export
from formats.hub.data_set import convert
from formats.hub.export import export
from formats.hub.source import find
from formats.raw_data_set import new_folder
from stages.annotations.__main__ import main
from stages.annotations.tables import load_annotations
from stages.common.errors import UserError
from stages.common.files import write_json
from tests.commands.run import artemis
from tests.formats.hub_files import ARTELINGO, BLUE, RED, picture, row, shard

GREEN = picture("green", "WEBP")
# Rows of one artwork do not stand together in the source.
ROWS = (
    row(RED, "cat.png", language="en"),
    row(BLUE, "dog.jpg", painting="dog", emotion="fear", text='so "dark",\nso deep', split="val", language="en"),
    row(RED, "cat.png", text="日本語 é", language="en"),
    row(GREEN, "cat.webp", art_style="Pop Art", emotion="something else", split="test", language="en"),
)
IN_ORDER = [ROWS[0], ROWS[2], ROWS[1], ROWS[3]]
TABLE = Path("data/train-00000-of-00001.parquet")


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)


def study(source: str = "theirs", name: str = "mine", redistribute: bool = True, **said: Any) -> None:
    """Import `source` without its split, and run the stage annotations."""
    folder = new_folder(name)
    convert(find(source), folder, card(said.pop("citation", "Ann: cats"), "ask\nAnn", "en", (), **said))
    text = (folder / "dataset.yaml").read_text(encoding="utf-8")
    text = text.replace("redistribute: false", f"redistribute: {str(redistribute).lower()}")
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
    config = {"file": "annotations.csv", "strict": True, "require_images": True, "artworks": 0}
    write_json({"dataset": name, "seed": 1, "annotations": config}, Path("params.yaml"))
    main()


def exported(folder: str = "ours") -> list[dict[str, Any]]:
    export(Path(folder))
    return pq.read_table(Path(folder) / TABLE).to_pylist()


def contents(folder: str) -> dict[str, bytes]:
    paths = [path for path in Path(folder).rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def expected(rows: list[dict[str, Any]], *without: str) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key not in without} for row in rows]


def test_a_round_trip_keeps_pictures_and_table() -> None:
    shard(*ROWS)
    study()
    # Without the column of the split in the study's table there is none.
    assert exported("first") == expected(IN_ORDER, "split")
    study("first", "again")
    assert exported("second") == expected(IN_ORDER, "split")
    first, second = contents("first"), contents("second")
    assert sorted(first) == ["README.md", str(TABLE)]
    assert first[str(TABLE)] == second[str(TABLE)]
    raw = [contents(f"data/raw/{name}/images") for name in ("mine", "again")]
    assert raw[0] == raw[1] == {"Cubism/cat.png": RED, "Cubism/dog.jpg": BLUE, "Pop Art/cat.webp": GREEN}


def test_two_exports_are_the_same_files() -> None:
    shard(*ROWS)
    study()
    exported("first")
    exported("second")
    assert contents("first") == contents("second")


def test_a_picture_is_stored_once_in_a_row_group() -> None:
    noise = np.random.default_rng(0).bytes(200_000)
    shard(*(row(RED + noise, text=f"text {number}") for number in range(20)))
    study()
    exported()
    assert len(noise) < (Path("ours") / TABLE).stat().st_size < 2 * len(noise)


def test_pictures_that_may_not_be_passed_on_are_left_out() -> None:
    shard(*ROWS)
    study(redistribute=False)
    code, (summary,), _ = artemis("export", "hub", "ours")
    assert code == 0
    assert "ours: 4 rows on 3 artworks, 0 pictures" in summary
    assert "redistribute: true" in summary
    table = pq.read_table(Path("ours") / TABLE)
    assert table["image"].to_pylist() == [None] * 4
    assert table.drop("image").to_pylist() == expected(IN_ORDER, "split", "image")
    assert RED not in b"".join(contents("ours").values())


def test_columns_of_the_study_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    shard(*ROWS)
    study()
    frame = load_annotations().assign(split=["train", "val", "train", "test"], emotion=None)
    monkeypatch.setattr(hub_export, "load_annotations", lambda: frame)
    assert exported() == expected(IN_ORDER, "emotion")


def test_large_data_sets_have_several_files_and_row_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = {name: picture(name, "BMP") for name in ("red", "green", "blue", "white")}
    size = len(pictures["red"])
    shard(*(row(content, painting=name, text=text) for name, content in pictures.items() for text in "abc"))
    study()
    monkeypatch.setattr(hub_export, "FILE", 2 * size)
    monkeypatch.setattr(hub_export, "ROW_GROUP", 2 * size + 1)
    export(Path("ours"))
    files = sorted(Path("ours/data").iterdir())
    assert [file.name for file in files] == ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"]
    tables = [pq.read_table(file) for file in files]
    assert [sorted(set(table["painting"].to_pylist())) for table in tables] == [["green", "red"], ["blue", "white"]]
    assert [table["text"].to_pylist() for table in tables] == [[*"abcabc"]] * 2
    groups = [
        pq.read_metadata(file).row_group(n).num_rows
        for file in files
        for n in range(pq.read_metadata(file).num_row_groups)
    ]
    assert sum(groups) == 12
    assert max(groups) == 2


def test_the_data_card_says_what_dataset_yaml_says() -> None:
    shard(*ROWS)
    study(licence="# none", citation="```\nAnn | cats")
    exported()
    text = (Path("ours") / "README.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    head = YAML(typ="safe", pure=True).load(front)
    assert head["language"] == ["en"]
    assert [feature["name"] for feature in head["dataset_info"]["features"]] == [
        *("image", "art_style", "painting", "emotion", "language", "text")
    ]
    assert "license" not in head
    for said in (
        "    ask\n    Ann",
        "    # none",
        "    ```\n    Ann | cats",
        "    theirs",
        "4 rows on 3 artworks, 3 pictures",
    ):
        assert said in body


def test_what_a_program_reads_of_the_schema() -> None:
    shard(*ROWS)
    study()
    exported()
    schema = pq.read_schema(Path("ours") / TABLE)
    assert schema.remove_metadata() == ARTELINGO.remove(ARTELINGO.get_field_index("split"))
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == schema.names
    assert features["image"] == {"_type": "Image"}
    assert features["text"] == {"dtype": "string", "_type": "Value"}


def test_datasets_reads_it(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="the library datasets is not installed")
    shard(*ROWS)
    study()
    exported()
    loaded = datasets.load_dataset("ours", cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == ["train"]
    rows = loaded["train"]
    assert rows.features["image"] == datasets.Image()
    assert rows["text"] == [row["text"] for row in IN_ORDER]
    assert [image.size for image in rows["image"]] == [(4, 6)] * 4
    undecoded = rows.cast_column("image", datasets.Image(decode=False))
    assert [image["bytes"] for image in undecoded["image"]] == [RED, RED, BLUE, GREEN]


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda: Path("data/annotations/annotations.parquet").unlink(), "annotations.parquet: not made yet"),
        (lambda: Path("data/raw/mine/images/Cubism/cat.png").unlink(), "Cubism/cat.png: cannot be read"),
        (lambda: Path("data/raw/mine/images/Cubism/cat.png").write_bytes(BLUE), "Cubism/cat.png: not the picture"),
        (lambda: Path("ours").mkdir() or Path("ours/notes").touch(), "ours: not empty"),
    ],
    ids=["not made", "gone", "replaced", "not empty"],
)
def test_what_is_refused(spoil: Any, named: str) -> None:
    shard(*ROWS)
    study()
    spoil()
    with pytest.raises(UserError, match=named):
        export(Path("ours"))
    assert sorted(path.name for path in Path().iterdir() if "ours" in path.name) == ["ours"] * Path("ours").exists()
    assert not Path("ours/data").exists()
