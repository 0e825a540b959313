"""Training speed of `merge` on features computed once: `python -m benchmarks.merge`.

For comparison, the same run trains from the same weights with a loop over pairs (prefix, next word),
as in the recipe of the CNN-RNN study: the LSTM reads each prefix anew, padded to the longest caption,
and the picture's branch is computed for each word. The pairs of a picture are taken one at a time, or
as one batch; the weights are updated after each picture, as ours are. Without dropout, all three must
have the same losses in the same steps. The data are made up with the study's sizes: 2,048 features,
14,469 words, the first sentences of 5 utterances of each picture.

    python -m benchmarks.merge [--pictures 4] [--batch 32]
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from benchmarks.measure import argument_parser, machine, print_header, print_row
from stages.learning.backbones import Backbone
from stages.learning.device import Rows, prepare
from stages.speaker.data import Batch, Utterances
from stages.speaker.merge import Merge

CHANNELS, VOCABULARY, EACH, LONGEST = 2_048, 14_469, 5, 94
CPU = torch.device("cpu")
# Computes the gradients of a batch of pictures, and returns the mean loss of its words.
Backward = Callable[[Merge, Batch], float]


class Step(NamedTuple):
    loss: float
    utterances: int
    seconds: float


class FeaturesOnly(Backbone):
    """An encoder that is never run: its features are computed beforehand."""

    def __init__(self) -> None:
        super().__init__("test_resnet", pooling="average")
        self.channels = CHANNELS
        self.tune("none")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=4, help="steps of each method, of one picture")
    parser.add_argument("--batch", type=int, default=32, help="pictures in our larger batch")
    args = parser.parse_args()
    prepare("cpu", 1)
    data = made_up(max(args.pictures, args.batch) + 1)
    print(f"{machine()}; {data.lengths.mean():.1f} words per caption with <eos>\n")
    methods = {"pairs, one at a time": each_pair, "pairs, those of a picture as one batch": all_pairs, "ours": ours}
    losses = assert_equal_losses(methods, data)
    print_header("what", "pictures per step", "utterances/s", "ratio")
    base = None
    for name, backward, size in [
        *((name, backward, 1) for name, backward in methods.items()),
        ("ours", ours, args.batch),
    ]:
        steps = list(train(backward, data, args.pictures if size == 1 else 4, size=size, dropout=0.5))
        speed = sum(step.utterances for step in steps) / sum(step.seconds for step in steps)
        base = base or speed
        print_row(name, size, f"{speed:,.1f}", f"{speed / base:,.1f}")
    print(f"\nLosses of three steps without dropout, equal in all: {', '.join(f'{loss:.4f}' for loss in losses)}")


def assert_equal_losses(methods: Mapping[str, Backward], data: Utterances) -> list[float]:
    """The losses of three steps without dropout, which must be those of every method."""
    losses = {name: [step.loss for step in train(method, data, 3, dropout=0.0)] for name, method in methods.items()}
    for name, each in losses.items():
        np.testing.assert_allclose(each, losses["ours"], rtol=1e-4, err_msg=name)
        assert each[0] != each[-1], f"{name}: the loss does not change"
    return losses["ours"]


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


def train(backward: Backward, data: Utterances, count: int, *, size: int = 1, dropout: float) -> Iterator[Step]:
    """`count` training steps from the same initial weights; one step before them warms up."""
    torch.manual_seed(3)
    model = Merge(backbone=FeaturesOnly(), vocabulary=VOCABULARY, hidden=256, dropout=dropout, grounded=False).train()
    trainable = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(trainable, lr=1e-3, fused=True)
    for number in range(count + 1):
        batch = data.batch(np.arange(number, number + size) % len(data))
        started = time.perf_counter()
        loss = backward(model, batch)
        optimizer.step()
        optimizer.zero_grad()
        if number:
            yield Step(loss, len(batch.lengths), time.perf_counter() - started)


def ours(model: Merge, batch: Batch) -> float:
    """All words of all captions in one pass."""
    output = model(*batch)
    loss = functional.cross_entropy(output.logits, output.targets)
    loss.backward()
    return float(loss.detach())


def each_pair(model: Merge, batch: Batch) -> float:
    """The pairs one at a time."""
    all_of_batch = list(pairs(batch))
    total = 0.0
    for features, prefix, word in all_of_batch:
        loss = functional.cross_entropy(scores(model, features[None], [prefix]), word[None]) / len(all_of_batch)
        loss.backward()
        total += float(loss.detach())
    return total


def all_pairs(model: Merge, batch: Batch) -> float:
    """The pairs as one batch."""
    features, prefixes, words = zip(*pairs(batch), strict=True)
    loss = functional.cross_entropy(scores(model, torch.stack(features), list(prefixes)), torch.stack(words))
    loss.backward()
    return float(loss.detach())


def pairs(batch: Batch) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Features (C,), prefix and next word, for each prefix of each caption."""
    for owner, tokens, length in zip(batch.owner, batch.tokens, batch.lengths, strict=True):
        for end in range(1, int(length) + 1):
            yield batch.inputs[owner, 0], tokens[:end], tokens[end]


def scores(model: Merge, features: Tensor, prefixes: list[Tensor]) -> Tensor:
    """Logits of the next word (pairs, V); prefixes are padded at their ends to LONGEST, which does not change them."""
    padded = pad_sequence([*prefixes, torch.zeros(LONGEST, dtype=torch.int64)], batch_first=True)[:-1]
    states, _ = model.lstm(model.dropout(model.embedding(padded)))  # (pairs, LONGEST, H)
    last = torch.tensor([len(prefix) - 1 for prefix in prefixes])
    state = states[torch.arange(len(prefixes)), last]  # (pairs, H)
    picture = functional.relu(model.picture(model.dropout(features)))
    return cast(Tensor, model.words(functional.relu(model.joined(picture + state))))


if __name__ == "__main__":
    main()
