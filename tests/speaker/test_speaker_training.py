"""A speaker learns to tell red from blue; a killed run ends as an uninterrupted one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.optim.lr_scheduler import ReduceLROnPlateau

from stages.common.emotions import IDS
from stages.common.training import Progress, Terms, fit
from stages.speaker.interface import Network, one_hot
from stages.speaker.learning import Speaking, negative_log_likelihood
from stages.utterances.vocabulary import EOS, SOS
from tests.speaker.two_colours import CAPTIONS, CPU, FEELINGS, VOCABULARY, of_split, pictures, untrained, utterances


class Killed(Exception):
    """What ends a run from outside."""


class Fragile(Speaking):
    """Dies amid epoch `dies_in`."""

    dies_in = 0
    epoch = 0
    steps = 0

    def batches(self, epoch: int) -> list[np.ndarray]:
        self.epoch, self.steps = epoch, 0
        return list(super().batches(epoch))

    def terms(self, model: torch.nn.Module, items: np.ndarray) -> Terms:
        self.steps += 1
        if self.epoch == self.dies_in and self.steps == 2:
            raise Killed
        return super().terms(model, items)


def _said(model: Network, pixels: np.ndarray, emotion: str | None) -> str:
    """The likeliest word at each step."""
    told = None if emotion is None else one_hot(torch.tensor([IDS[emotion]]))
    state = model.start(model.encode(torch.from_numpy(pixels[None])), told)
    words = [SOS]
    while len(words) < 9 and words[-1] != EOS:
        logits, state, _ = model.step(torch.tensor(words[-1:]), state)
        words.append(int(logits.argmax()))
    return VOCABULARY.decode(words)


def _optimizer(model: Network, *, encoder: float, decoder: float) -> torch.optim.Optimizer:
    words = [value for name, value in model.named_parameters() if not name.startswith("backbone.")]
    groups = [{"params": model.backbone.parameters(), "lr": encoder}, {"params": words, "lr": decoder}]
    return torch.optim.Adam(groups, fused=True)


@pytest.mark.parametrize("grounded", [False, True])
def test_it_learns_what_to_say_about_each_colour(tmp_path: Path, grounded: bool) -> None:
    images = pictures(8)
    table = utterances(images, held_out=2)
    train, val, test = (of_split(images, table, split, grounded=grounded) for split in ("train", "val", "test"))
    model = untrained(grounded=grounded, dropout=0.1)
    progress = fit(
        model,
        _optimizer(model, encoder=3e-4, decoder=2e-2),
        Speaking(train, val, attention_penalty=1.0, batch_size=4, seed=1),
        device=CPU,
        seed=1,
        epochs=16,
        patience=16,
        scratch=tmp_path / "scratch",
        curves=tmp_path / "epochs.tsv",
        clip_norm=5.0,
    )
    with torch.no_grad():
        assert negative_log_likelihood(model, test) < 0.1
        for row in test.picture:
            colour = images.index["art_style"][row]
            assert _said(model, images.pixels[row], FEELINGS[colour] if grounded else None) == CAPTIONS[colour]
    assert progress.history[0]["val_loss"] > 1.5 > 0.1 > progress.best_loss
    header, *lines = (tmp_path / "epochs.tsv").read_text().splitlines()
    assert header.split("\t") == ["epoch", "train_cross_entropy", "train_attention", "val_loss"]
    assert len(lines) == 16


def _run(folder: Path, *, dies_in: int, seed: int) -> tuple[dict[str, Tensor], Progress, list[float]]:
    """Weights, progress and learning rates after four epochs; the first weights come from `seed`."""
    images = pictures(3)
    table = utterances(images, held_out=1)
    model = untrained(grounded=True, dropout=0.3, seed=seed)
    optimizer = _optimizer(model, encoder=1e-3, decoder=1e-2)
    task = Fragile(
        of_split(images, table, "train", grounded=True),
        of_split(images, table, "val", grounded=True),
        attention_penalty=1.0,
        batch_size=2,
        seed=5,
    )
    task.dies_in = dies_in
    progress = fit(
        model,
        optimizer,
        task,
        device=CPU,
        seed=5,
        epochs=4,
        patience=4,
        scratch=folder,
        curves=folder / "epochs.tsv",
        # Content with nothing: halves the learning rates after the third epoch.
        schedule=ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=0.99),
        clip_norm=5.0,
    )
    return model.state_dict(), progress, [group["lr"] for group in optimizer.param_groups]


def test_a_killed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path: Path) -> None:
    weights, progress, rates = _run(tmp_path / "whole", dies_in=0, seed=0)
    with pytest.raises(Killed):
        _run(tmp_path / "killed", dies_in=3, seed=0)
    # Other first weights: all that counts comes from the checkpoint.
    again, resumed, rates_again = _run(tmp_path / "killed", dies_in=0, seed=1)
    assert resumed == progress
    assert rates_again == rates == [5e-4, 5e-3]
    assert [name for name, value in weights.items() if not torch.equal(value, again[name])] == []
    curves = [(tmp_path / run / "epochs.tsv").read_bytes() for run in ("whole", "killed")]
    assert curves[0] == curves[1]
