import io
import pickle
import subprocess
import tarfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.sources.fetch import Unreachable
from formats.sources.tar import TarMember, find, is_tar
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture
from tests.formats.servers import Failure, Web


def packed(members: Iterable[tuple[str, bytes]], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar file of regular members."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def saved(folder: Path, content: bytes) -> str:
    path = folder / "museum.tar"
    path.write_bytes(content)
    return str(path)


MEMBERS = [("hall/a.jpg", b"a" * 700), ("b.PNG", b""), ("hall/c.webp", b"c" * 512)]


def test_members_are_named_and_read(tmp_path: Path) -> None:
    place = saved(tmp_path, packed(MEMBERS))
    found = list(find(place))
    assert [str(picture) for picture in found] == [f"{place}/{name}" for name, _ in MEMBERS]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(TarMember.read, found)) == [content for _, content in MEMBERS]
    assert pickle.loads(pickle.dumps(found)) == found
    assert len({str(picture.version()) for picture in found}) == 3


@settings(max_examples=40, deadline=None)
@given(
    members=st.dictionaries(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=130),
        st.binary(max_size=1100),
        min_size=1,
        max_size=6,
    ),
    form=st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]),
)
def test_every_member_is_read_as_tarfile_reads_it(
    tmp_path_factory: pytest.TempPathFactory, members: dict[str, bytes], form: int
) -> None:
    named = {f"x{name}.jpg": content for name, content in members.items()}
    place = saved(tmp_path_factory.mktemp("tar"), packed(named.items(), form))
    assert {picture.member: picture.read() for picture in find(place)} == named


def test_what_is_not_read_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = io.BytesIO(packed([*MEMBERS, ("./hall/a.jpg", b"new"), ("._a.jpg", b"mac"), ("x.heic", b"h")]))
    with tarfile.open(fileobj=file, mode="a") as archive:
        for name, kind, target in [
            ("hard.jpg", tarfile.LNKTYPE, "b.PNG"),
            ("lost.jpg", tarfile.LNKTYPE, "x.heic"),
            ("soft.jpg", tarfile.SYMTYPE, "b.PNG"),
            ("folder.jpg", tarfile.DIRTYPE, ""),
            ("pipe.jpg", tarfile.FIFOTYPE, ""),
        ]:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    found = {picture.member: picture.read() for picture in find(saved(tmp_path, file.getvalue()))}
    # Of two members of one name, the last one counts; a hard link is the same file under another name.
    assert found == {"b.PNG": b"", "hall/c.webp": b"c" * 512, "hall/a.jpg": b"new", "hard.jpg": b""}
    told = capsys.readouterr().err
    assert [
        name for name in ("lost.jpg", "soft.jpg", "pipe.jpg", "hall/a.jpg", "._a.jpg", ".heic") if name not in told
    ] == []


def test_tar_itself_agrees_about_repeated_members(tmp_path: Path) -> None:
    place = saved(tmp_path, packed([("a.jpg", b"old"), ("./b.jpg", b"b"), ("a.jpg", b"new")]))
    subprocess.run(["tar", "-xf", place, "-C", tmp_path], check=True)
    assert {picture.member: picture.read() for picture in find(place)} == {
        name: (tmp_path / name).read_bytes() for name in ("a.jpg", "b.jpg")
    }


def test_a_tar_file_of_tar(tmp_path: Path) -> None:
    (tmp_path / "hall").mkdir()
    (tmp_path / "hall" / f"{'long' * 60}.jpg").write_bytes(b"abc")
    subprocess.run(["tar", "-cf", tmp_path / "t.tar", "-C", tmp_path, "./hall"], check=True)
    (picture,) = find(str(tmp_path / "t.tar"))
    assert picture.member == f"hall/{'long' * 60}.jpg"
    assert picture.read() == b"abc"


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    place = saved(tmp_path, packed([(b"caf\xe9.jpg".decode(errors="surrogateescape"), b"a")], tarfile.GNU_FORMAT))
    (picture,) = find(place)
    assert picture.name == f"file://{place}/caf%E9.jpg"
    assert picture.read() == b"a"


