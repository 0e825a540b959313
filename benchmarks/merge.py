"""How fast `merge` trains on features computed once: `python -m benchmarks.merge`.

Beside it, in the same run and from the same weights, a loop over pairs (prefix -> next word),
as the CNN-RNN study's recipe has it: the LSTM reads each prefix anew, padded to the longest
caption, and the picture's branch is computed for each word. The pairs of a picture are taken
one at a time, or all as one batch; then the weights are updated, as ours are after each
picture. With dropout switched off all must have the same loss after the same updates.
Made-up data of the study's shape: 2,048 features, 14,469 words, 5 first sentences a picture.

    python -m benchmarks.merge [--pictures 4] [--batch 32]
"""

import argparse
import time
from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from benchmarks.measure import machine
from stages.learning.backbones import Backbone
from stages.learning.device import Rows, prepare
from stages.speaker.data import Batch, Utterances
from stages.speaker.merge import Merge

CHANNELS, VOCABULARY, EACH, LONGEST = 2_048, 14_469, 5, 94
CPU = torch.device("cpu")
# Computes the gradients of a batch of pictures, and gives the mean loss of its words.
Way = Callable[[Merge, Batch], float]


class Described(Backbone):
    """Stands for an encoder whose features are there already."""

    def __init__(self) -> None:
        super().__init__("test_resnet", pooling="average")
        self.channels = CHANNELS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=4, help="that each way learns from, in steps of one")
    parser.add_argument("--batch", type=int, default=32, help="pictures in our bigger batch")
    asked = parser.parse_args()
    prepare("cpu", 1)
    data = made_up(max(asked.pictures, asked.batch) + 1)
    print(f"{machine()}; {data.lengths.mean():.1f} words a caption with <eos>\n")
    ways = {"pairs, one at a time": one_by_one, "pairs, a picture at a time": together, "ours": ours}
    losses = {name: list(steps(way, data, 3, dropout=0.0)) for name, way in ways.items()}
    for name, found in losses.items():
        np.testing.assert_allclose([one for one, _, _ in found], [one for one, _, _ in losses["ours"]], rtol=1e-4)
        assert found[0][0] != found[-1][0], name
    print("| what | pictures a step | utterances/s | ratio |\n|---|---:|---:|---:|")
    first = 0.0
    for name, way, size in [*((name, way, 1) for name, way in ways.items()), ("ours", ours, asked.batch)]:
        timed = list(steps(way, data, asked.pictures if size == 1 else 4, size=size, dropout=0.5))
        speed = sum(count for _, count, _ in timed) / sum(seconds for *_, seconds in timed)
        first = first or speed
        print(f"| {name} | {size} | {speed:,.1f} | {speed / first:,.1f} |", flush=True)
    print(
        f"\nLosses of three steps without dropout: {', '.join(f'{one:.4f}' for one, *_ in losses['ours'])}, all alike"
    )


def made_up(pictures: int) -> Utterances:
    """Random features, and captions as long as first sentences of ArtEmis."""
    random = np.random.default_rng(1)
    lengths = np.clip(random.lognormal(2.5, 0.42, pictures * EACH).astype(int), 3, LONGEST - 2)
    tokens = np.zeros((len(lengths), LONGEST), np.int32)
    # Words follow Zipf's law.
    weights = 1 / (np.arange(VOCABULARY - 4) + 2.7)
    for row, length in zip(tokens, lengths, strict=True):
        row[0], row[length + 1] = 1, 2
        row[1 : length + 1] = 4 + random.choice(len(weights), length, p=weights / weights.sum())
    features = random.random((pictures, 1, CHANNELS), np.float32)
    bounds = np.arange(pictures + 1) * EACH
    return Utterances(
        pixels=Rows(features, CPU), picture=np.arange(pictures), bounds=bounds, tokens=tokens, emotion=None
    )


def steps(
    way: Way, data: Utterances, count: int, *, size: int = 1, dropout: float
) -> Iterator[tuple[float, int, float]]:
    """Loss, utterances and seconds of each of `count` steps from the same first weights; one step before warms up."""
    torch.manual_seed(3)
    model = Merge(
        backbone=Described(), vocabulary=VOCABULARY, embedding=256, hidden=256, dropout=dropout, grounded=False
    ).train()
    optimizer = torch.optim.Adam([one for one in model.parameters() if one.requires_grad], lr=1e-3, fused=True)
    for number in range(count + 1):
        batch = data.batch(np.arange(number, number + size) % len(data))
        started = time.perf_counter()
        loss = way(model, batch)
        optimizer.step()
        optimizer.zero_grad()
        if number:
            yield loss, len(batch.lengths), time.perf_counter() - started


def ours(model: Merge, batch: Batch) -> float:
    taught = model(*batch)
    loss = functional.cross_entropy(taught.logits, taught.targets)
    loss.backward()
    return float(loss.detach())


def one_by_one(model: Merge, batch: Batch) -> float:
    found = list(pairs(batch))
    total = 0.0
    for feature, prefix, word in found:
        loss = functional.cross_entropy(scores(model, feature[None], [prefix]), word[None]) / len(found)
        loss.backward()
        total += float(loss.detach())
    return total


def together(model: Merge, batch: Batch) -> float:
    features, prefixes, words = zip(*pairs(batch), strict=True)
    loss = functional.cross_entropy(scores(model, torch.stack(features), list(prefixes)), torch.stack(words))
    loss.backward()
    return float(loss.detach())


def pairs(batch: Batch) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """The features, each prefix of each caption, and the word that comes next."""
    for owner, tokens, length in zip(batch.owner, batch.tokens, batch.lengths, strict=True):
        for end in range(1, int(length) + 1):
            yield batch.pixels[owner, 0], tokens[:end], tokens[end]


def scores(model: Merge, features: Tensor, prefixes: list[Tensor]) -> Tensor:
    """The next word's logits (pairs, V); padding, to LONGEST, follows the words and is read in vain."""
    padded = pad_sequence([*prefixes, torch.zeros(LONGEST, dtype=torch.int64)], batch_first=True)[:-1]
    read, _ = model.lstm(model.dropout(model.embedding(padded)))  # (pairs, LONGEST, H)
    last = torch.tensor([len(prefix) - 1 for prefix in prefixes])
    said = read[torch.arange(len(prefixes)), last]
    seen = functional.relu(model.picture(model.dropout(features)))
    return cast(Tensor, model.words(functional.relu(model.joined(seen + said))))


if __name__ == "__main__":
    main()
