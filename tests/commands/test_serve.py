"""`artemis serve`: captions, emotions and their shares, the search, and what is refused."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from commands.picture_model import Taken
from formats.picture_lists import Request
from formats.sources.picture import File
from tests.captions.captioning import save_biased_classifier
from tests.commands.run import artemis
from tests.speaker.two_colours import saved

pytest.importorskip("starlette", reason="needs the extra serve")
pytest.importorskip("uvicorn", reason="needs the extra serve")
pytest.importorskip("python_multipart", reason="needs the extra serve")

from commands.web import server
from commands.web.limits import CLIENTS, Limits, Rate
from commands.web.work import FORMATS
from tests.commands.served import Served, form, served, write_params, write_study

ROOT = Path(__file__).parents[2]
PIXELS = np.random.default_rng(4).integers(0, 256, (40, 30, 3), dtype=np.uint8)


def picture(format: str = "JPEG") -> bytes:
    file = BytesIO()
    Image.fromarray(PIXELS).save(file, format)
    return file.getvalue()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The working directory of a study with a plain speaker, a grounded one, and pictures to search; read-only."""
    folder = tmp_path_factory.mktemp("study")
    with contextlib.chdir(folder):
        write_params()
        write_study()
        saved(Path("data/speaker"))
        saved(Path("grounded"), grounded=True, emo_dropout=0.2)
        save_biased_classifier("awe")
        Path("a.jpg").write_bytes(picture())
        yield folder


