"""Forms with a picture, received in memory up to a limit: nothing is written to a disk."""

import asyncio
from collections.abc import AsyncGenerator
from typing import NamedTuple

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import Request

from commands.web.limits import Limits

MULTIPART, PLAIN = "multipart/form-data", "application/x-www-form-urlencoded"
# Text fields of a form, and bytes of one.
FIELDS, FIELD = 128, 1024
# Characters of a file's name that are shown.
LONGEST_NAME = 80
UNNAMED = "the picture"


class Form(NamedTuple):
    """The text fields of a form by name, and its picture: name and bytes; no bytes if none was chosen."""

    fields: dict[str, str]
    name: str
    picture: bytes


async def receive(request: Request, limits: Limits) -> Form:
    """Receive the form of a request.

    Raises:
        HTTPException: it is too large, too slow, damaged, or no form.
        ClientDisconnect: the client has gone.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in (MULTIPART, PLAIN):
        raise HTTPException(415, f"The request is no form; expected the content type {MULTIPART}; use the page's form.")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.upload:
        raise _too_large(limits)
    body = _bounded(request, limits)
    try:
        async with asyncio.timeout(limits.upload_seconds):
            return await _parsed(kind, request, body, limits)
    except TimeoutError:
        raise HTTPException(
            408,
            f"The form did not arrive within {limits.upload_seconds:g} seconds; send a smaller picture, or try again.",
        ) from None
    # ValueError: its charset decodes no text.
    except (MultiPartException, ValueError):
        raise HTTPException(
            400,
            "The form cannot be read: it is damaged, or has several pictures or a very long text; expected one picture "
            "and the fields of the page's form; use that form.",
        ) from None


async def _parsed(kind: str, request: Request, body: AsyncGenerator[bytes, None], limits: Limits) -> Form:
    if kind == PLAIN:
        return await _form(await FormParser(request.headers, body, max_fields=FIELDS, max_part_size=FIELD).parse())
    parser = MultiPartParser(request.headers, body, max_files=1, max_fields=FIELDS, max_part_size=FIELD)
    # Files stay in memory: none can be longer than the whole form.
    parser.spool_max_size = limits.upload + 1
    try:
        return await _form(await parser.parse())
    finally:
        # The parser itself closes its files where it fails, but not that of a form which just ends too early.
        for file in parser._files_to_close_on_error:
            file.close()


async def _bounded(request: Request, limits: Limits) -> AsyncGenerator[bytes, None]:
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > limits.upload:
            raise _too_large(limits)
        yield chunk


def _too_large(limits: Limits) -> HTTPException:
    most = f"{limits.upload / 2**20:g} MiB"
    return HTTPException(413, f"The form is larger than {most}; expected a picture of less; send a smaller one.")


async def _form(data: FormData) -> Form:
    fields = {name: value for name, value in data.multi_items() if isinstance(value, str)}
    for value in data.values():
        if isinstance(value, UploadFile):
            name = value.filename[:LONGEST_NAME] if value.filename else UNNAMED
            return Form(fields, name, await value.read())
    return Form(fields, UNNAMED, b"")
