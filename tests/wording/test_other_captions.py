"""Readers of the captions of other data sets, each with a file of its format."""

import json
from pathlib import Path

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


def test_a_file_of_another_format_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "coco.json", '{"licenses": []}')
    with pytest.raises(UserError, match=r"coco\.json: no captions .*COCO"):
        load("COCO", find(tmp_path)["COCO"])


def test_without_files_there_are_no_captions(tmp_path: Path) -> None:
    assert find(tmp_path) == {}
