"""Where the captions of loose pictures go: a table on the terminal, and a file beside it."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from commands import museum
from commands.captioner import Captioner
from commands.picture_model import answers as answers_of
from commands.spent import Spent
from formats import answers
from formats.answers import Answer, Table, with_problems_told
from formats.picture_lists import SOME_LEFT_OUT, Request
from stages.common.errors import UserError
from stages.common.terminal import stop_printing

Save = Callable[[Iterable[Answer], Path], None]


def print_table(captioner: Captioner, requests: Sequence[Request], out: Path | None, base: str | None = None) -> int:
    """Print the table while captions are generated, and write them to `out`; returns the exit code.

    Args:
        base: the address under which the folder of `out` will be published, for annotations.

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

    if out:
        _writer(out.suffix.lower(), captioner, base)(printed(), out)
    else:
        deque(printed(), maxlen=0)
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


def _writer(suffix: str, captioner: Captioner, base: str | None) -> Save:
    writers: dict[str, Save] = {
        ".parquet": partial(answers.save_parquet, metadata=captioner.metadata),
        ".json": answers.save_json,
        ".html": captioner.save_page,
        ".jsonld": partial(museum.save, captioner=captioner, base=base),
    }
    return writers[suffix]
