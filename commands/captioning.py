"""Where the captions of loose pictures go: a table on the terminal, a file beside it, or a folder."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from commands.captioner import Captioner
from formats import answers, captions_folder
from formats.answers import Answer, Table
from formats.picture_lists import SOME_LEFT_OUT, Request
from stages.common.errors import UserError
from stages.common.progress import track
from stages.common.terminal import printable, stop_printing

Save = Callable[[Iterable[Answer], Path], None]


def print_table(captioner: Captioner, requests: Sequence[Request], out: Path | None) -> int:
    """Print the table while captions are generated, and write them to `out`; returns the exit code.

    Raises:
        UserError: none of the files is a picture.
    """
    table = Table([request.path for request in requests], emotions=captioner.emotions)
    captioned = 0

    def printed() -> Iterator[Answer]:
        nonlocal captioned
        # The growing table shows the progress.
        for answer in _with_problems_named(captioner.answers(requests)):
            if answer.captions:
                lines = [*([] if captioned else [table.header()]), *table.lines(answer)]
                _print(lines, go_on=out is not None)
                captioned += 1
            yield answer

    if out:
        _writer(out.suffix.lower(), captioner)(printed(), out)
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


def fill_folder(folder: Path, captioner: Captioner, requests: Sequence[Request]) -> int:
    """Write the Parquet files of a folder, with what is missing or outdated there; returns the exit code."""
    captioned = kept = 0
    gone: list[Path] = []
    for shard in captions_folder.shards(folder, requests, captioner.settings(), captioner.metadata):
        kept += len(shard.kept)
        gone += shard.gone
        if waiting := shard.waiting:
            generated = track(captioner.answers(waiting), shard.path.name, len(waiting))
            captioned += shard.save(_with_problems_named(generated))
    if gone:
        some = f"{len(gone):,} pictures are no longer there, but keep their captions; the first is {printable(gone[0])}"
        print(some, file=sys.stderr)
    left_out = len(requests) - captioned - kept
    before = f", {kept:,} were there already" if kept else ""
    print(f"{printable(folder)}: {captioned:,} pictures captioned{before}, {left_out:,} left out")
    return SOME_LEFT_OUT if left_out else 0


def _with_problems_named(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Pass answers on; name on stderr the pictures that are left out, with the reasons, and count missing captions."""
    short = 0
    for answer in answers:
        if answer.problem:
            print(f"{printable(answer.path)}: left out: {printable(answer.problem)}", file=sys.stderr)
        short += len(answer.captions) < answer.asked
        yield answer
    if short:
        print(
            f"{short:,} pictures have fewer captions than asked for: the search ended no more within "
            "captions.max_length",
            file=sys.stderr,
        )


def _writer(suffix: str, captioner: Captioner) -> Save:
    parquet = partial(answers.save_parquet, metadata=captioner.metadata)
    writers: dict[str, Save] = {".parquet": parquet, ".json": answers.save_json, ".html": captioner.save_page}
    return writers[suffix]
