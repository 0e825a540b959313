import multiprocessing
import pickle
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fsspec
import pytest

from formats.sources import fetch, picture_cache
from formats.sources.fetch import Unreachable
from formats.sources.remote import RemoteFile, find
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture
from tests.formats.servers import Failure, Web


@pytest.fixture
def memory() -> Iterator[Any]:
    """fsspec's file system in memory, empty before and after."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def texts(url: str) -> list[str]:
    return [str(picture) for picture in find(url)]


def test_a_prefix_has_its_pictures_sorted(memory: Any, capsys: pytest.CaptureFixture[str]) -> None:
    hidden = (".x.jpg", ".git/e.jpg", ".git/f.jpg", "@eaDir/g.jpg")
    for name in ("b/2.png", "b/1.JPG", "a.webp", "c.txt", "d.heic", *hidden):
        memory.pipe_file(f"/hall/{name}", name.encode())
    memory.pipe_file("/hallway/z.jpg", b"z")
    found = list(find("memory://hall"))
    names = ["a.webp", "b/1.JPG", "b/2.png"]
    assert [str(picture) for picture in found] == [f"memory:///hall/{name}" for name in names]
    assert [picture.read() for picture in found] == [name.encode() for name in names]
    told = capsys.readouterr().err
    assert "1 .heic" in told
    # A hidden picture, and a hidden folder whatever is in it.
    assert "2 hidden" in told
    assert "txt" not in told


def test_a_single_picture(memory: Any) -> None:
    memory.pipe_file("/a.jpg", b"abc")
    (picture,) = find("memory:///a.jpg")
    assert (str(picture), picture.name, picture.read()) == ("memory:///a.jpg", "memory:///a.jpg", b"abc")
    version = picture.version()
    assert version is not None
    assert version[0] == 3
    memory.pipe_file("/a.jpg", b"abcd")
    ((replaced),) = find("memory:///a.jpg")
    assert replaced.version() != version


def test_a_file_that_is_named_needs_no_suffix(memory: Any) -> None:
    memory.pipe_file("/scans/0001", b"abc")
    assert texts("memory://scans/0001") == ["memory:///scans/0001"]


def test_a_single_picture_that_is_not_there_is_left_out(memory: Any) -> None:
    (picture,) = find("memory:///gone.jpg")
    with pytest.raises(UnreadablePicture) as left_out:
        picture.read()
    assert not isinstance(left_out.value, Unreachable)


def test_nothing_below_a_prefix(memory: Any) -> None:
    memory.pipe_file("/hall/shard.tar", b"")
    with pytest.raises(UserError, match=r"memory://hall.*1 \.tar"):
        texts("memory://hall")


def test_a_folder_of_this_machine(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "b").mkdir()
    for name in ("a.jpg", "b/ä #1?.png"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "b/loop").symlink_to(tmp_path)
    found = list(find(tmp_path.as_uri()))
    assert [picture.read() for picture in found] == [b"a.jpg", "b/ä #1?.png".encode()]
    assert found[1].url == f"file://{tmp_path}/b/ä #1?.png"
    assert "loop" in capsys.readouterr().err


def test_an_unknown_protocol() -> None:
    with pytest.raises(UserError, match="nothing://a/b"):
        texts("nothing://a/b")


def test_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr(fsspec, "get_filesystem_class", missing)
    for check in (fetch.require, texts):
        with pytest.raises(UserError, match=r"s3://bucket.*object-stores"):
            check("s3://bucket/a.jpg")


def test_a_picture_of_a_web_server(web: Web) -> None:
    (picture,) = find(web.add("/a.jpg?size=1", b"abc"))
    assert picture.read() == b"abc"
    assert picture.version() == [3, '"3"']
    # Servers of museums refuse clients without a name.
    assert web.headers[-1]["User-Agent"].startswith("artemis")


@pytest.mark.parametrize("status", [403, 404, 503])
def test_a_picture_that_a_web_server_refuses_is_left_out(web: Web, status: int) -> None:
    url = web.add("/a.jpg", b"a", *[Failure(status, heads=True)] * 99)
    (picture,) = find(url)
    with pytest.raises(UnreadablePicture):
        picture.read()


def test_a_page_of_links_is_a_folder(web: Web) -> None:
    page = '<a href="?C=N">sort</a> <a href="../">up</a> <a href="b%20c.jpg">b c</a> <a href="sub/">sub</a>'
    web.add("/hall/", page.encode())
    web.add("/hall/b%20c.jpg", b"bc")
    web.add("/hall/sub/", b'<a href="a&amp;d.png">a&amp;d</a>')
    web.add("/hall/sub/a&d.png", b"ad")
    assert [picture.read() for picture in find(f"{web.address}/hall/")] == [b"bc", b"ad"]


def test_what_is_quoted_in_an_address_stays(web: Web) -> None:
    for path in ("/ark%3A%2F1/full.jpg", "/ark:1%20b/full.jpg"):
        url = web.add(path, path.encode())
        assert RemoteFile(url).read() == path.encode()
    assert RemoteFile(web.add("/b%20%C3%A4.jpg", b"b") and f"{web.address}/b ä.jpg").read() == b"b"


@pytest.mark.parametrize(
    "failure",
    [Failure(503), Failure(500), Failure(429), Failure(429, "0"), Failure(broken_at=2)],
)
def test_failures_that_pass(web: Web, failure: Failure) -> None:
    url = web.add("/a.jpg", b"content", failure, failure)
    assert RemoteFile(url).read() == b"content"
    assert web.asked["/a.jpg"] == 3


@pytest.mark.parametrize(
    ("failure", "tries", "at_server"),
    [
        (Failure(503), 4, True),
        (Failure(broken_at=2), 4, True),
        (Failure(403), 1, False),
        (Failure(401), 1, False),
        (Failure(404), 1, False),
        (Failure(400), 1, False),
    ],
)
def test_failures_that_last(web: Web, failure: Failure, tries: int, at_server: bool) -> None:
    url = web.add("/a.jpg", b"content", *[failure] * 9)
    with pytest.raises(UnreadablePicture) as left_out:
        RemoteFile(url).read()
    assert web.asked["/a.jpg"] == tries
    assert isinstance(left_out.value, Unreachable) == at_server


def test_pauses_grow_unless_the_server_says_how_long(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(fetch, "PAUSES", (0.5, 1.0, 2.0))
    monkeypatch.setattr(time, "sleep", waited.append)
    url = web.add("/a.jpg", b"a", Failure(503), Failure(503, "7"), Failure(429, "9999"))
    assert RemoteFile(url).read() == b"a"
    first, *asked = waited
    assert 0.25 <= first <= 0.75
    assert asked == [7, fetch.LONGEST_PAUSE]


def test_a_server_that_does_not_answer(nobody: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "PAUSES", (0.0,))
    url = f"http://{nobody}/a.jpg"
    with pytest.raises(Unreachable):
        RemoteFile(url).read()
    for place in (url, f"http://{nobody}/hall/"):
        with pytest.raises(UserError, match=nobody):
            texts(place)


def test_a_folder_of_a_web_server_that_is_not_there(web: Web) -> None:
    with pytest.raises(UserError, match="/gone/"):
        texts(f"{web.address}/gone/")


def test_a_subfolder_that_cannot_be_read_is_counted(web: Web) -> None:
    web.add("/hall/", b'<a href="a.jpg">a</a> <a href="closed/">closed</a>')
    web.add("/hall/a.jpg", b"a")
    web.add("/hall/closed/", b"", *[Failure(403)] * 9)
    first, closed = find(f"{web.address}/hall/")
    assert first.read() == b"a"
    assert str(closed).endswith("/closed/")
    with pytest.raises(UnreadablePicture):
        closed.read()


# Python 3.12 warns of forks of a process with threads; the child uses threads of its own.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_many_threads_and_processes(web: Web) -> None:
    urls = [web.add(f"/{number}.jpg", str(number).encode()) for number in range(64)]
    pictures = [RemoteFile(url) for url in urls]
    expected = [str(number).encode() for number in range(64)]
    with ThreadPoolExecutor(32) as pool:
        assert list(pool.map(RemoteFile.read, pictures)) == expected
    with multiprocessing.get_context("fork").Pool(2) as forked:
        assert forked.map(RemoteFile.read, pictures) == expected
    assert pickle.loads(pickle.dumps(pictures)) == pictures


def test_a_cache(web: Web, tmp_path: Path) -> None:
    url = web.add("/a.jpg", b"abc")
    (picture,) = find(url, cache=str(tmp_path / "cache"))
    asked = web.asked["/a.jpg"]
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(RemoteFile.read, [picture] * 8)) == {b"abc"}
    asked = web.asked["/a.jpg"]
    assert pickle.loads(pickle.dumps(picture)).read() == b"abc"
    assert web.asked["/a.jpg"] == asked
    # A replaced picture is another one, and nothing but pictures is left behind.
    web.add("/a.jpg", b"abcd")
    (replaced,) = find(url, cache=str(tmp_path / "cache"))
    assert replaced.read() == b"abcd"
    assert sorted(file.read_bytes() for file in (tmp_path / "cache").rglob("*") if file.is_file()) == [b"abc", b"abcd"]


def test_a_cut_off_file_of_the_cache_is_not_used(web: Web, tmp_path: Path) -> None:
    (picture,) = find(web.add("/a.jpg", b"abc"), cache=str(tmp_path))
    picture.read()
    (kept,) = [file for file in tmp_path.rglob("*") if file.is_file()]
    kept.write_bytes(b"")
    assert picture.read() == b"abc"
    assert kept.read_bytes() == b"abc"


def test_a_full_disk_costs_the_cache_only(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    picture_cache._warn_once.cache_clear()
    pictures = [RemoteFile(web.add(f"/{name}.jpg", name.encode()), cache=str(tmp_path)) for name in "ab"]
    assert [picture.read() for picture in pictures] == [b"a", b"b"]
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert str(tmp_path) in told
