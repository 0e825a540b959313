"""The tables of the stage, written and read."""

from pathlib import Path

import pandas as pd
import pyarrow as pa

from stages.annotations.ingest import Annotation, Reject, stage
from stages.annotations.tables import (
    ANNOTATIONS,
    REJECTS,
    load_annotations,
    load_genres,
    load_images,
    save_annotations,
    save_genres,
    save_images,
)
from stages.common.files import parquet_writer

ROWS = [
    Annotation(1, "null", "b", "awe", "“so”\n\U0001f642", 1),
    Annotation(5, "null", "nan", "awe", "null", 3),
    Annotation(6, "null", "b", "awe", "“so”\n\U0001f642", 2),
]


def frame() -> pd.DataFrame:
    return pd.DataFrame(ROWS).astype({"repetition": "int32"}).assign(has_picture=[True, False, True])


def test_annotations_survive_a_round_trip(tmp_path: Path) -> None:
    save_annotations(frame(), tmp_path)
    found = load_annotations(tmp_path)
    pd.testing.assert_frame_equal(found, frame().assign(duplicate=[False, False, True]))
    assert found["painting"].tolist() == ["b", "nan", "b"]
    assert found["utterance"][0] == "“so”\n\U0001f642"


def test_parts_with_other_dictionaries_are_one_table(tmp_path: Path) -> None:
    whole = frame().assign(duplicate=False)
    with parquet_writer(tmp_path / "annotations.parquet", ANNOTATIONS) as writer:
        for number in range(3):
            part = whole[number : number + 1]
            writer.write_table(pa.Table.from_pandas(part, schema=ANNOTATIONS, preserve_index=False))
    pd.testing.assert_frame_equal(load_annotations(tmp_path), whole)


def test_equal_tables_are_equal_bytes(tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        save_annotations(frame(), folder)
    assert (tmp_path / "one/annotations.parquet").read_bytes() == (tmp_path / "two/annotations.parquet").read_bytes()


def test_no_rejects_are_a_table_too(tmp_path: Path) -> None:
    records: list[list[Annotation | Reject]] = [[*ROWS], [Reject(7, "empty_utterance", "empty utterance", "a,b,awe,")]]
    for number, rows in enumerate(records):
        with (
            (tmp_path / "staged").open("wb") as file,
            parquet_writer(tmp_path / "rejects.parquet", REJECTS) as rejects,
        ):
            stage(rows, file, rejects)
        found = pd.read_parquet(tmp_path / "rejects.parquet")
        assert found.columns.tolist() == ["record", "kind", "reason", "row"]
        assert found.to_numpy().tolist() == [[7, "empty_utterance", "empty utterance", "a,b,awe,"]][:number]


def test_images_are_sorted_by_artwork(tmp_path: Path) -> None:
    rows = [
        ("b", "a", "b/a.jpg", 3, "d0", 4, 5, None),
        ("a", "z", "a/z.jpg", 0, "d1", None, None, "the file is empty"),
        ("a", "c", "a/c.png", 2, "d2", 6, 7, None),
    ]
    columns = ["art_style", "painting", "path", "bytes", "digest", "width", "height", "problem"]
    save_images(pd.DataFrame(rows, columns=columns), tmp_path)
    found = load_images(tmp_path)
    assert found["path"].tolist() == ["a/c.png", "a/z.jpg", "b/a.jpg"]
    assert found["width"].fillna(-1).tolist() == [6, -1, 4]
    assert found["problem"].isna().tolist() == [True, False, True]
    save_images(pd.DataFrame([], columns=columns), tmp_path)
    assert load_images(tmp_path).empty


def test_genres_are_sorted_by_artwork(tmp_path: Path) -> None:
    save_genres({("b", "nan"): "null", ("a", "z"): "portrait"}, tmp_path)
    assert load_genres(tmp_path).to_numpy().tolist() == [["a", "z", "portrait"], ["b", "nan", "null"]]
    save_genres({}, tmp_path)
    assert load_genres(tmp_path).empty