@pytest.fixture
def folder(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the study, as the working directory."""
    copy = tmp_path / "study"
    shutil.copytree(study, copy)
    monkeypatch.chdir(copy)
    return copy


@pytest.fixture(scope="module")
def plain(study: Path) -> Iterator[Served]:
    with served(Path("data/speaker")) as running:
        yield running


@pytest.fixture(scope="module")
def grounded(study: Path) -> Iterator[Served]:
    with served(Path("grounded")) as running:
        yield running


def _by_command(*options: str, file: str = "a.jpg") -> list[dict[str, object]]:
    """The rows of `artemis caption` for a picture."""
    assert artemis("caption", file, *options, "--out", "out.json")[0] == 0
    rows: list[dict[str, object]] = json.loads(Path("out.json").read_text(encoding="utf-8"))
    return rows


def test_captions_are_those_of_artemis_caption(plain: Served) -> None:
    reply = plain.caption(picture(), candidates="3")
    rows = _by_command("--candidates", "3")
    assert (reply.status, reply.captions) == (200, [row["caption"] for row in rows])
    likelihoods = re.findall(r"log-probability (-?[\d.]+)</p>", reply.text)
    assert likelihoods == [f"{row['log_probability']:.2f}" for row in rows]
    # The bars are the classifier's.
    assert re.findall(r'<th scope="row">(.*?)</th><td class="share">(.*?) %', reply.text)[0] == ("awe", "100.0")
    assert 'name="emotion"' not in plain.get("/").text


@pytest.mark.parametrize("emotion", ["", "fear", "all", "none"])
def test_the_emotion_is_expressed(grounded: Served, emotion: str) -> None:
    reply = grounded.caption(picture(), emotion=emotion, candidates="2")
    rows = _by_command("--speaker", "grounded", "--candidates", "2", *(["--emotion", emotion] if emotion else []))
    assert reply.captions == [row["caption"] for row in rows]
    named = re.findall(r"conditioned on <strong>(.*?)</strong>(, chosen by a person)?", reply.text)
    source = "" if emotion == "" else ", chosen by a person"
    assert named == [(row["grounding_emotion"], source) for row in rows if row["grounding_emotion"]]


def test_shares_are_the_speaker_s_condition(grounded: Served) -> None:
    one, pure = grounded.caption(picture(), emotion="shares:", share_1="7"), grounded.caption(picture(), emotion="awe")
    assert one.captions == pure.captions
    mixed = grounded.caption(picture(), emotion="shares:", share_1="3", share_6="1")
    assert "conditioned on <strong>75% awe, 25% fear</strong>, chosen by a person" in mixed.text
    # What the speaker has received: the proportions.
    request = Request(File("a.jpg"), shares=(0.75, *[0.0] * 4, 0.25, *[0.0] * 3))
    work = grounded.work.captioner
    taken = Taken(request, None, "", work.decoder(picture()))
    (condition,) = work._conditions([taken], None)
    assert condition.tolist() == [[0.75, 0, 0, 0, 0, 0.25, 0, 0, 0]]


WRONG = {
    "emotion": ({"emotion": "envy"}, ["emotion", "'envy'", "awe"]),
    "no share": ({"emotion": "shares:"}, ["shares"]),
    "negative": ({"emotion": "shares:", "share_0": "-1"}, ["amusement", "'-1'"]),
    "not a number": ({"emotion": "shares:", "share_8": "nan"}, ["something else", "'nan'"]),
    "too many": ({"candidates": "4"}, ["'4'", "3"]),
    "no candidates": ({"candidates": "0"}, ["'0'", "3"]),
    "words": ({"candidates": "two"}, ["'two'", "3"]),
    "other digits": ({"candidates": "\u0662"}, ["3"]),
    "artwork": ({"artwork": "9"}, ["9"]),
    "not an artwork": ({"artwork": "../../etc/passwd"}, ["'../../etc/passwd'"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_field_is_named(grounded: Served, case: str) -> None:
    fields, named = WRONG[case]
    content = b"" if "artwork" in fields else picture()
    reply = grounded.caption(content, **fields)
    assert reply.status == (404 if case == "artwork" else 400)
    assert all(name in reply.sentence for name in named), reply.sentence


def test_a_plain_speaker_takes_no_emotion(plain: Served) -> None:
    reply = plain.caption(picture(), emotion="awe")
    assert (reply.status, "plain" in reply.sentence) == (400, True)


def test_without_a_classifier_a_person_chooses(folder: Path) -> None:
    (folder / "data/image_classifier/config.json").unlink()
    with served(Path("grounded")) as running:
        assert "classifier predicts" not in running.get("/").text
        assert running.caption(picture(), emotion="").status == 400
        assert running.caption(picture(), emotion="awe").status == 200


def test_no_picture(plain: Served) -> None:
    assert plain.caption(b"").status == 400
    body, kind = form({"candidates": "1"}, {})
    assert plain.ask("POST", "/caption", body, {"Content-Type": kind}).status == 400
    reply = plain.caption(b"Dear museum")
    assert (reply.status, "no picture" in reply.sentence) == (422, True)


def test_the_search(plain: Served) -> None:
    def found(query: str) -> list[str]:
        return re.findall(r"<h2>(.*?)</h2>", plain.get(f"/search?{query}").text)

    # The most utterances first; the picture that is missing is not shown.
    assert found("words=SEA") == ["Sea &amp; Sky/calm", "Sea &amp; Sky/storm"]
    assert found("words=sea+the&emotion=fear") == ["Sea &amp; Sky/storm"]
    assert found("words=bote") == ["Sea &amp; Sky/storm"]
    assert found("words=sea+calm+boat") == found("words=%21%21") == found("words=zebra") == []
    assert found("words=&emotion=contentment") == ["Sea &amp; Sky/calm"]
    assert found("words=sea&page=2") == found("") == []
    assert "4 utterances of 2 pictures" in plain.get("/search?words=").text
    assert plain.get("/search?words=sea&emotion=envy").status == 400
    assert plain.get("/search?words=sea&page=-1").status == 400
    thumbnail = Image.open(BytesIO(plain.get("/thumbnail/1").body))
    assert (thumbnail.format, thumbnail.size) == ("JPEG", (60, 40))
    assert plain.get("/thumbnail/2").status == 404
    assert plain.get("/thumbnail/..%2f1").status == 404


def test_a_picture_that_was_found_is_captioned(plain: Served) -> None:
    assert 'name="artwork" value="1"' in plain.get("/?artwork=1").text
    body = b"artwork=1&candidates=1"
    reply = plain.ask("POST", "/caption", body, {"Content-Type": "application/x-www-form-urlencoded"})
    rows = _by_command(file="data/raw/mine/images/Sea & Sky/storm.png")
    assert reply.captions == [row["caption"] for row in rows]
    assert '<h2 id="name-1">Sea &amp; Sky/storm</h2>' in reply.text


def test_the_search_is_absent_without_a_study_and_private_on_a_network(folder: Path) -> None:
    with served(Path("data/speaker"), local=False) as running:
        reply = running.get("/search")
        assert "redistribute: true" in reply.text
        assert running.get("/thumbnail/0").status == running.get("/?artwork=0").status == 404
    write_study(redistribute=True)
    with served(Path("data/speaker"), local=False) as running:
        assert running.get("/thumbnail/0").status == 200
    (folder / "data/utterances/analysis/utterances.parquet").unlink()
    with served(Path("data/speaker")) as running:
        assert "dvc repro utterances@analysis" in running.get("/search").text


def test_every_answer_forbids_what_pages_do_not_need(plain: Served) -> None:
    replies = [plain.get(path) for path in ("/", "/search", "/style.css", "/card.js", "/thumbnail/0", "/nowhere")]
    replies += [plain.get("/", Host="evil.example"), plain.get("/caption"), plain.caption(picture())]
    assert [reply.status for reply in replies] == [200] * 5 + [404, 421, 405, 200]
    for reply in replies:
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-content-type-options"] == "nosniff"
        policy = reply.headers["content-security-policy"]
        assert "unsafe" not in policy
        assert {"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"} <= set(policy.split("; "))
        assert not {"server", "set-cookie"} & set(reply.headers)


def test_nothing_on_a_page_comes_from_elsewhere(grounded: Served) -> None:
    for reply in (grounded.get("/"), grounded.get("/search?words=sea"), grounded.caption(picture())):
        links = re.findall(r'(?:src|href|action)="(.*?)"', reply.text)
        assert [link for link in links if not re.match(r"/(?!/)|data:", link)] == []
        assert re.findall(r"\sstyle=|<style|<script>|\son\w+=", reply.text) == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("localhost:1", 200), ("LOCALHOST", 200), ("[::1]:8000", 200), ("10.0.0.7", 200), ("127.0.0.1:1", 200)),
        *(("evil.example", 421), ("localhost.evil.example", 421), ("", 421), ("[::1", 421), ("a@b:c:d", 421)),
    ],
)
def test_the_host_is_checked(plain: Served, host: str, status: int) -> None:
    assert plain.get("/", Host=host).status == status


def test_forms_of_other_sites_are_refused(plain: Served) -> None:
    body, kind = form({}, {"a.jpg": picture()})
    own = f"http://127.0.0.1:{plain.port}"
    for headers, status in (
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": own}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": own}, 200),
        ({}, 200),
    ):
        assert plain.ask("POST", "/caption", body, {"Content-Type": kind, **headers}).status == status, headers


def test_too_large_a_form_is_refused_while_it_arrives(folder: Path) -> None:
    with served(Path("data/speaker"), limits=Limits(upload=10_000)) as running:
        assert running.caption(picture()).status == 200
        assert running.caption(bytes(10_000)).status == 413
        # Without a length: the answer comes although the form never ends.
        with socket.create_connection(("127.0.0.1", running.port), 10) as client:
            head = b"POST /caption HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            client.sendall(head + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n")
            client.sendall(b"2711\r\n" + bytes(10_001) + b"\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_too_many_pixels_are_refused_before_they_are_decoded(folder: Path) -> None:
    with served(Path("data/speaker"), limits=Limits(pixels=1199)) as running:
        reply = running.caption(picture("PNG"))
        assert (reply.status, "30 x 40" in reply.sentence) == (422, True)


def test_too_many_requests_wait(folder: Path) -> None:
    with served(Path("data/speaker"), limits=Limits(captions_per_minute=2)) as running:
        replies = [running.caption(picture()) for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 429]
        assert 1 <= int(replies[2].headers["retry-after"]) <= 31
        assert running.get("/").status == 200


def test_too_many_uploads_at_a_time_wait(folder: Path) -> None:
    with served(Path("data/speaker"), limits=Limits(requests=1, upload_seconds=5)) as running:
        with socket.create_connection(("127.0.0.1", running.port), 10) as client:
            head = b"POST /caption HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
            client.sendall(head + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x")
            while not running.work.places:
                time.sleep(0.01)
            reply = running.caption(picture())
            assert (reply.status, reply.headers["retry-after"]) == (503, "5")
        while running.work.places:
            time.sleep(0.01)
        assert running.caption(picture()).status == 200


def test_slow_clients_are_given_up(folder: Path) -> None:
    limits = Limits(headers_seconds=1, upload_seconds=0.3)
    with served(Path("data/speaker"), limits=limits) as running:
        head = b"POST /caption HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        kind = b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        with socket.create_connection(("127.0.0.1", running.port), 20) as client:
            client.sendall(head + kind + b"--x")
            assert client.recv(100).startswith(b"HTTP/1.1 408 ")
        for start in (b"", b"GET", head):
            with socket.create_connection(("127.0.0.1", running.port), 20) as client:
                client.sendall(start)
                assert _ends(client)


def _ends(client: socket.socket) -> bool:
    """True once the server has ended a connection."""
    try:
        return client.recv(100) == b""
    except ConnectionResetError:
        return True


def test_an_answer_that_takes_too_long_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(Path("data/speaker"), limits=Limits(reply_seconds=0.3)) as running:
        free = threading.Event()
        running.work.model.submit(free.wait)
        reply = running.caption(picture())
        free.set()
        assert (reply.status, "0.3 seconds" in reply.sentence) == (503, True)
        assert not running.work.places


def test_a_server_that_ends_gives_slow_clients_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "LAST_SECONDS", 1)
    with served(Path("data/speaker")) as running:
        client = socket.create_connection(("127.0.0.1", running.port), 20)
        head = b"POST /caption HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        client.sendall(head + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x")
        while not running.work.places:
            time.sleep(0.01)
    with client:
        assert client.recv(100).startswith(b"HTTP/1.1 503 ")
    assert "Traceback" not in caplog.text


def test_formats_that_start_programs_are_not_taken(plain: Served) -> None:
    file = BytesIO()
    Image.fromarray(PIXELS).save(file, "EPS")
    reply = plain.caption(file.getvalue(), "a.jpg")
    assert (reply.status, "JPEG" in reply.sentence) == (422, True)
    for format in FORMATS:
        assert plain.caption(picture(format)).status == 200, format


def test_a_client_that_has_gone_costs_no_caption(plain: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    caption = type(plain.work)._caption
    monkeypatch.setattr(type(plain.work), "_caption", lambda *given: asked.append(1) or caption(*given))
    free = threading.Event()
    for _ in range(2):
        plain.work.decoders.submit(free.wait)
    body, kind = form({}, {"a.jpg": picture()})
    head = f"POST /caption HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\nContent-Type: {kind}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", plain.port), 10) as client:
        client.sendall(head.encode() + body)
        while not plain.work.places:
            time.sleep(0.01)
    time.sleep(0.2)
    free.set()
    while plain.work.places:
        time.sleep(0.01)
    assert asked == []


def test_a_defect_is_a_page_and_a_traceback_on_the_terminal(
    plain: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(type(plain.work), "_caption", lambda *_: 1 / 0)
    reply = plain.caption(picture(), "secret.jpg")
    assert (reply.status, "ZeroDivisionError" in reply.text) == (500, False)
    while "ZeroDivisionError" not in caplog.text:
        time.sleep(0.01)
    assert "secret" not in caplog.text


def test_a_rate() -> None:
    now = 0.0
    rate = Rate(60, clock=lambda: now)
    assert [rate.wait("a") for _ in range(61)] == [0] * 60 + [1]
    assert rate.wait("b") == 0
    now = 0.5
    assert rate.wait("a") == 0.5
    now = 1.25
    assert (rate.wait("a"), rate.wait("a")) == (0, 0.75)
    for number in range(2 * CLIENTS):
        rate.wait(str(number))
    assert len(rate._clients) == CLIENTS


def test_the_command_serves_until_ctrl_c(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp")}
    (folder / "tmp").mkdir()
    command = [sys.executable, "-m", "commands", "serve", "--port"]
    with subprocess.Popen(
        [*command, "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        assert running.stdout
        address = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/ .*\n", running.stdout.readline())
        assert address
        reply = Served(int(address[1]), None).caption(picture() + bytes(3 << 20))  # type: ignore[arg-type]
        assert reply.captions == [row["caption"] for row in _by_command()]
        assert list((folder / "tmp").iterdir()) == []
        used = subprocess.run([*command, address[1]], capture_output=True, text=True, env=environment, check=False)
        assert (used.returncode, address[1] in used.stderr, "Traceback" in used.stderr) == (1, True, False)
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate(timeout=30)
    assert (running.returncode, errors) == (0, "")


def test_another_host_is_warned_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from commands.web import serving

    asked = []
    search = serving.search
    monkeypatch.setattr(serving, "run", lambda *_: None)
    monkeypatch.setattr(serving, "search", lambda *, local: asked.append(local) or search(local=local))
    code, _, problems = artemis("serve", "--host", "0.0.0.0", "--port", "0")
    assert (code, asked, len(problems)) == (0, [False], 1)
    assert "not encrypted" in problems[0]
    code, lines, problems = artemis("serve", "--port", "0")
    assert (code, len(lines), problems) == (0, 1, [])
    code, _, problems = artemis("serve", "--host", "no such host", "--port", "0")
    assert (code, "no such host" in problems[0]) == (1, True)


def test_without_the_extra_the_command_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("commands.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, _, problems = artemis("serve")
    assert (code, "make EXTRAS=serve" in problems[-1]) == (1, True)
