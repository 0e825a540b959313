"""The formats of captions, tried on a real data set: `python -m benchmarks.formats FOLDER`.

FOLDER has annotations.csv (art_style, painting, utterance) and images/<art_style>/<painting>.jpg, as a data set of
data/raw/ has. Its captions are written in each format and imported from it: rows in, rows kept, and rows told, that is
left out and listed in left_out.tsv. One artwork names a picture that is not there and three captions are blank, so some
rows must be told; the others must arrive as they are in FOLDER.

    python -m benchmarks.formats ../shared/artcap
"""

import csv
import io
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.measure import ROOT, Cost, argument_parser, machine, print_header, print_row, run

# Places of captions that are made blank.
BLANK = (1_000, 2_000, 3_000)
CARD = ("--citation", "none", "--terms", "a trial of formats")


class Caption(NamedTuple):
    """A row of annotations.csv; `file` is the path of the picture below images/."""

    art_style: str
    painting: str
    utterance: str
    file: str


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    source = parser.parse_args().folder.resolve()
    rows = damaged(read(source))
    right = [row[:3] for row in rows if row.utterance and (source / "images" / row.file).is_file()]
    print(f"{len(rows):,} rows, {len(rows) - len(right)} of them damaged; {machine()}\n")
    print_header("format", "rows in", "rows kept", "rows told", "kept rows equal", "seconds", "GB")
    hub = {"Parquet of the hub": ("hub", "train.parquet", partial(parquet, images=source / "images"))}
    for name, (command, file, form) in (FORMATS | hub).items():
        with tempfile.TemporaryDirectory() as workspace:
            cost, (kept, told) = imported(Path(workspace), command, file, form(rows), source / "images")
        if len(kept) + told != len(rows):
            raise SystemExit(f"{name}: {len(rows) - len(kept) - told:,} rows are neither kept nor told")
        equal = "yes" if sorted(kept) == sorted(right) else "NO"
        print_row(name, f"{len(rows):,}", f"{len(kept):,}", told, equal, f"{cost.wall:.1f}", f"{cost.peak:.2f}")


def read(folder: Path) -> list[Caption]:
    """The rows of a data set whose pictures are .jpg files."""
    with (folder / "annotations.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["art_style"], row["painting"], row["utterance"]) for row in csv.DictReader(file)]
    return [Caption(*row, f"{row[0]}/{row[1]}.jpg") for row in rows]


def damaged(rows: list[Caption]) -> list[Caption]:
    """The rows with a wrong name of the first artwork's picture, and some blank captions."""
    gone = rows[0].file
    named = [row._replace(file=f"{row.art_style}/gone.jpg") if row.file == gone else row for row in rows]
    return [row._replace(utterance="") if number in BLANK else row for number, row in enumerate(named)]


def imported(
    workspace: Path, command: str, name: str, content: str | bytes, images: Path
) -> tuple[Cost, tuple[list[tuple[str, str, str]], int]]:
    """Import a file: the cost, the rows that were kept, and the number of rows that left_out.tsv tells."""
    (workspace / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    # A file of the hub has its pictures.
    given = (".", "trial") if command == "hub" else (name, "trial", "--images", str(images))
    arguments = ("-m", "commands", "import", command, *given, *CARD)
    cost, _ = run(arguments, workspace, PYTHONPATH=str(ROOT))
    folder = workspace / "data/raw/trial"
    kept = [(row["art_style"], row["painting"], row["utterance"]) for row in table(folder / "annotations.csv", ",")]
    return cost, (kept, sum(row["reason"] != "no caption" for row in table(folder / "left_out.tsv", "\t")))


def table(path: Path, separator: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=separator))


def by_picture(rows: list[Caption]) -> Iterator[tuple[str, list[str]]]:
    """The path of each picture and its captions."""
    captions = defaultdict[str, list[str]](list)
    for row in rows:
        captions[row.file].append(row.utterance)
    yield from captions.items()


def coco(rows: list[Caption]) -> str:
    ids = {file: number for number, (file, _) in enumerate(by_picture(rows))}
    images = [{"id": number, "file_name": file} for file, number in ids.items()]
    annotations = [{"image_id": ids[row.file], "caption": row.utterance} for row in rows]
    return json.dumps({"images": images, "annotations": annotations})


def karpathy(rows: list[Caption]) -> str:
    splits = cycle(("train", "restval", "val", "test"))
    images = [
        {"filename": file, "split": next(splits), "sentences": [{"raw": text} for text in texts]}
        for file, texts in by_picture(rows)
    ]
    return json.dumps({"images": images})


def flickr(rows: list[Caption]) -> str:
    captions = ((file, number, text) for file, texts in by_picture(rows) for number, text in enumerate(texts))
    return "".join(f"{Path(file).name}#{number}\t{text}\n" for file, number, text in captions)


def flickr_csv(rows: list[Caption]) -> str:
    content = io.StringIO()
    csv.writer(content).writerows([("image", "caption"), *((Path(row.file).name, row.utterance) for row in rows)])
    return content.getvalue()


def flickr_bars(rows: list[Caption]) -> str:
    lines = (f"{Path(row.file).name}| {number}| {row.utterance}\n" for number, row in enumerate(rows))
    return "".join(["image_name| comment_number| comment\n", *lines])


def json_lines(rows: list[Caption]) -> str:
    return "".join(f"{json.dumps({'image': row.file, 'text': row.utterance})}\n" for row in rows)


def json_lists(rows: list[Caption]) -> str:
    return "".join(f"{json.dumps({'image': file, 'captions': texts})}\n" for file, texts in by_picture(rows))


def parquet(rows: list[Caption], images: Path) -> bytes:
    files = [images / row.file for row in rows]
    pictures = [{"bytes": file.read_bytes(), "path": file.name} if file.is_file() else None for file in files]
    names = ("art_style", "painting", "utterance")
    texts = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    content = io.BytesIO()
    pq.write_table(pa.table({"image": pictures} | texts), content, row_group_size=100)
    return content.getvalue()


# Name: the command, the name of a file, and the content of that file.
FORMATS: dict[str, tuple[str, str, Callable[[list[Caption]], str | bytes]]] = {
    "COCO": ("coco", "captions.json", coco),
    "Karpathy's splits": ("coco", "dataset.json", karpathy),
    "Flickr, name.jpg#0": ("flickr", "token.txt", flickr),
    "Flickr8k, CSV": ("flickr", "captions.txt", flickr_csv),
    "Flickr30k, bars": ("flickr", "results.csv", flickr_bars),
    "JSON Lines": ("jsonl", "captions.jsonl", json_lines),
    "JSON Lines, lists": ("jsonl", "metadata.jsonl", json_lists),
}

if __name__ == "__main__":
    main()
