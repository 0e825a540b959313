"""Captions for museums: collected while they are made, and written as Web Annotations."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from commands.captioner import Captioner
from formats import web_annotations
from formats.answers import Answer
from formats.machine_captions import MachineCaption
from formats.manifest import digest
from formats.targets import target_of
from stages.common.pictures import UnreadablePicture
from stages.common.terminal import printable


@dataclass(frozen=True)
class Collected:
    """The captions of answers that have passed.

    Attributes:
        folder: of the file that is written.
        base: the address under which the folder will be published, if it is known.
    """

    captioner: Captioner
    folder: Path
    base: str | None
    captions: list[MachineCaption] = field(default_factory=list)

    def passing(self, answers: Iterable[Answer]) -> Iterator[Answer]:
        """Pass answers on, and collect their captions."""
        machine, model = self.captioner.machine, digest(self.captioner.settings())
        for answer in answers:
            if answer.captions:
                self._add(answer, machine, model)
            yield answer

    def _add(self, answer: Answer, machine: str, model: str) -> None:
        picture = answer.picture
        try:
            target = target_of(picture, self.folder, self.base)
        except UnreadablePicture as problem:  # it can be read once only, or has just been deleted
            print(f"{printable(picture)}: no annotation: its size cannot be read: {problem}", file=sys.stderr)
            return
        self.captions.extend(
            MachineCaption(
                picture=picture.name,
                **target._asdict(),
                digest=answer.digest or "",
                rank=rank,
                emotion=caption.emotion,
                text=text,
                language=self.captioner.language,
                machine=machine,
                model=model,
            )
            for rank, (caption, text) in enumerate(zip(answer.captions, answer.texts(), strict=True))
        )


def save(answers: Iterable[Answer], path: Path, captioner: Captioner, base: str | None) -> None:
    """Write the answers as Web Annotations and, where addresses are known, a manifest, and say so on stderr."""
    collected = Collected(captioner, path.parent, base)
    for _ in collected.passing(answers):
        pass
    manifest = web_annotations.save(web_annotations.undecided(collected.captions), path)
    about = (
        f"{printable(manifest)} shows them in a viewer of IIIF"
        if manifest
        else "no manifest for viewers, which need addresses: give --base, or pictures by their URLs"
    )
    print(f"{printable(path)}: {len(collected.captions):,} annotations; {about}", file=sys.stderr)
