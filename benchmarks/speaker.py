"""How fast `sat` trains: `python -m benchmarks.speaker`.

Needs no DVC and no data, and runs on any machine with torch, timm and accelerate.

By default, on a CPU: ArtEmis' order of work is re-enacted beside ours in the same run, on
one network (256 px, ResNet-34 with random weights whose stem and first group are frozen,
14,469 words). Theirs takes 32 utterances and encodes the picture of each, projects the
features anew and scores the vocabulary at each word. Then both learn a small corpus from the
same weights, with batch statistics frozen: how likely are the validation utterances after
equally many training utterances?

With --epoch: one epoch at the size of the real study, as `dvc repro speaker` would train it
(80,000 pictures, 339,000 utterances; meant for a GPU), and what the arithmetic alone would take.

    python -m benchmarks.speaker [--steps 5] [--seeds 3]
    python -m benchmarks.speaker --epoch [--pictures 80000] [--utterances 339000] [--batch 64]
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.made_up_pictures import WORDS, learnable, noise
from stages.learning.backbones import Backbone
from stages.learning.device import peak, prepare
from stages.learning.training import fit
from stages.speaker.data import Batch, Speaking, Utterances, attention_energy, negative_log_likelihood
from stages.speaker.sat import ShowAttendTell, captions_at_each_step

VOCABULARY, EACH, THEIR_BATCH = 14_469, 5, 32
CLIP_NORM = 5.0


def main() -> None:
    asked = _parse()
    device = prepare("auto" if asked.epoch else "cpu", seed=1)
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    print(f"{name}; torch {torch.__version__}; {time.strftime('%d %B %Y')}\n")
    if asked.epoch:
        epoch(device, asked)
    else:
        steps(asked)
        likelihoods(asked)


def network(backbone: str, *, vocabulary: int, width: int, embedding: int, seed: int = 0) -> ShowAttendTell:
    torch.manual_seed(seed)
    model = ShowAttendTell(
        backbone=Backbone(backbone),
        vocabulary=vocabulary,
        embedding=embedding,
        attention=width,
        hidden=width,
        dropout=0.1,
        reference_dropout=False,
        grounded=False,
    )
    model.backbone.freeze(2)
    return model


# Both ways from a batch to a loss. Theirs is written from what ArtEmis' code does, on our modules.


def our_loss(model: ShowAttendTell, batch: Batch) -> Tensor:
    taught = model(*batch)
    entropy = functional.cross_entropy(taught.logits, taught.targets)
    return entropy + attention_energy(taught.attention, batch.lengths) / len(batch.lengths)


def their_loss(model: ShowAttendTell, batch: Batch) -> Tensor:
    """The encoder runs for each utterance, everything else for each word."""
    pixels = batch.pixels[batch.owner].permute(0, 3, 1, 2).contiguous().float()
    features = model.backbone.network.forward_features((pixels - model.backbone.mean) / model.backbone.std)
    features = features.permute(0, 2, 3, 1).flatten(1, 2)  # (B, places, C)
    mean = features.mean(1)
    hidden, cell = model.first_hidden(mean), model.first_cell(mean)
    longest = int(batch.lengths[0])
    logits = features.new_zeros(len(features), longest, model.words.out_features)
    attended = features.new_zeros(len(features), longest, features.shape[1])
    for t, count in enumerate(captions_at_each_step(batch.lengths)):
        projected = model.attention.from_features(features[:count])
        attention = model.attention(projected, hidden[:count])
        context = (features[:count] * attention[:, :, None]).sum(1)
        gated = torch.sigmoid(model.gate(hidden[:count])) * context
        given = torch.cat([model.embedding(batch.tokens[:count, t]), gated], 1)
        hidden, cell = model.cell(given, (hidden[:count], cell[:count]))
        logits[:count, t] = model.words(model.word_dropout(hidden))
        attended[:count, t] = attention
    said = pack_padded_sequence(logits, batch.lengths, batch_first=True).data
    wanted = pack_padded_sequence(batch.tokens[:, 1:], batch.lengths, batch_first=True).data
    return functional.cross_entropy(said, wanted) + attention_energy(attended.sum(1), batch.lengths) / len(features)


Loss = Callable[[ShowAttendTell, Batch], Tensor]


def step(model: ShowAttendTell, optimizer: torch.optim.Optimizer, loss: Loss, batch: Batch) -> None:
    loss(model, batch).backward()
    nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
    optimizer.step()
    optimizer.zero_grad()


def adam(
    model: ShowAttendTell, encoder: float = 1e-4, decoder: float = 5e-4, *, fused: bool = True
) -> torch.optim.Optimizer:
    of_encoder = [value for value in model.backbone.parameters() if value.requires_grad]
    others = [value for name, value in model.named_parameters() if not name.startswith("backbone.")]
    return torch.optim.Adam([{"params": of_encoder, "lr": encoder}, {"params": others, "lr": decoder}], fused=fused)


def one_by_one(data: Utterances) -> Utterances:
    """The same utterances, each with a picture of its own: what ArtEmis' loader sees."""
    owner = np.repeat(data.picture, np.diff(data.bounds))
    bounds = np.arange(len(owner) + 1)
    return Utterances(pixels=data.pixels, picture=owner, bounds=bounds, tokens=data.tokens, emotion=None)


