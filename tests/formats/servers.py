"""Servers on this machine for tests: a web server whose failures are scripted, and a store that speaks S3."""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Failure(NamedTuple):
    """An answer that comes before the content of a page."""

    status: int = 503
    retry_after: str | None = None
    # Bytes of the content after which the connection breaks.
    broken_at: int | None = None
    # Requests for the size fail, too.
    heads: bool = False


class Web:
    """Pages by path, such as `/a.jpg`, the failures that come first, and how often each was asked for."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pages: dict[str, bytes] = {}
        self.failures: dict[str, list[Failure]] = defaultdict(list)
        self.asked: Counter[str] = Counter()
        self.ranges = True
        self.headers: list[dict[str, str]] = []

    def add(self, path: str, content: bytes, *failures: Failure) -> str:
        """Publish a page; returns its address."""
        self.pages[path] = content
        self.failures[path] = list(failures)
        return self.address + path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def do_HEAD(self) -> None:
        self._answer(with_content=False)

    def do_GET(self) -> None:
        self.web.asked[self.path] += 1
        self.web.headers.append(dict(self.headers))
        self._answer(with_content=True)

    def _answer(self, with_content: bool) -> None:
        failures = self.web.failures[self.path]
        failure = failures.pop(0) if failures and (with_content or failures[0].heads) else None
        content = self.web.pages.get(self.path)
        if failure and failure.broken_at is None:
            headers = {"Retry-After": failure.retry_after} if failure.retry_after else {}
            self._send(failure.status, b"", headers, with_content)
        elif content is None:
            self._send(404, b"", {}, with_content)
        else:
            asked = self.headers.get("Range")
            status = 200
            if asked and self.web.ranges:
                first, last = asked.removeprefix("bytes=").split("-")
                content, status = content[int(first) : int(last) + 1], 206
            kind = "text/html" if content.startswith(b"<") else "application/octet-stream"
            headers = {"ETag": f'"{len(content)}"', "Content-Type": kind}
            self._send(status, content, headers, with_content, failure.broken_at if failure else None)

    def _send(
        self, status: int, content: bytes, headers: dict[str, str], with_content: bool, broken_at: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_content:
            self.wfile.write(content[:broken_at])
        if broken_at is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def web_server() -> Iterator[Web]:
    handler = type("Scripted", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.web = Web(f"http://127.0.0.1:{server.server_address[1]}")
    # Asks often whether to stop: the default costs each test half a second.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield handler.web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
