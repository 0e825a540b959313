"""Addresses of pictures at image servers of IIIF, in a size that is enough for a model.

https://iiif.io/api/image/: what a server must know depends on its level. Level 2 fits a picture into a square, level 1
only knows one side, level 0 has the sizes that it lists.
"""

import json
import re
from typing import NamedTuple

from formats.sources.iiif_node import Node

# The longer side of a picture that is asked for: no encoder sees more.
SIDE = 1024
# A size that the server lists is quick to send, but should not be many times larger than what is needed.
LARGEST = 2 * SIDE
# How services of the Image API are written in their type, context or profile, with the version.
IMAGE_API = re.compile(r"ImageService(\d)|api/image/(\d)|image-api/(\d)")
LEVEL = re.compile(r"level(\d)")
# The longest sides that a server sends, if it says so.
LIMITS = ("maxWidth", "maxHeight")
# The feature of level 2 that other levels may have, too.
FITS = "sizeByConfinedWh"


class Service(NamedTuple):
    """A picture at an image server.

    Attributes:
        version: of the Image API, from 1.
        level: of the server, 0 to 2; 2 if nothing is said.
        fits: it fits pictures into a square.
        sides: width and height of the picture in pixels, if known.
        sizes: those that the server lists.
        longest: the longer side that the server sends at most.
    """

    address: str
    version: int
    level: int
    fits: bool
    sides: tuple[int, int] | None
    sizes: list[tuple[int, int]]
    longest: int


def picture_url(body: Node, canvas: Node) -> str:
    """The address of a picture: at its image server, if it has one, otherwise its own.

    Args:
        body: the picture in the manifest.
        canvas: has width and height, if the picture has not.

    Raises:
        UserError: there is no address.
    """
    for node in body["service"].each():
        if isinstance(node.value, dict) and (service := _service(node, body, canvas)):
            return f"{service.address}/full/{_size(service)}/0/{'default' if service.version > 1 else 'native'}.jpg"
    return body.first("id", "@id").address()


def _service(node: Node, body: Node, canvas: Node) -> Service | None:
    """The image server that a service is; None for a service of another kind, such as a login."""
    profile = json.dumps(node["profile"].value)
    about = json.dumps([node.value.get(key) for key in ("type", "@type", "@context", "profile")])
    found = IMAGE_API.search(about)
    if found is None:
        return None
    level = LEVEL.search(profile)
    extra = json.dumps(node["extraFeatures"].value)
    sizes = (_sides(size) for size in node["sizes"].items())
    limits = [node, *(each for each in node["profile"].each() if isinstance(each.value, dict))]
    return Service(
        address=node.first("id", "@id").address().rstrip("/"),
        version=int(next(filter(None, found.groups()))),
        level=int(level[1]) if level else 2,
        fits=not level or level[1] == "2" or FITS in profile or FITS in extra,
        sides=next(filter(None, map(_sides, (node, body, canvas))), None),
        sizes=[size for size in sizes if size],
        longest=min([SIDE, *(side for each in limits for key in LIMITS if (side := each[key].side()))]),
    )


def _sides(node: Node) -> tuple[int, int] | None:
    width, height = node["width"].side(), node["height"].side()
    return (width, height) if width and height else None


def _size(service: Service) -> str:
    """The size in a request: the smallest one that is enough, in words that the server must know."""
    whole = "max" if service.version > 2 else "full"
    if service.sides and max(service.sides) <= service.longest:
        return whole
    enough = [size for size in service.sizes if max(size) >= SIDE]
    smallest = min(enough, key=max, default=None)
    if smallest and (service.level == 0 or max(smallest) <= LARGEST):
        return f"{smallest[0]},{smallest[1]}"
    if service.level == 0:
        return whole
    if service.fits:
        return f"!{service.longest},{service.longest}"
    is_tall = service.sides is not None and service.sides[1] > service.sides[0]
    return f",{service.longest}" if is_tall else f"{service.longest},"
