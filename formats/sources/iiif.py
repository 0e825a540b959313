"""Pictures of IIIF: those that a manifest or a collection of manifests names, versions 2 and 3 of the Presentation API.

Museums and libraries publish manifests: a manifest has canvases (pages, or views of an object), a canvas has pictures.
https://iiif.io/api/presentation/
"""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from formats.sources.fetch import Unreachable, is_url, read
from formats.sources.iiif_node import Node
from formats.sources.iiif_sizes import picture_url
from formats.sources.remote import Canvas, RemoteFile
from stages.common.errors import UserError
from stages.common.pictures import UnreadablePicture, read_bytes
from stages.common.terminal import printable

PRESENTATION = "iiif.io/api/presentation"
# Keys of a collection, in both versions; `first` and `next` are the pages of a long one.
PARTS = ("items", "manifests", "collections", "members", "first", "next")


def is_iiif(place: str) -> bool:
    """True for a manifest or a collection, False for any other file, or one that is not there.

    Raises:
        UserError: `place` is a URL, and the server cannot be reached.
    """
    try:
        content = json.loads(_content(place))
    except Unreachable as error:
        raise _unread(place, error) from None
    except (UnreadablePicture, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and PRESENTATION in json.dumps(content.get("@context"))


def find(place: str, cache: str | None = None) -> Iterator[RemoteFile]:
    """The pictures of a manifest, or of all manifests of a collection, in order, each address once.

    Canvases without a picture are named on stderr. A manifest of a collection that its server does not have is among
    the pictures, so that it is counted as left out.

    Args:
        place: a JSON file, or a URL.

    Raises:
        UserError: the JSON is not as the Presentation API says, a server cannot be reached, or there are no pictures.
    """
    found: set[str] = set()
    repeated = 0
    for url, canvas in _urls(place):
        if url in found:
            repeated += 1
            continue
        found.add(url)
        yield RemoteFile(url, (), cache, canvas)
    if not found:
        raise UserError(f"{printable(place)}: no pictures in this manifest or collection")
    if repeated:
        print(f"{printable(place)}: {repeated:,} pictures are named repeatedly; each is read once", file=sys.stderr)


def _urls(place: str) -> Iterator[tuple[str, Canvas | None]]:
    """The addresses of the pictures with their canvases, and of manifests that are not there."""
    # Manifests and collections still to be read, the next one last. Collections may contain each other.
    waiting: list[Node | str] = [place]
    seen = {place}
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            try:
                node = _load(node)
            except UnreadablePicture as error:
                if node == place or isinstance(error, Unreachable):
                    raise _unread(str(node), error) from None
                yield str(node), None
                continue
        kind = _kind(node)
        if kind == "manifest":
            yield from _of_manifest(node)
        elif kind == "collection":
            waiting += reversed(list(_parts(node, seen)))
        else:
            node.first("type", "@type").refuse("Manifest or Collection")


def _content(place: str) -> bytes:
    return read(place) if is_url(place) else read_bytes(Path(place))


def _load(place: str) -> Node:
    content = _content(place)
    try:
        return Node(place, json.loads(content))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{printable(place)}: not valid JSON ({error}); expected a manifest of IIIF") from None


def _unread(place: str, error: Exception) -> UserError:
    return UserError(f"{printable(place)}: {error}; check the address{' and the network' if is_url(place) else ''}")


def _kind(node: Node) -> str:
    """The type in lower case, without the prefix that version 2 has (`sc:Manifest`)."""
    if isinstance(node.value, str):
        return "reference"
    value = node.first("type", "@type").value
    first = next(iter(value), None) if isinstance(value, list) else value
    return str(first or "").lower().rpartition(":")[2]


def _parts(collection: Node, seen: set[str]) -> Iterator[Node | str]:
    """The manifests and collections in a collection that have not been seen, by address if they are elsewhere."""
    for part in (part for key in PARTS for part in collection[key].each()):
        url = (part if isinstance(part.value, str) else part.first("id", "@id")).address()
        if url not in seen:
            seen.add(url)
            is_whole = isinstance(part.value, dict) and any(part[key] for key in (*PARTS, "sequences"))
            yield part if is_whole else url


def _of_manifest(manifest: Node) -> Iterator[tuple[str, Canvas | None]]:
    left_out: list[str] = []
    for canvas in _canvases(manifest):
        bodies = list(_bodies(canvas))
        images = [image for body in bodies for image in _images(body)]
        yield from ((picture_url(image, canvas), _canvas(canvas, manifest)) for image in images)
        if not images:
            kinds = ", ".join(sorted({_kind(body) or "of no type" for body in bodies}))
            left_out.append(f"{canvas.path} ({kinds or 'empty'})")
    if left_out:
        noun = "canvas" if len(left_out) == 1 else "canvases"
        print(
            f"{printable(manifest.document)}: {len(left_out):,} {noun} without a picture left out, "
            f"the first is {printable(left_out[0])}",
            file=sys.stderr,
        )


def _canvas(canvas: Node, manifest: Node) -> Canvas | None:
    """The canvas, if captions can refer to it."""
    address, of = (node.first("id", "@id").value for node in (canvas, manifest))
    width, height = canvas["width"].side(), canvas["height"].side()
    if not (isinstance(address, str) and isinstance(of, str) and width and height):
        return None
    return Canvas(address.strip(), of.strip(), width, height)


def _canvases(manifest: Node) -> Iterator[Node]:
    if manifest["items"]:
        yield from manifest["items"].items()
        return
    # Further sequences are other orders of the same canvases.
    for sequence in islice(manifest["sequences"].items(), 1):
        yield from sequence["canvases"].items()


def _bodies(canvas: Node) -> Iterator[Node]:
    """What is painted on a canvas, in version 2 and in version 3."""
    yield from (image["resource"] for image in canvas["images"].items())
    for page in canvas["items"].items():
        for annotation in page["items"].items():
            if "painting" in (annotation["motivation"].value or "painting"):
                yield from annotation["body"].each()


def _images(body: Node) -> Iterator[Node]:
    """The picture that a body is, the first picture of a choice, the whole one of a part; none of other media."""
    kind = _kind(body)
    if kind == "choice":
        options = (option for key in ("default", "item", "items") for option in body[key].each())
        yield from islice((image for option in options for image in _images(option)), 1)
    elif kind == "specificresource":
        yield from (image for key in ("source", "full") for each in body[key].each() for image in _images(each))
    elif kind in ("image", ""):
        yield body
