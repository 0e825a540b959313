"""A speaker learns the captions of two colours; a killed run ends as an uninterrupted one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau

from stages.learning.training import Progress, Terms, fit
from stages.speaker import merge, transformer
from stages.speaker.data import CaptioningTask, negative_log_likelihood
from stages.speaker.interface import Network, Recipe
from stages.speaker.params import Speaker
from stages.speaker.registry import ARCHITECTURES, recipe_of
from tests.speaker.two_colours import (
    CAPTIONS,
    CPU,
    FEELINGS,
    likeliest,
    of_split,
    pictures,
    speaker_params,
    untrained,
    utterances,
)

every = pytest.mark.parametrize("arch", ARCHITECTURES)


class Killed(Exception):
    """Stands for a killed process."""


class Fragile(CaptioningTask):
    """Raises `Killed` in the second step of epoch `dies_in`."""

    dies_in = 0
    epoch = 0
    step = 0

    def batches(self, epoch: int) -> list[np.ndarray]:
        self.epoch, self.step = epoch, 0
        return list(super().batches(epoch))

    def terms(self, model: torch.nn.Module, items: np.ndarray) -> Terms:
        self.step += 1
        if self.epoch == self.dies_in and self.step == 2:
            raise Killed
        return super().terms(model, items)


def _train(model: Network, config: Speaker, recipe: Recipe, task: CaptioningTask, folder: Path) -> Progress:
    """Train as the stage does."""
    task.attention_penalty, task.label_smoothing = recipe.attention_penalty, recipe.label_smoothing
    return fit(
        model,
        recipe.optimizer,
        task,
        device=CPU,
        seed=config.seed,
        epochs=recipe.epochs,
        patience=config.patience,
        scratch=folder / "scratch",
        curves=folder / "epochs.tsv",
        schedule=recipe.schedule,
        each_update=recipe.each_update,
        clip_norm=recipe.clip_norm,
    )


@every
@pytest.mark.parametrize("grounded", [False, True])
def test_it_learns_the_caption_of_each_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arch: str, grounded: bool
) -> None:
    monkeypatch.setattr(merge, "LEARNING_RATE", 1e-2)
    monkeypatch.setattr(transformer, "WARMUP", 0.2)
    # The one that reduces its features learns more slowly.
    images, epochs = pictures(8), 24 if arch == "sat" else 16
    table = utterances(images, held_out=2)
    train, val, test = (
        of_split(images, table, split, grounded=grounded, arch=arch) for split in ("train", "val", "test")
    )
    model = untrained(arch, grounded=grounded, dropout=0.1)
    task = CaptioningTask(train, val, attention_penalty=0, batch_size=4, seed=1)
    config = Speaker.model_validate(speaker_params(arch, epochs=epochs) | {"patience": epochs})
    progress = _train(model, config, recipe_of(config, model, len(train)), task, tmp_path)
    with torch.no_grad():
        assert negative_log_likelihood(model, test) < 0.1
        for row in test.picture:
            colour = images.index["art_style"][row]
            assert likeliest(model, images.pixels[row], FEELINGS[colour] if grounded else None) == CAPTIONS[colour]
    assert progress.history[0]["val_loss"] > 0.5 > 0.1 > progress.best_loss
    header, *lines = (tmp_path / "epochs.tsv").read_text().splitlines()
    penalty = ["train_attention"] if task.attention_penalty else []
    assert header.split("\t") == ["epoch", "train_cross_entropy", *penalty, "val_loss"]
    assert len(lines) == epochs


def _run(folder: Path, arch: str, *, dies_in: int, seed: int) -> tuple[dict[str, Tensor], Progress, list[float]]:
    """Weights, progress and learning rates after four epochs; `seed` is that of the initial weights."""
    images = pictures(3)
    table = utterances(images, held_out=1)
    model = untrained(arch, grounded=True, dropout=0.3, seed=seed)
    train, val = (of_split(images, table, split, grounded=True, arch=arch) for split in ("train", "val"))
    task = Fragile(train, val, attention_penalty=0, batch_size=2, seed=5, emo_dropout=0.4)
    task.dies_in = dies_in
    config = Speaker.model_validate(speaker_params(arch, batch_size=2, epochs=4) | {"patience": 4})
    recipe = recipe_of(config, model, len(train))
    if isinstance(recipe.schedule, ReduceLROnPlateau):
        # No loss is an improvement: halves the learning rates after the third epoch.
        strict = ReduceLROnPlateau(recipe.optimizer, factor=0.5, patience=1, threshold=0.99)
        recipe = replace(recipe, schedule=strict)
    progress = _train(model, config, recipe, task, folder)
    return model.state_dict(), progress, [group["lr"] for group in recipe.optimizer.param_groups]


@pytest.mark.parametrize(
    ("arch", "last"), [("sat", [1.5e-4, 1e-2]), ("transformer", [0, 0, 0, 0]), ("language_model", [0, 0, 0, 0, 0, 0])]
)
def test_a_killed_run_ends_with_the_weights_of_an_uninterrupted_one(
    tmp_path: Path, arch: str, last: list[float]
) -> None:
    weights, progress, rates = _run(tmp_path / "whole", arch, dies_in=0, seed=0)
    with pytest.raises(Killed):
        _run(tmp_path / "killed", arch, dies_in=3, seed=0)
    # Other initial weights: everything comes from the checkpoint.
    resumed, resumed_progress, resumed_rates = _run(tmp_path / "killed", arch, dies_in=0, seed=1)
    assert resumed_progress == progress
    assert resumed_rates == rates == last
    assert [name for name, value in weights.items() if not torch.equal(value, resumed[name])] == []
    curves = [(tmp_path / run / "epochs.tsv").read_bytes() for run in ("whole", "killed")]
    assert curves[0] == curves[1]
