"""How long the figures of the pages take on a corpus of ArtEmis' size: `python -m benchmarks.reports`.

Ours are the stages `dataset_report` and `wording` themselves, each in a process of its own, on
the tables that `utterances` and `histograms` made of made-up annotations. Memory is that
of the stage with all its processes together, looked at ten times a second. Beside them,
in the same run, ArtEmis' order of work is re-enacted on a sample of the rows: pandas'
`groupby.apply` for each artwork, and row by row NLTK's tagger, VADER, TextBlob and the
look-up of concreteness; its time is scaled up linearly.

    python -m benchmarks.reports [--rows 454684] [--sample 3000] [--nltk-data <folder>]

Without NLTK's data (`python -m nltk.downloader -d <folder> vader_lexicon
averaged_perceptron_tagger_eng`) there is no VADER, and TextBlob tags.
"""

import argparse
import contextlib
import os
import resource
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
from textblob.en import parser

from benchmarks.made_up import annotations, dictionary
from benchmarks.measure import ROOT, Measured, machine
from benchmarks.utterances import PARAMS
from stages.annotations.tables import save_annotations, save_genres
from stages.common.emotions import polarity
from stages.common.files import write_json
from stages.utterances.tables import load_utterances
from stages.wording import perceptron
from stages.wording.measures import instruments

RESOURCES = Path("data/raw/resources")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=454_684)
    parser.add_argument("--sample", type=int, default=3_000)
    parser.add_argument("--nltk-data", type=Path)
    asked = parser.parse_args()
    given = asked.nltk_data and asked.nltk_data.resolve()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        write_inputs(asked.rows, given)
        print(f"{asked.rows:,} rows; {machine()}; {'with' if given else 'without'} NLTK's data\n")
        print("| what | wall s | CPU s | peak GB, all processes |\n|---|---|---|---|")
        figures = stage("dataset_report", "from stages.dataset_report.__main__ import describe; describe()")
        words = stage("wording")
        if asked.sample:
            theirs = reenact(asked.rows, asked.sample)
            print(f"\ndataset_report {theirs[0] / figures:.1f} times, wording {theirs[1] / words:.1f} times less CPU")


def write_inputs(rows: int, nltk_data: Path | None) -> None:
    """The tables that both stages read, by the stages that make them; a rating for each third word."""
    frame = annotations(rows)
    save_annotations(frame)
    artworks = frame[["art_style", "painting"]].drop_duplicates()
    save_genres({artwork: f"genre {n % 10}" for n, artwork in enumerate(artworks.itertuples(index=False, name=None))})
    write_json({}, Path("data/annotations/dataset.json"))
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


def stage(name: str, code: str = "") -> float:
    """Run a stage, or only `code`; prints its line and returns its CPU seconds, which a busy machine stretches less."""
    run = _run(name, ["-c", code] if code else ["-m", f"stages.{name}"])
    print(f"| {name} | {run.wall:.1f} | {run.cpu:.1f} | {run.peak:.2f} |", flush=True)
    return run.cpu


def _run(name: str, command: list[str]) -> Measured:
    started, before = time.perf_counter(), _cpu_of_children()
    environment = {**os.environ, "DVC_STAGE": name, "PYTHONPATH": str(ROOT)}
    process = psutil.Popen([sys.executable, *command], env=environment, stdout=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            peak = max(peak, sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]))
        time.sleep(0.1)
    assert process.returncode == 0, name
    return Measured(time.perf_counter() - started, _cpu_of_children() - before, peak / 1e9)


def _cpu_of_children() -> float:
    """CPU seconds of all processes that have ended, with their own children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def reenact(rows: int, sample: int) -> tuple[float, float]:
    """ArtEmis' order of work on whole artworks of about `sample` rows; the CPU seconds that all would take."""
    frame = load_utterances("analysis").sort_values(["art_style", "painting"], ignore_index=True).head(sample)
    found = []
    for name, work in (("groupby.apply for each artwork", by_artwork), ("each measure row by row", by_row)):
        started, before = time.perf_counter(), time.process_time()
        work(frame)
        wall, cpu = (rows / len(frame) * took for took in (time.perf_counter() - started, time.process_time() - before))
        found.append(cpu)
        told = f"ArtEmis' order of work: {name}, {len(frame):,} rows scaled up"
        print(f"| {told} | {wall:.1f} | {cpu:.1f} | |", flush=True)
    return found[0], found[1]


def by_artwork(frame: pd.DataFrame) -> None:
    """Dominance, both kinds of mixed feelings and lengths, artwork by artwork."""
    groups = frame.groupby(["art_style", "painting"])
    groups["emotion"].apply(lambda own: own.value_counts().max() >= len(own) / 2)
    groups["emotion"].apply(lambda own: {"positive", "negative"} <= set(own.apply(polarity)))
    groups["emotion"].apply(lambda own: len(set(own.apply(polarity))) > 1)
    frame["utterance_spelled"].apply(lambda text: "looks like" in text)


def by_row(frame: pd.DataFrame) -> None:
    """Every measure of every row, in one process."""
    given, nltk_data = instruments(RESOURCES), RESOURCES / "nltk_data"
    nltk = perceptron.load(nltk_data).tag if perceptron.is_there(nltk_data) else parser.find_tags
    measures: list[Callable[[str], object]] = [
        lambda text: nltk(text.split()),
        lambda text: given.sentiment and given.sentiment(text),
        lambda text: TextBlob(text).sentiment.subjectivity,
        lambda text: given.concreteness and given.concreteness.score(text.split()),
    ]
    for measure in measures:
        frame["utterance_spelled"].apply(measure)


if __name__ == "__main__":
    main()
