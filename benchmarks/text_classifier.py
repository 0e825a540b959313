"""How fast utterances become batches, and the LSTM learns from them: `python -m benchmarks.text_classifier`.

Made-up utterances of ArtEmis' shape (429,431 rows of 5 to 30 words out of 14,469, about
14 on average). Ours is the stage's own code: vocabulary and ids from the words of a
table, then its training task. Beside it, in the same run, ArtEmis' order of work is
re-enacted: lists of ids parsed from the text of a CSV, on a sample that is scaled up;
batches of any length, each utterance projected in all of its 31 places, then packed for
the LSTM. Both train the same network in 32-bit precision: frozen vectors of 100, an LSTM
of 256, batches of 1,024. Their turns alternate, so that a busy machine slows both.

    python -m benchmarks.text_classifier [--rows 429431] [--sample 40000] [--batches 8]
"""

import argparse
import ast
import contextlib
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.optim import Adam

from benchmarks.measure import machine
from stages.common.files import write_parquet
from stages.learning.device import prepare
from stages.text_classifier.lstm import LSTMClassifier, freeze_vectors
from stages.text_classifier.reader import Words
from stages.text_classifier.task import EmotionsOfUtterances, Examples
from stages.utterances.vocabulary import EOS, PAD, SOS

WORDS, LONGEST, BATCH, RATE, SEED = 14_469, 30, 1024, 5e-4, 1
CPU = torch.device("cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=429_431)
    parser.add_argument("--sample", type=int, default=40_000)
    parser.add_argument("--batches", type=int, default=8)
    asked = parser.parse_args()
    prepare("cpu", SEED)
    print(f"{asked.rows:,} rows; {machine()}, torch {torch.__version__}\n")
    print("| what | ArtEmis' order of work | ours | ratio |\n|---|---|---|---|")
    ids = made_up(asked.rows)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        examples = ready(ids, asked.sample)
    learning(examples, asked.batches)


def made_up(rows: int) -> np.ndarray:
    """Encoded utterances as the stage `utterances` leaves them, int32 (rows, 32): <sos>, words, <eos>, <pad>."""
    rng = np.random.default_rng(SEED)
    lengths = np.clip(rng.gamma(5, 2.9, rows).astype(int), 5, LONGEST)
    places = np.arange(LONGEST + 2)
    ids = rng.integers(4, WORDS, (rows, LONGEST + 2), dtype=np.int32)
    ids[:, 0] = SOS
    ids[places == lengths[:, None] + 1] = EOS
    ids[places > lengths[:, None] + 1] = PAD
    return ids


def ready(ids: np.ndarray, sample: int) -> Examples:
    """Time from file to tensors, ours of all rows and theirs of a sample; returns ours."""
    labels = np.random.default_rng(SEED).integers(0, 9, len(ids))
    lengths = (ids > EOS).sum(1)
    words = pa.array([f"word{index}" for index in range(WORDS)]).take(pa.array(ids[ids > EOS]))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    write_parquet(pa.table({"tokens": pa.ListArray.from_arrays(offsets, words)}), Path("utterances.parquet"))
    frame = pd.DataFrame({"tokens_encoded": ids[:sample].tolist(), "emotion_label": labels[:sample]})
    frame.to_csv("utterances.csv", index=False)
    theirs = times(parse_lists)[0] * len(ids) / sample
    started = time.perf_counter()
    said = Words.read(Path("utterances.parquet"))
    encoded = said.encode(said.vocabulary(np.ones(len(ids), bool), min_count=5))
    examples = Examples(*map(torch.from_numpy, (*encoded, labels)))
    ours = time.perf_counter() - started
    print(f"| {len(ids):,} encoded utterances ready | {theirs:.1f} s | {ours:.2f} s | {theirs / ours:.0f} |")
    return examples


def parse_lists() -> None:
    """Lists of ids, and labels, from a CSV, as ArtEmis' notebook reads them."""
    frame = pd.read_csv("utterances.csv")
    lists = frame["tokens_encoded"].apply(ast.literal_eval)
    assert len(np.stack(lists.tolist())) == len(frame["emotion_label"])


def learning(examples: Examples, batches: int) -> None:
    """Time training steps of both, one batch of each in turn after one to warm up."""
    task = EmotionsOfUtterances(examples, examples, batch_size=BATCH, seed=SEED, device=CPU)
    ours, theirs = step(task, LSTMClassifier), step(task, AsArtEmis)
    # Of the epoch's batches some of every length.
    by_length = sorted(task.batches(1), key=lambda rows: float(examples.lengths[rows].double().mean()))
    bucketed = [by_length[place] for place in np.linspace(0, len(by_length) - 1, batches + 2).astype(int)[1:-1]]
    mixed = np.random.default_rng(SEED).permutation(len(examples))[: BATCH * batches].reshape(-1, BATCH)
    ours(bucketed[0]), theirs(mixed[0])
    spent: dict[str, list[tuple[float, float]]] = {"theirs": [], "ours": []}
    for any_length, one_length in zip(mixed, bucketed, strict=True):
        spent["theirs"].append(times(partial(theirs, any_length)))
        spent["ours"].append(times(partial(ours, one_length)))
    seen = {"theirs": mixed.size, "ours": sum(map(len, bucketed))}
    for clock, per in enumerate(("second", "CPU second")):
        speed = {name: seen[name] / sum(took[clock] for took in spent[name]) for name in seen}
        ratio = speed["ours"] / speed["theirs"]
        print(f"| training, utterances a {per} | {speed['theirs']:.0f} | {speed['ours']:.0f} | {ratio:.1f} |")


def step(task: EmotionsOfUtterances, kind: type[LSTMClassifier]) -> Callable[[np.ndarray], None]:
    """One step of Adam on given rows, for a fresh network of ArtEmis' sizes."""
    torch.manual_seed(SEED)
    network = kind(words=WORDS, embedding=100, hidden=256, head=100, dropout=0.25).train()
    freeze_vectors(network, torch.randn(WORDS, 100))
    optimizer = Adam([weight for weight in network.parameters() if weight.requires_grad], lr=RATE)

    def learn(items: np.ndarray) -> None:
        optimizer.zero_grad()
        if isinstance(network, AsArtEmis):
            loss = network.loss(task.train, torch.from_numpy(items))
        else:
            total, count = task.terms(network, items)["cross_entropy"]
            loss = total / count
        loss.backward()
        optimizer.step()

    return learn


class AsArtEmis(LSTMClassifier):
    """The same network in ArtEmis' order of work: nothing is cut, what is packed is the LSTM's input."""

    def loss(self, examples: Examples, rows: Tensor) -> Tensor:
        lengths, ids = examples.lengths[rows], examples.ids[rows].long()
        packed = pack_padded_sequence(self.project(self.embed(ids)), lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return functional.cross_entropy(self.head(states.max(1)[0]), examples.labels[rows])


def times(work: Callable[[], None]) -> tuple[float, float]:
    """Wall-clock seconds, and CPU seconds, which tell more where others use the machine too."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
