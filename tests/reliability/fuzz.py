"""Mutated files against the readers of foreign input: `python -m tests.reliability.fuzz [--minutes 10]`.

Each reader gets files that were good, or bad in a known way, and then had bytes changed,
cut, doubled, swapped with another file's, or replaced by what is often mishandled. It
must give a result that adds up or one sentence why not; anything else is a fault, and the file
that showed it is kept. Prints how many files each reader took and refused.
"""

import argparse
import io
import pickle
import random
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from commands.check import check_all, schemas
from formats.artemis.pickles import load_pickles, load_torch, weights
from stages.annotations.ingest import Annotation
from stages.annotations.sources import read
from stages.common.errors import UserError
from stages.common.params import read as read_params
from stages.common.pictures import UnreadablePicture, decode
from tests.reliability.bad_pictures import all_pictures
from tests.reliability.bad_tables import GOOD, HEADER, all_tables, written

ROOT = Path(__file__).parents[2]
SPITEFUL = [
    b"\x00",
    b"\xff",
    b'"',
    b"\n",
    b"\r",
    b",",
    b"'",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\\",
    b": ",
    b"- ",
    b"&a *a",
]
SPITEFUL += [
    b"\x80\x02",
    b"cos\nsystem\n",
    b"\xff\xff\xff\x7f",
    b"\x00" * 8,
    b"!!python/object:os.system",
    b"1e999",
    b"-0",
]
# A file that grew out of all proportion tests the patience of the fuzzer only.
LARGEST = 1 << 17


def tables(content: bytes, path: Path) -> None:
    """Every record is an annotation or a reject, in order."""
    path.write_bytes(content)
    records = list(read(path))
    assert [one.record for one in records] == list(range(1, len(records) + 1))
    for one in records:
        if isinstance(one, Annotation):
            assert one.utterance.strip()
            assert not set("/\\\0") & set(one.art_style + one.painting)


def params(content: bytes, path: Path) -> None:
    """Values that every stage accepts, or a sentence for each that is not."""
    path.write_bytes(content)
    for sentence in check_all(read_params(path), READERS):
        assert sentence.strip()


def pickles(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    load_pickles(path)


def checkpoints(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    weights(load_torch(path), path)


def pictures(content: bytes, path: Path) -> None:
    assert decode(content, 8, "pad").shape == (8, 8, 3)


READERS = schemas()


def table_seeds() -> list[bytes]:
    return [written([HEADER, *GOOD]), *(table.content for table in all_tables() if len(table.content) < 4096)]


def param_seeds() -> list[bytes]:
    return [path.read_bytes() for path in sorted(ROOT.glob("presets/*.yaml"))]


def pickle_seeds() -> list[bytes]:
    frame = pd.DataFrame({"a": np.array(["x", "y"], object), "n": [1, 2]}).set_axis(
        pd.Index(["a", "n"], dtype=object), axis=1
    )
    objects = [
        {"a": [1, 2.5, None, "é"]},
        np.arange(6).reshape(2, 3),
        np.array(["x", None], object),
        frame,
        [np.float32(1)],
    ]
    return [pickle.dumps(one, protocol) for one in objects for protocol in (0, 2, 4)]


def checkpoint_seeds() -> list[bytes]:
    seeds = []
    for saved in (torch.nn.Linear(2, 3), torch.nn.Linear(2, 3).state_dict()):
        for zipped in (True, False):
            buffer = io.BytesIO()
            torch.save(saved, buffer, _use_new_zipfile_serialization=zipped)
            seeds.append(buffer.getvalue())
    return seeds


def picture_seeds() -> list[bytes]:
    return [picture.content for picture in all_pictures() if len(picture.content) < 8192]


# Which reader gets which files.
TARGETS: dict[str, tuple[Callable[[bytes, Path], None], Callable[[], list[bytes]]]] = {
    "tables": (tables, table_seeds),
    "params": (params, param_seeds),
    "pickles": (pickles, pickle_seeds),
    "checkpoints": (checkpoints, checkpoint_seeds),
    "pictures": (pictures, picture_seeds),
}


def mutated(seeds: list[bytes], chance: random.Random) -> bytes:
    content = bytearray(chance.choice(seeds))
    for _ in range(1 + int(chance.expovariate(0.6))):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + int(chance.expovariate(0.1)))
        kind = chance.randrange(6)
        if kind == 0 and content:
            content[start % len(content)] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del content[start:end]
        elif kind == 2:
            content[start:start] = content[start:end] * chance.choice((1, 2, 30))
        elif kind == 3:
            content[start:end] = chance.choice(SPITEFUL)
        elif kind == 4:
            other = chance.choice(seeds)
            content[start:] = other[chance.randrange(len(other) + 1) :]
        else:
            content[start:end] = chance.randbytes(end - start)
    return bytes(content[:LARGEST])


def rounds(name: str, seed: int) -> Iterator[tuple[bytes, str]]:
    """Endless: a file, and `taken`, `refused` or the traceback of a fault."""
    reader, seeds = TARGETS[name]
    given, chance = seeds(), random.Random(f"{name} {seed}")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "file"
        while True:
            content = mutated(given, chance)
            try:
                reader(content, path)
                yield content, "taken"
            except (UserError, UnreadablePicture) as told:
                yield content, "refused" if str(told).strip() else "a refusal that says nothing"
            except Exception:
                yield content, traceback.format_exc()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=Path(".scratch/fuzz"), help="where files that show a fault go")
    asked = parser.parse_args()
    faults = 0
    print(f"seed {asked.seed}\n\n| reader | files | taken | refused | faults |\n|---|---|---|---|---|")
    for name in TARGETS:
        ends = time.monotonic() + 60 * asked.minutes / len(TARGETS)
        counts: Counter[str] = Counter()
        for content, outcome in rounds(name, asked.seed):
            kind = outcome if outcome in ("taken", "refused") else "faults"
            counts[kind] += 1
            if kind == "faults":
                asked.keep.mkdir(parents=True, exist_ok=True)
                (asked.keep / f"{name}-{counts[kind]}").write_bytes(content)
                print(outcome, file=sys.stderr)
            if time.monotonic() > ends:
                break
        faults += counts["faults"]
        print(
            f"| {name} | {counts.total():,} | {counts['taken']:,} | {counts['refused']:,} | {counts['faults']:,} |",
            flush=True,
        )
    if faults:
        raise SystemExit(f"{faults:,} faults; the files are in {asked.keep}")


if __name__ == "__main__":
    main()
