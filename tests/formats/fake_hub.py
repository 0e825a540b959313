"""A small Hugging Face hub on this machine: what huggingface_hub asks of it to create, commit to and read repositories.

Answers are those of the hub's HTTP API: repositories, pre-upload, LFS batches and objects, commits, and files by
revision with their digests. Tests script its failures and read what it was asked.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

TOKEN = "hf_test"
# Suffixes of files that the hub keeps by LFS.
LARGE = (".safetensors", ".parquet")


@dataclass
class Repo:
    """Commits in order, each all files by name; and names of revisions."""

    private: bool
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    gated: bool = False

    def commit(self, files: dict[str, bytes]) -> str:
        seed = json.dumps([len(self.commits), {name: hashlib.sha1(text).hexdigest() for name, text in files.items()}])
        commit = hashlib.sha1(seed.encode()).hexdigest()
        self.commits[commit] = files
        self.refs["main"] = commit
        return commit


class FakeHub:
    """The repositories by type and name (`models/ann/cats`), the objects by SHA-256, and the requests.

    Attributes:
        fails: called with method and path before each answer; a status that it returns is the answer.
        broken: paths (their ends) whose next download breaks off half way.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.repos: dict[str, Repo] = {}
        self.objects: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.fails: Callable[[str, str], int | None] = lambda method, path: None
        self.broken: list[str] = []

    def add(self, name: str, files: dict[str, bytes], kind: str = "models") -> str:
        """Publish files without the API; returns the commit."""
        return self.repos.setdefault(f"{kind}/{name}", Repo(private=False)).commit(files)

    def files(self, name: str, kind: str = "models") -> dict[str, bytes]:
        repo = self.repos[f"{kind}/{name}"]
        return repo.commits[repo.refs["main"]]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def do_POST(self) -> None:
        body = self._body()
        if not self._begin():
            return
        if self.path == "/api/repos/create":
            self._create(json.loads(body))
        elif self.path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif self.path.endswith("/info/lfs/objects/batch"):
            self._batch(json.loads(body))
        elif "/preupload/" in self.path:
            self._preupload(json.loads(body))
        elif "/commit/" in self.path:
            self._commit([json.loads(line) for line in body.splitlines()])
        else:
            self._json({"error": "no such address"}, 404)

    def do_PUT(self) -> None:
        body = self._body()
        if self._begin():
            self.hub.objects[self.path.rpartition("/")[2]] = body
            self._json({})

    def do_GET(self) -> None:
        self._read(with_content=True)

    def do_HEAD(self) -> None:
        self._read(with_content=False)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _begin(self) -> bool:
        """Note the request; False if it was answered by a failure that a test asked for, or for want of a token."""
        self.hub.asked.append((self.command, self.path))
        if status := self.hub.fails(self.command, self.path):
            self._json({"error": "as the test asked for"}, status)
            return False
        if self.command == "POST" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._json({"error": "Invalid username or password."}, 401)
            return False
        return True

    def _create(self, asked: dict[str, Any]) -> None:
        key = f"{asked.get('type') or 'model'}s/{asked['organization']}/{asked['name']}"
        url = f"{self.hub.address}/{key.removeprefix('models/')}"
        if key in self.hub.repos:
            self._json({"error": "You already created this repo", "url": url}, 409)
            return
        private = asked.get("visibility") == "private"
        self.hub.repos[key] = Repo(private)
        self.hub.repos[key].commit({".gitattributes": b"*.safetensors filter=lfs\n"})
        self._json({"url": url, "id": key.partition("/")[2], "name": asked["name"]})

    def _repo(self) -> Repo | None:
        """The repository of an address of the API."""
        return self.hub.repos.get("/".join(self.path.split("/")[2:5]))

    def _preupload(self, asked: dict[str, Any]) -> None:
        repo = self._repo()
        assert repo
        there = repo.commits[repo.refs["main"]]
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(LARGE) else "regular",
                "shouldIgnore": False,
                "oid": _oid(file["path"], there[file["path"]]) if file["path"] in there else None,
            }
            for file in asked["files"]
        ]
        self._json({"files": files})

    def _batch(self, asked: dict[str, Any]) -> None:
        def action(thing: dict[str, Any]) -> dict[str, Any]:
            known = thing["oid"] in self.hub.objects
            href = {"upload": {"href": f"{self.hub.address}/objects/{thing['oid']}", "header": {}}}
            return thing | ({} if known else {"actions": href})

        self._json({"transfer": "basic", "objects": [action(thing) for thing in asked["objects"]]})

    def _commit(self, lines: list[dict[str, Any]]) -> None:
        repo = self._repo()
        assert repo
        head, *changes = lines
        if head["value"].get("parentCommit") != repo.refs["main"]:
            self._json({"error": "A commit has happened since. Please refresh and try again."}, 412)
            return
        files = dict(repo.commits[repo.refs["main"]])
        for change in changes:
            value = change["value"]
            if change["key"] == "deletedFile":
                del files[value["path"]]
            elif change["key"] == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
            else:
                files[value["path"]] = base64.b64decode(value["content"])
        commit = repo.commit(files)
        page = "/".join(self.path.split("/")[2:5]).removeprefix("models/")
        self._json({"commitUrl": f"{self.hub.address}/{page}/commit/{commit}", "commitOid": commit})

    def _read(self, with_content: bool) -> None:
        if not self._begin():
            return
        if self.path.startswith("/api/"):
            self._info()
        else:
            self._resolve(with_content)

    def _info(self) -> None:
        repo = self._repo()
        if repo is None or (repo.private and not self.headers.get("Authorization")):
            self._json({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
            return
        commit = repo.refs["main"]
        siblings = [{"rfilename": name} for name in repo.commits[commit]]
        name = "/".join(self.path.split("/")[3:5])
        self._json({"id": name, "sha": commit, "private": repo.private, "siblings": siblings, "tags": []})

    def _resolve(self, with_content: bool) -> None:
        """OWNER/NAME/resolve/REVISION/FILE"""
        name, _, rest = self.path.removeprefix("/").partition("/resolve/")
        revision, _, file = rest.partition("/")
        repo = self.hub.repos.get(name if name.startswith("datasets/") else f"models/{name}")
        if repo is None or (repo.private and not self.headers.get("Authorization")):
            self._fail(404, "RepoNotFound")
            return
        if repo.gated:
            self._fail(403, "GatedRepo")
            return
        commit = repo.refs.get(unquote(revision), revision)
        if commit not in repo.commits:
            self._fail(404, "RevisionNotFound")
            return
        content = repo.commits[commit].get(unquote(file))
        headers = {"X-Repo-Commit": commit}
        if content is None:
            self._fail(404, "EntryNotFound", headers)
            return
        self._content(content, headers | {"ETag": f'"{_oid(file, content)}"'}, with_content)

    def _content(self, content: bytes, headers: dict[str, str], with_content: bool) -> None:
        first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
        self.send_response(206 if first else 200)
        for name, value in {**headers, "Content-Length": str(len(content) - first)}.items():
            self.send_header(name, value)
        self.end_headers()
        if not with_content:
            return
        breaks = next((end for end in self.hub.broken if self.path.endswith(end)), None)
        if breaks:
            self.hub.broken.remove(breaks)
            self.close_connection = True
        self.wfile.write(content[first : len(content) // 2 if breaks else None])

    def _fail(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        self._json({"error": code}, status, {"X-Error-Code": code, **(headers or {})})

    def _json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)


def _oid(name: str, content: bytes) -> str:
    """The hub's digest of a file: SHA-256 for LFS, git's SHA-1 otherwise."""
    if name.endswith(LARGE):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@contextmanager
def fake_hub() -> Iterator[FakeHub]:
    handler = type("Scripted", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.hub = FakeHub(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield handler.hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
