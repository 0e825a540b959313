"""Speed of encoding utterances and of training the LSTM on them: `python -m benchmarks.text_classifier`.

The utterances are made up with ArtEmis' sizes: 429,431 rows of 5 to 30 words out of 14,469, about 14
on average. Ours is the code of the stage: vocabulary and ids from the words of a table, then the
training task. For comparison, the same run re-enacts ArtEmis' order of work: lists of ids parsed
from the text of a CSV, on a sample that is scaled up; batches of mixed lengths, all 31 places of each
utterance projected, then packed for the LSTM. Both train the same network in 32-bit precision: frozen
vectors of 100, an LSTM of 256, batches of 1,024. Their steps alternate, so that other work on the
machine slows both. Then the network of the embedded study, with learned vectors, takes such steps: with words
alone and PyTorch's Adam in its plain form, and as the stage trains it, with the parts of words.

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

from benchmarks.made_up import dictionary
from benchmarks.measure import ROOT, Cost, Stopwatch, argument_parser, machine, print_header, print_row, timed
from stages.common.files import write_parquet
from stages.common.params import read
from stages.learning.device import prepare
from stages.text_classifier.interface import Examples
from stages.text_classifier.lstm import LSTMClassifier, freeze_vectors
from stages.text_classifier.reader import WordReader, Words
from stages.text_classifier.task import EmotionTask
from stages.text_classifier.word_parts import shared_parts
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
        examples, with_parts, parts = time_encoding(ids, args.sample)
    time_training(examples, args.batches)
    print()
    print_header("the embedded study's network", "words alone, plain Adam", f"with {parts:,} parts of words", "ratio")
    time_parts(examples, with_parts, parts, args.batches)


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


def time_encoding(ids: np.ndarray, sample: int) -> tuple[Examples, Examples, int]:
    """Time from file to tensors, ours on all rows and ArtEmis' on a sample.

    Returns:
        The utterances read by their words, and by their parts too, and the number of different parts.
    """
    labels = np.random.default_rng(SEED).integers(0, 9, len(ids))
    lengths = (ids > EOS).sum(1)
    words = pa.array([line.split()[0] for line in dictionary()[:WORDS]]).take(pa.array(ids[ids > EOS]))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    write_parquet(pa.table({"tokens": pa.ListArray.from_arrays(offsets, words)}), Path("utterances.parquet"))
    frame = pd.DataFrame({"tokens_encoded": ids[:sample].tolist(), "emotion_label": labels[:sample]})
    frame.to_csv("utterances.csv", index=False)

    def encode() -> Examples:
        table = Words.read(Path("utterances.parquet"))
        return WordReader(table.vocabulary(np.ones(len(ids), bool), min_count=5)).encode(table, labels)

    theirs = timed(parse_lists)[0] * len(ids) / sample
    ours, examples = timed(encode)
    print_row(f"{len(ids):,} encoded utterances ready", f"{theirs:.1f} s", f"{ours:.2f} s", f"{theirs / ours:.0f}")
    table = Words.read(Path("utterances.parquet"))
    parts = shared_parts(table.distinct)
    vocabulary = table.vocabulary(np.ones(len(ids), bool), min_count=5)
    return examples, WordReader(vocabulary, parts).encode(table, labels), len(parts)


def parse_lists() -> None:
    """Parse lists of ids, and labels, from a CSV, as ArtEmis' notebook does."""
    frame = pd.read_csv("utterances.csv")
    lists = frame["tokens_encoded"].apply(ast.literal_eval)
    assert len(np.stack(lists.tolist())) == len(frame["emotion_label"])


def time_training(examples: Examples, batches: int) -> None:
    """Time training steps of both, which alternate after one step each to warm up."""
    task = EmotionTask(examples, examples, batch_size=BATCH, seed=SEED, device=CPU)
    ours, theirs = training_step(task, LSTMClassifier), training_step(task, AsArtEmis)
    bucketed = spread_batches(task, batches)
    mixed = np.random.default_rng(SEED).permutation(len(examples))[: BATCH * batches].reshape(-1, BATCH)
    ours(bucketed[0])
    theirs(mixed[0])
    costs: list[list[Cost]] = [[], []]
    for mixed_lengths, similar_lengths in zip(mixed, bucketed, strict=True):
        costs[0].append(cost_of(theirs, mixed_lengths))
        costs[1].append(cost_of(ours, similar_lengths))
    print_speeds(costs, [mixed.size, sum(map(len, bucketed))])


def time_parts(examples: Examples, with_parts: Examples, parts: int, batches: int) -> None:
    """Time training steps of the embedded study's network with words alone and with their parts, which alternate."""
    settings = read(ROOT / "params.yaml")["text_classifier"]["lstm"]
    steps, tasks = [], []
    for read_as, count, fused in ((examples, 0, False), (with_parts, parts, True)):
        tasks.append(EmotionTask(read_as, read_as, batch_size=settings["batch_size"], seed=SEED, device=CPU))
        torch.manual_seed(SEED)
        sizes = {name: settings[name] for name in ("embedding", "hidden", "dropout", "word_dropout", "bag")}
        network = LSTMClassifier(words=WORDS, parts=count, **sizes).train()
        steps.append(step_of(network, Adam(network.parameters(), lr=LEARNING_RATE, fused=fused), tasks[-1]))
    chosen = spread_batches(tasks[0], 8 * batches)
    costs: list[list[Cost]] = [[], []]
    for rows in [chosen[0], *chosen]:
        for step, cost in zip(steps, costs, strict=True):
            cost.append(cost_of(step, rows))
    print_speeds([cost[1:] for cost in costs], [sum(map(len, chosen))] * 2)


def spread_batches(task: EmotionTask, batches: int) -> list[np.ndarray]:
    """So many batches, spread evenly over the lengths of an epoch's batches."""
    by_length = sorted(task.batches(1), key=lambda rows: float(task.train.lengths[rows].double().mean()))
    return [by_length[place] for place in np.linspace(0, len(by_length) - 1, batches + 2).astype(int)[1:-1]]


def print_speeds(costs: list[list[Cost]], utterances: list[int]) -> None:
    """Print the throughput of the first and the second, and the ratio, by both clocks."""
    for clock, unit in enumerate(("second", "CPU second")):
        first, second = (
            count / sum(cost[clock] for cost in each) for count, each in zip(utterances, costs, strict=True)
        )
        print_row(f"training, utterances per {unit}", f"{first:.0f}", f"{second:.0f}", f"{second / first:.1f}")


def cost_of(step: Callable[[np.ndarray], None], rows: np.ndarray) -> Cost:
    stopwatch = Stopwatch()
    step(rows)
    return stopwatch.read()


def training_step(task: EmotionTask, kind: type[LSTMClassifier]) -> Callable[[np.ndarray], None]:
    """A function that makes one step of Adam on given rows, for a new network of ArtEmis' sizes."""
    torch.manual_seed(SEED)
    network = kind(words=WORDS, embedding=100, hidden=256, head=100, dropout=0.25).train()
    freeze_vectors(network, torch.randn(WORDS, 100))
    return step_of(
        network, Adam([weight for weight in network.parameters() if weight.requires_grad], lr=LEARNING_RATE), task
    )


def step_of(network: LSTMClassifier, optimizer: Adam, task: EmotionTask) -> Callable[[np.ndarray], None]:
    """A function that makes one step on given rows."""

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
