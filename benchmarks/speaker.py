"""Training speed of `sat`: `python -m benchmarks.speaker`.

Needs no DVC and no data, and runs on any machine with torch, timm and accelerate.

By default, on a CPU: the same run re-enacts ArtEmis' order of work beside ours on one network
(256 px, ResNet-34 with random weights whose stem and first group are frozen, 14,469 words). ArtEmis
takes 32 utterances, encodes the picture of each, and for each word projects the features anew and
scores the vocabulary. Then both train on a small corpus from the same weights, with frozen batch
statistics, and their validation likelihoods after equally many utterances are compared.

With --epoch: one epoch at the size of the real study, as `dvc repro speaker` trains it (80,000
pictures, 339,000 utterances; meant for a GPU), and the time that its arithmetic alone would take.

    python -m benchmarks.speaker [--steps 5] [--seeds 3]
    python -m benchmarks.speaker --epoch [--pictures 80000] [--utterances 339000] [--batch 64]
"""

import argparse
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence

from benchmarks.made_up_pictures import WORDS, learnable, noise
from benchmarks.measure import argument_parser, print_header, print_row
from benchmarks.sat import VOCABULARY, WIDTH, Loss, Training, adam, network, our_loss, step, time_steps
from benchmarks.speaker_epoch import measure_epoch
from stages.learning.device import prepare
from stages.speaker.data import Batch, Utterances, attention_energy, negative_log_likelihood
from stages.speaker.sat import ShowAttendTell, captions_at_each_step

EACH, ARTEMIS_BATCH = 5, 32
OUR_BATCH = round(ARTEMIS_BATCH / EACH)
ARTEMIS, OURS = "ArtEmis' order of work", "ours"


def main() -> None:
    args = _parse()
    device = prepare("auto" if args.epoch else "cpu", seed=1)
    name = torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    print(f"{name}; torch {torch.__version__}; {time.strftime('%d %B %Y')}\n")
    # Small pictures are for tests: then everything is small.
    vocabulary, width = (VOCABULARY, WIDTH) if args.size >= 256 else (100, 32)
    if args.epoch:
        measure_epoch(args, device, vocabulary=vocabulary, width=width)
    else:
        compare_speeds(args, vocabulary, width)
        compare_likelihoods(args)


def _parse() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("--steps", type=int, default=5, help="training steps of each that are timed")
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each on the small corpus")
    parser.add_argument("--learn", type=int, default=240, help="pictures of the small corpus")
    parser.add_argument("--rounds", type=int, default=16, help="passes over the small corpus")
    parser.add_argument("--epoch", action="store_true", help="measure an epoch at the size of the real study")
    parser.add_argument("--epochs", type=int, default=2, help="number of epochs; the last one is measured")
    parser.add_argument("--pictures", type=int, default=80_000)
    parser.add_argument("--utterances", type=int, default=339_000)
    parser.add_argument("--batch", type=int, default=64, help="pictures per batch")
    parser.add_argument(
        "--size", type=int, default=256, help="side of the pictures; below 256 the network is small, too"
    )
    parser.add_argument("--backbone", default="resnet34")
    return parser.parse_args()


def their_loss(model: ShowAttendTell, batch: Batch) -> Tensor:
    """The same loss in ArtEmis' order: the encoder runs for each utterance, everything else for each word."""
    pixels = batch.inputs[batch.owner].permute(0, 3, 1, 2).contiguous().float()  # (B, 3, S, S)
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
        inputs = torch.cat([model.embedding(batch.tokens[:count, t]), gated], 1)
        hidden, cell = model.cell(inputs, (hidden[:count], cell[:count]))
        logits[:count, t] = model.words(model.word_dropout(hidden))
        attended[:count, t] = attention
    scores = pack_padded_sequence(logits, batch.lengths, batch_first=True).data  # (words, V)
    targets = pack_padded_sequence(batch.tokens[:, 1:], batch.lengths, batch_first=True).data  # (words,)
    return functional.cross_entropy(scores, targets) + attention_energy(attended.sum(1), batch.lengths) / len(features)


