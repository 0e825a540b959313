"""What people decided, kept when captions are made again.

A row belongs to its picture by the picture's digest, wherever the file is now. It stays as it is while the machine
writes the same text and emotion; a row with a decision, an edit or a note stays also if it does not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from formats.machine_captions import Decision, MachineCaption, Reviewed
from formats.sources.fetch import is_url

# What a caption says of the place of its picture.
PLACE = ("picture", "target", "manifest", "image", "width", "height")


def merged(old: Sequence[Reviewed], new: Sequence[MachineCaption]) -> list[Reviewed]:
    """The rows of the next sheet: by picture as in `new`, in each picture those of former captions first.

    A new caption is left out where a former model's caption of the same emotion is approved: that picture is done.
    Decided rows of pictures that `new` does not have come last. They are rejected if another picture has their place.
    """
    pictures: dict[str, list[MachineCaption]] = {}
    for caption in new:
        pictures.setdefault(caption.digest, []).append(caption)
    former: dict[str, list[Reviewed]] = {}
    for row in old:
        former.setdefault(row.caption.digest, []).append(row)
    rows = [row for digest, captions in pictures.items() for row in _of_picture(former.pop(digest, []), captions)]
    rows += [row for left in former.values() for row in left if is_touched(row)]
    return _without_displaced(rows, new)


def _without_displaced(rows: Sequence[Reviewed], new: Sequence[MachineCaption]) -> list[Reviewed]:
    """The rows, those rejected that would be published as captions of another picture."""
    owners: dict[str, set[str]] = {}
    for caption in new:
        owners.setdefault(caption.target, set()).add(caption.digest)

    def is_own(row: Reviewed) -> bool:
        return row.caption.digest in owners.get(row.caption.target, {row.caption.digest})

    approved = {row.caption.target for row in rows if is_own(row) and row.decision is Decision.APPROVED}

    def is_displaced(row: Reviewed) -> bool:
        # At an address of the web a picture with other bytes may be a new photograph of the same work.
        return not is_own(row) and (not is_url(row.caption.target) or row.caption.target in approved)

    return [_rejected(row) if is_displaced(row) else row for row in rows]


def _rejected(row: Reviewed) -> Reviewed:
    if row.decision is Decision.REJECTED:
        return row
    before = f"was {row.decision}: " if row.decision else ""
    note = f"[{before}another picture is in this place now] {row.note}".strip()
    return replace(row, decision=Decision.REJECTED, note=note)


def is_touched(row: Reviewed) -> bool:
    """True if a person has decided, edited or noted something."""
    return row.decision is not Decision.OPEN or row.edited is not None or bool(row.note.strip())


def _of_picture(former: list[Reviewed], new: Sequence[MachineCaption]) -> Iterator[Reviewed]:
    """The rows of one picture, which may lie in several places."""
    before, now = {row.caption.target for row in former}, {caption.target for caption in new}
    matches: dict[int, Reviewed] = {}
    # A picture's own row first; then that of a place where it no longer is.
    for same in (_said, _written):
        for number, caption in enumerate(new):
            rows = (row for row in former if same is _said or row.caption.target not in now)
            match = next((row for row in rows if same(row.caption) == same(caption)), None)
            if match and number not in matches:
                former.remove(match)
                matches[number] = match
    kept = [row for row in former if is_touched(row)]
    # Rows of copies stay apart, wherever the copies went.
    if len(before) == 1:
        kept = [_moved(row, new) for row in kept]
    done = {_place(row.caption) for row in kept if row.decision is Decision.APPROVED}
    yield from kept
    for number, caption in enumerate(new):
        if number in matches:
            yield replace(matches[number], caption=caption)
        elif _place(caption) not in done:
            yield Reviewed(caption)


def _written(caption: MachineCaption) -> tuple[str | None, ...]:
    return caption.text, caption.emotion, caption.language


def _said(caption: MachineCaption) -> tuple[str | None, ...]:
    return caption.target, *_written(caption)


def _place(caption: MachineCaption) -> tuple[str | None, ...]:
    return caption.target, caption.emotion, caption.language


def _moved(row: Reviewed, new: Sequence[MachineCaption]) -> Reviewed:
    """The row with the place that its picture has now."""
    if row.caption.target in {caption.target for caption in new}:
        return row
    now = new[0]
    where = {name: getattr(now, name) for name in PLACE}
    return replace(row, caption=row.caption._replace(**where))
