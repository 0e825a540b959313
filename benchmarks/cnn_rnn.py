"""The experiments of the CNN-RNN study, beside what it published: `python -m benchmarks.cnn_rnn`.

Works in a finished study, whose annotations, pictures and image classifier it links into a
temporary folder; there it runs the stages utterances, features, encoder, speaker and captions
anew, with the study's dials (first sentences, five of each artwork, `speaker.arch: merge`,
a picture at a time) and, for each experiment, its own. The study is left as it is.

`--scale` shortens the steps per epoch; 0.0375 passes over the 543 training pictures of the
embedded corpus as often as the study over its 14,468. With a scale of 1 and presets/cnn_rnn.yaml as
params.yaml these are the study's experiments themselves; `--lines` prints them as DVC's.

    python -m benchmarks.cnn_rnn [--scale 0.0375] [--set KEY=VALUE] [--picture NAME] [--lines]
"""

import argparse
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

from benchmarks.measure import machine
from stages.captions.__main__ import main as captions
from stages.encoder.__main__ import main as encoder
from stages.features.__main__ import main as features
from stages.speaker.__main__ import main as speaker
from stages.utterances.__main__ import main as utterances
from stages.utterances.tables import load_utterances

LINKED = ("raw", "annotations", "images", "image_classifier", "histograms")
KEY = ["art_style", "painting"]
# What the study sets besides what an experiment varies.
DIALS: dict[str, Any] = {
    "utterances.first_sentence": True,
    "utterances.max_annotations": 5,
    "utterances.max_length_percentile": 100,
    "utterances.min_length": 0,
    "utterances.min_count": 0,
    "utterances.high_coverage": 0,
    "speaker.arch": "merge",
    "speaker.merge.batch_size": 1,
    "speaker.merge.epochs": 10,
    "speaker.patience": 50,
    "captions.rule": "greedy",
    "captions.temperature": 1.0,
    "captions.max_length": 92,
}
STEPS, EPOCHS, POOLING = "speaker.steps_per_epoch", "speaker.merge.epochs", "features.pooling"
# Published: loss and BLEU, after so many steps in each of ten epochs.
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
# In which the other dials are varied.
MIDDLE = 1_000
FIRST = 20


class Found(NamedTuple):
    """What an experiment came to; the BLEUs are of order 1 and 4, of so many pictures."""

    loss: float
    seconds: float
    first: tuple[float, float]
    named: tuple[float, float]
    whole: tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.0375, help="of the steps per epoch")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change a dial in all of them")
    parser.add_argument("--picture", help=f"the one named picture; else {PICTURE}, or the first for test")
    parser.add_argument("--lines", action="store_true", help="print the experiments as lines for DVC, and run nothing")
    asked = parser.parse_args()
    if asked.lines:
        print("\n".join(line(changes) for changes, _ in experiments(1)))
        return
    more = {key: YAML(typ="safe").load(value) for key, value in (one.split("=", 1) for one in asked.set)}
    study = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        link(study)
        change(DIALS | more)
        os.environ["DVC_STAGE"] = "utterances@deep_nets"
        quiet(utterances)
        picture = asked.picture or named()
        print(f"{described()}; named picture {picture}; {machine()}\n\n{HEADER}")
        for changes, published in experiments(asked.scale):
            change(DIALS | {POOLING: "average"} | more | changes)
            print(row(changes, run(picture), published), flush=True)


def experiments(scale: float) -> list[tuple[dict[str, Any], int]]:
    """The dials of each, steps per epoch, then epochs, then pooling; and which published one it is, or 0."""
    steps: list[tuple[dict[str, Any], int]] = [({STEPS: max(1, round(count * scale))}, count) for count in PUBLISHED]
    middle = {STEPS: max(1, round(MIDDLE * scale))}
    others = [*({EPOCHS: count} for count in (5, 6, 10, 15, 50)), {POOLING: "max"}]
    return [*steps, *((middle | one, 0) for one in others)]


def line(changes: Mapping[str, Any]) -> str:
    return "dvc exp run --queue " + " ".join(f"-S {key}={value}" for key, value in changes.items())


