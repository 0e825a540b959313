"""Captions as Web Annotations of the W3C, and as a manifest of IIIF, in which a viewer shows them with their pictures.

https://www.w3.org/TR/annotation-model/, https://iiif.io/api/presentation/3.0/. The body of an annotation says what its
text is: which machine wrote it, in which language, and that it is a feeling. So its purpose is to comment, not to
describe. Viewers show bodies and their tags; one tag says that a machine was at work.
"""

import base64
import json
import uuid
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from formats.machine_captions import Decision, MachineCaption, Reviewed
from formats.sources.fetch import is_url
from stages.common.errors import UserError
from stages.common.files import out_file, write_json
from stages.common.terminal import printable

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
IIIF = "http://iiif.io/api/presentation/3/context.json"
LABEL = "A feeling that a machine expects in people who see the picture; not a description of the picture."
# The tag that viewers show.
MACHINE = "feeling, by a machine"
APPROVED = "feeling, by a machine, approved by a person"
EDITED = "feeling, by a machine, edited by a person"
# By which a manifest of this program is known.
MANIFEST_LABEL = {"en": ["Pictures with feelings that a machine expects"]}
# Names of files at addresses of the IIIF Image API: .../identifier/region/size/rotation/quality.format
QUALITIES = ("default", "color", "gray", "bitonal", "native")
# Between the name of a file and its suffix.
MANIFEST = ".manifest.json"


def save(reviewed: Sequence[Reviewed], path: Path) -> Path | None:
    """Write an AnnotationPage to `path` and, beside it, a manifest; returns the path of the manifest.

    The manifest has a canvas for each target, with the picture and its annotations. It needs the addresses of all
    pictures; without them, or without captions, there is none, and the result is None.

    Raises:
        UserError: as `require_free`.
    """
    require_free(path)
    annotations = [annotation(each) for each in reviewed]
    write_json({"@context": CONTEXT, "id": _urn(annotations), "type": "AnnotationPage", "items": annotations}, path)
    beside = manifest_path(path)
    if not reviewed or not all(is_url(each.caption.image) for each in reviewed):
        beside.unlink(missing_ok=True)
        return None
    write_json(manifest(reviewed, beside.name), beside)
    return beside


def manifest_path(path: Path) -> Path:
    """`museum.manifest.json` beside `museum.jsonld`."""
    return path.with_name(path.stem + MANIFEST)


def require_free(path: Path, inputs: Iterable[Path] = ()) -> None:
    """Check that the manifest beside `path` replaces no file but an earlier one of this program; nothing is made yet.

    Args:
        inputs: files that it must not replace, even if they are by this program.

    Raises:
        UserError: another file has its name, or it cannot be written.
    """
    beside = out_file(str(manifest_path(path)), inputs=inputs)
    if beside.exists() and not _is_ours(beside):
        raise UserError(
            f"{printable(beside)}: is not by artemis, and the manifest beside {printable(path.name)} has this name; "
            "move that file, or choose another name for the captions"
        )


def _is_ours(path: Path) -> bool:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and (found.get("@context"), found.get("label")) == (IIIF, MANIFEST_LABEL)


def annotation(reviewed: Reviewed, canvas: str | None = None) -> dict[str, Any]:
    """An annotation without a context.

    Args:
        canvas: that of the manifest that the annotation is a part of.
    """
    caption = reviewed.caption
    target: str | dict[str, Any] = canvas or caption.target
    if caption.manifest and not canvas:
        # Their types are terms of IIIF, which the context of annotations lacks.
        target = {"id": caption.target, "partOf": {"id": caption.manifest}}
    tags = [_tag(reviewed), *([caption.emotion] if caption.emotion else [])]
    found = {
        "type": "Annotation",
        "motivation": "commenting",
        "body": [_text(reviewed), *({"type": "TextualBody", "purpose": "tagging", "value": tag} for tag in tags)],
        "target": target,
    }
    return {"id": _urn([found, caption.digest, caption.rank]), **found}


def _text(reviewed: Reviewed) -> dict[str, Any]:
    caption = reviewed.caption
    machine = {"id": model_uri(caption.model), "type": "Software", "name": caption.machine}
    if reviewed.edited is None:
        by: dict[str, Any] = {"creator": machine}
    else:
        by = {"creator": {"type": "Person", "name": reviewed.reviewer or "a reviewer"}, "generator": machine}
    return {
        "type": "TextualBody",
        "purpose": "commenting",
        "value": reviewed.text,
        "language": caption.language,
        "format": "text/plain",
        "label": LABEL,
        **by,
    }


def _tag(reviewed: Reviewed) -> str:
    if reviewed.edited is not None:
        return EDITED
    return APPROVED if reviewed.decision is Decision.APPROVED else MACHINE


def model_uri(digest: str) -> str:
    """The name of a model by its SHA-256, in hexadecimal: an address that says what it names (RFC 6920)."""
    encoded = base64.urlsafe_b64encode(bytes.fromhex(digest)).decode().rstrip("=")
    return f"ni:///sha-256;{encoded}"


def manifest(reviewed: Sequence[Reviewed], name: str) -> dict[str, Any]:
    """A manifest of Presentation 3: canvases in the order in which their captions come first.

    Args:
        name: of its file, which is taken to be published beside the first picture.
    """
    order = {each.caption.target: number for number, each in reversed(list(enumerate(reviewed)))}
    together = sorted(reviewed, key=lambda each: order[each.caption.target])
    groups = [list(group) for _, group in groupby(together, key=lambda each: each.caption.target)]
    address = urljoin(together[0].caption.image, name) if together else name
    return {
        "@context": IIIF,
        "id": address,
        "type": "Manifest",
        "label": MANIFEST_LABEL,
        "items": [_canvas(group, f"{address}/{number}") for number, group in enumerate(groups)],
    }


def _canvas(reviewed: Sequence[Reviewed], address: str) -> dict[str, Any]:
    caption = reviewed[0].caption
    canvas = caption.target if caption.manifest else f"{address}/canvas"
    image = {"id": caption.image, "type": "Image", "width": caption.width, "height": caption.height}
    painting = {
        "id": f"{address}/painting",
        "type": "Annotation",
        "motivation": "painting",
        "body": image,
        "target": canvas,
    }
    annotations = [annotation(each, canvas) for each in reviewed]
    return {
        "id": canvas,
        "type": "Canvas",
        "label": {"none": [_name(caption.image)]},
        "width": caption.width,
        "height": caption.height,
        "items": [{"id": f"{address}/paintings", "type": "AnnotationPage", "items": [painting]}],
        "annotations": [{"id": f"{address}/captions", "type": "AnnotationPage", "items": annotations}],
    }


def _name(address: str) -> str:
    """The name of a picture: that of its file, or its identifier in the IIIF Image API."""
    parts = urlsplit(address).path.split("/")
    is_api = len(parts) > 5 and parts[-1].partition(".")[0] in QUALITIES
    return unquote(parts[-5] if is_api else parts[-1])


def undecided(captions: Iterable[MachineCaption]) -> list[Reviewed]:
    """Captions that nobody has reviewed."""
    return [Reviewed(caption) for caption in captions]


def _urn(value: Any) -> str:
    """A name by the content: the same for the same."""
    return uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(value, sort_keys=True)).urn
