"""Where the captions of loose pictures go: a table on the terminal, and a file beside it."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from commands import museum
from commands.captioner import Captioner
from commands.museum import Collected
from commands.picture_model import answers as answers_of
from commands.spent import Spent
from formats import answers
from formats.answers import Answer, Table, with_problems_told
from formats.picture_lists import SOME_LEFT_OUT, Request
from formats.review.publishing import ANNOTATIONS
from stages.common.errors import UserError
from stages.common.terminal import stop_printing

Save = Callable[[Iterable[Answer], Path], None]


def print_table(
    captioner: Captioner,
    requests: Sequence[Request],
    out: Path | None,
    review: Path | None = None,
    base: str | None = None,
) -> int:
    """Print the table while captions are generated, and write them to `out`; returns the exit code.

    Args:
        review: a sheet for people who approve captions.
        base: the address under which the folder of the sheet, or of annotations, will be published.

    Raises:
        UserError: none of the files is a picture.
    """
    table = Table([request.picture for request in requests], emotions=captioner.emotions)
    captioned = 0

    def printed() -> Iterator[Answer]:
        nonlocal captioned
        # The growing table shows the progress.
        for answer in with_problems_told(answers_of(captioner, requests, Spent())):
            if answer.captions:
                lines = [*([] if captioned else [table.header()]), *table.lines(answer)]
                _print(lines, go_on=out is not None)
                captioned += 1
            yield answer

    annotations = out if out and out.suffix.lower() == ANNOTATIONS else None
    answered, collected = printed(), None
    if place := review or annotations:
        collected = Collected(captioner, place.parent, base)
        answered = collected.passing(answered)
    if out and not annotations:
        _writer(out.suffix.lower(), captioner)(answered, out)
    else:
        deque(answered, maxlen=0)
    if collected and captioned:
        museum.save(collected, annotations, review)
    if not captioned:
        raise UserError("no picture left to caption")
    return 0 if captioned == len(requests) else SOME_LEFT_OUT


def _print(lines: Iterable[str], *, go_on: bool) -> None:
    """Print lines; where no one reads them any more (`| head`), `go_on` with the work for the sake of the file."""
    try:
        print("\n".join(lines), flush=True)
    except BrokenPipeError:
        if not go_on:
            raise
        stop_printing()


def _writer(suffix: str, captioner: Captioner) -> Save:
    parquet = partial(answers.save_parquet, metadata=captioner.metadata)
    writers: dict[str, Save] = {".parquet": parquet, ".json": answers.save_json, ".html": captioner.save_page}
    return writers[suffix]
