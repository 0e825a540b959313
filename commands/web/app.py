"""The pages: a form, its answer, the search, and a page for every error."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from commands.web import uploads, wishes
from commands.web.guard import Guard
from commands.web.limits import Limits, Rate
from commands.web.search import Search
from commands.web.wishes import Offer
from commands.web.work import Work
from formats import captions_page
from stages.common.pictures import UnreadablePicture, read_bytes

TEMPLATE = Path(__file__).parent / "template"
# Files by their addresses: type, and the parts. The card of a picture is that of `artemis caption --out page.html`.
ASSETS = {
    "/style.css": ("text/css", (captions_page.TEMPLATE / "captions.css", TEMPLATE / "serve.css")),
    "/card.js": ("text/javascript", (captions_page.TEMPLATE / "captions.js",)),
    "/form.js": ("text/javascript", (TEMPLATE / "form.js",)),
}
# What is said of errors that no code of this package raises.
SENTENCES = {
    404: "There is no such page; go to the form or to the search.",
    405: "The page does not take requests of this kind; use the page's form.",
    500: "An error of this program, whose details are on the terminal of `artemis serve`; please report it.",
}


@dataclass(frozen=True)
class Pages:
    """The pages of a speaker.

    Attributes:
        search: the search, or the reason why there is none.
    """

    work: Work
    search: Search | str
    limits: Limits

    @cached_property
    def captions_rate(self) -> Rate:
        return Rate(self.limits.captions_per_minute)

    @cached_property
    def views_rate(self) -> Rate:
        return Rate(self.limits.views_per_minute)

    @cached_property
    def offer(self) -> Offer:
        return Offer.of(self.work.captioner, self.limits.candidates)

    @cached_property
    def templates(self) -> Environment:
        return captions_page.environment(TEMPLATE)

    def page(self, name: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> Response:
        captioner = self.work.captioner
        about = captioner.trained.data and captioner.trained.data.sentence("speaker", "captions of other pictures")
        text = self.templates.get_template(name).render(speaker=captioner.name, about=about, **values)
        # Names can have surrogates, which stand for bytes that are not UTF-8.
        return HTMLResponse(text.encode("utf-8", "backslashreplace"), status, headers)

    def refusal(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
        return self.page("error.html.j2", status, headers, title=HTTPStatus(status).phrase, sentence=sentence)

    async def form(self, request: Request) -> Response:
        _pass(self.views_rate, request)
        number = request.query_params.get("artwork")
        artwork = None if number is None else self._artwork(number)
        return self.page(
            "form.html.j2",
            offer=self.offer,
            limits=self.limits,
            artwork=artwork,
            shares=wishes.SHARES,
            share=wishes.SHARE,
        )

    async def caption(self, request: Request) -> Response:
        _pass(self.captions_rate, request)
        async with self.work.place():
            form = await uploads.receive(request, self.limits)
            wish = wishes.read(form.fields, self.offer)
            name, picture = form.name, form.picture
            if not picture:
                if not (number := form.fields.get("artwork")):
                    raise HTTPException(400, "No picture was sent, or an empty file; choose one.")
                _, name, path = self._artwork(number)
                picture = read_bytes(path)
            answer, shown = await self.work.answer(request, name, picture, wish)
        trained = self.work.captioner.trained
        card = captions_page.card(answer, shown, trained.fit, wish.mixture(self.offer.emotions))
        return self.page(
            "answer.html.j2",
            card=card,
            choice=captions_page.CHOICE[trained.emo_from],
            unmixed=wish.shares is not None and not self.offer.mixed,
            fewer=len(answer.captions) < answer.asked,
        )

    async def find(self, request: Request) -> Response:
        _pass(self.views_rate, request)
        if isinstance(self.search, str):
            return self.page("search.html.j2", missing=self.search)
        words, emotion, page = (request.query_params.get(name, "") for name in ("words", "emotion", "page"))
        words = words[: uploads.FIELD]
        if emotion and emotion not in self.search.emotions:
            names = ", ".join(self.search.emotions)
            raise HTTPException(400, f"The emotion {emotion[:40]!r} is unknown to the study; expected one of {names}.")
        number = _number(page or "1", "The page of results")
        asked = "words" in request.query_params or bool(emotion)
        results = await self.work.beside(self.search.find, words, emotion, max(number, 1)) if asked else None
        return self.page(
            "search.html.j2",
            missing=None,
            emotions=self.search.emotions,
            words=words,
            emotion=emotion,
            number=number,
            results=results,
        )

    async def thumbnail(self, request: Request) -> Response:
        _pass(self.views_rate, request)
        _, _, path = self._artwork(request.path_params["number"])
        return Response(await self.work.beside(self.work.thumbnail, read_bytes(path)), media_type="image/jpeg")

    def _artwork(self, number: str) -> tuple[int, str, Path]:
        """A picture of the study: its number, name and file."""
        if isinstance(self.search, str):
            raise HTTPException(404, f"Pictures of the data set are not shown: {self.search}.")
        place = _number(number, "The number of the picture")
        if (path := self.search.path(place)) is None:
            raise HTTPException(404, f"The data set has no picture {place}; find one by the search.")
        return place, self.search.name(place), path


def application(pages: Pages, names: Collection[str]) -> ASGIApp:
    """The application, for a server that has these names besides localhost."""

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        plain = error.detail == HTTPStatus(error.status_code).phrase
        sentence = SENTENCES.get(error.status_code, error.detail) if plain else error.detail
        return pages.refusal(error.status_code, sentence, error.headers)

    async def unreadable(_: Request, error: Exception) -> Response:
        return pages.refusal(422, f"The picture cannot be read: {error}; expected a picture file that is whole.")

    async def gone(_: Request, __: Exception) -> Response:
        return Response(status_code=400)

    async def failed(_: Request, __: Exception) -> Response:
        return pages.refusal(500, SENTENCES[500])

    routes = [
        Route("/", pages.form),
        Route("/caption", pages.caption, methods=["POST"]),
        Route("/search", pages.find),
        Route("/thumbnail/{number}", pages.thumbnail),
        *(_asset(address, kind, parts) for address, (kind, parts) in ASSETS.items()),
    ]
    handlers = {HTTPException: refused, UnreadablePicture: unreadable, ClientDisconnect: gone, Exception: failed}
    app = Starlette(routes=routes, exception_handlers=handlers)
    return Guard(app, names, pages.limits.reply_seconds, pages.refusal)


def _asset(address: str, kind: str, parts: tuple[Path, ...]) -> Route:
    content = "".join(part.read_text(encoding="utf-8") for part in parts)

    async def answer(_: Request) -> Response:
        return Response(content, media_type=kind)

    return Route(address, answer)


def _pass(rate: Rate, request: Request) -> None:
    """Count a request of a client.

    Raises:
        HTTPException: it has sent too many.
    """
    if wait := rate.wait(request.client.host if request.client else ""):
        seconds = int(wait) + 1
        raise HTTPException(
            429, f"Too many requests within a minute; try again in {seconds} s.", {"Retry-After": str(seconds)}
        )


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise HTTPException(400, f"{what} is {text[:20]!r}; expected a whole number; follow a link of the page.")
    return int(text)
