"""Answers of raters: the files that the page of a study saves, checked against its key."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from formats.human_study.key import Item, Key, Strict, sentence
from stages.common.errors import UserError
from stages.common.terminal import printable

# A rater who fails a greater part of the checks of attention is left out.
MOST_FAILED = 0.25


class Answer(Strict):
    """The answers of a rater to the questions about an item.

    Attributes:
        preferred: number of the text, None for both equally.
        reasonable: of each text, if someone could reasonably feel so.
        first: number of the text that was shown first.
        seconds: until the answer.
    """

    item: Annotated[int, Field(ge=0)]
    preferred: Literal[0, 1] | None
    reasonable: tuple[bool, bool]
    first: Literal[0, 1]
    seconds: Annotated[float, Field(ge=0)]


class Answers(Strict):
    """A file that the page saves.

    Attributes:
        session: a random number for the person, drawn when the study was begun.
        saved: the time, such as 2026-11-27T13:45:00.000Z.
    """

    format: Literal["artemis study answers 1"]
    study: str
    rater: Annotated[int, Field(ge=1)]
    session: Annotated[str, Field(min_length=1, max_length=64)]
    saved: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Rater:
    """A person's answers.

    Attributes:
        name: for tables: `3`, or `3 (second)` where two people took number 3.
        judged: the pairs, with their items in the key.
        checks: the checks of attention that were reached.
        failed: how many of them were failed.
    """

    name: str
    file: Path
    judged: list[tuple[Item, Answer]]
    checks: int
    failed: int

    @property
    def attentive(self) -> bool:
        return self.failed <= MOST_FAILED * self.checks


def read(files: Iterable[Path], key: Key) -> list[Rater]:
    """The raters of a study, by number.

    Of several files of one person the one that was saved last counts, as stderr says.

    Raises:
        UserError: a file is damaged or of another study, the last file of a person lacks answers of another one, or
            nothing is answered.
    """
    by_session: dict[str, tuple[Path, Answers]] = {}
    for file in files:
        answers = _read(file, key)
        before = by_session.get(answers.session)
        by_session[answers.session] = (file, answers) if before is None else _later(before, (file, answers))
    people = sorted(by_session.values(), key=lambda person: (person[1].rater, person[1].session))
    raters = list(_named(people, key))
    if not any(rater.judged for rater in raters):
        raise UserError("no pair is answered in these files; expected files that the page of the study has saved")
    return raters


def _read(file: Path, key: Key) -> Answers:
    try:
        # Programs in which people paste the answers may put a mark before them.
        answers = Answers.model_validate_json(file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UserError(f"{printable(file)}: not UTF-8 text; save it as UTF-8") from None
    except OSError as error:
        raise UserError(f"{printable(file)}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        raise UserError(
            f"{printable(file)}: not answers as the page of a study saves them ({printable(sentence(error))}); "
            "ask the rater to save them once more"
        ) from None
    if answers.study != key.study:
        raise UserError(f"{printable(file)}: answers to another study; give the folder of that one with --study")
    if answers.rater > key.raters:
        raise UserError(f"{printable(file)}: rater is {answers.rater}, but the study has raters 1 to {key.raters}")
    for place, answer in enumerate(answers.answers):
        if answer.item >= len(key.items):
            raise UserError(
                f"{printable(file)}: answers.{place}.item is {answer.item}, but the study has {len(key.items)} items, "
                "counted from 0; ask the rater to save the answers once more"
            )
    if len({answer.item for answer in answers.answers}) < len(answers.answers):
        raise UserError(f"{printable(file)}: an item is answered twice; ask the rater to save the answers once more")
    return answers


def _later(one: tuple[Path, Answers], other: tuple[Path, Answers]) -> tuple[Path, Answers]:
    """The file of one person that was saved last, which must answer all that the other does."""
    less, more = sorted((one, other), key=lambda person: (person[1].saved, len(person[1].answers)))
    if {answer.item for answer in less[1].answers} - {answer.item for answer in more[1].answers}:
        raise UserError(
            f"{printable(less[0])} and {printable(more[0])} are of one person, and each has answers that the other "
            "lacks; keep the one that counts"
        )
    print(f"{printable(less[0])}: left out: {printable(more[0])} is of the same person, and later", file=sys.stderr)
    return more


def _passed(check: Item, answer: Answer) -> bool:
    """True if a check was answered as its text asks: it is preferred, yes for it, and no for the other."""
    right = check.check
    return (
        right is not None
        and answer.preferred == right
        and answer.reasonable[right]
        and not answer.reasonable[1 - right]
    )


def _named(people: Iterable[tuple[Path, Answers]], key: Key) -> Iterator[Rater]:
    times: dict[int, int] = {}
    for file, answers in people:
        times[answers.rater] = time = times.get(answers.rater, 0) + 1
        name = str(answers.rater) if time == 1 else f"{answers.rater} ({time})"
        if time > 1:
            print(
                f"{printable(file)}: another person has rater number {answers.rater}, too; both count", file=sys.stderr
            )
        found = [(key.items[answer.item], answer) for answer in answers.answers]
        checks = [(item, answer) for item, answer in found if item.check is not None]
        failed = sum(not _passed(item, answer) for item, answer in checks)
        judged = [(item, answer) for item, answer in found if item.check is None]
        yield Rater(name, file, judged, len(checks), failed)