def one_utterance_per_picture(data: Utterances) -> Utterances:
    """The same utterances, each with a picture of its own, as ArtEmis' data loader returns them."""
    owner = np.repeat(data.picture, np.diff(data.bounds))
    bounds = np.arange(len(owner) + 1)
    return Utterances(pixels=data.pixels, picture=owner, bounds=bounds, tokens=data.tokens, emotion=None)


def compare_speeds(args: argparse.Namespace, vocabulary: int, width: int) -> None:
    """Print the utterances per second and the CPU time of both, from training steps that alternate."""
    pictures = args.steps * 7 + 7
    data = noise(pictures, EACH * pictures, size=args.size, vocabulary=vocabulary, device=torch.device("cpu"), seed=1)

    def training(data: Utterances, batch_size: int, loss: Loss, memory_format: torch.memory_format) -> Training:
        model = network(args.backbone, vocabulary=vocabulary, width=width, embedding=width // 4).train()
        model.backbone.network.to(memory_format=memory_format)
        return Training(model, adam(model, fused=loss is our_loss), data, batch_size, loss)

    trainings = {
        ARTEMIS: training(one_utterance_per_picture(data), ARTEMIS_BATCH, their_loss, torch.contiguous_format),
        OURS: training(data, OUR_BATCH, our_loss, torch.channels_last),
    }
    medians = {name: each.cost for name, each in time_steps(trainings, args.steps).items()}
    print(f"{args.size} px, {args.backbone}, width {width}, {vocabulary:,} words, {EACH} utterances per picture\n")
    print_header("what", "utterances/s", "times as fast", "CPU s per utterance", "times less")
    base = medians[ARTEMIS]
    for name, cost in medians.items():
        faster, less = f"{base.wall / cost.wall:.2f}", f"{base.cpu / cost.cpu:.2f}"
        print_row(name, f"{1 / cost.wall:.1f}", faster, f"{cost.cpu:.3f}", less)


def compare_likelihoods(args: argparse.Namespace) -> None:
    """Print the validation likelihoods of both after training on equally many utterances of a small corpus."""
    print()
    print_header("seed", f"{ARTEMIS}: validation NLL", OURS, "ratio")
    val = learnable(60, EACH, size=64, seed=1000)
    for seed in range(args.seeds):
        train = learnable(args.learn, EACH, size=64, seed=seed)
        theirs = learn(one_utterance_per_picture(train), val, ARTEMIS_BATCH, their_loss, seed, args.rounds)
        ours = learn(train, val, OUR_BATCH, our_loss, seed, args.rounds)
        print_row(seed, f"{theirs:.4f}", f"{ours:.4f}", f"{ours / theirs:.4f}")


def learn(train: Utterances, val: Utterances, batch_size: int, loss: Loss, seed: int, rounds: int) -> float:
    """Validation NLL after `rounds` passes over the utterances."""
    model = network("test_resnet", vocabulary=WORDS, width=64, embedding=32, seed=seed)
    set_statistics(model, train)
    optimizer = adam(model, 1e-3, 5e-3)
    model.train()
    model.backbone.eval()
    for turn in range(rounds):
        for batch in _batches(train, batch_size, np.random.default_rng((seed, turn))):
            step(model, optimizer, loss, batch)
    model.eval()
    with torch.no_grad():
        return negative_log_likelihood(model, val)


def set_statistics(model: ShowAttendTell, train: Utterances) -> None:
    """Set the batch statistics to those of the training pictures, since pretrained weights have theirs, too."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None
    model.train()
    with torch.no_grad():
        for rows in np.array_split(np.unique(train.picture), 4):
            model.encode(train.pixels[rows])


def _batches(data: Utterances, size: int, rng: np.random.Generator) -> Iterator[Batch]:
    order = rng.permutation(len(data))
    for start in range(0, len(order), size):
        yield data.batch(order[start : start + size])


if __name__ == "__main__":
    main()
