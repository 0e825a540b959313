"""The experiments of the CNN-RNN study, beside its published results: `python -m benchmarks.cnn_rnn`.

Run it in the folder of a finished study, which it does not change: annotations, pictures and image
classifier are linked into a temporary folder. There it runs the stages utterances, features, encoder,
speaker and captions with the values of the CNN-RNN study (first sentences, five of each artwork,
`speaker.arch: merge`, one picture per step) and, for each experiment, its own.

`--scale` shortens the epochs: with 0.0375, the 543 training pictures of the embedded corpus are
passed over as often as the study's 14,468. With a scale of 1 in a study with the preset `cnn_rnn`
(`artemis preset cnn_rnn`), these are the study's experiments; `--lines` prints them as commands of DVC.

    python -m benchmarks.cnn_rnn [--scale 0.0375] [--set KEY=VALUE] [--picture NAME] [--lines]
"""

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pyarrow.parquet as pq
from pycocoevalcap.bleu.bleu import Bleu
from ruamel.yaml import YAML

from benchmarks.measure import argument_parser, machine, print_header, print_row
from benchmarks.rehearsal import change_params
from stages.captions.__main__ import main as captions_stage
from stages.common.artworks import ARTWORK
from stages.encoder.__main__ import main as encoder_stage
from stages.encoder.encoder import IMAGE_CLASSIFIER
from stages.features.__main__ import main as features_stage
from stages.speaker.__main__ import main as speaker_stage
from stages.utterances.__main__ import main as utterances_stage
from stages.utterances.tables import load_utterances

LINKED = ("raw", "annotations", "images", "image_classifier", "histograms")
PARAMS = Path("params.yaml")
# Values of the study that are equal in all experiments, or that an experiment changes.
VALUES: dict[str, Any] = {
    "utterances.first_sentence": True,
    "utterances.max_annotations": 5,
    "utterances.max_length_percentile": 100,
    "utterances.min_length": 0,
    "utterances.min_count": 0,
    "utterances.high_coverage": 0,
    "features.places": False,
    "speaker.arch": "merge",
    "speaker.tune": "none",
    "speaker.merge.batch_size": 1,
    "speaker.merge.epochs": 10,
    "speaker.patience": 50,
    "captions.rule": "greedy",
    "captions.temperature": 1.0,
    "captions.max_length": 92,
}
STEPS, EPOCHS, POOLING = "speaker.steps_per_epoch", "speaker.merge.epochs", "features.pooling"
# Published loss and BLEU by the number of steps in each of ten epochs.
PUBLISHED = {
    50: (5.82, 0.098),
    100: (5.48, 0.113),
    1_000: (4.39, 0.178),
    2_000: (4.19, 0.259),
    5_000: (3.97, 0.297),
    7_000: (3.93, 0.286),
    10_000: (3.85, 0.315),
}
PICTURE = "camille-corot_girl-reading-1850"
# Number of steps in the experiments that vary another parameter.
MIDDLE = 1_000
# Number of pictures in the first of the columns of BLEU.
FIRST = 20
COLUMNS = (
    *("steps", "epochs", "pooling", "loss", "s/epoch"),
    *(f"first {FIRST}: BLEU-1, -4", "named picture", "whole test split"),
    *("published: steps", "loss", "BLEU"),
)


class Result(NamedTuple):
    """The last training loss, and BLEU-1 and BLEU-4 on the first pictures, the named one and all."""

    loss: float
    seconds_per_epoch: float
    first: tuple[float, float]
    named: tuple[float, float]
    whole: tuple[float, float]


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--scale", type=float, default=0.0375, help="factor of the steps per epoch")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="set a value in all of them")
    parser.add_argument("--picture", help=f"the named picture; default: {PICTURE}, or the first one of the test split")
    parser.add_argument("--lines", action="store_true", help="print the experiments as commands of DVC, run nothing")
    args = parser.parse_args()
    if args.lines:
        print("\n".join(command(changes) for changes, _ in experiments(1)))
        return
    more = dict(change.split("=", 1) for change in args.set)
    study = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        link(study)
        change_params(PARAMS, VALUES | more)
        os.environ["DVC_STAGE"] = "utterances@deep_nets"
        quiet(utterances_stage)
        picture = args.picture or default_picture()
        print(f"{describe()}; named picture {picture}; {machine()}\n")
        print_header(*COLUMNS)
        for changes, published in experiments(args.scale):
            change_params(PARAMS, VALUES | {POOLING: "average"} | more | changes)
            print_row(*cells(changes, run(picture), published))


