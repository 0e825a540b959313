"""The tables of the stage, written and read."""

import re
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from stages.annotations.ingest import Annotation, Reject
from stages.annotations.tables import (
    annotation_frame,
    load_annotations,
    load_images,
    save_annotations,
    save_images,
    save_rejects,
)


def annotation(record: int, painting: str, repetition: int | None) -> Annotation:
    return Annotation(record, "null", painting, "awe", "“so”\n\U0001f642", repetition)


def test_repetition_is_counted_where_the_csv_has_none() -> None:
    frame = annotation_frame([annotation(1, "a", None), annotation(3, "nan", None), annotation(4, "a", None)])
    assert frame["repetition"].tolist() == [2, 1, 2]


def test_repetition_is_kept_where_the_csv_gives_it() -> None:
    frame = annotation_frame([annotation(1, "a", 7), annotation(2, "a", 9)])
    assert frame["repetition"].tolist() == [7, 9]
    assert frame["repetition"].dtype == "int32"


def test_annotations_survive_a_round_trip(tmp_path: Path) -> None:
    frame = annotation_frame([annotation(1, "b", 1), annotation(5, "nan", 3), annotation(6, "a", 2)])
    frame["has_picture"] = [True, False, True]
    save_annotations(frame, tmp_path)
    found = load_annotations(tmp_path)
    pd.testing.assert_frame_equal(found, frame)
    assert found["painting"].tolist() == ["b", "nan", "a"]
    assert found["utterance"][0] == "“so”\n\U0001f642"


def test_equal_tables_are_equal_bytes(tmp_path: Path) -> None:
    frame = annotation_frame([annotation(1, "b", 1), annotation(2, "a", 1)]).assign(has_picture=False)
    for folder in (tmp_path / "one", tmp_path / "two"):
        save_annotations(frame, folder)
    assert (tmp_path / "one/annotations.parquet").read_bytes() == (tmp_path / "two/annotations.parquet").read_bytes()


def test_rejects_and_no_rejects(tmp_path: Path) -> None:
    save_rejects([Reject(7, "empty utterance", "a,b,awe,")], tmp_path)
    expected = [{"record": 7, "reason": "empty utterance", "row": "a,b,awe,"}]
    assert pq.read_table(tmp_path / "rejects.parquet").to_pylist() == expected
    save_rejects([], tmp_path)
    table = pq.read_table(tmp_path / "rejects.parquet")
    assert table.num_rows == 0
    assert re.sub(r"\s+", " ", str(table.schema)) == "record: int64 reason: string row: string"


def test_images_are_sorted_by_artwork(tmp_path: Path) -> None:
    rows = [("b", "a", "b/a.jpg", 3, "d0"), ("a", "z", "a/z.jpg", 1, "d1"), ("a", "c", "a/c.png", 2, "d2")]
    columns = ["art_style", "painting", "path", "bytes", "digest"]
    save_images(pd.DataFrame(rows, columns=columns), tmp_path)
    assert load_images(tmp_path)["path"].tolist() == ["a/c.png", "a/z.jpg", "b/a.jpg"]
    save_images(pd.DataFrame([], columns=columns), tmp_path)
    assert load_images(tmp_path).empty
