"""Which speaker learns most in equal time, and what the transformer's cache brings: `python -m benchmarks.speakers`.

The first table needs the pictures and utterances of a study (`dvc repro images utterances@deep_nets`):
every architecture, with its dials in params.yaml but as many epochs as take the CPU time that `sat`
takes, and what each then makes of the test split. Minutes a row on two cores. Those that learn from
pooled features have them at hand; computing these is not counted.

The second needs no data: a transformer of the size in presets/modern.yaml, with made-up weights, says
30 words of 32 pictures with 5 hypotheses each; once with keys and values of earlier words kept, as
`step` keeps them, and once reading all words again for each new one. What is known of the picture is
kept in both.

    python -m benchmarks.speakers [--seeds 3] [--only learn|decode] [--device cpu]
    python -m benchmarks.speakers --only learn --below transformer   # fails unless it beats `sat` with every seed
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.measure import machine
from stages.captions.hypotheses import Memory
from stages.common.params import load
from stages.encoder.__main__ import ON_FEATURES
from stages.features.pooling import pool
from stages.images import packed
from stages.learning import backbones
from stages.learning.backbones import Backbone
from stages.learning.device import Rows, describe, prepare
from stages.learning.training import fit
from stages.speaker.__main__ import VOCABULARY
from stages.speaker.data import Speaking, Utterances, negative_log_likelihood, splits
from stages.speaker.initialization import from_frequencies
from stages.speaker.interface import Network
from stages.speaker.params import Params, Speaker
from stages.speaker.registry import ARCHITECTURES, build, config_of, recipe_of
from stages.speaker.transformer import TransformerSpeaker
from stages.utterances.tables import load_utterances
from stages.utterances.vocabulary import SOS, Vocabulary

# Whose epochs in params.yaml say how long all others may learn.
MEASURE = "sat"
# Updates of each architecture, in turns, from which its speed is taken; the first warms up.
UPDATES = 6


class Data(NamedTuple):
    """What a speaker learns from and is judged on."""

    train: Utterances
    val: Utterances
    test: Utterances
    words: int
    frozen: Backbone | None  # what has computed the features that stand for the pixels


class Timed(Speaking):
    """Adds up the CPU time of training, without that of validation."""

    seconds = 0.0

    def batches(self, epoch: int) -> list[np.ndarray]:
        self._started = time.process_time()
        return list(super().batches(epoch))

    def validate(self, model: nn.Module) -> dict[str, float]:
        self.seconds += time.process_time() - self._started
        return super().validate(model)


def main() -> None:
    asked = _parse()
    device = prepare(asked.device, 1)
    print(f"{machine()}; {describe(device)}")
    if asked.only != "decode":
        ends = learn(load(Params), asked.seeds, device)
        if asked.below and not all(end < theirs for end, theirs in zip(ends[asked.below], ends[MEASURE], strict=True)):
            raise SystemExit(f"{asked.below} is not below {MEASURE} with every seed")
    if asked.only != "learn":
        decode(device, width=asked.width, pictures=asked.pictures)


def learn(params: Params, seeds: int, device: torch.device) -> dict[str, list[float]]:
    """Print what each architecture has learnt after equal time; the test likelihoods, seed by seed."""
    dials = params.speaker
    data = {arch: _data(params, arch, device) for arch in ARCHITECTURES}
    taken = _seconds_of_an_epoch(dials, data, device)
    budget = getattr(dials, MEASURE).epochs * taken[MEASURE]
    print("\n| seed | arch | epochs | CPU s of training | val NLL | test NLL |\n|---|---|---|---|---|---|")
    found: dict[str, list[float]] = {arch: [] for arch in ARCHITECTURES}
    for seed in range(dials.seed, dials.seed + seeds):
        for arch in ARCHITECTURES:
            epochs = max(1, round(budget / taken[arch]))
            seconds, val, test = _learnt(_asking(dials, arch, seed, epochs), data[arch], device)
            found[arch].append(test)
            print(f"| {seed} | {arch} | {epochs} | {seconds:.0f} | {val:.4f} | {test:.4f} |", flush=True)
    print()
    for arch, ends in found.items():
        below = sum(end < theirs for end, theirs in zip(ends, found[MEASURE], strict=True))
        print(f"{arch}: mean test NLL {np.mean(ends):.4f}, below {MEASURE}'s with {below} of {seeds} seeds")
    return found


def _data(params: Params, arch: str, device: torch.device) -> Data:
    images, frozen = packed.load(), None
    seen = images.pixels
    if arch in ON_FEATURES:
        frozen = backbones.frozen(params.speaker.backbone, params.speaker.weights)
        seen = pool(frozen, images.pixels, device)[:, None]
    parts = splits(load_utterances("deep_nets"), images, Rows(seen, device), grounded=params.speaker.emo_grounding)
    return Data(*parts, len(Vocabulary.load(VOCABULARY)), frozen)


def _asking(dials: Speaker, arch: str, seed: int, epochs: int) -> Speaker:
    """The dials that ask for `arch`, and for so many epochs, whatever the validation says."""
    own = getattr(dials, arch).model_copy(update={"epochs": epochs})
    return dials.model_copy(update={"arch": arch, "seed": seed, "patience": epochs, arch: own})


def _untrained(dials: Speaker, data: Data, device: torch.device) -> Network:
    torch.manual_seed(dials.seed)
    backbone = data.frozen or backbones.create(dials.backbone, dials.weights)
    model = build(config_of(dials, data.words, backbone.name, backbone.pooling), backbone)
    if model.starts_from_frequencies:
        from_frequencies(model, data.train.tokens)
    model.backbone.freeze(dials.frozen_stages)
    return model.to(device)


def _learnt(dials: Speaker, data: Data, device: torch.device) -> tuple[float, float, float]:
    """CPU seconds, and the likelihoods of val and test."""
    model = _untrained(dials, data, device)
    recipe = recipe_of(dials, model, len(data.train))
    task = Timed(
        data.train,
        data.val,
        attention_penalty=recipe.attention_penalty,
        label_smoothing=recipe.label_smoothing,
        batch_size=recipe.batch_size,
        steps=dials.steps_per_epoch,
        seed=dials.seed,
    )
    with tempfile.TemporaryDirectory() as folder:
        progress = fit(
            model,
            recipe.optimizer,
            task,
            device=device,
            seed=dials.seed,
            epochs=recipe.epochs,
            patience=dials.patience,
            scratch=Path(folder) / "scratch",
            curves=Path(folder) / "epochs.tsv",
            schedule=recipe.schedule,
            each_update=recipe.each_update,
            clip_norm=recipe.clip_norm,
            frozen_statistics=dials.frozen_statistics,
        )
    with torch.no_grad():
        return task.seconds, progress.best_loss, negative_log_likelihood(model, data.test)


def _seconds_of_an_epoch(dials: Speaker, data: Mapping[str, Data], device: torch.device) -> dict[str, float]:
    """CPU time of training, by updates of all architectures in turns."""
    made = {}
    for arch in ARCHITECTURES:
        asked = _asking(dials, arch, dials.seed, 1)
        model = _untrained(asked, data[arch], device).train()
        train, val = data[arch].train, data[arch].val
        recipe = recipe_of(asked, model, len(train))
        task = Speaking(train, val, attention_penalty=recipe.attention_penalty, batch_size=recipe.batch_size, seed=0)
        made[arch] = (model, recipe, task, task.batches(1))
    taken: dict[str, list[float]] = {arch: [] for arch in made}
    for turn in range(UPDATES):
        for arch, (model, recipe, task, batches) in made.items():
            started = time.process_time()
            terms = task.terms(model, batches[turn % len(batches)])
            torch.stack([total / count for total, count in terms.values()]).sum().backward()
            recipe.optimizer.step()
            recipe.optimizer.zero_grad()
            taken[arch].append(time.process_time() - started)
    return {arch: float(np.mean(times[1:])) * len(made[arch][3]) for arch, times in taken.items()}


@torch.inference_mode()
def decode(device: torch.device, *, width: int, pictures: int, words: int = 30, hypotheses: int = 5) -> None:
    """Print how long both ways of saying the next word take."""
    vocabulary, places = (14_469, 49) if width == 512 else (100, 4)
    backbone = Backbone("test_resnet")
    torch.manual_seed(1)
    model = TransformerSpeaker(
        backbone=backbone, vocabulary=vocabulary, width=width, layers=6, heads=8, dropout=0.1, grounded=False
    )
    model.to(device).eval()
    features = torch.randn(pictures * hypotheses, places, backbone.channels, device=device)
    said = {}
    ways = {"all words again": _again, "keys and values kept": _kept}
    for way in ways.values():
        way(model, features[:2], 2)
    size = f"width {width}, 6 layers, {places} places, {vocabulary:,} words in all"
    print(f"\n{words} words of {len(features)} hypotheses: {size}\n")
    print("| what | s | times as fast |\n|---|---|---|")
    first = None
    for name, way in ways.items():
        seconds, said[name] = _timed(lambda way=way: way(model, features, words), device)  # type: ignore[misc]
        first = first or seconds
        print(f"| {name} | {seconds:.2f} | {first / seconds:.1f} |", flush=True)
    one, other = said.values()
    assert torch.equal(one, other), "the two do not say the same"
    print("\nBoth say the same.")


def _kept(model: TransformerSpeaker, features: Tensor, words: int) -> Tensor:
    """The likeliest word (N,) at each of so many steps, (N, words); states are reordered as a beam would."""
    order = torch.arange(len(features), device=features.device)
    memory, said = Memory(model.start(features, None), order), [_first(features)]
    for _ in range(words):
        logits, state, _ = model.step(said[-1], memory.state)
        memory.advance(state)
        memory.select(order, order)
        said.append(logits.argmax(-1))
    return torch.stack(said[1:], 1)


def _again(model: TransformerSpeaker, features: Tensor, words: int) -> Tensor:
    """The same, without a memory of what was said; only the last word is scored."""
    seen, said = model._see(features), [_first(features)]
    for _ in range(words):
        hidden, _, _ = model._run(model._embedded(torch.stack(said, 1), 0), None, seen)
        said.append(model.words(hidden[:, -1]).argmax(-1))
    return torch.stack(said[1:], 1)


def _first(features: Tensor) -> Tensor:
    return torch.full((len(features),), SOS, device=features.device)


def _timed(work: Callable[[], Tensor], device: torch.device) -> tuple[float, Tensor]:
    started = time.perf_counter()
    made = work()
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - started, made


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", choices=["learn", "decode"])
    parser.add_argument("--below", choices=list(ARCHITECTURES), help=f"must be below {MEASURE}")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--pictures", type=int, default=32)
    return parser.parse_args()


if __name__ == "__main__":
    main()
