"""Output of `artemis caption`: a table on the terminal, a file beside it, or a folder that can be resumed."""

import hashlib
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from commands.captioner import Captioner
from formats import answers, captions_page
from formats.answers import Answer, Table, printable
from formats.picture_lists import SOME_LEFT_OUT, Request
from stages.common.errors import UserError
from stages.common.progress import track
from stages.image_classifier import classifier
from stages.speaker.checkpoint import Trained

Save = Callable[[Iterable[Answer], Path], None]


def print_table(captioner: Captioner, requests: Sequence[Request], speaker: Path, out: Path | None) -> int:
    """Print the table while captions are generated, and write them to `out`; returns the exit code.

    Raises:
        UserError: none of the files is a picture.
    """
    table = Table([request.path for request in requests], grounded=captioner.trained.model.grounded)
    captioned = 0

    def printed() -> Iterator[Answer]:
        nonlocal captioned
        # The growing table shows the progress.
        for answer in _with_problems_named(captioner.answers(requests)):
            if answer.captions:
                print("\n".join([*([] if captioned else [table.header()]), *table.lines(answer)]))
                captioned += 1
            yield answer

    if out:
        _writer(out.suffix, captioner.trained, speaker)(printed(), out)
    else:
        deque(printed(), maxlen=0)
    if not captioned:
        raise UserError("no picture left to caption")
    return 0 if captioned == len(requests) else SOME_LEFT_OUT


def fill_folder(folder: Path, captioner: Captioner, requests: Sequence[Request], speaker: Path) -> int:
    """Write those Parquet files of a folder that are not there yet; returns the exit code."""
    models = [speaker, classifier.FOLDER] if captioner.predictor else [speaker]
    plan = captioner.plan
    settings = {
        "configs": [config.model_dump() for config in plan.configs],
        "candidates": plan.candidates,
        "seed": plan.seed,
        "emotion": captioner.emotion,
        "weights": list(map(_weights_digest, models)),
    }
    names = [f"{request.path} {request.emotion or ''}" for request in requests]
    for path, part in answers.shards(folder, names, settings):
        shard = requests[part]
        generated = track(captioner.answers(shard), path.name, len(shard))
        answers.save_parquet(_with_problems_named(generated), path)
    problems = answers.problems_in(folder)
    print(f"{printable(folder)}: {len(requests) - problems:,} pictures captioned, {problems:,} left out")
    return SOME_LEFT_OUT if problems else 0


def _with_problems_named(answers: Iterable[Answer]) -> Iterator[Answer]:
    """Pass answers on; name on stderr the pictures that are left out, each with the reason."""
    for answer in answers:
        if answer.problem:
            print(f"{printable(answer.path)}: left out: {answer.problem}", file=sys.stderr)
        yield answer


def _writer(suffix: str, trained: Trained, speaker: Path) -> Save:
    page = partial(captions_page.save, fit=trained.fit, emo_from=trained.emo_from, speaker=printable(speaker))
    writers: dict[str, Save] = {".parquet": answers.save_parquet, ".json": answers.save_json, ".html": page}
    return writers[suffix]


def _weights_digest(folder: Path) -> str:
    with (folder / "model.safetensors").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