# The headers of MEMBERS are at bytes 0, 1536 and 2048; the end mark is at 3072.
@pytest.mark.parametrize(
    ("end", "kept", "named"),
    [
        (3072, 3, "3,072"),
        (3000, 2, "hall/c.webp"),
        (2100, 2, "2,100"),
        (2048, 2, "2,048"),
        (1000, 0, "hall/a.jpg"),
    ],
)
def test_a_tar_file_that_is_cut_off(
    tmp_path: Path, end: int, kept: int, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    place = saved(tmp_path, packed(MEMBERS)[:end])
    if not kept:
        with pytest.raises(UserError, match=r"museum\.tar"):
            list(find(place))
    else:
        assert [picture.read() for picture in find(place)] == [content for _, content in MEMBERS[:kept]]
    assert named in capsys.readouterr().err


def test_a_header_that_is_damaged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = bytearray(packed(MEMBERS))
    content[2048] ^= 1
    assert len(list(find(saved(tmp_path, bytes(content))))) == 2
    assert "byte 2,048" in capsys.readouterr().err


def test_joined_tar_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(list(find(saved(tmp_path, packed(MEMBERS) * 2)))) == 3
    assert "byte 3,072" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("museum.tar", b"", "museum.tar"),
        ("museum.tar", b"no tar file" * 100, "museum.tar"),
        ("museum.tar", packed([("notes.txt", b"")]), "museum.tar"),
        ("museum.tar", b"\x1f\x8b" + bytes(600), "`gzip -dk"),
        ("museum.tgz", b"\x1f\x8b" + bytes(600), "`gzip -dk"),
        ("museum.tar.zst", b"\x28\xb5\x2f\xfd" + bytes(600), "`zstd -dk"),
        ("museum.tar.xz", b"\xfd7zXZ\0" + bytes(600), "`xz -dk"),
        ("museum.tar.bz2", b"BZh" + bytes(600), "`bzip2 -dk"),
        ("museum.tar", None, "museum.tar"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, name: str, content: bytes | None, named: str) -> None:
    path = tmp_path / name
    assert is_tar(str(path))
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=named) as refused:
        list(find(str(path)))
    assert str(path) in str(refused.value)


def test_a_tar_file_that_changes_after_the_search(tmp_path: Path) -> None:
    place = saved(tmp_path, packed(MEMBERS))
    first, *_ = find(place)
    saved(tmp_path, packed(MEMBERS[1:]))
    with pytest.raises(UnreadablePicture, match=r"museum\.tar"):
        first.read()
    Path(place).unlink()
    with pytest.raises(UnreadablePicture):
        first.read()


def test_a_folder_is_no_tar_file(tmp_path: Path) -> None:
    assert not is_tar(str(tmp_path))
    (tmp_path / "x.tar").mkdir()
    assert not is_tar(str(tmp_path / "x.tar"))
    assert is_tar("s3://museum/x.TAR")


def test_a_tar_file_of_a_web_server(web: Web) -> None:
    url = web.add("/museum.tar", packed(MEMBERS), Failure(503), Failure(broken_at=100))
    found = list(find(url))
    assert [str(picture) for picture in found] == [f"{url}/{name}" for name, _ in MEMBERS]
    assert [picture.read() for picture in found] == [content for _, content in MEMBERS]
    # Two failures, the headers, and two pictures that are not empty.
    assert web.asked["/museum.tar"] == 5
    web.failures["/museum.tar"] = [Failure(503)] * 9
    with pytest.raises(Unreachable):
        found[0].read()


def test_a_web_server_without_ranges(web: Web) -> None:
    web.ranges = False
    place = web.add("/museum.tar", packed([("a.jpg", bytes(6 << 20))]))
    with pytest.raises(UserError, match=r"museum\.tar.*download"):
        list(find(place))


def test_a_tar_file_of_a_web_server_that_is_not_there(web: Web) -> None:
    with pytest.raises(UserError, match=r"/gone\.tar"):
        list(find(f"{web.address}/gone.tar"))


def test_a_tar_file_of_a_bucket(s3: Any) -> None:
    s3.mkdir("shards")
    s3.pipe_file("shards/museum.tar", packed(MEMBERS))
    found = list(find("s3://shards/museum.tar"))
    assert [picture.read() for picture in found] == [content for _, content in MEMBERS]
    with pytest.raises(UserError, match=r"s3://shards/gone\.tar"):
        list(find("s3://shards/gone.tar"))
