"""All architectures after equal time, how much of an encoder learns, a cache: `python -m benchmarks.speakers`.

The first table needs pictures, features and utterances of a study (`dvc repro features
utterances@deep_nets`, and `encoder` for a speaker with the image classifier's backbone). Each
architecture is trained with its values in params.yaml, but for as many epochs as take the CPU time
of `sat`, and evaluated on the test split. A row takes minutes on two cores. With `speaker.tune: none`
all read stored features; the time that these took does not count.

The second table needs the same. `sat` is trained with `speaker.tune` none, last_block and all, from the weights of
`features`, for the epochs in params.yaml.

The third table needs no data: a transformer of the size in presets/modern.yaml, with random weights,
decodes 30 words for 32 pictures with 5 hypotheses each; once with cached keys and values of the words
before, as its `step` does, and once with all words run again for each new one. Keys and values of the
picture are cached in both.

    python -m benchmarks.speakers [--seeds 3] [--only learn|tune|decode] [--device cpu]
"""

import argparse
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple, get_args

import numpy as np
import torch
from torch import Tensor

from benchmarks.measure import argument_parser, machine, print_header, print_row, timed
from benchmarks.sat import TimedTask
from stages.annotations.tables import load_emotions
from stages.captions.hypotheses import Memory
from stages.common.params import Tune, load
from stages.images import packed
from stages.images.packed import Packed
from stages.learning.backbones import Backbone
from stages.learning.device import Rows, describe, peak_memory, prepare
from stages.learning.training import fit
from stages.speaker import inputs
from stages.speaker.__main__ import VOCABULARY
from stages.speaker.data import CaptioningTask, Utterances, negative_log_likelihood, splits
from stages.speaker.initialization import from_frequencies
from stages.speaker.interface import Network
from stages.speaker.params import Params
from stages.speaker.registry import ARCHITECTURES, build, config_of, recipe_of
from stages.speaker.transformer import TransformerSpeaker
from stages.utterances.tables import load_utterances
from stages.utterances.vocabulary import SOS, Vocabulary

# Those that learn their words from the corpus alone.
LEARNERS = [arch for arch in ARCHITECTURES if arch != "language_model"]
# The architecture whose epochs in params.yaml set the training time of all others.
BASE = "sat"
# Number of updates of each architecture that measure its speed; the first one warms up.
UPDATES = 6


class Data(NamedTuple):
    """Splits for training and evaluation, on the inputs of one architecture."""

    train: Utterances
    val: Utterances
    test: Utterances
    words: Vocabulary
    images: Packed


def main() -> None:
    args = _parse()
    device = prepare(args.device, 1)
    print(f"{machine()}; {describe(device)}")
    if args.only in (None, "learn"):
        learn(load(Params), args.seeds, device)
    if args.only in (None, "tune"):
        tune(load(Params), args.seeds, device)
    if args.only in (None, "decode"):
        decode(device, width=args.width, pictures=args.pictures)


def _parse() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="trainings of each architecture")
    parser.add_argument("--only", choices=["learn", "tune", "decode"], help="print one of the tables")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--width", type=int, default=512, help="of the transformer that decodes")
    parser.add_argument("--pictures", type=int, default=32, help="that are decoded")
    return parser.parse_args()


def learn(params: Params, seeds: int, device: torch.device) -> None:
    """Train each architecture for equal time, and print the likelihoods."""
    first = params.speaker.seed
    data = {arch: _load(_with(params, arch, first, 1), device) for arch in LEARNERS}
    seconds_per_epoch = _seconds_per_epoch(params, data, device)
    budget = getattr(params.speaker, BASE).epochs * seconds_per_epoch[BASE]
    print()
    print_header("seed", "architecture", "epochs", "CPU s of training", "val NLL", "test NLL")
    losses: dict[str, list[float]] = {arch: [] for arch in LEARNERS}
    for seed in range(first, first + seeds):
        for arch in LEARNERS:
            epochs = max(1, round(budget / seconds_per_epoch[arch]))
            seconds, val, test, _ = _train(_with(params, arch, seed, epochs), data[arch], device)
            losses[arch].append(test)
            print_row(seed, arch, epochs, f"{seconds:.0f}", f"{val:.4f}", f"{test:.4f}")
    print()
    for arch, each in losses.items():
        below = f"below {BASE}'s with {_wins(losses, arch)} of {seeds} seeds"
        print(f"{arch}: mean test NLL {np.mean(each):.4f}, {below}")


