"""Lists of pictures: files in the order given, folders searched, tables read, problems named."""

import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from formats.picture_lists import find, requests
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture


@pytest.fixture
def album(tmp_path: Path) -> Path:
    for name in ("b/2.png", "a.JPG", "b/1.webp"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 6), (10, 200, 30)).save(path)
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_files_as_given_and_folders_in_order(album: Path) -> None:
    paths = find([album / "notes.txt", album, album / "gone.jpg"])
    assert [path.relative_to(album).as_posix() for path in paths] == [
        *("notes.txt", "a.JPG", "b/1.webp", "b/2.png", "gone.jpg")
    ]


def test_a_folder_without_a_picture(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no picture in this folder"):
        list(find([tmp_path]))


def test_linked_folders_are_searched_and_cycles_are_named(
    album: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "3.TIF").touch()
    (album / "c").symlink_to(other)
    (album / "b/up").symlink_to(album)
    paths = [path.relative_to(album).as_posix() for path in find([album])]
    assert paths == ["a.JPG", "b/1.webp", "b/2.png", "c/3.TIF"]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{album}: b/up: ")


def test_pictures_that_are_not_read_are_named(album: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("4.heic", "b/5.heic", "6.svg", "._a.jpg", ".DS_Store"):
        (album / name).touch()
    assert len(list(find([album]))) == 3
    kinds, hidden = capsys.readouterr().err.splitlines()
    assert "2 .heic, 1 .svg" in kinds
    assert "._a.jpg" in hidden


def test_a_folder_of_other_pictures_only(tmp_path: Path) -> None:
    (tmp_path / "a.heic").touch()
    with pytest.raises(UserError, match=r"no picture in this folder.*1 \.heic"):
        list(find([tmp_path]))


def test_a_link_that_leads_nowhere_is_among_the_files(album: Path) -> None:
    (album / "room").symlink_to("gone")
    assert [path.name for path in find([album])] == ["a.JPG", "1.webp", "2.png", "room"]


LISTED = [("a.jpg", "awe"), ("b c.jpg", None), ("ä\u2028.jpg", "none"), ("/far/d.jpg", "all")]


def _list(folder: Path, name: str) -> Path:
    """A list of LISTED in the format that the name says."""
    path = folder / name
    rows = [{"picture": picture, "emotion": emotion} for picture, emotion in LISTED]
    if ".parquet" in name:
        pq.write_table(pa.Table.from_pylist(rows), path)
        return path
    if ".json" in name:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        text = "\n".join(lines) if name.endswith("l") else f"[{','.join(lines)}]"
    else:
        separator = "\t" if name.endswith(".tsv") else ","
        text = "".join(
            f'"{picture}"{separator}{emotion or ""}\n' for picture, emotion in [("picture", "emotion"), *LISTED]
        )
    content = text.encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("name", ["l.csv", "L.CSV", "l.csv.gz", "l.tsv", "l.json", "l.jsonl", "l.parquet"])
def test_a_list_in_every_format(tmp_path: Path, name: str) -> None:
    found = list(requests([_list(tmp_path, name)]))
    assert [(Path(str(request.picture)), request.emotion) for request in found] == [
        (tmp_path / picture, emotion) for picture, emotion in LISTED
    ]
    first = "row 1" if name in ("l.json", "l.parquet") else "line 1" if name == "l.jsonl" else "line 2"
    assert found[0].place == f"{tmp_path / name}, {first}"


@pytest.mark.parametrize(
    ("content", "pictures"),
    [
        # Neither a line separator nor a vertical tab nor U+0085 ends a line.
        ("picture,title\na.jpg,Sea\u2028at night\nb.jpg,Old\x0bhorse\nc.jpg,x\x85y\n", ["a.jpg", "b.jpg", "c.jpg"]),
        ("title,image_file\nOld\x0chorse\x1c,a.jpg\n", ["a.jpg"]),
        ('\ufeffpicture\r\n"a, b.jpg"\r\n"say ""hi"".jpg"\r\n\r\n', ["a, b.jpg", 'say "hi".jpg']),
        # Nothing is trimmed from a name.
        ("picture\n a.jpg \n", [" a.jpg "]),
        ("picture,grounding_emotion\na.jpg, awe \n", ["a.jpg"]),
    ],
)
def test_a_list_is_read_as_it_is(tmp_path: Path, content: str, pictures: list[str]) -> None:
    (tmp_path / "l.csv").write_bytes(content.encode())
    assert [Path(str(request.picture)) for request in requests([tmp_path / "l.csv"])] == [
        tmp_path / name for name in pictures
    ]


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("l.csv", "", ["empty"]),
        ("l.csv", "picture\n", ["no pictures"]),
        ("l.csv", "picture,emotion\na.jpg,awe,\n", ["line 2"]),
        ("l.csv", 'picture,title\na.jpg,"Sea\nb.jpg,x\n', ["line 2", "never closed"]),
        ("l.csv", "picture;emotion\na.jpg;awe\n", ["picture;emotion", "comma"]),
        ("l.csv", "Picture\na.jpg\n", ["Picture", "did you mean picture"]),
        ("l.csv", "picture, emotion\na.jpg, awe\n", ["' emotion'", "did you mean emotion"]),
        ("l.csv", 'title,picture\n"one\ntwo",a.jpg\nx,\n', ["line 4", "picture"]),
        ("l.csv", b"picture\na.jpg\ncaf\xe9.jpg\n", ["line 3", "UTF-8"]),
        ("l.csv", "picture\na.jpg\n".encode("utf-16"), ["UTF-16"]),
        ("l.json", '[{"picture": "a.jpg"}, {"picture": 3}]', ["row 2", "picture"]),
        ("l.json", '[{"picture": "a.jpg", "emotion": 1}]', ["row 1", "emotion"]),
        ("l.jsonl", '{"picture": "a.jpg"}\n\n{"picture": null}\n', ["line 3", "picture"]),
        ("l.parquet", "PAR1", ["Parquet"]),
        ("gone.csv", None, ["no such file"]),
    ],
)
def test_a_list_that_cannot_be_read(tmp_path: Path, name: str, content: str | bytes | None, named: list[str]) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(UserError) as refused:
        list(requests([path]))
    message = str(refused.value)
    assert message.startswith(str(path))
    assert [part for part in named if part not in message] == []


def test_a_folder_with_the_name_of_a_list(album: Path) -> None:
    named = album.rename(album.with_name("album.csv"))
    assert [Path(str(request.picture)).name for request in requests([named])] == ["a.JPG", "1.webp", "2.png"]


@pytest.mark.parametrize("name", ["nul\0.jpg", "long" * 200, "file:/x.jpg"])
def test_a_name_that_no_file_has(album: Path, name: str) -> None:
    places = [Path(name), album / "a.JPG"]
    first, second = (request.picture for request in requests(places))
    assert (str(first), str(second)) == (str(places[0]), str(places[1]))
    assert first.version() is None
    with pytest.raises(UnreadablePicture):
        first.read()


def test_a_list_names_what_is_not_utf8_by_a_uri(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("picture\nfile:///far/caf%E9.jpg\n")
    (request,) = requests([tmp_path / "l.csv"])
    assert Path(str(request.picture)) == Path(os.fsdecode(b"/far/caf\xe9.jpg"))
