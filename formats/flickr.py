"""Captions in the text files of Flickr8k and Flickr30k.

Three forms, told apart by the first line: `name.jpg#0<tab>caption` (the originals), a CSV with the columns `image` and
`caption`, and a table `image_name| comment_number| comment`, whose texts have no quotes around them.
"""

from collections.abc import Iterator
from pathlib import Path

from formats.captioned_pictures import Caption, LeftOut
from stages.common.errors import UserError
from stages.common.table_reader import read as read_table
from stages.common.table_rows import Column, used_columns
from stages.common.text_files import shown, text_lines

PICTURE = Column("image", ("image_name", "file_name", "filename"))
TEXT = Column("caption", ("comment",))
# Not in the originals, but people add them.
EMOTION, SPLIT = Column("emotion", required=False), Column("split", required=False)
COLUMNS = (PICTURE, TEXT, EMOTION, SPLIT)
FORMS = "name.jpg#0<tab>caption, or a header image,caption or image_name| comment_number| comment"


def read(path: Path) -> Iterator[Caption | LeftOut]:
    """Yield the captions of a file, in order.

    Raises:
        UserError: there is no such file, it is not UTF-8, or it has another form.
    """
    first = next((line for _, line in text_lines(path) if line.strip()), "")
    if "\t" in first and "#" in first.partition("\t")[0]:
        return _numbered(path)
    if "|" in first:
        return _bars(path)
    if "," in first:
        return _csv(path)
    raise UserError(f"{path}: the first line is {shown(first)}; expected {FORMS}")


def _numbered(path: Path) -> Iterator[Caption | LeftOut]:
    for number, line in text_lines(path):
        if not line.strip():
            continue
        place = f"{path}, line {number:,}"
        name, tab, caption = line.partition("\t")
        picture, _, count = name.rpartition("#")
        if not tab or not count.isdecimal():
            yield LeftOut(place, "no name.jpg#0 and tab", shown(line))
        else:
            yield Caption(place, picture, caption)


def _bars(path: Path) -> Iterator[Caption | LeftOut]:
    lines = ((number, line) for number, line in text_lines(path) if line.strip())
    _, header = next(lines)
    names = [name.strip() for name in header.split("|")]
    used = used_columns(path, names, COLUMNS, closed=False)
    for number, line in lines:
        place = f"{path}, line {number:,}"
        # The last text may have bars.
        fields = [field.strip() for field in line.split("|", len(names) - 1)]
        if len(fields) < len(names):
            yield LeftOut(place, f"fewer than {len(names)} fields", shown(line))
        else:
            values = {name: fields[number] for name, number in used.items()}
            yield Caption(place, values[PICTURE.name], values[TEXT.name], *map(values.get, (EMOTION.name, SPLIT.name)))


def _csv(path: Path) -> Iterator[Caption]:
    for row in read_table(path, COLUMNS):
        # Empty texts are left out later, as in the other forms.
        picture, caption = (row.values[column.name] or "" for column in (PICTURE, TEXT))
        further = (row.optional_text(column.name) for column in (EMOTION, SPLIT))
        yield Caption(f"{path}, {row.place}", picture, caption, *further)
