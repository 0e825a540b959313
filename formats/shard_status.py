"""How far a folder of shards is: pictures done and left out, the processes that work on it, their speed, time left."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from formats import manifest
from formats.claims import Living, living
from formats.manifest import Manifest
from formats.shard_folder import recorded
from stages.common.terminal import printable

# Reasons that are printed, the most frequent first.
REASONS = 5


@dataclass(frozen=True)
class Status:
    """Figures of a folder.

    Attributes:
        done: pictures in finished shards, those that were left out among them.
        problems: of the latter, by reason.
    """

    folder: Path
    manifest: Manifest
    done: int
    problems: Counter[str]
    processes: Sequence[Living]

    @property
    def speed(self) -> float:
        """Pictures per second of all processes together; 0 if none has done one."""
        return sum(each.done / each.seconds for each in self.processes if each.seconds)

    def lines(self) -> Iterator[str]:
        """The figures for a person."""
        total = self.manifest.pictures
        share = f" ({self.done / total:.0%})" if total else ""
        yield (
            f"{printable(self.folder)}: {self.manifest.results} by {printable(self.manifest.model)}; "
            f"{self.done:,} of {total:,} pictures in finished files{share}"
        )
        yield from self._work()
        if left_out := self.problems.total():
            yield f"left out: {left_out:,}, which the same command tries again"
            yield from (f"  {count:,}: {printable(reason)}" for reason, count in self.problems.most_common(REASONS))
            if (more := len(self.problems) - REASONS) > 0:
                yield f"  and {more:,} other reasons"

    def _work(self) -> Iterator[str]:
        remaining = self.manifest.pictures - self.done
        if not self.processes:
            if remaining:
                yield f"no process works on the other {remaining:,}; the same command goes on"
            return
        for each in self.processes:
            where = f"  process {each.pid} on {printable(each.host)}"
            if each.seconds:
                yield f"{where}: {each.file}, {each.done:,} pictures so far, {each.done / each.seconds:.1f} a second"
            else:
                yield f"{where}: no picture yet"
        if remaining and self.speed:
            # What unfinished files hold is not counted as done.
            yield f"{self.speed:.1f} pictures a second; at most {_duration(remaining / self.speed)} left"


def status(folder: Path) -> Status:
    """The status of a folder, at any time.

    Raises:
        UserError: it has no manifest.
    """
    about = manifest.read(folder)
    done, problems = 0, Counter[str]()
    for file in sorted(folder.glob(f"{about.results}-*.parquet")):
        pictures = recorded(file, about.digest())
        if pictures is not None:
            done += len(pictures)
            problems.update(_problems(file))
    return Status(folder, about, done, problems, living(folder))


def _problems(file: Path) -> list[str]:
    try:
        return pq.read_table(file, columns=["problem"])["problem"].drop_null().to_pylist()
    except (OSError, pa.ArrowException):  # it is being replaced
        return []


def _duration(seconds: float) -> str:
    """A time in its two largest units."""
    units = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
    parts, remaining = [], max(1, round(seconds))
    for name, size in units:
        count, remaining = divmod(remaining, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts[:2])
