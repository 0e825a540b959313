"""200 bad uploads: each is refused with a page, and none costs memory, open files, threads, or a traceback."""

import gc
import os
import random
import socket
import struct
import tempfile
import threading
import time
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

pytest.importorskip("starlette", reason="needs the extra serve")
pytest.importorskip("uvicorn", reason="needs the extra serve")
pytest.importorskip("python_multipart", reason="needs the extra serve")

from commands.web.limits import Limits
from commands.web.work import DECODERS
from tests.commands.served import Served, form, served, write_params
from tests.speaker.two_colours import saved

SEED = 20261127
UPLOADS = 200
MOST = 200_000
# Bytes that the process may grow by, of which the allocator's own are most.
GROWTH = 24 * 2**20


class Upload(NamedTuple):
    """A form as it is sent; `cut`: so many bytes of it, and then the connection is aborted."""

    body: bytes
    kind: str
    allowed: tuple[int, ...]
    cut: int | None = None
    length: int | None = None


def _photo(chance: random.Random, format: str = "JPEG") -> bytes:
    file = BytesIO()
    Image.frombytes("RGB", (64, 48), chance.randbytes(64 * 48 * 3)).save(file, format)
    return file.getvalue()


def _sent(picture: bytes, name: str = "a.jpg", *, allowed: tuple[int, ...] = (422,), **fields: str) -> Upload:
    return Upload(*form(fields, {name: picture}), allowed)


