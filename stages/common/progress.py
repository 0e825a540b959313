"""Progress of long work: tqdm's bar on a terminal, a plain line every few seconds in a log."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")
SECONDS_BETWEEN_LINES = 5.0
LINE = "  {desc}: {n:,} of {total:,}, about {remaining} left"


class _Lines(tqdm):  # type: ignore[type-arg]
    """A bar printed as lines: a log has no cursor that could move back."""

    monitor_interval = 0  # no thread that watches over slow items: the clock is read at each item

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        if msg is None:  # else an empty line to clear the bar
            print(self, file=self.fp, flush=True)


def track(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Yield `items` and report progress on standard error; `total` is needed where `len(items)` is unknown."""
    if total is None:
        total = len(items)  # type: ignore[arg-type]
    if sys.stderr.isatty():
        return iter(tqdm(items, desc=what, total=total, leave=False))
    pause = SECONDS_BETWEEN_LINES
    return iter(_Lines(items, what, total, leave=False, mininterval=pause, delay=pause, miniters=1, bar_format=LINE))