def link(study: Path) -> None:
    """What no experiment changes, and a copy of the params."""
    Path("data").mkdir()
    for name in LINKED:
        Path("data", name).symlink_to(study / "data" / name)
    Path("params.yaml").write_bytes((study / "params.yaml").read_bytes())


def change(dials: Mapping[str, Any]) -> None:
    yaml = YAML()
    params = yaml.load(Path("params.yaml"))
    for key, value in dials.items():
        *sections, last = key.split(".")
        section = params
        for name in sections:
            section = section[name]
        section[last] = value
    yaml.dump(params, Path("params.yaml"))


def run(picture: str) -> Found:
    """Train and speak with the params as they are."""
    quiet(features)
    quiet(encoder)
    told = quiet(speaker)
    quiet(captions)
    seconds = [float(one) for one in re.findall(r"\(([\d.]+) s, ", told)]
    losses = pd.read_csv("reports/speaker/epochs.tsv", sep="\t")["train_cross_entropy"]
    said = pq.read_table("data/captions/captions.parquet").to_pandas()
    assert said[KEY].apply(tuple, axis=1).is_monotonic_increasing
    return Found(
        losses.iloc[-1],
        sum(seconds) / len(seconds),
        bleu(said[:FIRST]),
        bleu(said[said["painting"] == picture]),
        bleu(said),
    )


def quiet(stage: Callable[[], str]) -> str:
    """What a stage prints, progress aside."""
    with contextlib.redirect_stdout(io.StringIO()) as told, contextlib.redirect_stderr(io.StringIO()):
        stage()
    return told.getvalue()


def bleu(captions: pd.DataFrame) -> tuple[float, float]:
    """Corpus BLEU-1 and BLEU-4 against all references of each picture, five at most."""
    references = load_utterances("deep_nets").groupby(KEY)["utterance_spelled"].agg(list)
    own = {number: references[tuple(key)] for number, key in enumerate(captions[KEY].to_numpy())}
    said = {number: [caption] for number, caption in enumerate(captions["caption"])}
    values, _ = Bleu(4).compute_score(own, said, verbose=0)
    return values[0], values[3]


def named() -> str:
    """The study's picture, or where that is not for test the first that is."""
    table = load_utterances("deep_nets")
    tested = table.loc[table["split"] == "test"].sort_values(KEY)["painting"]
    return PICTURE if PICTURE in set(tested) else str(tested.iloc[0])


def described() -> str:
    table = load_utterances("deep_nets")
    sizes = table.drop_duplicates(KEY)["split"].value_counts()
    params = YAML(typ="safe").load(Path("params.yaml"))
    encoder_of = params["speaker" if params["speaker"]["weights"] == "image_classifier" else "features"]
    corpus = "embedded corpus" if params["dataset"] == "demo" else params["dataset"]
    looks = f"{encoder_of['backbone']} (weights: {encoder_of['weights']}) at {params['images']['size']} px"
    return f"{corpus}: {sizes['train']:,} pictures to learn from, {sizes['test']:,} for test; {looks}"


HEADER = (
    f"| steps | epochs | pooling | loss | s/epoch | first {FIRST}: BLEU-1, -4 | named picture | whole test split "
    f"| published: steps | loss | BLEU |\n|---:|---:|---|---:|---:|---|---|---|---:|---:|---:|"
)


def row(changes: Mapping[str, Any], found: Found, steps: int) -> str:
    published = [f"{steps:,}", *(f"{value:g}" for value in PUBLISHED[steps])] if steps else ["", "", ""]
    scores = [shown(one) for one in (found.first, found.named, found.whole)]
    dials = [f"{changes[STEPS]:,}", str(changes.get(EPOCHS, DIALS[EPOCHS])), changes.get(POOLING, "average")]
    return f"| {' | '.join([*dials, f'{found.loss:.3f}', f'{found.seconds:.2f}', *scores, *published])} |"


def shown(values: tuple[float, float]) -> str:
    return f"{values[0]:.3f}, {values[1]:.3f}"


if __name__ == "__main__":
    main()