def steps(asked: argparse.Namespace) -> None:
    """Print how fast both are, by the clock and in CPU time, from steps that take turns."""
    pictures, width = asked.steps * 7 + 7, 512 if asked.size == 256 else 32
    vocabulary = VOCABULARY if asked.size == 256 else 100
    data = noise(pictures, EACH * pictures, size=asked.size, vocabulary=vocabulary, device=torch.device("cpu"), seed=1)
    ways = {
        "ArtEmis' order of work": (one_by_one(data), THEIR_BATCH, their_loss, torch.contiguous_format),
        "ours": (data, round(THEIR_BATCH / EACH), our_loss, torch.channels_last),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    made = {}
    for name, (_, _, loss, memory_format) in ways.items():
        model = network(asked.backbone, vocabulary=vocabulary, width=width, embedding=width // 4).train()
        model.backbone.network.to(memory_format=memory_format)
        made[name] = (model, adam(model, fused=loss is our_loss))
    for turn in range(asked.steps + 1):
        for name, (source, size, loss, _) in ways.items():
            batch = source.batch(np.random.default_rng(turn).permutation(len(source))[:size])
            wall, cpu = time.perf_counter(), time.process_time()
            step(*made[name], loss, batch)
            # The first turn warms up.
            if turn:
                wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
                taken[name].append((wall / len(batch.lengths), cpu / len(batch.lengths)))
    print(f"{asked.size} px, {asked.backbone}, width {width}, {vocabulary:,} words, {EACH} utterances a picture\n")
    print("| what | utterances/s | times as fast | CPU s an utterance | times less |\n|---|---|---|---|---|")
    (their_wall, their_cpu), *_ = medians = [
        [median(times) for times in zip(*of, strict=True)] for of in taken.values()
    ]
    for name, (wall, cpu) in zip(taken, medians, strict=True):
        print(f"| {name} | {1 / wall:.1f} | {their_wall / wall:.2f} | {cpu:.3f} | {their_cpu / cpu:.2f} |")


def likelihoods(asked: argparse.Namespace) -> None:
    """Print what both have learnt of a small corpus after equally many utterances."""
    print("\n| seed | ArtEmis' order of work: validation NLL | ours | ratio |\n|---|---|---|---|")
    val = learnable(60, EACH, size=64, seed=1000)
    for seed in range(asked.seeds):
        train = learnable(asked.learn, EACH, size=64, seed=seed)
        theirs = learn(one_by_one(train), val, THEIR_BATCH, their_loss, seed, asked.rounds)
        ours = learn(train, val, round(THEIR_BATCH / EACH), our_loss, seed, asked.rounds)
        print(f"| {seed} | {theirs:.4f} | {ours:.4f} | {ours / theirs:.4f} |", flush=True)


def learn(train: Utterances, val: Utterances, size: int, loss: Loss, seed: int, rounds: int) -> float:
    """Validation NLL after `rounds` passes over the utterances."""
    model = network("test_resnet", vocabulary=WORDS, width=64, embedding=32, seed=seed)
    settle(model, train)
    optimizer = adam(model, 1e-3, 5e-3)
    model.train()
    model.backbone.eval()
    for turn in range(rounds):
        for batch in _batches(train, size, np.random.default_rng((seed, turn))):
            step(model, optimizer, loss, batch)
    model.eval()
    with torch.no_grad():
        return negative_log_likelihood(model, val)


def settle(model: ShowAttendTell, train: Utterances) -> None:
    """Set the batch statistics to those of the training pictures, as pretrained weights bring them."""
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = None
    model.train()
    with torch.no_grad():
        for rows in np.array_split(np.unique(train.picture), 4):
            model.encode(train.pixels[rows])


def _batches(data: Utterances, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    order = rng.permutation(len(data))
    for start in range(0, len(order), size):
        yield data.batch(order[start : start + size])


class Timed(Speaking):
    """Times what lies between the first batch of an epoch and the validation after it."""

    seconds = 0.0

    def batches(self, epoch: int) -> list[np.ndarray]:
        self._started = time.perf_counter()
        return list(super().batches(epoch))

    def validate(self, model: nn.Module) -> dict[str, float]:
        # The loop has fetched the losses, so the device has nothing left to do.
        self.seconds = time.perf_counter() - self._started
        return super().validate(model)


def epoch(device: torch.device, asked: argparse.Namespace) -> None:
    """Print how long an epoch takes, and how much of it is arithmetic."""
    tiny = asked.size < 256
    vocabulary, width = (100, 32) if tiny else (VOCABULARY, 512)
    data = noise(asked.pictures, asked.utterances, size=asked.size, vocabulary=vocabulary, device=device, seed=1)
    val = noise(4, 20, size=asked.size, vocabulary=vocabulary, device=device, seed=2)
    model = network(asked.backbone, vocabulary=vocabulary, width=width, embedding=width // 4).to(device)
    task = Timed(data, val, attention_penalty=1.0, batch_size=asked.batch, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        places = {"scratch": Path(folder) / "scratch", "curves": Path(folder) / "epochs.tsv"}
        # The first of two epochs also warms up.
        settings = {"seed": 1, "epochs": asked.epochs, "patience": asked.epochs, "clip_norm": CLIP_NORM}
        units = {"cross_entropy": "tokens", "attention": "utterances"}
        fit(model, adam(model), task, device=device, item="images", units=units, **settings, **places)
    flops, speed = arithmetic(model.train(), task, device), fastest(device)
    parts = shares(model, task, device)
    batches = len(task.batches(1))
    print(f"\n{asked.pictures:,} pictures of {asked.size} px on the device, {asked.utterances:,} utterances,")
    print(f"{vocabulary:,} words, {asked.backbone}, width {width}, {asked.batch} pictures a batch\n")
    print("| what | s |\n|---|---|")
    print(f"| an epoch of {batches:,} steps | {task.seconds:.1f} |")
    for name, seconds in parts.items():
        print(f"| of it, measured apart: {name} | {seconds * batches:.1f} |")
    alone = flops * batches / speed
    print(f"| its arithmetic alone, {flops * batches / 1e15:.3f} PFLOP at {speed / 1e12:.1f} TFLOP/s | {alone:.1f} |")
    print(f"\n{alone / task.seconds:.0%} of the roofline; peak {peak(device):.1f} GB")


def halved(device: torch.device) -> torch.autocast:
    """The precision that training has there."""
    return torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda")


def arithmetic(model: nn.Module, task: Speaking, device: torch.device) -> float:
    """Floating-point operations of matrices and convolutions in one step, forward and backward."""
    with FlopCounterMode(display=False) as counter:
        with halved(device):
            terms = task.terms(model, task.batches(1)[0])
        sum(total for total, _ in terms.values()).backward()  # type: ignore[union-attr]
    model.zero_grad()
    return float(counter.get_total_flops())


def fastest(device: torch.device) -> float:
    """Operations per second of a big matrix product in the precision that training uses here."""
    size, kind = (8192, torch.bfloat16) if device.type == "cuda" else (1024, torch.float32)
    matrix = torch.randn(size, size, device=device, dtype=kind)
    return 2 * size**3 / _seconds(lambda: matrix @ matrix, device)


def shares(model: ShowAttendTell, task: Speaking, device: torch.device) -> dict[str, float]:
    """Seconds of a step's two halves, forward and backward, each by itself."""
    batch = task.train.batch(task.batches(1)[0])
    with torch.no_grad(), halved(device):
        features = model.encode(batch.pixels)

    def encoder() -> None:
        with halved(device):
            found = model.encode(batch.pixels)
        found.float().sum().backward()

    def decoder() -> None:
        with halved(device):
            taught = model.teach(features.detach().requires_grad_()[batch.owner], batch.tokens, batch.lengths, None)
            entropy = functional.cross_entropy(taught.logits.float(), taught.targets)
        entropy.backward()

    return {"pictures": _seconds(encoder, device), "words": _seconds(decoder, device)}


def _seconds(work: Callable[[], object], device: torch.device, times: int = 5) -> float:
    """Median time of `work`, which runs once before."""
    taken = []
    for _ in range(times + 1):
        started = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        taken.append(time.perf_counter() - started)
    return median(taken[1:])


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--learn", type=int, default=240, help="pictures of the small corpus")
    parser.add_argument("--rounds", type=int, default=16, help="passes over the small corpus")
    parser.add_argument("--epoch", action="store_true")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--pictures", type=int, default=80_000)
    parser.add_argument("--utterances", type=int, default=339_000)
    parser.add_argument("--batch", type=int, default=64, help="pictures in a batch")
    parser.add_argument(
        "--size", type=int, default=256, help="side of the pictures; less than 256 makes all else small"
    )
    parser.add_argument("--backbone", default="resnet34")
    return parser.parse_args()


if __name__ == "__main__":
    main()
