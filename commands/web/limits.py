"""Limits of the served page: sizes, numbers and times; what is beyond them is refused."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

# Clients that a rate remembers; the one that has been idle longest is forgotten first.
CLIENTS = 4096


class Limits(NamedTuple):
    """The limits of a server.

    Attributes:
        upload: bytes of a form with a picture.
        pixels: of a picture.
        requests: uploads that are received, wait or are captioned at a time.
        connections: to the server, at a time.
        captions_per_minute, views_per_minute: of a client: pictures to caption; pages and thumbnails. As many may come
            at once.
        headers_seconds: from the start of a connection, or the last answer on it, to the end of a request's headers.
        upload_seconds: for receiving a form.
        reply_seconds: for all of a request.
        candidates: captions of a picture, if the decoding rule can give more.
    """

    upload: int = 20 * 2**20
    pixels: int = 50_000_000
    requests: int = 24
    connections: int = 256
    captions_per_minute: int = 60
    views_per_minute: int = 600
    headers_seconds: float = 10
    upload_seconds: float = 60
    reply_seconds: float = 180
    candidates: int = 8


class Rate:
    """So many requests a minute of each client, all of them at once if it likes (a token bucket)."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._per_second, self._clock = per_minute, per_minute / 60, clock
        # Of each client, the requests that it may send now, and when that was computed.
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Count a request: 0 if it may pass, else it is not counted, and the seconds until the next one may."""
        now = self._clock()
        left, then = self._clients.pop(client, (float(self._most), now))
        left = min(self._most, left + (now - then) * self._per_second)
        passes = left >= 1
        self._clients[client] = (left - passes, now)
        while len(self._clients) > CLIENTS:
            self._clients.popitem(last=False)
        return 0 if passes else (1 - left) / self._per_second
