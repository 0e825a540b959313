"""A running `artemis serve` in this process, with a tiny speaker, and requests to it as a browser sends them."""

import http.client
import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
from PIL import Image
from ruamel.yaml import YAML

from commands import speaker_captioner
from commands.web import server, serving
from commands.web.app import Pages, application
from commands.web.limits import Limits
from commands.web.search import Search
from commands.web.work import Work
from stages.annotations.tables import save_emotions, save_images
from stages.common.artworks import picture_folder
from stages.common.emotions import ARTEMIS
from stages.common.files import write_json
from stages.common.params import read
from stages.utterances.clean_rules import CleanRules
from stages.utterances.tables import SCHEMA, save_table, table_path
from stages.utterances.tokenizer import Tokenizer, tokenizer_path
from tests.commands.run import CAPTIONS

PRESET = Path(__file__).parents[2] / "presets/demo.yaml"
# Utterances of the study by picture: emotion and text.
UTTERANCES = {
    "calm": [("contentment", "The calm sea sleeps."), ("awe", "A Sea without an end"), ("awe", "the sea, the sea")],
    "storm": [("fear", "The sea will swallow the boat!")],
    "lost": [("sadness", "The sea has taken the picture.")],
}
PICTURES = ("calm", "storm")


class Reply(NamedTuple):
    """The reply to a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def captions(self) -> list[str]:
        found = re.findall(r'<blockquote><p dir="auto">(.*?)</p>', self.text)
        return ["" if text == "(no words)" else unescape(text) for text in found]

    @property
    def sentence(self) -> str:
        found = re.search(r'<p role="alert">(.*?)</p>', self.text, re.DOTALL)
        assert found, self.text
        return unescape(found[1])


class Served(NamedTuple):
    """A server that runs."""

    port: int
    work: Work

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {**(headers or {})})
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, headers=headers)

    def caption(self, picture: bytes, name: str = "a.jpg", **fields: str) -> Reply:
        """The reply to the form with a picture."""
        body, kind = form({key.replace("_", "-"): value for key, value in fields.items()}, {name: picture})
        return self.ask("POST", "/caption", body, {"Content-Type": kind})


def form(fields: Mapping[str, str], pictures: Mapping[str, bytes]) -> tuple[bytes, str]:
    """A multipart form, and its content type."""
    boundary = secrets.token_hex(16)
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    for name, picture in pictures.items():
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="picture"; filename="{name}"\r\n'
        parts += [head.encode(errors="surrogateescape"), b"Content-Type: image/jpeg\r\n\r\n", picture, b"\r\n"]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def write_params() -> None:
    """Write params.yaml for a study of the data set `mine`."""
    YAML().dump(read(PRESET) | {"device": "cpu", "dataset": "mine", "captions": CAPTIONS}, Path("params.yaml"))


def write_study(*, redistribute: bool = False) -> None:
    """Write what the search reads: the utterances above, and pictures of two artworks."""
    artworks = [("Sea & Sky", painting) for painting in PICTURES]
    for style, painting in artworks:
        file = picture_folder("mine") / style / f"{painting}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (60, 40), "navy" if painting == "calm" else "black").save(file)
    paths = [f"{style}/{painting}.png" for style, painting in artworks]
    images = pd.DataFrame(artworks, columns=["art_style", "painting"]).assign(path=paths, bytes=1, digest="")
    save_images(images)
    save_emotions(ARTEMIS)
    write_json({"name": "mine", "redistribute": redistribute}, Path("data/annotations/dataset.json"))
    tokenizer = Tokenizer(CleanRules(), {"bote": "boat"})
    rows = [("Sea & Sky", name, *each) for name, several in UTTERANCES.items() for each in several]
    table = pd.DataFrame(rows, columns=["art_style", "painting", "emotion", "utterance"])
    table["tokens"] = tokenizer.tokens(list(table["utterance"]))
    absent = {name: pd.Series(None, table.index, dtype=object) for name in SCHEMA.names if name not in table}
    save_table(pa.Table.from_pandas(table.assign(**absent), SCHEMA, preserve_index=False), table_path("analysis"))
    tokenizer.save(tokenizer_path("analysis"))


@contextmanager
def served(
    speaker: Path, *, limits: Limits | None = None, local: bool = True, search: Search | str | None = None
) -> Iterator[Served]:
    """Serve a speaker of the working directory."""
    limits = limits or Limits(captions_per_minute=100_000, views_per_minute=100_000)
    captioner = speaker_captioner.load(str(speaker), [], emotion=None, candidates=1)
    work = Work(captioner, limits)
    pages = Pages(work, serving.search(local=local) if search is None else search, limits)
    running = server.server(application(pages, []), limits)
    with server.listen("127.0.0.1", 0) as listening:
        thread = threading.Thread(target=running.run, args=([listening],))
        thread.start()
        while not running.started:
            time.sleep(0.01)
        try:
            yield Served(listening.getsockname()[1], work)
        finally:
            running.should_exit = True
            thread.join(30)
            work.close()
