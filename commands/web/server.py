"""The HTTP server: it listens, gives slow clients up, and ends by Ctrl-C."""

import asyncio
import logging
import socket
from contextlib import suppress
from ipaddress import ip_address

# Starlette imports it at the first form only.
import python_multipart  # noqa: F401
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from commands.web.limits import Limits
from stages.common.errors import UserError

# For requests that are being answered when the server ends.
LAST_SECONDS = 5


class Impatient(H11Protocol):  # type: ignore[misc, unused-ignore]  # where the extra is absent
    """HTTP/1.1 where the headers of a request must come in time, and the end of one that has been answered already.

    The time is `timeout_keep_alive`, which uvicorn applies only where nothing at all comes.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override, unused-ignore]
        super().connection_made(transport)
        self._restart()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._restart()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        super().connection_lost(exc)

    def _cancel(self) -> None:
        if self._deadline:
            self._deadline.cancel()

    def _restart(self) -> None:
        self._cancel()
        self._deadline = self.loop.call_later(self.timeout_keep_alive, self._expire)

    def _expire(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there.

    Raises:
        UserError: the port is in use, or the host is none of this machine's.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, UnicodeError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(
            f"--host {host} --port {port}: {reason}; expected an address of this machine and a free port; end what "
            "uses it, or choose another port (--port 0: any that is free)"
        ) from None


def is_loopback(listening: socket.socket) -> bool:
    """True if only this machine can connect."""
    return ip_address(listening.getsockname()[0]).is_loopback


def url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run(app: ASGIApp, listening: socket.socket, limits: Limits) -> None:
    """Serve until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        server(app, limits).run(sockets=[listening])


def server(app: ASGIApp, limits: Limits) -> uvicorn.Server:
    """The server, which logs nothing but defects of this program."""
    # It warns of every damaged form.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        # The name of a client is that of its connection: anyone can write headers.
        proxy_headers=False,
        server_header=False,
        limit_concurrency=limits.connections,
        timeout_keep_alive=round(limits.headers_seconds),
        timeout_graceful_shutdown=LAST_SECONDS,
    )
    return uvicorn.Server(config)
