"""Speed of encoding utterances and of training the LSTM on them: `python -m benchmarks.text_classifier`.

The utterances are made up with ArtEmis' sizes: 429,431 rows of 5 to 30 words out of 14,469, about 14
on average. Ours is the code of the stage: vocabulary and ids from the words of a table, then the
training task. For comparison, the same run re-enacts ArtEmis' order of work: lists of ids parsed
from the text of a CSV, on a sample that is scaled up; batches of mixed lengths, all 31 places of each
utterance projected, then packed for the LSTM. Both train the same network in 32-bit precision: frozen
vectors of 100, an LSTM of 256, batches of 1,024. Their steps alternate, so that other work on the
machine slows both.

    python -m benchmarks.text_classifier [--rows 429431] [--sample 40000] [--batches 8]
"""

import ast
import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.optim import Adam

from benchmarks.measure import Cost, Stopwatch, argument_parser, machine, print_header, print_row, timed
from stages.common.files import write_parquet
from stages.learning.device import prepare
from stages.text_classifier.interface import Examples
from stages.text_classifier.lstm import LSTMClassifier, freeze_vectors
from stages.text_classifier.reader import Words
from stages.text_classifier.task import EmotionTask
from stages.utterances.vocabulary import EOS, PAD, SOS

WORDS, LONGEST, BATCH, LEARNING_RATE, SEED = 14_469, 30, 1024, 5e-4, 1
CPU = torch.device("cpu")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--rows", type=int, default=429_431)
    parser.add_argument("--sample", type=int, default=40_000, help="rows for the re-enactment of encoding")
    parser.add_argument("--batches", type=int, default=8, help="training steps of each")
    args = parser.parse_args()
    prepare("cpu", SEED)
    print(f"{args.rows:,} rows; {machine()}, torch {torch.__version__}\n")
    print_header("what", "ArtEmis' order of work", "ours", "ratio")
    ids = made_up(args.rows)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        examples = time_encoding(ids, args.sample)
    time_training(examples, args.batches)


def made_up(rows: int) -> np.ndarray:
    """Encoded utterances as in the table of the stage `utterances`, int32 (rows, 32): <sos>, words, <eos>, <pad>."""
    rng = np.random.default_rng(SEED)
    lengths = np.clip(rng.gamma(5, 2.9, rows).astype(int), 5, LONGEST)
    places = np.arange(LONGEST + 2)
    ids = rng.integers(4, WORDS, (rows, LONGEST + 2), dtype=np.int32)
    ids[:, 0] = SOS
    ids[places == lengths[:, None] + 1] = EOS
    ids[places > lengths[:, None] + 1] = PAD
    return ids


def time_encoding(ids: np.ndarray, sample: int) -> Examples:
    """Time from file to tensors, ours on all rows and ArtEmis' on a sample; returns ours."""
    labels = np.random.default_rng(SEED).integers(0, 9, len(ids))
    lengths = (ids > EOS).sum(1)
    words = pa.array([f"word{index}" for index in range(WORDS)]).take(pa.array(ids[ids > EOS]))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    write_parquet(pa.table({"tokens": pa.ListArray.from_arrays(offsets, words)}), Path("utterances.parquet"))
    frame = pd.DataFrame({"tokens_encoded": ids[:sample].tolist(), "emotion_label": labels[:sample]})
    frame.to_csv("utterances.csv", index=False)

    def encode() -> Examples:
        table = Words.read(Path("utterances.parquet"))
        encoded = table.encode(table.vocabulary(np.ones(len(ids), bool), min_count=5))
        return Examples(*map(torch.from_numpy, (*encoded, labels)))

    theirs = timed(parse_lists)[0] * len(ids) / sample
    ours, examples = timed(encode)
    print_row(f"{len(ids):,} encoded utterances ready", f"{theirs:.1f} s", f"{ours:.2f} s", f"{theirs / ours:.0f}")
    return examples


def parse_lists() -> None:
    """Parse lists of ids, and labels, from a CSV, as ArtEmis' notebook does."""
    frame = pd.read_csv("utterances.csv")
    lists = frame["tokens_encoded"].apply(ast.literal_eval)
    assert len(np.stack(lists.tolist())) == len(frame["emotion_label"])


def time_training(examples: Examples, batches: int) -> None:
    """Time training steps of both, which alternate after one step each to warm up."""
    task = EmotionTask(examples, examples, batch_size=BATCH, seed=SEED, device=CPU)
    ours, theirs = training_step(task, LSTMClassifier), training_step(task, AsArtEmis)
    # Batches spread evenly over the lengths of an epoch's batches.
    by_length = sorted(task.batches(1), key=lambda rows: float(examples.lengths[rows].double().mean()))
    bucketed = [by_length[place] for place in np.linspace(0, len(by_length) - 1, batches + 2).astype(int)[1:-1]]
    mixed = np.random.default_rng(SEED).permutation(len(examples))[: BATCH * batches].reshape(-1, BATCH)
    ours(bucketed[0])
    theirs(mixed[0])
    costs: dict[str, list[Cost]] = {"theirs": [], "ours": []}
    for mixed_lengths, similar_lengths in zip(mixed, bucketed, strict=True):
        costs["theirs"].append(cost_of(theirs, mixed_lengths))
        costs["ours"].append(cost_of(ours, similar_lengths))
    utterances = {"theirs": mixed.size, "ours": sum(map(len, bucketed))}
    for clock, unit in enumerate(("second", "CPU second")):
        speed = {name: utterances[name] / sum(cost[clock] for cost in costs[name]) for name in costs}
        ratio = speed["ours"] / speed["theirs"]
        print_row(f"training, utterances per {unit}", f"{speed['theirs']:.0f}", f"{speed['ours']:.0f}", f"{ratio:.1f}")


def cost_of(step: Callable[[np.ndarray], None], rows: np.ndarray) -> Cost:
    stopwatch = Stopwatch()
    step(rows)
    return stopwatch.read()


def training_step(task: EmotionTask, kind: type[LSTMClassifier]) -> Callable[[np.ndarray], None]:
    """A function that makes one step of Adam on given rows, for a new network of ArtEmis' sizes."""
    torch.manual_seed(SEED)
    network = kind(words=WORDS, embedding=100, hidden=256, head=100, dropout=0.25).train()
    freeze_vectors(network, torch.randn(WORDS, 100))
    optimizer = Adam([weight for weight in network.parameters() if weight.requires_grad], lr=LEARNING_RATE)

    def step(items: np.ndarray) -> None:
        optimizer.zero_grad()
        if isinstance(network, AsArtEmis):
            loss = network.loss(task.train, torch.from_numpy(items))
        else:
            total, count = task.terms(network, items)["cross_entropy"]
            loss = total / count
        loss.backward()
        optimizer.step()

    return step


class AsArtEmis(LSTMClassifier):
    """The same network in ArtEmis' order of work: all places are projected, and the LSTM's input is packed."""

    def loss(self, examples: Examples, rows: Tensor) -> Tensor:
        lengths, ids = examples.lengths[rows], examples.ids[rows].long()
        packed = pack_padded_sequence(self.project(self.embed(ids)), lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return functional.cross_entropy(self.head(states.max(1)[0]), examples.labels[rows])


if __name__ == "__main__":
    main()