def tune(params: Params, seeds: int, device: torch.device) -> None:
    """Train `BASE` with none, the last block and all of its encoder; print costs and likelihoods of each seed."""
    epochs = getattr(params.speaker, BASE).epochs
    print()
    print_header("seed", "speaker.tune", "CPU s of training", "peak GB", "val NLL", "test NLL", "swapped pictures")
    for part in get_args(Tune):
        changed = {"tune": part, "weights": params.features.weights, "backbone": params.features.backbone}
        for seed in range(params.speaker.seed, params.speaker.seed + seeds):
            trained = _with(params, BASE, seed, epochs)
            trained = trained.model_copy(update={"speaker": trained.speaker.model_copy(update=changed)})
            seconds, val, test, swapped = _train(trained, _load(trained, device), device)
            memory = f"{peak_memory(device):.2f}"
            print_row(seed, part, f"{seconds:.0f}", memory, f"{val:.4f}", f"{test:.4f}", f"{swapped:.4f}")


def _wins(losses: Mapping[str, list[float]], arch: str) -> int:
    """Number of seeds for which an architecture's loss is below that of BASE."""
    return sum(loss < base for loss, base in zip(losses[arch], losses[BASE], strict=True))


def _load(params: Params, device: torch.device) -> Data:
    images = packed.load()
    rows = Rows(inputs.prepare(params, images).inputs, device)
    parts = splits(
        load_utterances("deep_nets"), images, rows, emotions=len(load_emotions()) if params.speaker.emo_grounding else 0
    )
    return Data(*parts, Vocabulary.load(VOCABULARY), images)


def _with(params: Params, arch: str, seed: int, epochs: int) -> Params:
    """The params with another architecture and seed, trained for exactly `epochs` from weights of its own."""
    section = getattr(params.speaker, arch).model_copy(update={"epochs": epochs})
    changes = {"arch": arch, "seed": seed, "patience": epochs, "init": "none", arch: section}
    return params.model_copy(update={"speaker": params.speaker.model_copy(update=changes)})


def _untrained(params: Params, data: Data, device: torch.device) -> Network:
    config = params.speaker
    torch.manual_seed(config.seed)
    backbone = inputs.prepare(params, data.images).backbone
    model = build(config_of(config, data.words, backbone, load_emotions().names), backbone)
    if model.starts_from_frequencies:
        from_frequencies(model, data.train.tokens)
    model.backbone.tune(config.tune)
    if config.tune != "none":
        model.backbone.freeze(config.frozen_stages)
    return model.to(device)


def _train(params: Params, data: Data, device: torch.device) -> tuple[float, float, float, float]:
    """CPU seconds of training, and the NLL of val, of test, and of test with swapped pictures."""
    config, model = params.speaker, _untrained(params, data, device)
    recipe = recipe_of(config, model, len(data.train))
    task = TimedTask(
        data.train,
        data.val,
        attention_penalty=recipe.attention_penalty,
        label_smoothing=recipe.label_smoothing,
        batch_size=recipe.batch_size,
        steps=config.steps_per_epoch,
        seed=config.seed,
    )
    with tempfile.TemporaryDirectory() as folder:
        progress = fit(
            model,
            recipe.optimizer,
            task,
            device=device,
            seed=config.seed,
            epochs=recipe.epochs,
            patience=config.patience,
            scratch=Path(folder) / "scratch",
            curves=Path(folder) / "epochs.tsv",
            schedule=recipe.schedule,
            each_update=recipe.each_update,
            clip_norm=recipe.clip_norm,
        )
    with torch.no_grad():
        test = negative_log_likelihood(model, data.test)
        swapped = negative_log_likelihood(model, data.test.swapped(config.seed))
    return sum(cost.cpu for cost in task.costs), progress.best_loss, test, swapped


