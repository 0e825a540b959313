"""Tables of the stage: written and read, and pictures matched with artworks."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from stages.annotations.ingest import Annotation, Reject, first_pass
from stages.annotations.tables import (
    ANNOTATIONS,
    REJECTS,
    load_annotations,
    load_genres,
    load_images,
    match_pictures,
    respelled,
    save_annotations,
    save_genres,
    save_images,
    unclear,
)
from stages.common.errors import UserError
from stages.common.files import parquet_writer
from stages.common.inventory import Picture

ROWS = [
    Annotation(1, "null", "b", "awe", "“so”\n\U0001f642", 1),
    Annotation(5, "null", "nan", "awe", "null", 3, "test"),
    Annotation(6, "null", "b", "awe", "“so”\n\U0001f642", 2),
]


def frame() -> pd.DataFrame:
    rows = pd.DataFrame(ROWS).astype({"repetition": "int32", "split": "str"})
    return rows.assign(has_picture=[True, False, True])


def test_annotations_survive_a_round_trip(tmp_path: Path) -> None:
    save_annotations(frame(), tmp_path)
    loaded = load_annotations(tmp_path)
    pd.testing.assert_frame_equal(loaded, frame().assign(duplicate=[False, False, True])[ANNOTATIONS.names])
    assert loaded["painting"].tolist() == ["b", "nan", "b"]
    assert loaded["utterance"][0] == "“so”\n\U0001f642"


def test_parts_with_different_dictionaries_make_one_table(tmp_path: Path) -> None:
    whole = frame().assign(duplicate=False)
    with parquet_writer(tmp_path / "annotations.parquet", ANNOTATIONS) as writer:
        for number in range(3):
            part = whole[number : number + 1]
            writer.write_table(pa.Table.from_pandas(part, schema=ANNOTATIONS, preserve_index=False))
    pd.testing.assert_frame_equal(load_annotations(tmp_path), whole[ANNOTATIONS.names])


def test_equal_tables_are_equal_bytes(tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        save_annotations(frame(), folder)
    assert (tmp_path / "one/annotations.parquet").read_bytes() == (tmp_path / "two/annotations.parquet").read_bytes()


def test_rejects_are_written_also_if_there_are_none(tmp_path: Path) -> None:
    records: list[list[Annotation | Reject]] = [[*ROWS], [Reject(7, "empty_utterance", "empty utterance", "a,b,awe,")]]
    for number, rows in enumerate(records):
        with (
            (tmp_path / "staged").open("wb") as file,
            parquet_writer(tmp_path / "rejects.parquet", REJECTS) as rejects,
        ):
            first_pass(rows, file, rejects)
        table = pd.read_parquet(tmp_path / "rejects.parquet")
        assert table.columns.tolist() == ["record", "kind", "reason", "row"]
        assert table.to_numpy().tolist() == [[7, "empty_utterance", "empty utterance", "a,b,awe,"]][:number]


def test_images_are_sorted_by_artwork(tmp_path: Path) -> None:
    rows = [
        ("b", "a", "b/a.jpg", 3, "d0", 4, 5, None),
        ("a", "z", "a/z.jpg", 0, "d1", None, None, "the file is empty"),
        ("a", "c", "a/c.png", 2, "d2", 6, 7, None),
    ]
    columns = ["art_style", "painting", "path", "bytes", "digest", "width", "height", "problem"]
    save_images(pd.DataFrame(rows, columns=columns), tmp_path)
    images = load_images(tmp_path)
    assert images["path"].tolist() == ["a/c.png", "a/z.jpg", "b/a.jpg"]
    assert images["width"].fillna(-1).tolist() == [6, -1, 4]
    assert images["problem"].isna().tolist() == [True, False, True]
    save_images(pd.DataFrame([], columns=columns), tmp_path)
    assert load_images(tmp_path).empty


def test_genres_are_sorted_by_artwork(tmp_path: Path) -> None:
    save_genres({("b", "nan"): "null", ("a", "z"): "portrait"}, tmp_path)
    assert load_genres(tmp_path).to_numpy().tolist() == [["a", "z", "portrait"], ["b", "nan", "null"]]
    save_genres({}, tmp_path)
    assert load_genres(tmp_path).empty


ANNOTATED = pd.DataFrame(
    {"art_style": ["Cubism", "Cubism", "Cubism", "null"], "painting": ["a", "a", "b.2", "nan"], "emotion": "awe"}
)


def inventory(*paths: str) -> list[Picture]:
    return [Picture(path, number, f"d{number}") for number, path in enumerate(paths)]


def test_pictures_of_annotated_artworks_with_any_suffix() -> None:
    paths = "Cubism/a.JPG", "Cubism/b.2.jpeg", "null/nan.png", "Cubism/c.jpg", "a.jpg", "x/Cubism/a.jpg"
    pictures = match_pictures(inventory(*paths), ANNOTATED)
    assert pictures[["art_style", "painting", "path", "bytes", "digest"]].to_dict("records") == [
        {"art_style": "Cubism", "painting": "a", "path": "Cubism/a.JPG", "bytes": 0, "digest": "d0"},
        {"art_style": "Cubism", "painting": "b.2", "path": "Cubism/b.2.jpeg", "bytes": 1, "digest": "d1"},
        {"art_style": "null", "painting": "nan", "path": "null/nan.png", "bytes": 2, "digest": "d2"},
    ]


def test_two_pictures_of_one_artwork_are_an_error() -> None:
    with pytest.raises(UserError, match=r"two pictures for one artwork: Cubism/a\.jpg and Cubism/a\.png"):
        match_pictures(inventory("Cubism/b.2.png", "Cubism/a.jpg", "Cubism/a.png"), ANNOTATED)


def test_two_pictures_of_an_artwork_without_annotations() -> None:
    assert len(match_pictures(inventory("Cubism/a.jpg", "Cubism/z.jpg", "Cubism/z.png"), ANNOTATED)) == 1


def test_no_pictures() -> None:
    pictures = match_pictures([], ANNOTATED)
    assert pictures.columns.tolist() == ["art_style", "painting", *Picture._fields]
    assert pictures.empty


def test_a_path_that_is_not_utf_8_matches_no_artwork() -> None:
    pictures = match_pictures(inventory("Cubism/a\udcff.jpg", "Cubism/a.jpg"), ANNOTATED)
    assert pictures["path"].tolist() == ["Cubism/a.jpg"]


NFC, NFD = "Café/né", "Cafe\u0301/ne\u0301"


@pytest.mark.parametrize(
    ("names", "paths", "matched", "open_names"),
    [
        # macOS writes NFD; a spreadsheet writes NFC, or the reverse.
        ([NFC], [f"{NFD}.jpg"], {NFC: f"{NFD}.jpg"}, []),
        ([NFD], [f"{NFC}.jpg"], {NFD: f"{NFC}.jpg"}, []),
        (["Café/ne\u0301"], ["Cafe\u0301/né.tif"], {"Café/ne\u0301": "Cafe\u0301/né.tif"}, []),
        # Equal names come first.
        ([NFC], [f"{NFD}.jpg", f"{NFC}.jpg"], {NFC: f"{NFC}.jpg"}, []),
        ([NFC, NFD], [f"{NFD}.jpg", f"{NFC}.jpg"], {NFC: f"{NFC}.jpg", NFD: f"{NFD}.jpg"}, []),
        # One picture is that of one artwork.
        ([NFC, NFD], [f"{NFC}.jpg"], {NFC: f"{NFC}.jpg"}, [NFD]),
        # Two pictures, neither of which has the artwork's name.
        ([NFC], [f"{NFD}.jpg", "Café/ne\u0301.jpg"], {}, [NFC]),
        ([NFC], [f"{NFD}.jpg", f"{NFD}.png"], {}, [NFC]),
        (["Café/ne\u0301", NFD], [f"{NFC}.jpg"], {}, ["Café/ne\u0301", NFD]),
        # Compatibility forms are other names.
        (["a/\ufb01"], ["a/fi.jpg"], {}, []),
    ],
)
def test_names_that_are_the_same_in_canonical_composition(
    names: list[str], paths: list[str], matched: dict[str, str], open_names: list[str]
) -> None:
    artworks = pd.DataFrame([name.split("/") for name in names], columns=["art_style", "painting"])
    pictures = match_pictures(inventory(*paths), artworks)
    found = {f"{row.art_style}/{row.painting}": row.path for row in pictures.itertuples()}
    assert found == matched
    assert respelled(pictures)["path"].tolist() == [path for name, path in found.items() if path[:-4] != name]
    assert unclear(inventory(*paths), artworks, pictures) == open_names
