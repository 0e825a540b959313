"""The work behind the page: pictures are decoded by two threads, and captioned one after the other by a third."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from PIL import Image, UnidentifiedImageError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from commands.picture_model import Taken
from commands.speaker_captioner import SpeakerCaptioner
from commands.spent import Spent
from commands.web.limits import Limits
from commands.web.wishes import Wish
from formats import picture_lists
from formats.answers import Answer
from formats.captions_page import Shown, shown
from stages.common.pictures import UnreadablePicture, dimensions, picture_errors, square, upright

T = TypeVar("T")
# Whatever the number of cores: each may hold several copies of a picture at its full size, up to 40 bytes a pixel.
DECODERS = 2
# Of pictures with more pixels, one is decoded at a time.
LARGE = 12_000_000
RETRY_SECONDS = 5
# Others of Pillow's start programs and write files (EPS: Ghostscript), which a stranger's picture must not.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF", "JPEG2000", "PPM")
THUMBNAIL = 240


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A picture that came with a request; see `formats.sources.picture.Picture`."""

    name: str

    def version(self) -> None:
        return None

    def read(self) -> bytes:
        raise UnreadablePicture("an uploaded picture is not kept")


@dataclass(frozen=True)
class Work:
    """Answers requests with the captioner, so many at a time."""

    captioner: SpeakerCaptioner
    limits: Limits
    decoders: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(DECODERS, "decoder"))
    model: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "model"))
    decoding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DECODERS))
    large: asyncio.Lock = field(default_factory=asyncio.Lock)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    places: set[object] = field(default_factory=set)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold one of the places for requests.

        Raises:
            HTTPException: all are taken.
        """
        if len(self.places) >= self.limits.requests:
            raise HTTPException(
                503,
                f"{self.limits.requests} pictures are being captioned already, the most at a time; try again in "
                f"{RETRY_SECONDS} seconds.",
                {"Retry-After": str(RETRY_SECONDS)},
            )
        place = object()
        self.places.add(place)
        try:
            yield
        finally:
            self.places.remove(place)

    async def answer(self, request: Request, name: str, picture: bytes, wish: Wish) -> tuple[Answer, Shown]:
        """The captions of a picture, and the picture as the page shows it.

        Raises:
            UnreadablePicture: it is none, or too large.
            ClientDisconnect: nobody waits for the answer any more.
        """
        wanted = picture_lists.Request(Uploaded(name), wish.emotion, shares=wish.shares)
        taken, picture_shown = await self._decode(wanted, picture)
        async with self.turn:
            if await request.is_disconnected():
                raise ClientDisconnect
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self.model, self._caption, taken, wish.candidates)
        return answer, picture_shown

    async def beside(self, call: Callable[..., T], *arguments: Any) -> T:
        """The result of a call in one of the threads that decode: the server answers others meanwhile."""
        return await asyncio.get_running_loop().run_in_executor(self.decoders, call, *arguments)

    def thumbnail(self, picture: bytes) -> bytes:
        """A small JPEG of a picture.

        Raises:
            UnreadablePicture: as in `answer`.
        """
        self._pixels(picture)
        whole = upright(picture)
        with picture_errors(picture):
            whole.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
            file = io.BytesIO()
            whole.save(file, "JPEG", quality=80)
            return file.getvalue()

    def close(self) -> None:
        """End the threads when they have finished what they are doing."""
        self.decoders.shutdown(wait=False, cancel_futures=True)
        self.model.shutdown(wait=False, cancel_futures=True)

    async def _decode(self, request: picture_lists.Request, picture: bytes) -> tuple[Taken, Shown]:
        """The picture as the captioner's decoder makes it, and as the page shows it: decoded once for both."""
        pixels = await self.beside(self._pixels, picture)
        async with self.large if pixels > LARGE else nullcontext(), self.decoding:
            whole = await self.beside(upright, picture)
            taken, picture_shown = await asyncio.gather(
                self.beside(self._taken, request, whole, picture), self.beside(self._shown, whole, picture)
            )
        return taken, picture_shown

    def _taken(self, request: picture_lists.Request, whole: Image.Image, picture: bytes) -> Taken:
        needed = self.captioner.decoder.squares
        with picture_errors(picture):
            made = {each: np.array(square(whole, *each)) for each in set(needed)}
        return Taken(request, None, hashlib.sha256(picture).hexdigest(), tuple(made[each] for each in needed))

    def _shown(self, whole: Image.Image, picture: bytes) -> Shown:
        with picture_errors(picture):
            return shown(whole)

    def _pixels(self, picture: bytes) -> int:
        """The pixels of a picture by its header.

        Raises:
            UnreadablePicture: it is none, not of `FORMATS`, or too large.
        """
        _require_format(picture)
        width, height = dimensions(picture)
        if width * height > self.limits.pixels:
            most = f"{self.limits.pixels / 1e6:g}"
            raise UnreadablePicture(f"{width} x {height} pixels, more than {most} million, the most of a picture here")
        return width * height

    def _caption(self, taken: Taken, candidates: int) -> Answer:
        captioner = replace(self.captioner, plan=replace(self.captioner.plan, candidates=candidates))
        return next(iter(captioner.answer([taken], Spent())))


def _require_format(picture: bytes) -> None:
    try:
        Image.open(io.BytesIO(picture), formats=FORMATS).close()
    except UnidentifiedImageError:
        raise UnreadablePicture(f"no picture of the formats that are taken here ({', '.join(FORMATS)})") from None
    except Exception:  # of a damaged header, which `dimensions` describes
        return
