"""Time of the reports' statistics at ArtEmis' size: `python -m benchmarks.reports`.

Measures the stages `dataset_report` (its statistics, without the page) and `wording`, each in a process of its own,
on tables that `utterances` and `histograms` made of made-up annotations. Memory is that of all
processes of a stage together, sampled ten times per second. For comparison, the same run re-enacts
ArtEmis' order of work on a sample of the rows: pandas' `groupby.apply` for each artwork, and, row by
row, NLTK's tagger, VADER, TextBlob and a look-up of concreteness; its time is scaled up linearly.

    python -m benchmarks.reports [--rows 454684] [--sample 3000] [--nltk-data FOLDER]

Without NLTK's data (`python -m nltk.downloader -d FOLDER vader_lexicon
averaged_perceptron_tagger_eng`) there is no VADER, and TextBlob tags.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from textblob import TextBlob

from benchmarks.made_up import annotations, dictionary
from benchmarks.measure import (
    ROOT,
    Cost,
    Stopwatch,
    argument_parser,
    child_cpu_seconds,
    machine,
    print_header,
    print_row,
)
from benchmarks.utterances import PARAMS
from stages.annotations.tables import save_annotations, save_emotions, save_genres
from stages.common.artworks import ARTWORK
from stages.common.emotions import ARTEMIS
from stages.common.files import write_json
from stages.utterances.tables import load_utterances
from stages.wording.instruments import load_instruments

RESOURCES = Path("data/raw/resources")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--rows", type=int, default=454_684)
    parser.add_argument("--sample", type=int, default=3_000, help="rows for the re-enactment; 0: none")
    parser.add_argument("--nltk-data", type=Path, metavar="FOLDER")
    args = parser.parse_args()
    nltk_data = args.nltk_data and args.nltk_data.resolve()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write_inputs(args.rows, nltk_data)
        print(f"{args.rows:,} rows; {machine()}; {'with' if nltk_data else 'without'} NLTK's data\n")
        print_header("what", "wall s", "CPU s", "peak GB, all processes")
        statistics = run_stage(
            "dataset_report", "from stages.dataset_report.__main__ import describe; describe(english=True)"
        )
        wording = run_stage("wording")
        if args.sample:
            by_artworks, by_rows = reenact(args.rows, args.sample)
            print(f"\ndataset_report takes {by_artworks / statistics:.1f} times less CPU time, ", end="")
            print(f"wording {by_rows / wording:.1f} times less, than the re-enactment")


def write_inputs(rows: int, nltk_data: Path | None) -> None:
    """Write the tables that both stages read, and a concreteness rating of every third word."""
    frame = annotations(rows)
    save_emotions(ARTEMIS)
    save_annotations(frame)
    artworks = frame[ARTWORK].drop_duplicates()
    save_genres({artwork: f"genre {n % 10}" for n, artwork in enumerate(artworks.itertuples(index=False, name=None))})
    write_json({"language": "en"}, Path("data/annotations/dataset.json"))
    RESOURCES.mkdir(parents=True)
    if nltk_data:
        (RESOURCES / "nltk_data").symlink_to(nltk_data)
    rated = [line.split()[0] for line in dictionary()[: 3 * 40_000 : 3]]
    ratings = np.random.default_rng(1).uniform(1, 5, len(rated)).round(2)
    table = pd.DataFrame({"Word": rated, "Conc.M": ratings, "Dom_Pos": "Noun"})
    table.to_csv(RESOURCES / "concreteness.csv", index=False)
    Path("params.yaml").write_text(PARAMS.format(rules="clean"), encoding="utf-8")
    for name in ("utterances@analysis", "histograms"):
        _run(name, f"-m stages.{name.partition('@')[0]}".split())


def run_stage(name: str, code: str = "") -> float:
    """Run a stage, or `code` only, and print its row; returns its CPU seconds, which vary less on a busy machine."""
    cost = _run(name, ["-c", code] if code else ["-m", f"stages.{name}"])
    print_row(name, f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.peak:.2f}")
    return cost.cpu


def _run(name: str, command: list[str]) -> Cost:
    """Cost of a Python process; the peak memory is that of all its processes together."""
    started, before = time.perf_counter(), child_cpu_seconds()
    environment = {**os.environ, "DVC_STAGE": name, "PYTHONPATH": str(ROOT)}
    process = psutil.Popen([sys.executable, *command], env=environment, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            peak = max(peak, sum(each.memory_info().rss for each in [process, *process.children(recursive=True)]))
        time.sleep(0.1)
    assert process.returncode == 0, f"{name} failed; its error is printed above"
    return Cost(time.perf_counter() - started, child_cpu_seconds() - before, peak / 1e9)


def reenact(rows: int, sample: int) -> tuple[float, float]:
    """ArtEmis' order of work on about `sample` rows of whole artworks; the CPU seconds of both parts for all rows."""
    frame = load_utterances("analysis").sort_values(ARTWORK, ignore_index=True).head(sample)
    seconds = []
    for name, work in (("groupby.apply for each artwork", by_artwork), ("each measure row by row", by_row)):
        stopwatch = Stopwatch()
        work(frame)
        wall, cpu, _ = (rows / len(frame) * value for value in stopwatch.read())
        seconds.append(cpu)
        print_row(f"ArtEmis' order of work: {name}, {len(frame):,} rows scaled up", f"{wall:.1f}", f"{cpu:.1f}", "")
    return seconds[0], seconds[1]


def by_artwork(frame: pd.DataFrame) -> None:
    """Dominant emotion, both kinds of mixed emotions and similes, artwork by artwork."""
    groups = frame.groupby(ARTWORK)
    groups["emotion"].apply(lambda each: each.value_counts().max() >= len(each) / 2)
    groups["emotion"].apply(lambda each: {"positive", "negative"} <= set(each.map(ARTEMIS.polarities)))
    groups["emotion"].apply(lambda each: len(set(each.map(ARTEMIS.polarities))) > 1)
    frame["utterance_spelled"].apply(lambda text: "looks like" in text)


def by_row(frame: pd.DataFrame) -> None:
    """Every measure of every row, in one process."""
    instruments = load_instruments(RESOURCES)
    measures: list[Callable[[str], object]] = [
        lambda text: instruments.tag(text.split()),
        lambda text: instruments.sentiment and instruments.sentiment(text),
        lambda text: TextBlob(text).sentiment.subjectivity,
        lambda text: instruments.concreteness and instruments.concreteness.score(text.split()),
    ]
    for measure in measures:
        frame["utterance_spelled"].apply(measure)


if __name__ == "__main__":
    main()
