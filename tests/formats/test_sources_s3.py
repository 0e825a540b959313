import hashlib
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fsspec
import pytest

from formats.sources import fetch
from formats.sources.fetch import Unreachable
from formats.sources.remote import RemoteFile, find
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture


def texts(url: str) -> list[str]:
    return [str(picture) for picture in find(url)]


@pytest.fixture(scope="module")
def bucket(s3: Any) -> str:
    """A bucket with three pictures, an empty folder as tools mark them, and a name that URLs would quote."""
    s3.mkdir("museum")
    for name in ("hall/b/2.png", "hall/a.jpg", "hall/ä ::#1?.jpg", "hall/.x.jpg", "hallway/z.jpg"):
        s3.pipe_file(f"museum/{name}", name.encode())
    s3.call_s3("put_object", Bucket="museum", Key="hall/empty.jpg/", Body=b"")
    return "museum"


def test_a_bucket(bucket: str) -> None:
    found = list(find(f"s3://{bucket}/hall"))
    names = ["hall/a.jpg", "hall/b/2.png", "hall/ä ::#1?.jpg"]
    assert [str(picture) for picture in found] == [f"s3://museum/{name}" for name in names]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(RemoteFile.read, found)) == [name.encode() for name in names]
    assert found[0].version() == [10, f'"{hashlib.md5(b"hall/a.jpg").hexdigest()}"']
    assert texts(f"s3://{bucket}/hall/a.jpg") == ["s3://museum/hall/a.jpg"]
    assert len(texts(f"s3://{bucket}")) == 4


def test_a_picture_of_a_bucket_costs_one_request(bucket: str, s3: Any) -> None:
    requests = []
    (picture,) = find(f"s3://{bucket}/hall/a.jpg")
    system, _ = fetch.file_system(picture.url)
    picture.read()
    system.s3.meta.events.register("before-call.s3", lambda model, **_: requests.append(model.name))
    picture.read()
    assert requests == ["GetObject"]


# Python 3.12 warns of forks of a process with threads; the child uses threads of its own.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_bucket_in_another_process(bucket: str) -> None:
    pictures = list(find(f"s3://{bucket}/hall"))
    for start in ("fork", "spawn"):
        with multiprocessing.get_context(start).Pool(1) as pool:
            assert pool.map(RemoteFile.read, pictures) == [picture.read() for picture in pictures]


def test_a_bucket_that_is_not_there(s3: Any) -> None:
    with pytest.raises(UserError, match=r"s3://nowhere/hall.*AWS_ENDPOINT_URL"):
        texts("s3://nowhere/hall")
    with pytest.raises(UnreadablePicture):
        RemoteFile("s3://nowhere/a.jpg").read()


def test_an_empty_prefix(bucket: str) -> None:
    with pytest.raises(UserError, match="s3://museum/cellar"):
        texts(f"s3://{bucket}/cellar")


@pytest.fixture
def anew(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Environments that S3's client reads, for one test."""
    type(s3).clear_instance_cache()
    yield monkeypatch
    type(s3).clear_instance_cache()


def test_no_credentials(bucket: str, anew: pytest.MonkeyPatch) -> None:
    anew.delenv("AWS_ACCESS_KEY_ID")
    anew.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(UserError, match=r"s3://museum/hall.*credentials.*AWS_ACCESS_KEY_ID"):
        texts(f"s3://{bucket}/hall")
    with pytest.raises(Unreachable, match="credentials"):
        RemoteFile(f"s3://{bucket}/hall/a.jpg").read()


def test_a_public_bucket(bucket: str, anew: pytest.MonkeyPatch) -> None:
    anew.delenv("AWS_ACCESS_KEY_ID")
    anew.delenv("AWS_SECRET_ACCESS_KEY")
    # As fsspec has it from FSSPEC_S3_ANON=true when it is imported.
    anew.setitem(fsspec.config.conf, "s3", {"anon": True})
    assert len(texts(f"s3://{bucket}/hall")) == 3


def test_credentials_that_are_wrong(anew: pytest.MonkeyPatch, s3: Any) -> None:
    expired = {"Error": {"Code": "ExpiredToken"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    error = PermissionError("expired")
    error.__cause__ = pytest.importorskip("botocore.exceptions").ClientError(expired, "GetObject")

    def refuse(*_: Any, **__: Any) -> bytes:
        raise error

    anew.setattr(type(s3), "cat_file", refuse, raising=False)
    with pytest.raises(Unreachable, match="ExpiredToken"):
        RemoteFile("s3://museum/a.jpg").read()


def test_a_store_that_does_not_answer(anew: pytest.MonkeyPatch, nobody: str) -> None:
    anew.setenv("AWS_ENDPOINT_URL", f"http://{nobody}")
    anew.setattr(fetch, "PAUSES", (0.0, 0.0, 0.0))
    start = time.monotonic()
    with pytest.raises(UserError, match=r"s3://museum/hall.*AWS_ENDPOINT_URL"):
        texts("s3://museum/hall")
    with pytest.raises(Unreachable):
        RemoteFile("s3://museum/hall/a.jpg").read()
    # Without our settings, S3's client and s3fs try 25 times.
    assert time.monotonic() - start < 30
