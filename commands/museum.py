"""Captions for museums: collected while they are made, then reviewed, and written as Web Annotations."""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from commands.captioner import Captioner
from formats import web_annotations
from formats.answers import Answer
from formats.machine_captions import MachineCaption, Reviewed
from formats.manifest import digest
from formats.review import publishing, sheet
from formats.review.thumbnails import jpeg, of_files
from formats.review.update import update
from formats.sources.picture import Picture
from formats.targets import target_of
from stages.common.pictures import UnreadablePicture
from stages.common.terminal import printable


@dataclass(frozen=True)
class Collected:
    """The captions of answers that have passed.

    Attributes:
        folder: that relative addresses start from.
        base: the address under which the folder will be published, if it is known.
    """

    captioner: Captioner
    folder: Path
    base: str | None
    captions: list[MachineCaption] = field(default_factory=list)
    pictures: dict[str, Picture] = field(default_factory=dict)

    def passing(self, answers: Iterable[Answer]) -> Iterator[Answer]:
        """Pass answers on, and collect their captions."""
        machine, model = self.captioner.machine, digest(self.captioner.settings())
        for answer in answers:
            if answer.captions:
                self._add(answer, machine, model)
            yield answer

    def thumbnail(self, row: Reviewed) -> bytes | None:
        """A small JPEG of the picture of a row, while it is the one that had captions."""
        picture = self.pictures.get(row.caption.digest)
        if picture is None:
            return of_files(self.folder)(row)
        try:
            file = picture.read()
            return jpeg(file) if hashlib.sha256(file).hexdigest() == row.caption.digest else None
        except UnreadablePicture:
            return None

    def _add(self, answer: Answer, machine: str, model: str) -> None:
        picture = answer.picture
        try:
            target = target_of(picture, self.folder, self.base)
        except UnreadablePicture as problem:  # it can be read once only, or has just been deleted
            print(f"{printable(picture)}: no annotation: its size cannot be read: {problem}", file=sys.stderr)
            return
        assert answer.digest is not None, "a captioned picture has a digest"
        self.pictures[answer.digest] = picture
        self.captions.extend(
            MachineCaption(
                picture=picture.name,
                **target._asdict(),
                digest=answer.digest,
                rank=rank,
                emotion=caption.emotion,
                text=text,
                language=self.captioner.language,
                machine=machine,
                model=model,
            )
            for rank, (caption, text) in enumerate(zip(answer.captions, answer.texts(), strict=True))
        )


def save(collected: Collected, annotations: Path | None, review: Path | None) -> None:
    """Write what was collected, and say so on stderr.

    Args:
        annotations: a file of Web Annotations. They are of the sheet's rows, if there is one, without rejected ones.
        review: a sheet, which keeps what people wrote into it.
    """
    rows = web_annotations.undecided(collected.captions)
    if review:
        print(printable(update(review, collected.captions, collected.thumbnail)), file=sys.stderr)
        rows = sheet.read(review)
    if annotations:
        number = publishing.save(rows, annotations, collected.folder).captions
        manifest = web_annotations.manifest_path(annotations)
        about = (
            f"{printable(manifest)} shows them in a viewer of IIIF"
            if manifest.exists()
            else "no manifest for viewers, which need addresses: give --base, or pictures by their URLs"
        )
        print(f"{printable(annotations)}: {number:,} annotations; {about}", file=sys.stderr)
