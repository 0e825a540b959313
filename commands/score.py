"""python -m commands.score FILE: score anybody's captions of this data set as its own systems are scored.

FILE is CSV, Parquet or JSON with the columns art_style, painting and caption (and, if
the captions were grounded, grounding_emotion); or COCO's format for results, a JSON list of
{"image_id": "<art_style>/<painting>", "caption": "..."}. Captions should be lower-case
tokens between spaces, as in data/utterances; --tokenize makes them so, by the rules of
`utterances`.

Prints the joint table, with the systems of this study that have been scored beside it.
Needs data/utterances/deep_nets, as `dvc repro utterances@deep_nets` leaves it; no speaker.
Emotions are judged where there is a text classifier (`dvc repro text_classifier`).
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from stages.common.emotions import EMOTIONS
from stages.common.entry import tool
from stages.common.errors import UserError
from stages.common.files import write_json
from stages.common.params import load
from stages.learning.device import resolve
from stages.metrics import context as known
from stages.metrics import evaluate
from stages.metrics.emotion import load_judges
from stages.metrics.evaluate import Effort, judge, suite
from stages.metrics.joint_table import joint, markdown
from stages.metrics.pairing import ARTWORK, pair
from stages.metrics.params import Params
from stages.metrics.tables import SYSTEMS, details_file, load_details, load_metrics, metrics_file, nest
from stages.text_classifier.classifier import FOLDER
from stages.utterances.clean_rules import tokens
from stages.utterances.tables import load_utterances

COLUMNS = [*ARTWORK, "caption"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="captions: CSV, Parquet, JSON or COCO results")
    parser.add_argument("--split", help="train, val, test or rest; by default captions.split of params.yaml")
    parser.add_argument("--tokenize", action="store_true", help="clean and tokenize the captions first")
    parser.add_argument("--json", type=Path, help="write all numbers here too, intervals and slices among them")
    asked = parser.parse_args()
    params = load(Params)
    captions = read(asked.file)
    if asked.tokenize:
        captions["caption"] = [" ".join(tokens(caption)) for caption in captions["caption"]]
    spoken = load_utterances("deep_nets")
    chosen, missing = of_split(captions, spoken, asked.split or params.captions.split, asked.file)
    if missing:
        said = f"{missing:,} of the split's pictures have no caption, so the numbers are of the others alone"
        print(f"{asked.file}: {said}", file=sys.stderr)
    found = score(chosen, spoken, params, str(asked.file))
    print(_table(asked.file.stem, found))
    if asked.json:
        write_json(found, asked.json)
    return 0


def read(file: Path) -> pd.DataFrame:
    """The captions in `file`: art_style, painting, caption, grounding_emotion (missing where it was free).

    Raises:
        UserError: it is not there, not readable, or lacks a column.
    """
    readers = {".csv": _csv, ".parquet": _parquet, ".json": _json}
    if file.suffix not in readers:
        raise UserError(f"{file}: not one of {', '.join(readers)}")
    try:
        frame = readers[file.suffix](file)
    except FileNotFoundError:
        raise UserError(f"{file}: there is no such file") from None
    except (ValueError, pa.ArrowInvalid) as error:
        raise UserError(f"{file}: not readable: {' '.join(str(error).split())}") from None
    absent = [name for name in COLUMNS if name not in frame]
    if absent:
        raise UserError(f"{file}: no column {absent[0]!r}; needed are {', '.join(COLUMNS)}, or image_id and caption")
    empty = frame[frame[COLUMNS].isna().any(axis=1)]
    if len(empty):
        raise UserError(f"{file}: row {int(empty.index[0]) + 1:,} lacks art_style, painting or caption")
    emotions = frame.get("grounding_emotion")
    frame = frame[COLUMNS].astype(str).assign(grounding_emotion=emotions, config=0, rank=0)
    unknown = set(frame["grounding_emotion"].dropna()) - set(EMOTIONS)
    if unknown:
        raise UserError(f"{file}: {min(unknown)!r} is none of the emotions: {', '.join(EMOTIONS)}")
    return frame


def _csv(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, dtype=str, keep_default_na=False, na_values=[""])


def _parquet(file: Path) -> pd.DataFrame:
    return pq.read_table(file).to_pandas()


def _json(file: Path) -> pd.DataFrame:
    """A list of objects, with names of our own or COCO's."""
    frame = pd.DataFrame(json.loads(file.read_text(encoding="utf-8")))
    if "image_id" not in frame:
        return frame
    parts = frame["image_id"].astype(str).str.partition("/")
    bad = frame["image_id"][parts[2] == ""]
    if len(bad):
        raise UserError(f"{file}: image_id {str(bad.iloc[0])!r} is not of the form <art_style>/<painting>")
    return frame.assign(art_style=parts[0], painting=parts[2])


def of_split(captions: pd.DataFrame, spoken: pd.DataFrame, split: str, file: Path) -> tuple[pd.DataFrame, int]:
    """The captions, all of pictures of `split`, and how many pictures of it have none.

    Raises:
        UserError: two captions of one picture, one of a picture that is not in the split, or an unknown split.
    """
    splits = sorted(set(spoken["split"]))
    if split not in splits:
        raise UserError(f"--split {split}: data/utterances/deep_nets has {', '.join(splits)}")
    doubled = captions[captions.duplicated(ARTWORK)]
    if len(doubled):
        name = "/".join(doubled.iloc[0][ARTWORK])
        raise UserError(f"{file}: {name} has two captions or more; give one for each picture, the one to be scored")
    where = spoken.drop_duplicates(ARTWORK)[[*ARTWORK, "split"]]
    placed = captions.merge(where, on=ARTWORK, how="left")
    strangers = placed[placed["split"] != split]
    if len(strangers):
        first = strangers.iloc[0]
        place = "not in this data set" if pd.isna(first["split"]) else f"in the split {first['split']}"
        name = "/".join(first[ARTWORK])
        raise UserError(f"{file}: {len(strangers):,} captions are of no picture of {split}; {name} is {place}")
    return captions, int((where["split"] == split).sum()) - len(captions)


def score(captions: pd.DataFrame, spoken: pd.DataFrame, params: Params, source: str) -> dict[str, Any]:
    """The headline numbers, nested, and all others under `details`."""
    dials = params.metrics
    effort = Effort(dials.shuffles, params.seed)
    sample = pair(captions, spoken, source)
    sample, context = known.prepared(sample, spoken, dials.tokenizer)
    judges = load_judges(device=resolve(params.device)) if FOLDER.exists() else ()
    everything = suite(meteor=dials.meteor, models=dials.spice, judges=judges, seed=params.seed)
    judgement = judge(sample, context, everything, effort)
    return {
        **nest(evaluate.headline(judgement, sample)),
        "details": evaluate.details(judgement, sample, known.labels(sample), effort),
    }


def _table(name: str, found: dict[str, Any]) -> str:
    here = [system for system in SYSTEMS if metrics_file(system).exists() and details_file(system).exists()]
    metrics = {system: load_metrics(system) for system in here} | {name: found}
    return markdown(
        joint(metrics, details={system: load_details(system) for system in here} | {name: found["details"]})
    )


if __name__ == "__main__":
    tool(main)
