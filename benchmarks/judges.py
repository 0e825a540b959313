"""Accuracy of the text classifiers on real sentences, cross-validated: `python -m benchmarks.judges FOLDER`.

FOLDER holds `annotations.csv` (art_style, painting, emotion, utterance), one sentence a painting; such as GoEmotions
(Demszky et al. 2020), the rows with exactly one label that ArtEmis shares. The sentences are dealt to folds, each
emotion evenly. For each fold the stages `utterances` and `text_classifier` run as in the product, with the given
splits: the fold is test, a tenth of the others is val, and the rest is learned from, short sentences, too.

Prints for each fold accuracy and macro-F1 of the classifier and of the TF-IDF baseline, and the accuracy of the network
without the baseline; then the difference of the two judges with its 95 % interval (paired bootstrap over all
sentences), and the classifier's confusion matrix.

    python -m benchmarks.judges FOLDER [--folds 5] [--set text_classifier.arch=transformer ...]
"""

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import confusion_matrix, f1_score

from benchmarks.cnn_rnn import quiet
from benchmarks.measure import ROOT, Stopwatch, argument_parser, machine, print_header, print_row
from benchmarks.rehearsal import change_params, setting
from commands import presets
from stages.annotations.__main__ import main as annotations_stage
from stages.annotations.metadata import write_missing
from stages.annotations.tables import load_emotions
from stages.common import inventory
from stages.common.artworks import ARTWORK
from stages.common.files import read_json
from stages.text_classifier import tfidf
from stages.text_classifier.__main__ import PROFILE, REPORTS
from stages.text_classifier.__main__ import main as classifier_stage
from stages.text_classifier.interface import FOLDER
from stages.utterances.__main__ import main as utterances_stage
from stages.utterances.tables import load_utterances

NAME = "sentences"
PARAMS = Path("params.yaml")
RAW = Path("data/raw") / NAME
# Everything is learned from and judged, and a sentence is an artwork of its own.
SETTINGS = {
    "dataset": NAME,
    "device": "cpu",
    "annotations.require_images": False,
    "utterances.split_by": "given",
    "utterances.high_coverage": 0,
    "utterances.min_length": 1,
    "utterances.max_length_percentile": 100,
}
RESAMPLES = 2000
JUDGES = ("classifier", "baseline")


def main() -> None:
    args = _parse()
    sentences = pd.read_csv(args.folder / "annotations.csv")
    fold = folds(sentences["emotion"].to_numpy(), args.folds)
    print(f"{len(sentences):,} sentences; {machine()}\n")
    scores = [f"{judge}: {score}" for judge in JUDGES for score in ("accuracy", "macro-F1")]
    print_header("fold", *scores, "network alone: accuracy", "CPU s")
    parts = [judged(sentences, fold, number, dict(args.set)) for number in range(args.folds)]
    everything = pd.concat(parts)
    print_row("all", *_scores(everything), f"{everything['network'].mean():.4f}", "")
    _print_difference(everything)
    _print_confusion(everything)


def _parse() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument(
        "--set", nargs="+", type=setting, default=[], help="params that differ from the embedded study's"
    )
    return parser.parse_args()


def folds(labels: np.ndarray, count: int) -> np.ndarray:
    """The fold of each row, (N,): random, with each label spread evenly."""
    generator = np.random.default_rng(1)
    fold = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        fold[rows] = np.arange(len(rows)) % count
    return fold


def judged(sentences: pd.DataFrame, fold: np.ndarray, number: int, settings: dict[str, object]) -> pd.DataFrame:
    """The test sentences of a fold: the emotion and what each judge says, as ids; prints the fold's scores.

    Returns:
        Columns emotion, classifier and baseline, and `network`: the accuracy of the network alone, in all rows.
    """
    generator = np.random.default_rng(number)
    split = np.where(fold == number, "test", np.where(generator.random(len(fold)) < 0.1, "val", "train"))
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        RAW.mkdir(parents=True)
        sentences.assign(split=split).to_csv(RAW / "annotations.csv", index=False)
        write_missing(RAW)
        inventory.save([], RAW / "images.tsv")
        PARAMS.write_text(presets.render(ROOT / "presets/demo.yaml"), encoding="utf-8")
        change_params(PARAMS, {**SETTINGS, **settings})
        os.environ["DVC_STAGE"] = f"utterances@{PROFILE}"
        quiet(annotations_stage)
        quiet(utterances_stage)
        stopwatch = Stopwatch()
        with contextlib.redirect_stdout(sys.stderr):
            classifier_stage()
        seconds = stopwatch.read().cpu
        alone = read_json(REPORTS / "metrics.json")["network"]["test"]["accuracy"]
        result = _predictions().assign(network=alone)
    print_row(number + 1, *_scores(result), f"{alone:.4f}", f"{seconds:.0f}")
    return result


def _predictions() -> pd.DataFrame:
    """The test rows of the utterances table."""
    utterances, emotions = load_utterances(PROFILE), load_emotions()
    table = pd.read_parquet(FOLDER / "probabilities.parquet")
    test = (utterances["split"] == "test").to_numpy()
    rows = utterances.loc[test]
    assert table.loc[test, ARTWORK].astype(str).equals(rows[ARTWORK].astype(str)), "another order of rows"
    return pd.DataFrame(
        {
            "emotion": rows["emotion_label"],
            "classifier": table.loc[test, list(emotions)].to_numpy().argmax(1),
            "baseline": tfidf.load(FOLDER, emotions.names).predict_tokens(rows["tokens"].to_list()).argmax(1),
        }
    )


def _scores(rows: pd.DataFrame) -> list[str]:
    """Accuracy and macro-F1 of each judge."""
    scores = []
    for judge in JUDGES:
        macro = f1_score(rows["emotion"], rows[judge], average="macro", labels=np.unique(rows["emotion"]))
        scores += [f"{(rows['emotion'] == rows[judge]).mean():.4f}", f"{macro:.4f}"]
    return scores


def _print_difference(rows: pd.DataFrame) -> None:
    """The difference in accuracy, and its interval."""
    right = {judge: (rows["emotion"] == rows[judge]).to_numpy(float) for judge in JUDGES}
    difference = right["classifier"] - right["baseline"]
    drawn = np.random.default_rng(1).integers(0, len(rows), (RESAMPLES, len(rows)))
    low, high = np.percentile(difference[drawn].mean(1), [2.5, 97.5])
    print(f"\nclassifier - baseline: {difference.mean():+.4f} ({low:+.4f} to {high:+.4f})")


def _print_confusion(rows: pd.DataFrame) -> None:
    """The counts of the classifier's emotions (columns) for each annotated emotion (rows), by their ids."""
    labels = np.unique(rows["emotion"])
    print(f"\nConfusion of the classifier, ids {labels.tolist()}:")
    for label, counts in zip(labels, confusion_matrix(rows["emotion"], rows["classifier"], labels=labels), strict=True):
        print(f"{label}: {counts.tolist()}")


if __name__ == "__main__":
    main()