def _truncated(chance: random.Random) -> Upload:
    photo = _photo(chance, chance.choice(["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"]))
    # A decoder may take a file that lacks its last bytes for whole.
    return _sent(photo[: chance.randrange(1, len(photo) * 3 // 4)], allowed=(422, 200))


def _mutated(chance: random.Random) -> Upload:
    photo = bytearray(_photo(chance, chance.choice(["JPEG", "PNG", "WEBP", "TIFF", "GIF"])))
    for _ in range(20):
        photo[chance.randrange(len(photo))] = chance.randrange(256)
    return _sent(bytes(photo), allowed=(422, 200))


def _no_picture(chance: random.Random) -> Upload:
    return _sent(chance.choice([b"", b"%PDF-1.7", b"<svg/>", b"PK\3\4", chance.randbytes(3000)]), allowed=(400, 422))


def _bomb(chance: random.Random) -> Upload:
    side = chance.choice([8000, 20_000, 2**31 - 1])
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b"")]
    packed = [struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in chunks]
    return _sent(b"\x89PNG\r\n\x1a\n" + b"".join(packed))


def _fields(chance: random.Random) -> Upload:
    wrong = [{"candidates": "9" * 900}, {"candidates": "-1"}, {"emotion": "\0"}, {"emotion": "a" * 1000}]
    return _sent(_photo(chance), allowed=(400,), **chance.choice(wrong))


def _long_field(chance: random.Random) -> Upload:
    return _sent(_photo(chance), allowed=(400,), emotion="a" * 5000)


def _many_fields(chance: random.Random) -> Upload:
    return _sent(_photo(chance), allowed=(400,), **{f"field-{number}": "1" for number in range(300)})


def _two_pictures(chance: random.Random) -> Upload:
    return Upload(*form({}, {"a.jpg": _photo(chance), "b.jpg": _photo(chance)}), (400,))


def _name(chance: random.Random) -> Upload:
    name = chance.choice(["a" * 3000, "../../etc/passwd", "<script>alert(1)</script>", "\u202egpj.exe", "\udcff.jpg"])
    return _sent(b"no picture", name, allowed=(422, 400))


def _broken_multipart(chance: random.Random) -> Upload:
    body, kind = form({"candidates": "1"}, {"a.jpg": _photo(chance)})
    place = chance.randrange(len(body))
    broken = [
        body[:place],
        body[place:],
        body.replace(b"\r\n", b"\n"),
        body.replace(b'name="picture"', b""),
        body.replace(b"Content-Disposition", b"X" * 9000),
        chance.randbytes(2000),
    ]
    return Upload(chance.choice(broken), kind, (400, 200, 422))


def _content_type(chance: random.Random) -> Upload:
    body, kind = form({}, {"a.jpg": _photo(chance)})
    kinds = [
        *("", "image/jpeg", "application/json", "multipart/form-data", "multipart/form-data; boundary="),
        *(f"multipart/form-data; boundary={'x' * 400}", "application/x-www-form-urlencoded", "text/plain; \xff"),
        *(f"{kind}; charset={charset}" for charset in ("idna", "undefined", "base64", "punycode", "utf-7", "zip")),
    ]
    return Upload(body, chance.choice(kinds), (415, 400, 200))


def _too_large(chance: random.Random) -> Upload:
    return _sent(chance.randbytes(MOST + chance.randrange(1, MOST)), allowed=(413,))


def _aborted(chance: random.Random) -> Upload:
    body, kind = form({}, {"a.jpg": _photo(chance)})
    return Upload(body, kind, (), cut=chance.randrange(len(body) + 1))


def _slow(chance: random.Random) -> Upload:
    body, kind = form({}, {"a.jpg": _photo(chance)})
    return Upload(body[:-50], kind, (408,), length=len(body))


KINDS: list[Callable[[random.Random], Upload]] = [
    *(_truncated, _mutated, _no_picture, _bomb, _fields, _long_field, _many_fields, _two_pictures, _name),
    *(_broken_multipart, _content_type, _too_large, _aborted),
]


def _upload(server: Served, upload: Upload) -> int | None:
    """Send it; the status of the reply."""
    length = upload.length or len(upload.body)
    head = f"POST /caption HTTP/1.1\r\nHost: localhost\r\nContent-Type: {upload.kind}\r\nContent-Length: {length}\r\n"
    with socket.create_connection(("127.0.0.1", server.port), 30) as client:
        client.sendall(f"{head}\r\n".encode("latin-1") + upload.body[: upload.cut])
        if upload.cut is not None:
            # With a reset, not the end of the stream.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return None
        reply = client.makefile("rb").readline()
        return int(reply.split()[1])


def _resident() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="counts memory and open files by /proc")
def test_200_bad_uploads(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    write_params()
    saved(Path("data/speaker"))
    chance = random.Random(SEED)
    limits = Limits(upload=MOST, upload_seconds=0.5, captions_per_minute=100_000)
    with served(Path("data/speaker"), limits=limits) as server:
        good = _sent(_photo(chance), allowed=(200,))
        # Warm: all threads have started and caches are full.
        started = threading.Barrier(DECODERS)
        for _ in range(DECODERS):
            server.work.decoders.submit(started.wait)
        for kind in [*KINDS, *KINDS, lambda _: good]:
            _upload(server, kind(chance))
        before = _resident(), _open_files(), threading.active_count()
        replies: list[tuple[str, Upload, int | None]] = []
        for number in range(UPLOADS):
            kind = _slow if number % 50 == 0 else KINDS[number % len(KINDS)]
            upload = kind(chance)
            replies.append((kind.__name__, upload, _upload(server, upload)))
        assert _upload(server, good) == 200
        # The last connections may still be closing.
        ends = time.monotonic() + 10
        while (server.work.places or _open_files() > before[1]) and time.monotonic() < ends:
            time.sleep(0.01)
        after = _resident(), _open_files(), threading.active_count()
    wrong = [(kind, status) for kind, upload, status in replies if status not in (*upload.allowed, None)]
    assert wrong == []
    assert len({kind for kind, *_ in replies}) == len(KINDS) + 1
    assert sum(status is not None and status >= 400 for _, _, status in replies) > UPLOADS / 2
    assert after[0] - before[0] < GROWTH
    assert after[1:] == before[1:]
    assert list((tmp_path / "tmp").iterdir()) == []
    output = capfd.readouterr()
    assert "Traceback" not in caplog.text + output.out + output.err
    assert caplog.text == ""
