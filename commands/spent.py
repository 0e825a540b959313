"""Where the time of work on pictures goes."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import itemgetter
from threading import Lock

# Parts that run in threads beside the model.
READ, DECODE = "read", "decode"
# Parts of the thread that the model runs in.
WAIT, BETWEEN, ENCODE, SEARCH, WRITE = "wait for pictures", "decode between batches", "encode", "search", "write"


class Spent:
    """Wall-clock seconds of parts of the work, added up over threads and processes."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._lock = Lock()

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """Count the time of the block."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.add({part: time.perf_counter() - started})

    def add(self, seconds: Mapping[str, float]) -> None:
        with self._lock:
            for part, value in seconds.items():
                self.seconds[part] += value

    def __str__(self) -> str:
        """The parts with their seconds and their shares of the thread of the model."""
        beside = [f"{part} {self.seconds[part]:.1f} s" for part in (READ, DECODE) if part in self.seconds]
        own = {part: self.seconds[part] for part in self.seconds if part not in (READ, DECODE)}
        whole = sum(own.values()) or 1
        longest = sorted(own.items(), key=itemgetter(1), reverse=True)
        shares = [f"{part} {value:.1f} s ({value / whole:.0%})" for part, value in longest]
        return ", ".join(shares) + (f"; in threads beside it {' and '.join(beside)}" if beside else "")
