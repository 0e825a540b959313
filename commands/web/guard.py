"""What holds for every request: the name of the server, the origin of forms, time, and the headers of answers."""

import asyncio
from collections.abc import Callable, Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("localhost",)
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; img-src 'self' data: blob:; style-src 'self'; script-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not no-referrer, with which browsers name no origin of forms, either.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# Of Sec-Fetch-Site: a page of this server, or a person (a bookmark, the address bar).
OURS = ("same-origin", "none")


class Guard:
    """Lets requests through to the application that are for this server and from its own pages."""

    def __init__(
        self, app: ASGIApp, names: Collection[str], seconds: float, refusal: Callable[[int, str], Response]
    ) -> None:
        """Guard an application.

        Args:
            names: host names of the server besides localhost. Any IP address is accepted: a foreign page can give this
                server a name of its own (DNS rebinding), but no address.
            seconds: for a request.
            refusal: the page of a status and a sentence.
        """
        self._app, self._seconds, self._refusal = app, seconds, refusal
        self._names = {*LOOPBACK, *(name.lower() for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if refused := self._refused(scope["method"], Headers(scope=scope)):
            await refused(scope, receive, guarded)
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._app(scope, receive, guarded)
        except TimeoutError:
            late = f"The answer took longer than {self._seconds:g} seconds; try again, or ask for fewer captions."
            refused = self._refusal(503, late)
        except asyncio.CancelledError:  # by the server, which is the only caller
            refused = self._refusal(503, "The server is ending; try again when it has been started again.")
        if refused and not started:
            await refused(scope, receive, guarded)

    def _refused(self, method: str, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            return self._refusal(
                421, f"This server is not called {host[:80]!r}; open the address that `artemis serve` printed."
            )
        if method not in ("GET", "HEAD") and _is_foreign(headers):
            return self._refusal(403, "The form comes from a page of another site; use the form of this server's page.")
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self._names:
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


def _is_foreign(headers: Headers) -> bool:
    """True for a request that a browser sends for a page of another site; other programs say nothing of this."""
    if site := headers.get("sec-fetch-site"):
        return site not in OURS
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() != headers.get("host", "").lower()