def _seconds_per_epoch(params: Params, data: Mapping[str, Data], device: torch.device) -> dict[str, float]:
    """CPU time of training, from updates of all architectures that alternate."""
    trainings = {}
    for arch in LEARNERS:
        changed = _with(params, arch, params.speaker.seed, 1)
        model = _untrained(changed, data[arch], device).train()
        train, val = data[arch].train, data[arch].val
        recipe = recipe_of(changed.speaker, model, len(train))
        task = CaptioningTask(
            train, val, attention_penalty=recipe.attention_penalty, batch_size=recipe.batch_size, seed=0
        )
        trainings[arch] = (model, recipe, task, task.batches(1))
    seconds: dict[str, list[float]] = {arch: [] for arch in trainings}
    for turn in range(UPDATES):
        for arch, (model, recipe, task, batches) in trainings.items():
            started = time.process_time()
            terms = task.terms(model, batches[turn % len(batches)])
            torch.stack([total / count for total, count in terms.values()]).sum().backward()
            recipe.optimizer.step()
            recipe.optimizer.zero_grad()
            seconds[arch].append(time.process_time() - started)
    return {arch: float(np.mean(each[1:])) * len(trainings[arch][3]) for arch, each in seconds.items()}


@torch.inference_mode()
def decode(device: torch.device, *, width: int, pictures: int, words: int = 30, hypotheses: int = 5) -> None:
    """Print the time of decoding with and without the cache; both must give the same words."""
    vocabulary, places = (14_469, 49) if width == 512 else (100, 4)
    backbone = Backbone("test_resnet")
    torch.manual_seed(1)
    model = TransformerSpeaker(
        backbone=backbone, vocabulary=vocabulary, width=width, layers=6, heads=8, dropout=0.1, grounded=False
    )
    model.to(device).eval()
    features = torch.randn(pictures * hypotheses, places, backbone.channels, device=device)
    methods = {"without a cache": without_cache, "with a cache of keys and values": with_cache}
    # The first run of each is slow.
    for method in methods.values():
        method(model, features[:2], 2)
    print(f"\n{words} words of {len(features)} hypotheses: width {width}, 6 layers, {places} places, ", end="")
    print(f"a vocabulary of {vocabulary:,}\n")
    print_header("what", "s", "times as fast")
    results, base = [], None
    for name, method in methods.items():
        seconds, result = timed(partial(method, model, features, words), device)
        base = base or seconds
        results.append(result)
        print_row(name, f"{seconds:.2f}", f"{base / seconds:.1f}")
    assert torch.equal(*results), "the words differ"
    print("\nBoth give the same words.")


def with_cache(model: TransformerSpeaker, features: Tensor, words: int) -> Tensor:
    """The likeliest word of each hypothesis at each step, (N, words); states are reordered as by a beam search."""
    order = torch.arange(len(features), device=features.device)
    memory, tokens = Memory(model.start(features, None), order), [_start(features)]
    for _ in range(words):
        logits, state, _ = model.step(tokens[-1], memory.state)
        memory.advance(state)
        memory.select(order, order)
        tokens.append(logits.argmax(-1))
    return torch.stack(tokens[1:], 1)


def without_cache(model: TransformerSpeaker, features: Tensor, words: int) -> Tensor:
    """The same with all words run again at each step; only the last one is scored."""
    image, tokens = model._project(features), [_start(features)]
    for _ in range(words):
        hidden, _, _ = model._run(model._embed(torch.stack(tokens, 1), 0), None, image)
        tokens.append(model.words(hidden[:, -1]).argmax(-1))
    return torch.stack(tokens[1:], 1)


def _start(features: Tensor) -> Tensor:
    return torch.full((len(features),), SOS, device=features.device)


if __name__ == "__main__":
    main()