def experiments(scale: float) -> list[tuple[dict[str, Any], int]]:
    """The changes of each experiment: steps per epoch, then epochs, then pooling; and its key in PUBLISHED, or 0."""
    steps: list[tuple[dict[str, Any], int]] = [({STEPS: max(1, round(count * scale))}, count) for count in PUBLISHED]
    middle = {STEPS: max(1, round(MIDDLE * scale))}
    others = [*({EPOCHS: count} for count in (5, 6, 10, 15, 50)), {POOLING: "max"}]
    return [*steps, *((middle | changes, 0) for changes in others)]


def command(changes: Mapping[str, Any]) -> str:
    return "dvc exp run --queue " + " ".join(f"-S {key}={value}" for key, value in changes.items())


def link(study: Path) -> None:
    """Link the data that no experiment changes, and copy the params."""
    Path("data").mkdir()
    for name in LINKED:
        Path("data", name).symlink_to(study / "data" / name)
    PARAMS.write_bytes((study / PARAMS).read_bytes())


def run(picture: str) -> Result:
    """Train and generate captions with the current params."""
    quiet(features_stage)
    quiet(encoder_stage)
    output = quiet(speaker_stage)
    quiet(captions_stage)
    seconds = [float(value) for value in re.findall(r"\(([\d.]+) s, ", output)]
    losses = pd.read_csv("reports/speaker/epochs.tsv", sep="\t")["train_cross_entropy"]
    captions = pq.read_table("data/captions/captions.parquet").to_pandas()
    assert captions[ARTWORK].apply(tuple, axis=1).is_monotonic_increasing
    return Result(
        losses.iloc[-1],
        sum(seconds) / len(seconds),
        bleu(captions[:FIRST]),
        bleu(captions[captions["painting"] == picture]),
        bleu(captions),
    )


def quiet(stage: Callable[[], str]) -> str:
    """Run a stage; returns what it prints on stdout."""
    with contextlib.redirect_stdout(io.StringIO()) as output, contextlib.redirect_stderr(io.StringIO()):
        stage()
    return output.getvalue()


def bleu(captions: pd.DataFrame) -> tuple[float, float]:
    """Corpus BLEU-1 and BLEU-4 against all references of each picture, five at most."""
    references = load_utterances("deep_nets").groupby(ARTWORK)["utterance_spelled"].agg(list)
    of_picture = {number: references[tuple(key)] for number, key in enumerate(captions[ARTWORK].to_numpy())}
    generated = {number: [caption] for number, caption in enumerate(captions["caption"])}
    values, _ = Bleu(4).compute_score(of_picture, generated, verbose=0)
    return values[0], values[3]


def default_picture() -> str:
    """The picture that the study names or, if it is not in the test split, the first one that is."""
    table = load_utterances("deep_nets")
    test = table.loc[table["split"] == "test"].sort_values(ARTWORK)["painting"]
    return PICTURE if PICTURE in set(test) else str(test.iloc[0])


def describe() -> str:
    """Corpus, sizes of its splits, and encoder."""
    table = load_utterances("deep_nets")
    sizes = table.drop_duplicates(ARTWORK)["split"].value_counts()
    params = YAML(typ="safe").load(PARAMS)
    handed_on = params["speaker"]["weights"] == IMAGE_CLASSIFIER
    backbone = params[IMAGE_CLASSIFIER if handed_on else "features"]["backbone"]
    weights = IMAGE_CLASSIFIER if handed_on else params["features"]["weights"]
    corpus = "embedded corpus" if params["dataset"] == "demo" else params["dataset"]
    encoder = f"{backbone} (weights: {weights}) at {params['images']['size']} px"
    return f"{corpus}: {sizes['train']:,} training and {sizes['test']:,} test pictures; {encoder}"


def cells(changes: Mapping[str, Any], result: Result, steps: int) -> list[str]:
    """A row of the table; `steps` is the experiment's key in PUBLISHED, or 0."""
    published = [f"{steps:,}", *(f"{value:g}" for value in PUBLISHED[steps])] if steps else ["", "", ""]
    scores = [f"{bleu_1:.3f}, {bleu_4:.3f}" for bleu_1, bleu_4 in (result.first, result.named, result.whole)]
    values = [f"{changes[STEPS]:,}", str(changes.get(EPOCHS, VALUES[EPOCHS])), changes.get(POOLING, "average")]
    return [*values, f"{result.loss:.3f}", f"{result.seconds_per_epoch:.2f}", *scores, *published]


if __name__ == "__main__":
    main()
