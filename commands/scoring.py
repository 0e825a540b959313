"""Scores of captions from a file, and the joint table of scored systems."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from formats.captions_file import read
from stages.common.artworks import ARTWORK
from stages.common.errors import UserError
from stages.common.files import write_json
from stages.common.params import load
from stages.learning.device import resolve
from stages.metrics import context as known
from stages.metrics import summary
from stages.metrics.emotion import load_judges
from stages.metrics.evaluate import Resampling, evaluate
from stages.metrics.joint_table import joint, markdown
from stages.metrics.pairing import system_sample
from stages.metrics.params import Params
from stages.metrics.suite import suite
from stages.metrics.tables import SYSTEMS, details_file, load_details, load_metrics, metrics_file, nest
from stages.text_classifier.classifier import FOLDER
from stages.utterances.clean_rules import tokens
from stages.utterances.tables import load_utterances


def run(file: Path, *, split: str | None, tokenize: bool, json_file: Path | None) -> None:
    """Score the captions in `file`, print the joint table and write the scores to `json_file`."""
    params = load(Params)
    captions = read(file)
    if tokenize:
        captions["caption"] = [" ".join(tokens(caption)) for caption in captions["caption"]]
    utterances = load_utterances("deep_nets")
    if missing := check_split(captions, utterances, split or params.captions.split, file):
        print(
            f"{file}: {missing:,} of the split's pictures have no caption, so the numbers are of the others alone",
            file=sys.stderr,
        )
    scores = score(captions, utterances, params, str(file))
    print(joint_table({file.stem: scores}))
    if json_file:
        write_json(scores, json_file)


def check_split(captions: pd.DataFrame, utterances: pd.DataFrame, split: str, file: Path) -> int:
    """Make sure that each caption is of another picture of `split`; returns the number of its pictures without one.

    Raises:
        UserError: two captions of a picture, one of a picture that is not in the split, or an unknown split.
    """
    splits = sorted(set(utterances["split"]))
    if split not in splits:
        raise UserError(f"--split {split}: data/utterances/deep_nets has {', '.join(splits)}")
    doubled = captions[captions.duplicated(ARTWORK)]
    if len(doubled):
        name = "/".join(doubled.iloc[0][ARTWORK])
        raise UserError(f"{file}: {name} has two captions or more; give one for each picture, the one to be scored")
    artworks = utterances.drop_duplicates(ARTWORK)[[*ARTWORK, "split"]]
    placed = captions.merge(artworks, on=ARTWORK, how="left")
    outside = placed[placed["split"] != split]
    if len(outside):
        first = outside.iloc[0]
        place = "not in this data set" if pd.isna(first["split"]) else f"in the split {first['split']}"
        name = "/".join(first[ARTWORK])
        raise UserError(f"{file}: {len(outside):,} captions are of no picture of {split}; {name} is {place}")
    return int((artworks["split"] == split).sum()) - len(captions)


def score(captions: pd.DataFrame, utterances: pd.DataFrame, params: Params, source: str) -> dict[str, Any]:
    """The headline scores, nested, and all others under `details`."""
    config = params.metrics
    resampling = Resampling(config.shuffles, params.seed)
    sample = system_sample(captions, utterances, source)
    sample, context = known.build_context(sample, utterances, config.tokenizer)
    judges = load_judges(device=resolve(params.device)) if FOLDER.exists() else ()
    metrics = suite(meteor=config.meteor, models=config.spice, judges=judges, seed=params.seed)
    evaluation = evaluate(sample, context, metrics, resampling)
    return {
        **nest(summary.headline(evaluation, sample)),
        "details": summary.details(evaluation, sample, known.slice_labels(sample), resampling),
    }


def joint_table(others: dict[str, dict[str, Any]]) -> str:
    """The Markdown table of the study's scored systems, and of `others` by name.

    Raises:
        UserError: nothing has been scored.
    """
    systems = [name for name in SYSTEMS if metrics_file(name).exists()]
    if not systems and not others:
        raise UserError("reports/metrics: no system has been scored yet; `dvc repro metrics` scores them all")
    metrics = {name: load_metrics(name) for name in systems} | others
    details = {name: load_details(name) for name in systems if details_file(name).exists()}
    return markdown(joint(metrics, details=details | {name: scores["details"] for name, scores in others.items()}))
