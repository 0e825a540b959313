"""COCO's captions and Karpathy's splits: rows with their places, and files that are refused."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from formats.captioned_pictures import Caption, LeftOut
from formats.coco import read
from stages.common.errors import UserError

IMAGES = [{"id": 7, "file_name": "a.jpg"}, {"id": 8, "file_name": "val/b.jpg", "split": "val"}]
ANNOTATIONS = [
    {"id": 1, "image_id": 8, "caption": "a boat"},
    {"id": 1, "image_id": 7, "caption": "a cat", "emotion": "awe", "category_id": 3},
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "captions.json"


def rows(file: Path, content: Any) -> list[Caption | LeftOut]:
    file.write_text(json.dumps(content), encoding="utf-8")
    return list(read(file))


def coco(*annotations: Any, images: Any = IMAGES) -> dict[str, Any]:
    return {"info": {}, "images": images, "licenses": [], "annotations": list(annotations)}


def test_coco(file: Path) -> None:
    assert rows(file, coco(*ANNOTATIONS)) == [
        Caption(f"{file}, annotations[0]", "val/b.jpg", "a boat", None, "val"),
        Caption(f"{file}, annotations[1]", "a.jpg", "a cat", "awe"),
    ]


def test_karpathys_splits(file: Path) -> None:
    splits = ("train", "restval", "val", "test", None)
    images = [
        {
            "filename": f"{number}.jpg",
            "split": split,
            "sentences": [{"raw": "a cat.", "tokens": ["a", "cat"]}, {"raw": "b"}],
        }
        for number, split in enumerate(splits)
    ]
    images[1]["filepath"] = "val2014"
    found = rows(file, {"images": [*images, {"filename": "mute.jpg", "sentences": []}], "dataset": "coco"})
    assert found[:2] == [
        Caption(f"{file}, images[0].sentences[{number}]", "0.jpg", text, split="train")
        for number, text in enumerate(("a cat.", "b"))
    ]
    assert [row[1:] for row in found[2::2]] == [
        Caption("", name, "a cat.", split=split)[1:]
        for name, split in (("val2014/1.jpg", "train"), ("2.jpg", "val"), ("3.jpg", "test"), ("4.jpg", None))
    ]


def test_an_image_id_without_an_image_is_told(file: Path) -> None:
    (row, _) = rows(file, coco({"image_id": 9, "caption": "a cat"}, ANNOTATIONS[0]))
    assert row == LeftOut(f"{file}, annotations[0]", "no such image_id", "9")


def test_ids_of_numbers_and_of_text_are_the_same(file: Path) -> None:
    (row,) = rows(file, coco({"image_id": "7", "caption": "a cat"}))
    assert isinstance(row, Caption)
    assert row.picture == "a.jpg"


def test_an_image_that_is_listed_twice(file: Path) -> None:
    assert len(rows(file, coco(*ANNOTATIONS, images=[*IMAGES, *IMAGES]))) == 2
    with pytest.raises(UserError, match=r"images\[2\]: the id 7 is that of 'a\.jpg', too"):
        rows(file, coco(*ANNOTATIONS, images=[*IMAGES, {"id": 7, "file_name": "c.jpg"}]))


@pytest.mark.parametrize("caption", ["", None])
def test_an_empty_caption_stays_a_row(file: Path, caption: str | None) -> None:
    row, _ = rows(file, coco({"image_id": 7, "caption": caption}, ANNOTATIONS[0]))
    assert row == Caption(f"{file}, annotations[0]", "a.jpg", "")


@pytest.mark.parametrize(
    ("annotation", "images", "named"),
    [
        ({"image_id": 7, "caption": 5}, IMAGES, r"annotations\[0\]: caption is 5"),
        ({"image_id": 7, "caption": ["a", "cat"]}, IMAGES, r"annotations\[0\]: caption is \['a', 'cat'\]"),
        ({"image_id": 7, "caption": "a cat", "emotion": 3}, IMAGES, r"annotations\[0\]: emotion is 3"),
        ({"image_id": None, "caption": "a cat"}, IMAGES, r"annotations\[0\]: image_id is None"),
        ({"image_id": 7.0, "caption": "a cat"}, IMAGES, r"annotations\[0\]: image_id is 7\.0"),
        ({"image_id": 7, "bbox": []}, IMAGES, "annotations: no caption; the keys are image_id, bbox"),
        ("a cat", IMAGES, r"annotations\[0\]: 'a cat'"),
        (ANNOTATIONS[0], [{"id": True, "file_name": "a.jpg"}], r"images\[0\]: id is True"),
        (ANNOTATIONS[0], [{"file_name": "a.jpg"}], r"images\[0\]: id is None"),
        (ANNOTATIONS[0], [{"id": 1, "file_name": 3}], r"images\[0\]: file_name is 3"),
        (ANNOTATIONS[0], [{"id": 1, "url": "x"}], "images: no file_name; the keys are id, url"),
        (ANNOTATIONS[0], {"7": "a.jpg"}, "images: .*; expected a list"),
    ],
)
def test_a_value_of_another_kind_is_refused(file: Path, annotation: Any, images: Any, named: str) -> None:
    with pytest.raises(UserError, match=named):
        rows(file, coco(annotation, images=images))


@pytest.mark.parametrize(
    "content",
    [[], {}, {"annotations": ANNOTATIONS}, {"images": IMAGES}, {"images": [{"filename": "a", "sentences": 3}]}],
)
def test_another_form_is_refused(file: Path, content: Any) -> None:
    with pytest.raises(UserError, match=rf"{file}.*expected"):
        rows(file, content)


@pytest.mark.parametrize("text", ["", "no JSON", json.dumps(coco(*ANNOTATIONS))[:-30], '{"images": [], "images": []}'])
def test_what_is_no_json_is_refused(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(UserError, match=str(file)):
        list(read(file))


def test_a_gzipped_file_that_is_cut_off(file: Path) -> None:
    content = gzip.compress(json.dumps(coco(*ANNOTATIONS)).encode())
    file.write_bytes(content)
    assert len(list(read(file))) == 2
    file.write_bytes(content[:-20])
    with pytest.raises(UserError, match="gzip"):
        list(read(file))


def test_a_misspelt_key_is_no_loss_of_emotions(tmp_path: Path) -> None:
    file = tmp_path / "captions.json"
    images, caption = [{"id": 1, "file_name": "a.jpg"}], {"image_id": 1, "caption": "a cat", "Emotion": "awe"}
    file.write_text(json.dumps({"images": images, "annotations": [caption]}), encoding="utf-8")
    with pytest.raises(UserError, match=r"annotations\[0\]: unknown key 'Emotion'; did you mean emotion\?"):
        list(read(file))
