"""Rows of review sheets for tests."""

import io
from typing import Any

from PIL import Image

from formats.machine_captions import Decision, MachineCaption, Reviewed

APPROVED, REJECTED, OPEN = Decision.APPROVED, Decision.REJECTED, Decision.OPEN


MODEL = "01" * 32


def caption(text: str = "the sea feels calm", picture: str = "sea", **fields: Any) -> MachineCaption:
    """Of a picture that is named like its digest, by the first model."""
    given = {"target": f"images/{picture}.jpg", "manifest": None, "digest": picture, "rank": 0, "emotion": "awe"}
    given |= {"image": f"images/{picture}.jpg", "width": 40, "height": 30}
    given |= {"language": "en", "machine": "speaker", "model": MODEL, "picture": f"{picture}.jpg"}
    return MachineCaption(**{**given, "text": text, **fields})


def reviewed(decision: Decision = OPEN, edited: str | None = None, note: str = "", **fields: Any) -> Reviewed:
    return Reviewed(caption(**fields), decision, edited, note, "Ann" if decision else "")


def thumbnail(_: Reviewed) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "JPEG")
    return file.getvalue()
