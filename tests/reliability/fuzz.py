"""Fuzz the readers of foreign files: `python -m tests.reliability.fuzz [--minutes 10] [--only rows sentences]`.

Each reader gets good or known bad files with bytes changed, cut, repeated, spliced with
another file, or replaced by byte sequences that are often mishandled. A reader must return
a consistent result or raise a one-sentence error; anything else is a fault, and its file is
kept. Prints the numbers of files that each reader accepted and rejected.
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

from commands.checks import check_all, schemas
from formats.artemis.pickles import load_pickles, load_torch, weights
from stages.annotations.ingest import Annotation
from stages.annotations.sources import read
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.params import read as read_params
from stages.common.pictures import UnreadablePicture, decode
from tests.reliability import fuzz_readers
from tests.reliability.bad_pictures import all_pictures
from tests.reliability.bad_tables import GOOD, HEADER, all_tables, written
from tests.reliability.fuzz_captions import caption_seeds, captions
from tests.reliability.fuzz_names import list_seeds, lists, name_seeds, names

ROOT = Path(__file__).parents[2]
# fmt: off
TRICKY = [
    b"\x00", b"\xff", b'"', b"\n", b"\r", b",", b"'", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\\", b": ", b"- ", b"&a *a",
    b"\x80\x02", b"cos\nsystem\n", b"\xff\xff\xff\x7f", b"\x00" * 8, b"!!python/object:os.system", b"1e999", b"-0",
    b"\xe2\x80\xa8", b"\x0b", b"\xc2\x85", b"\t", b";", b"[", b"{", b"null", b"NaN", b"['a', 'b']", b"\xff\xfe", b"2.0",
]
# fmt: on
# Larger files only slow the fuzzer down.
LARGEST = 1 << 17


def tables(content: bytes, path: Path) -> None:
    """Every record is an annotation or a reject, in order."""
    path.write_bytes(content)
    records = list(read(path, ARTEMIS))
    assert [record.record for record in records] == list(range(1, len(records) + 1))
    for record in records:
        if isinstance(record, Annotation):
            assert record.utterance.strip()
            assert not set("/\\\0") & set(record.art_style + record.painting)


def params(content: bytes, path: Path) -> None:
    """Values that every stage accepts, or a sentence for each problem."""
    path.write_bytes(content)
    for sentence in check_all(read_params(path), SCHEMAS):
        assert sentence.strip()


def pickles(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    load_pickles(path)


def checkpoints(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    weights(load_torch(path), path)


def pictures(content: bytes, path: Path) -> None:
    assert decode(content, 8, "pad").shape == (8, 8, 3)


SCHEMAS = schemas()


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
    return [pickle.dumps(value, protocol) for value in objects for protocol in (0, 2, 4)]


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


# Reader and seed files by name.
TARGETS: dict[str, tuple[Callable[[bytes, Path], None], Callable[[], list[bytes]]]] = {
    "tables": (tables, table_seeds),
    "captions": (captions, caption_seeds),
    "params": (params, param_seeds),
    "pickles": (pickles, pickle_seeds),
    "checkpoints": (checkpoints, checkpoint_seeds),
    "pictures": (pictures, picture_seeds),
    "rows": (fuzz_readers.rows, fuzz_readers.row_seeds),
    "sentences": (fuzz_readers.sentences, fuzz_readers.sentence_seeds),
    "resources": (fuzz_readers.resources, fuzz_readers.resource_seeds),
    "lists": (lists, list_seeds),
    "names": (names, name_seeds),
}


def mutated(seeds: list[bytes], rng: random.Random) -> bytes:
    content = bytearray(rng.choice(seeds))
    for _ in range(1 + int(rng.expovariate(0.6))):
        start = rng.randrange(len(content) + 1)
        end = min(len(content), start + int(rng.expovariate(0.1)))
        kind = rng.randrange(6)
        if kind == 0 and content:
            content[start % len(content)] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del content[start:end]
        elif kind == 2:
            content[start:start] = content[start:end] * rng.choice((1, 2, 30))
        elif kind == 3:
            content[start:end] = rng.choice(TRICKY)
        elif kind == 4:
            other = rng.choice(seeds)
            content[start:] = other[rng.randrange(len(other) + 1) :]
        else:
            content[start:end] = rng.randbytes(end - start)
    return bytes(content[:LARGEST])


def rounds(name: str, seed: int) -> Iterator[tuple[bytes, str]]:
    """Endless: a file, and `accepted`, `rejected` or the traceback of a fault."""
    reader, seeds = TARGETS[name]
    originals, rng = seeds(), random.Random(f"{name} {seed}")
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "file"
        while True:
            content = mutated(originals, rng)
            try:
                reader(content, path)
                yield content, "accepted"
            except (UserError, UnreadablePicture) as error:
                yield content, "rejected" if str(error).strip() else "an error without a message"
            except Exception:
                yield content, traceback.format_exc()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--only", nargs="+", choices=TARGETS, default=list(TARGETS), help="readers; default: all")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=Path(".scratch/fuzz"), help="folder for files that show a fault")
    args = parser.parse_args()
    faults = 0
    print(f"seed {args.seed}\n\n| reader | files | accepted | rejected | faults |\n|---|---|---|---|---|")
    for name in args.only:
        ends = time.monotonic() + 60 * args.minutes / len(args.only)
        counts: Counter[str] = Counter()
        for content, outcome in rounds(name, args.seed):
            kind = outcome if outcome in ("accepted", "rejected") else "faults"
            counts[kind] += 1
            if kind == "faults":
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / f"{name}-{counts[kind]}").write_bytes(content)
                print(outcome, file=sys.stderr)
            if time.monotonic() > ends:
                break
        faults += counts["faults"]
        print(
            f"| {name} | {counts.total():,} | {counts['accepted']:,} | {counts['rejected']:,} | {counts['faults']:,} |",
            flush=True,
        )
    if faults:
        raise SystemExit(f"{faults:,} faults; the files are in {args.keep}")


if __name__ == "__main__":
    main()
