"""Import of Parquet files: what is read and under which names, what is left out and told, what is refused."""

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from formats.dataset_card import card
from formats.hub.data_set import convert, picture_name
from formats.hub.shards import Shards
from formats.hub.source import find
from formats.raw_data_set import new_folder, safe_name
from stages.annotations.ingest import OUTSIDE
from stages.annotations.metadata import read_card
from stages.common import inventory
from stages.common.errors import UserError
from tests.formats.hub_files import ARTELINGO, BLUE, IMAGE, RED, TEXTS, THEIRS, picture, row, shard

FOLDER = Path("data/raw/mine")


@pytest.fixture(autouse=True)
def _workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def without(*names: str) -> pa.Schema:
    return pa.schema([field for field in ARTELINGO if field.name not in names])


def imported(language: str | None = None, split_column: str | None = None, **said: Any) -> list[str]:
    """Lines of the summary."""
    given = card(said.pop("citation", ""), said.pop("terms", ""), "en", said.pop("emotions", ()), **said)
    summary = convert(find("theirs"), new_folder("mine"), given, language=language, split_column=split_column)
    return summary.splitlines()


def table(name: str, separator: str = ",") -> list[list[str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=separator))


def column(name: str) -> list[str]:
    header, *rows = table("annotations.csv")
    return [values[header.index(name)] for values in rows]


def left_out() -> list[list[str]]:
    return table("left_out.tsv", "\t")[1:]


def test_rows_and_pictures_as_they_came() -> None:
    shard(row(), row(text="so dark", emotion="fear"), name="data/train-00000-of-00002.parquet")
    shard(row(BLUE, painting="dog", split="validation"), name="data/train-00001-of-00002.parquet")
    assert imported(split_column="split", terms="ask Ann", citation="Ann: cats", licence="none") == [
        "data/raw/mine: 3 rows in, 3 kept, 2 pictures",
        "next: dvc exp run -S dataset=mine -S utterances.split_by=given -S utterances.high_coverage=0 annotations",
    ]
    assert table("annotations.csv") == [
        ["art_style", "painting", "emotion", "utterance", "split"],
        ["Cubism", "cat", "awe", "so tall", "train"],
        ["Cubism", "cat", "fear", "so dark", "train"],
        ["Cubism", "dog", "awe", "so tall", "val"],
    ]
    assert (FOLDER / "images/Cubism/cat.png").read_bytes() == RED
    assert (FOLDER / "images/Cubism/dog.jpg").read_bytes() == BLUE
    assert [entry.path for entry in inventory.load(FOLDER / "images.tsv")] == ["Cubism/cat.png", "Cubism/dog.jpg"]
    said = read_card(FOLDER / "dataset.yaml")
    assert (said.name, said.source, said.terms, said.citation) == ("mine", "theirs", "ask Ann", "Ann: cats")
    assert (said.licence, said.redistribute) == ("none", False)
    assert left_out() == []


def test_pictures_without_artworks_are_named_after_their_files_or_their_bytes() -> None:
    schema = without("art_style", "painting", "emotion", "language", "split")
    rows = [row(path=r"C:\scans\red.square.png"), row(BLUE, path=".hidden.jpg"), row(picture("green"), path=None)]
    shard(*rows, schema=schema)
    imported()
    digest = "0de7ee56c0b4dd2f"
    assert column("art_style") == ["mine"] * 3
    assert column("painting")[:2] == ["red.square", "_hidden"]
    (other,) = set(column("painting")[2:])
    assert (FOLDER / f"images/mine/{other}.png").read_bytes() == picture("green")
    assert len(other) == len(digest)
    assert table("annotations.csv")[0] == ["art_style", "painting", "utterance"]


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.large_list(pa.large_string())], ids=str)
@pytest.mark.parametrize("pixels", [pa.binary(), pa.large_binary(), pa.binary_view()], ids=str)
def test_lists_of_captions_and_plain_bytes(kind: pa.DataType, pixels: pa.DataType) -> None:
    schema = pa.schema([("picture", pixels), ("captions", kind)])
    rows = [{"picture": RED, "captions": ["a", "b", " "]}, {"picture": BLUE, "captions": None}]
    shard(*rows, schema=schema)
    summary = imported()[0]
    assert column("utterance") == ["a", "b"]
    assert len(set(column("painting"))) == 1
    assert left_out() == [
        ["train.parquet, row 1, text 3", "empty caption", ""],
        ["train.parquet, row 2", "no caption", ""],
    ]
    assert "4 rows in, 2 kept, 1 pictures, 2 rows left out" in summary


