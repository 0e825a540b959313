"""Readers of the captions of other data sets, each with a file of its format."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages.common.errors import UserError
from stages.wording.other_captions import FOLDER, find, load

COCO = {"annotations": [{"image_id": 9, "caption": "A dog."}, {"image_id": 9, "caption": "One dog."}]}
KARPATHY = {"images": [{"filename": "9.jpg", "sentences": [{"raw": "A dog."}, {"raw": "One dog."}]}]}
REGION = {"image_id": 9, "refexp_ids": [2, 1]}
EXPRESSIONS = [{"refexp_id": 1, "raw": "the dog"}, {"refexp_id": 2, "raw": "dog on the left"}]


def write(resources: Path, name: str, text: str) -> None:
    (resources / FOLDER).mkdir(exist_ok=True)
    (resources / FOLDER / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "file", "text", "rows"),
    [
        ("COCO", "coco_val.json", json.dumps(COCO), [["9", "A dog."], ["9", "One dog."]]),
        ("COCO", "coco.json", json.dumps(KARPATHY), [["9.jpg", "A dog."], ["9.jpg", "One dog."]]),
        ("Flickr30k", "flickr30k.token", "9.jpg#0\tA dog .\n9.jpg#1\tOne\n", [["9.jpg", "A dog ."], ["9.jpg", "One"]]),
        (
            "Google RefExp",
            "google_refexp_train.json",
            json.dumps({"annotations": [REGION], "refexps": EXPRESSIONS}),
            [["9", "dog on the left"], ["9", "the dog"]],
        ),
        (
            "Google RefExp",
            "google_refexp_aligned.json",
            json.dumps({"annotations": {"7": REGION}, "refexps": {str(row["refexp_id"]): row for row in EXPRESSIONS}}),
            [["9", "dog on the left"], ["9", "the dog"]],
        ),
        ("Conceptual Captions", "conceptual_captions.tsv", 'a "dog\thttp://x/9\n', [["http://x/9", 'a "dog']]),
    ],
)
def test_each_format(tmp_path: Path, name: str, file: str, text: str, rows: list[list[str]]) -> None:
    write(tmp_path, file, text)
    ((data_set, paths),) = find(tmp_path).items()
    assert (data_set, paths) == (name, [tmp_path / FOLDER / file])
    assert load(data_set, paths).to_numpy().tolist() == rows


def test_several_files_of_one_data_set_are_read_as_one(tmp_path: Path) -> None:
    for name in ("coco_train.json", "coco_val.json"):
        write(tmp_path, name, json.dumps(COCO))
    assert len(load("COCO", find(tmp_path)["COCO"])) == 4


def changed(content: dict[str, Any], key: str, **values: Any) -> str:
    """`content` with other values in the second of its objects under `key`."""
    first, second = content[key]
    return json.dumps({**content, key: [first, {**second, **values}]})


REFEXP = {"annotations": [REGION, {**REGION, "image_id": 10}], "refexps": EXPRESSIONS}


@pytest.mark.parametrize(
    ("file", "text", "named"),
    [
        ("coco.json", '{"licenses": []}', "annotations"),
        ("coco.json", "[]", "annotations"),
        ("coco.json", "{", "line 1"),
        ("coco.json", "", "empty"),
        ("coco.json", changed(COCO, "annotations", caption=5), "annotations, row 2: caption is 5"),
        ("coco.json", changed(COCO, "annotations", caption=None), "annotations, row 2: caption is empty"),
        ("coco.json", changed(COCO, "annotations", caption=" "), "annotations, row 2: caption is empty"),
        (
            "coco.json",
            changed(COCO, "annotations", caption=["a", "dog"]),
            "annotations, row 2: caption is ['a', 'dog']",
        ),
        ("coco.json", changed(COCO, "annotations", image_id=None), "annotations, row 2: image_id is empty"),
        ("coco.json", json.dumps({"annotations": [COCO["annotations"][0], 3]}), "annotations, row 2: 3"),
        ("coco.json", json.dumps({"images": [{"filename": "9.jpg", "sentences": "A dog"}]}), "row 1: sentences"),
        (
            "coco.json",
            json.dumps({"images": [{"filename": "9.jpg", "sentences": [{"raw": "A dog"}, {"raw": {"a": 1}}]}]}),
            "images, row 1, sentence 2: raw",
        ),
        ("flickr30k.token", "9.jpg#0\tA dog .\n9.jpg#1 One\n", "line 2: no tab"),
        ("flickr30k.token", "9.jpg#0\tA dog .\n9.jpg#1\t\n", "line 2: caption is empty"),
        ("flickr30k.token", "\n", "no captions"),
        (
            "google_refexp.json",
            changed(REFEXP, "annotations", refexp_ids=[3]),
            "annotations, row 2: refexp_ids names 3",
        ),
        ("google_refexp.json", changed(REFEXP, "annotations", refexp_ids=2), "annotations, row 2: refexp_ids"),
        ("google_refexp.json", changed(REFEXP, "refexps", raw=["a"]), "refexps, row 2: raw"),
        ("conceptual_captions.tsv", "a dog\thttp://x/9\na cat\n", "line 2: no tab"),
    ],
)
def test_a_file_at_fault_is_an_error(tmp_path: Path, file: str, text: str, named: str) -> None:
    write(tmp_path, file, text)
    with pytest.raises(UserError) as error:
        load(*next(iter(find(tmp_path).items())))
    assert str(tmp_path / FOLDER / file) in str(error.value)
    assert named in str(error.value)


def test_bytes_that_are_not_utf_8_are_an_error_with_their_line(tmp_path: Path) -> None:
    write(tmp_path, "flickr30k.token", "")
    (tmp_path / FOLDER / "flickr30k.token").write_bytes(b"1.jpg#0\tA dog\n2.jpg#0\tA caf\xe9\n")
    with pytest.raises(UserError, match=r"flickr30k\.token, line 2: not UTF-8"):
        load("Flickr30k", find(tmp_path)["Flickr30k"])


@pytest.mark.parametrize("mark", ["\u2028", "\x0b", "\u0085", "\x1c", "\x0c"])
def test_only_line_ends_end_a_caption(tmp_path: Path, mark: str) -> None:
    write(tmp_path, "flickr30k.token", f"9.jpg#0\tA dog{mark}at night\n\n9.jpg#1\tOne\n")
    rows = load("Flickr30k", find(tmp_path)["Flickr30k"]).to_numpy().tolist()
    assert rows == [["9.jpg", f"A dog{mark}at night"], ["9.jpg", "One"]]


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    write(tmp_path, "coco.json", "\ufeff" + json.dumps(COCO))
    write(tmp_path, "flickr30k.token", "\ufeff9.jpg#0\tA dog .\n")
    found = find(tmp_path)
    assert len(load("COCO", found["COCO"])) == 2
    assert load("Flickr30k", found["Flickr30k"])["picture"].tolist() == ["9.jpg"]


def test_without_files_there_are_no_captions(tmp_path: Path) -> None:
    assert find(tmp_path) == {}
