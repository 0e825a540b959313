"""COCO's captions in JSON, and Karpathy's splits of them and of others (dataset_coco.json, dataset_flickr8k.json).

COCO: `images` with `id`, `file_name` and, optionally, `split`; `annotations` with `image_id` and `caption`, and
optionally `emotion`. Karpathy: `images` with `filename`, `split` and `sentences`, each with `raw` and, optionally,
`emotion`. Other keys are not read.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from formats.captioned_pictures import Caption, LeftOut, optional_text
from stages.common.errors import UserError
from stages.common.table_rows import alike
from stages.common.text_files import read_json, shown

# Pictures of COCO's validation set, which Karpathy's split adds to the training set.
RESTVAL, TRAIN = "restval", "train"
FORMS = "COCO's captions (images and annotations), or Karpathy's (images with sentences)"


class Item(NamedTuple):
    """An object in the file; `place` is such as `captions.json, annotations[7]`, counted from 0 as in JSON."""

    place: str
    values: dict[str, Any]

    def text(self, key: str) -> str | None:
        """The text of a key; None if it is missing or null.

        Raises:
            UserError: it is no text.
        """
        return optional_text(self.values.get(key), key, self.place)

    def id(self, key: str) -> str:
        """The value of a key that identifies an image, a number or a text.

        Raises:
            UserError: it is missing or something else.
        """
        value = self.values.get(key)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise UserError(f"{self.place}: {key} is {shown(value)}; expected the number or the text of an image's id")
        return str(value)


def read(path: Path) -> Iterator[Caption | LeftOut]:
    """Yield the captions of a file, in order.

    Raises:
        UserError: there is no such file, it is not JSON, or it has another form.
    """
    content = read_json(path)
    if not isinstance(content, dict) or "images" not in content:
        raise UserError(f"{path}: the JSON is {shown(content)}; expected {FORMS}")
    if "annotations" in content:
        images = _items(content["images"], f"{path}, images", "file_name")
        yield from _coco(images, _items(content["annotations"], f"{path}, annotations", "caption"))
    else:
        yield from _karpathy(_items(content["images"], f"{path}, images", "sentences"))


def _items(values: Any, place: str, key: str) -> list[Item]:
    """The objects of a list.

    Args:
        key: a key that they have, but for some that may lack it by mistake.
    """
    if not isinstance(values, list):
        raise UserError(f"{place}: {shown(values)}; expected a list of objects")
    for number, value in enumerate(values):
        if not isinstance(value, dict):
            raise UserError(f"{place}[{number}]: {shown(value)}; expected an object with {key}")
    if values and not any(key in value for value in values):
        found = ", ".join(map(str, values[0]))
        raise UserError(f"{place}: no {key}; the keys are {found}; expected {FORMS}")
    for number, value in enumerate(values):
        for wanted in ("emotion", "split"):
            near = next((name for name in value if name != wanted and alike(str(name), wanted, certain=True)), None)
            if near is not None and wanted not in value:
                raise UserError(f"{place}[{number}]: unknown key {shown(near)}; did you mean {wanted}? rename it")
    return [Item(f"{place}[{number}]", value) for number, value in enumerate(values)]


def _coco(images: list[Item], annotations: list[Item]) -> Iterator[Caption | LeftOut]:
    pictures: dict[str, tuple[str, str | None]] = {}
    for image in images:
        key, picture = image.id("id"), (image.text("file_name") or "", image.text("split"))
        if pictures.setdefault(key, picture) != picture:
            other = shown(pictures[key][0])
            raise UserError(f"{image.place}: the id {key} is that of {other}, too; give each image an id of its own")
    for annotation in annotations:
        key, caption, emotion = annotation.id("image_id"), annotation.text("caption"), annotation.text("emotion")
        if key not in pictures:
            yield LeftOut(annotation.place, "no such image_id", key)
            continue
        name, split = pictures[key]
        yield Caption(annotation.place, name, caption or "", emotion, _part(split))


def _karpathy(images: list[Item]) -> Iterator[Caption]:
    for image in images:
        name, folder, split = image.text("filename") or "", image.text("filepath"), _part(image.text("split"))
        for sentence in _items(image.values.get("sentences") or [], f"{image.place}.sentences", "raw"):
            picture = f"{folder}/{name}" if folder else name
            yield Caption(sentence.place, picture, sentence.text("raw") or "", sentence.text("emotion"), split)


def _part(split: str | None) -> str | None:
    return TRAIN if split == RESTVAL else split