def test_one_language_of_several() -> None:
    shard(row(text="a"), row(text="b", language="arabic"), row(text="c", language=None), row(text="d"))
    lines = imported(language="english")
    assert column("utterance") == ["a", "d"]
    assert lines[2] == "rows in other languages, not read: arabic (1), none (1)"
    assert left_out() == []


@pytest.mark.parametrize(
    ("values", "given", "tag"),
    [
        (["arabic", "english"], "arabic", "ar"),
        (["Chinese"], None, "zh"),
        (["pt-BR"], None, "pt-BR"),
        (["klingon"], None, "und"),
        ([None], "german", "de"),
        ([None], "gsw", "gsw"),
    ],
)
def test_the_tag_of_the_language(values: list[str | None], given: str | None, tag: str) -> None:
    shard(*(row(language=value) for value in values))
    lines = imported(language=given)
    assert f"language: {tag}" in (FOLDER / "dataset.yaml").read_text(encoding="utf-8").splitlines()
    assert any("und" in line for line in lines) == (tag == "und")


def test_numbers_of_classes_stand_for_their_names() -> None:
    features = {"emotion": {"names": ["fear", "awe"], "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    kinds = {"emotion": pa.int64()}
    schema = pa.schema([(field.name, kinds.get(field.name, field.type)) for field in ARTELINGO])
    schema = schema.with_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    shard(*(row(emotion=number) for number in (1, 0, -1, None)), schema=schema)
    imported()
    assert column("emotion") == ["awe", "fear"]
    assert [reason for _, reason, _ in left_out()] == ["no emotion"] * 2


def test_dictionaries_of_texts_are_texts() -> None:
    names = pa.dictionary(pa.int32(), pa.string())
    shard(row(), row(emotion="fear"), schema=pa.schema([("image", IMAGE), *((name, names) for name in TEXTS)]))
    imported()
    assert column("emotion") == ["awe", "fear"]


def test_other_emotions_are_given_with_their_polarity() -> None:
    shard(row(emotion="joy"), row(emotion="grief"))
    imported(emotions=["joy=positive", "grief=negative", "numb=else"])
    lines = (FOLDER / "dataset.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[-4:] == ["emotions:", "  joy: positive", "  grief: negative", "  numb: else"]
    assert column("emotion") == ["joy", "grief"]


def test_a_data_set_without_emotions_has_no_column() -> None:
    shard(row(emotion=None), row(emotion=" "))
    imported()
    assert table("annotations.csv")[0] == ["art_style", "painting", "utterance"]
    assert len(column("utterance")) == 2


def test_a_column_of_nulls_is_none() -> None:
    kinds = dict.fromkeys(("emotion", "language", "art_style"), pa.null())
    nulls: dict[str, None] = dict.fromkeys(kinds)
    shard(row(**nulls), schema=pa.schema([(field.name, kinds.get(field.name, field.type)) for field in ARTELINGO]))
    imported()
    assert table("annotations.csv") == [["art_style", "painting", "utterance"], ["mine", "cat", "so tall"]]


def test_a_split_that_nobody_asks_for_is_named() -> None:
    shard(row(split="anything"))
    lines = imported()
    assert "split" not in table("annotations.csv")[0]
    assert "--split-column split" in lines[2]


def test_files_that_their_names_announce() -> None:
    shard(row(), name="train-00001-of-00003-3be1.parquet")
    shard(row(), name="test-00000-of-00001.parquet")
    shard(row(), name="other.parquet")
    assert "2 files are missing" in imported()[2]


def test_what_is_left_out_is_told_by_row() -> None:
    good = [row(), row(RED, painting="dog")]
    bad = [
        *(row(BLUE), row(None), row(b""), row(b"no picture", painting="c"), row(picture("red", "PPM"), painting="d")),
        *(row(text="\u200b "), row(text=None), row(emotion=None), row(painting=".."), row(art_style="a/b")),
        *(row(painting=None), row(art_style="x" * 256)),
    ]
    shard(*good, *bad, name="data/one.parquet")
    summary = imported()[0]
    assert len(column("utterance")) == len(good)
    assert [place for place, _, _ in left_out()] == [f"data/one.parquet, row {n}" for n in range(3, 3 + len(bad))]
    assert [reason for _, reason, _ in left_out()] == [
        *("other picture of the same artwork", "no picture", "no picture", "unreadable picture"),
        *("picture of a kind that is not read", "empty caption", "empty caption", "no emotion"),
        *("painting that is no file name", "art_style that is no file name"),
        *("painting that is no file name", "art_style that is no file name"),
    ]
    assert left_out()[0][2] == "Cubism/cat, first in data/one.parquet, row 1"
    assert f"{len(bad)} rows left out" in summary
    assert sorted(path.name for path in (FOLDER / "images").rglob("*.*")) == ["cat.png", "dog.png"]


def test_text_that_is_not_utf_8() -> None:
    kinds = {"text": pa.binary(), "language": pa.binary()}
    schema = pa.schema([(field.name, kinds.get(field.name, field.type)) for field in ARTELINGO])
    rows = pa.Table.from_pylist(
        [row(text=b"caf\xe9", language=b"en"), row(text=b"cafe", language=b"en")], schema=schema
    )
    THEIRS.mkdir()
    # A Parquet file's strings may be any bytes.
    views = [
        values.view(pa.string()) if name in kinds else values
        for name, values in zip(rows.schema.names, (chunks.chunk(0) for chunks in rows.columns), strict=True)
    ]
    pq.write_table(pa.Table.from_arrays(views, schema=ARTELINGO), THEIRS / "a.parquet")
    imported()
    assert column("utterance") == ["cafe"]
    assert left_out()[0][:2] == ["a.parquet, row 1", "not UTF-8"]


def _damage(content: bytes) -> None:
    THEIRS.mkdir()
    (THEIRS / "train.parquet").write_bytes(content)


def _shorten() -> None:
    shard(*(row(text=f"text {number}") for number in range(100)))
    content = (THEIRS / "train.parquet").read_bytes()
    (THEIRS / "train.parquet").write_bytes(content[: len(content) // 2])


def _overwrite() -> None:
    """Damage a page of the last column, which is read after the first rows have been written."""
    shard(*(row(text=hex(number) * 200) for number in range(2_000)))
    file = THEIRS / "train.parquet"
    content, place = bytearray(file.read_bytes()), pq.read_metadata(file).row_group(0).column(6).data_page_offset
    content[place + 5_000 : place + 5_100] = bytes(100)
    file.write_bytes(content)


REFUSED = {
    "no folder": (lambda: None, {}, "theirs: no such folder"),
    "no Parquet": (lambda: THEIRS.mkdir(), {}, "theirs: no Parquet file"),
    "hidden": (lambda: shard(row(), name=".cache/a.parquet"), {}, "theirs: no Parquet file"),
    "not Parquet": (lambda: _damage(b"col,umn\n"), {}, "train.parquet: incomplete or damaged"),
    "shortened": (_shorten, {}, "train.parquet: incomplete or damaged"),
    "overwritten": (_overwrite, {}, "train.parquet: incomplete or damaged"),
    "LFS": (lambda: _damage(b"version https://git-lfs.github.com/spec/v1\n"), {}, "train.parquet.*git lfs pull"),
    "no pictures": (lambda: shard(row(), schema=without("image")), {}, "no column image or picture; found art_style"),
    "only nulls": (lambda: shard(row(None), row(None)), {}, "no row has a picture"),
    "addresses": (
        lambda: shard({"image": "https://a.org/b.jpg", "text": "a"}, schema=None),
        {},
        "train.parquet: column image has addresses or paths",
    ),
    "paths": (
        lambda: shard({"image": {"path": "b.jpg"}, "text": "a"}, schema=None),
        {},
        "train.parquet: column image is struct",
    ),
    "lists": (
        lambda: shard({"image": [{"bytes": RED}], "text": "a"}, schema=None),
        {},
        "train.parquet: column image is list",
    ),
    "no text": (lambda: shard(row(), schema=without("text")), {}, "no column text or utterance or caption or captions"),
    "numbers": (
        lambda: shard({"image": {"bytes": RED}, "text": 3}, schema=None),
        {},
        "train.parquet: column text is int64",
    ),
    "several emotions": (
        lambda: shard({"image": {"bytes": RED}, "text": "a", "emotion": ["awe"]}, schema=None),
        {},
        "train.parquet: column emotion is list",
    ),
    "classes": (
        lambda: shard({"image": {"bytes": RED}, "text": "a", "emotion": 3}, schema=None),
        {},
        "train.parquet: column emotion is int64",
    ),
    "language": (lambda: shard(row()), {"language": "german"}, "no row has the language 'german'; found english"),
    "languages": (lambda: shard(row(), row(language="arabic")), {}, "several languages; found arabic, english"),
    "no language": (lambda: shard(row(language=None)), {"language": "klingon"}, "language 'klingon'"),
    "emotion": (lambda: shard(row(), row(emotion="joy")), {}, "emotion 'joy' is none of amusement.*--emotion"),
    "another emotion": (
        lambda: shard(row()),
        {"emotions": ["joy=positive", "no=else"]},
        "emotion 'awe' is none of joy, no",
    ),
    "no emotion": (
        lambda: shard(row(emotion=None)),
        {"emotions": ["joy=positive", "no=else"]},
        "no emotion in any row",
    ),
    "split": (
        lambda: shard(row(split="fold 1")),
        {"split_column": "split"},
        "column split has 'fold 1'; expected train",
    ),
    "no split": (lambda: shard(row()), {"split_column": "part"}, "no column part; found image, .*--split-column"),
    "other columns": (
        lambda: (shard(row(), name="a.parquet"), shard(row(), schema=without("emotion"), name="b.parquet")),
        {},
        "b.parquet: other columns",
    ),
    "no usable row": (lambda: shard(row(text="")), {}, "no row can be used.*train.parquet, row 1: empty caption"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    make, options, message = REFUSED[name]
    make()
    with pytest.raises(UserError, match=message):
        imported(**options)
    assert [path.name for path in Path("data/raw").glob("*")] == []


def test_labels_of_other_languages_do_not_count() -> None:
    shard(row(), row(language="arabic", emotion="joy", split="fold 1"))
    imported(language="english", split_column="split")
    assert column("split") == ["train"]


def test_a_row_group_is_never_in_memory() -> None:
    # One row group of 300 pictures of 50 kB, in pages of one megabyte.
    contents = [bytes([number % 256]) * 50_000 for number in range(300)]
    rows = pa.table({"image": pa.array(contents, pa.binary()), "text": ["a"] * len(contents)})
    THEIRS.mkdir()
    file = THEIRS / "a.parquet"
    pq.write_table(rows, file, compression="none", use_dictionary=False, write_batch_size=10)
    default = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(default)
    pa.set_memory_pool(pool)
    try:
        assert [row.picture for row in Shards([file])] == contents
    finally:
        pa.set_memory_pool(default)
    assert pq.read_metadata(file).num_row_groups == 1
    assert pool.max_memory() < 5_000_000


@given(st.none() | st.text())
@example("..")
@example("a/../..")
@example("a/.png")
@example("/")
@example("thumbs.db")
def test_any_path_gives_a_name_that_stays_in_the_folder(path: str | None) -> None:
    name = picture_name(path, RED)
    assert name
    assert not OUTSIDE.match(name)
    assert name == safe_name(name)


NAMES = st.text(st.characters(codec="utf-8"), max_size=8)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=5, unique=True))
@example(names=[("é", "a"), ("e\u0301", "a"), ("A", "a"), ("a", "a.png"), ('"', "\t\r\n")])
def test_names_are_kept_or_told(names: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("names"))
        shard(*(row(art_style=style, painting=painting) for style, painting in [*names, ("Cubism", "cat")]))
        imported()
        kept = list(zip(column("art_style"), column("painting"), strict=True))
        told = [names[int(place.rpartition(" ")[2]) - 1] for place, _, _ in left_out()]
        assert sorted(kept + told) == sorted([*names, ("Cubism", "cat")])
        assert all((FOLDER / "images" / style / f"{painting}.png").read_bytes() == RED for style, painting in kept)
        assert all(any(_is_no_file_name(part) for part in name) for name in told)


def _is_no_file_name(name: str) -> bool:
    return not name or name[0] == "." or OUTSIDE.match(name) is not None
