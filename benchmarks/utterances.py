"""How long the stage `utterances` takes on a corpus of ArtEmis' size: `python -m benchmarks.utterances`.

Ours is the stage itself, in a process of its own, with the start of the interpreter and
the spell-check; wall-clock seconds, CPU seconds and peak memory are the process's. Beside
it, in the same run, ArtEmis' order of work is re-enacted on a sample of the rows: NLTK
for each utterance in a pool of four processes per core, tables and SymSpell for each
token, pandas' `apply` in between, CSV out. Its time is scaled up linearly, but for what
does not grow with the rows (the dictionary). Both must give the same tokens.

    python -m benchmarks.utterances [--rows 450000] [--sample 30000] [--profile deep_nets]
"""

import argparse
import contextlib
import math
import multiprocessing
import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from nltk.tokenize import NLTKWordTokenizer
from symspellpy import SymSpell, Verbosity

from benchmarks.made_up import annotations, write_resources
from benchmarks.measure import Measured, machine, measure
from stages.annotations.tables import load_annotations, save_annotations
from stages.common.processes import usable_cores
from stages.utterances.artemis_rules import PUNCTUATION, QUOTED, ArtemisRules
from stages.utterances.resource_files import Resources, load_resources
from stages.utterances.tables import load_utterances

PARAMS = """
seed: 2021
utterances:
  rules: {rules}
  spell_check: true
  first_sentence: false
  max_annotations: 0
  splits: {{train: 0.85, val: 0.05}}
  max_length_percentile: 95
  min_length: 5
  min_count: 5
  high_coverage: 41
"""
_NLTK = NLTKWordTokenizer()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=450_000)
    parser.add_argument("--sample", type=int, default=30_000)
    parser.add_argument("--profile", choices=["analysis", "deep_nets"], default="deep_nets")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        save_annotations(annotations(asked.rows))
        write_resources()
        print(f"{asked.rows:,} rows, profile {asked.profile}; {machine()}\n")
        print("| what | wall s | CPU s | peak GB |\n|---|---|---|---|")
        stage("clean", asked.profile)
        ours = stage("artemis", asked.profile)
        if asked.sample:
            theirs = reenact(asked.rows, asked.sample, asked.profile)
            times = f"{theirs.wall / ours.wall:.1f} times as fast as the re-enactment of the same rules"
            print(f"\n{times}, with {theirs.cpu / ours.cpu:.1f} times less CPU time")


def stage(rules: str, profile: str) -> Measured:
    """Run the stage in a process of its own."""
    Path("params.yaml").write_text(PARAMS.format(rules=rules), encoding="utf-8")
    run = measure(["-m", "stages.utterances"], DVC_STAGE=f"utterances@{profile}")
    print(f"| the stage, rules: {rules} | {run.wall:.1f} | {run.cpu:.1f} | {run.peak:.2f} |", flush=True)
    return run


def reenact(rows: int, sample: int, profile: str) -> Measured:
    """ArtEmis' order of work on `sample` rows; returns what all `rows` would take, but for the memory."""
    resources = load_resources()
    frame = load_annotations().sample(sample, random_state=1).sort_values("record", ignore_index=True)
    started = spent()
    engine = SymSpell()
    engine.load_dictionary(resources.dictionary, 0, 1)
    loaded = spent()
    tokens = tokens_as_artemis(frame["utterance"], resources, engine)
    ids: dict[str, int] = {}
    for words in tokens:
        for word in words:
            ids.setdefault(word, len(ids) + 4)
    longest = max(map(len, tokens))
    encoded = tokens.apply(lambda words: [1, *(ids[word] for word in words), 2, *[0] * (longest - len(words))])
    spelled = tokens.apply(" ".join)
    frame.assign(tokens=tokens, utterance_spelled=spelled, tokens_encoded=encoded).to_csv("theirs.csv", index=False)
    wall, cpu = loaded - started + (spent() - loaded) * rows / sample
    print(f"| ArtEmis' order of work, {sample:,} rows scaled up by {rows / sample:.0f} | {wall:.1f} | {cpu:.1f} | |")
    _compare(frame, tokens, profile)
    return Measured(wall, cpu, math.nan)


def spent() -> np.ndarray:
    """Wall-clock and CPU seconds so far, the latter with those of ended child processes."""
    times = os.times()
    return np.array([times.elapsed, times.user + times.system + times.children_user + times.children_system])


def tokens_as_artemis(said: pd.Series, resources: Resources, engine: SymSpell) -> pd.Series:
    """Step by step over all rows, each token looked up each time it occurs."""
    rules = ArtemisRules(resources)
    said = said.apply(lambda text: resources.sentences.get(text, text)).apply(str.lower)
    said = said.apply(lambda text: QUOTED.sub(r" \1 ", text))
    said = said.apply(lambda text: rules._contraction.sub(lambda match: resources.contractions[match[0]], text))
    spaces = str.maketrans(dict.fromkeys(PUNCTUATION, " "))
    said = said.apply(lambda text: text.translate(spaces))
    with multiprocessing.Pool(4 * usable_cores()) as pool:
        tokens = pd.Series(pool.map(_NLTK.tokenize, said), index=said.index)
    tokens = tokens.apply(lambda words: [new for word in words for new in resources.tokens.get(word, [word])])

    def correct(word: str) -> str:
        if word in resources.good_words:
            return word
        # ArtEmis passes 1, which is no verbosity, and takes the first: this one, at more cost.
        found = engine.lookup(word, Verbosity.CLOSEST)
        return found[0].term if found else word

    return tokens.apply(lambda words: [correct(word) for word in words])


def _compare(frame: pd.DataFrame, tokens: pd.Series, profile: str) -> None:
    """The stage's last run, with the same rules, must have found the same tokens."""
    key = ["art_style", "painting", "utterance"]
    theirs = frame[key].assign(theirs=tokens.map(tuple)).drop_duplicates(key)
    both = load_utterances(profile).drop_duplicates(key).merge(theirs, on=key)
    assert len(both) > 0.8 * len(theirs)
    assert (both["tokens"].map(tuple) == both["theirs"]).all(), "the tokens differ"


if __name__ == "__main__":
    main()
