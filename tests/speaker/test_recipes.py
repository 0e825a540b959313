"""The recipes of the architectures: learning rates, their schedules, weight decay and label smoothing."""

from typing import get_args

import pytest
import torch

from stages.common.params import Tune
from stages.speaker import transformer
from stages.speaker.data import CaptioningTask, whole_batches
from stages.speaker.optimization import WEIGHT_DECAY, warmup_cosine
from stages.speaker.params import Speaker
from stages.speaker.registry import ARCHITECTURES, recipe_of
from tests.speaker.two_colours import of_split, pictures, speaker_params, untrained, utterances

every = pytest.mark.parametrize("arch", ARCHITECTURES)


def test_warmup_is_linear_and_the_decay_a_cosine() -> None:
    factor = warmup_cosine(12, 1 / 3)
    expected = [0.25, 0.5, 0.75, 1, 1, 0.961940, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.038060, 0]
    assert [factor(update) for update in range(13)] == pytest.approx(expected, abs=1e-6)
    assert factor(99) == pytest.approx(0)


def test_without_warmup_the_first_rate_is_the_highest() -> None:
    assert [warmup_cosine(2, 0)(update) for update in range(3)] == pytest.approx([1, 0.5, 0])


@pytest.mark.parametrize(("artworks", "size", "batches"), [(8, 4, 2), (9, 4, 2), (10, 4, 3), (3, 4, 1), (4, 4, 1)])
def test_a_last_batch_of_one_is_no_update(artworks: int, size: int, batches: int) -> None:
    assert whole_batches(artworks, size) == batches


@pytest.mark.parametrize(("steps", "updates"), [(0, 2 * 3), (5, 2 * 5)])
def test_the_transformers_rates_end_with_its_last_update(
    monkeypatch: pytest.MonkeyPatch, steps: int, updates: int
) -> None:
    monkeypatch.setattr(transformer, "WARMUP", 0.2)
    images = pictures(5)
    train = of_split(images, utterances(images), "train")
    config = Speaker.model_validate(speaker_params("transformer", batch_size=4, epochs=2) | {"steps_per_epoch": steps})
    recipe = recipe_of(config, untrained("transformer"), len(train))
    task = CaptioningTask(train, train, attention_penalty=0, batch_size=recipe.batch_size, seed=1, steps=steps)
    assert sum(len(task.batches(epoch)) for epoch in (1, 2)) == updates
    rates = []
    for _ in range(updates):
        rates.append(recipe.optimizer.param_groups[-1]["lr"])
        recipe.optimizer.step()
        recipe.schedule.step()  # type: ignore[call-arg, union-attr]
    assert recipe.each_update
    assert max(rates) == pytest.approx(config.transformer.learning_rate)
    assert 0 < rates[-1] < 0.2 * max(rates)
    assert recipe.optimizer.param_groups[-1]["lr"] == 0


def test_sat_has_the_transformers_optimiser_with_a_cosine_schedule() -> None:
    params = speaker_params("sat", batch_size=4, epochs=2)
    config = Speaker.model_validate(params | {"sat": params["sat"] | {"schedule": "cosine"}})
    recipe = recipe_of(config, untrained("sat"), 8)
    assert isinstance(recipe.optimizer, torch.optim.AdamW)
    assert recipe.each_update
    rates = []
    for _ in range(4):  # two epochs of two batches; no update for warm-up
        rates.append(recipe.optimizer.param_groups[-1]["lr"])
        recipe.optimizer.step()
        recipe.schedule.step()  # type: ignore[call-arg, union-attr]
    assert rates == pytest.approx([2e-2 * factor for factor in (1, 0.853553, 0.5, 0.146447)], rel=1e-4)
    assert recipe.optimizer.param_groups[-1]["lr"] == pytest.approx(0)


@every
@pytest.mark.parametrize("tune", get_args(Tune))
def test_the_encoder_has_its_own_rate_and_only_what_learns_is_updated(arch: str, tune: Tune) -> None:
    model = untrained(arch)
    model.backbone.tune(tune)
    config = Speaker.model_validate(speaker_params(arch))
    groups = recipe_of(config, model, 8).optimizer.param_groups
    learns = {weight for weight in model.parameters() if weight.requires_grad}
    assert {weight for group in groups for weight in group["params"]} == learns
    encoder = set(model.backbone.parameters())
    of_decoder = {"sat": 2e-2, "merge": 1e-3, "transformer": 1.5e-2, "language_model": 1e-2}[arch]
    of_base = dict.fromkeys(model.base.parameters(), 0.005) if arch == "language_model" else {}
    rates = of_base | dict.fromkeys(encoder, config.encoder_learning_rate)
    for group in groups:
        (rate,) = {rates.get(weight, of_decoder) for weight in group["params"]}
        assert group.get("initial_lr", group["lr"]) == rate


def test_matrices_have_weight_decay_and_the_encoder_its_own_rate() -> None:
    model = untrained("transformer", grounded=True)
    model.backbone.freeze(1)
    config = Speaker.model_validate(speaker_params("transformer"))
    groups = recipe_of(config, model, 8).optimizer.param_groups
    names = {weight: name for name, weight in model.named_parameters()}
    group_of = {names[weight]: group for group in groups for weight in group["params"]}
    assert set(group_of) == {name for name, weight in model.named_parameters() if weight.requires_grad}
    for name, group in group_of.items():
        rate = config.encoder_learning_rate if name.startswith("backbone.") else config.transformer.learning_rate
        assert group["initial_lr"] == rate, name
        decays = model.get_parameter(name).ndim > 1 and name != "embedding.weight"
        assert group["weight_decay"] == (WEIGHT_DECAY if decays else 0), name


def test_the_loss_with_smoothed_labels() -> None:
    images = pictures(2)
    train = of_split(images, utterances(images), "train")
    model = untrained("transformer").eval()
    plain, smooth = (
        CaptioningTask(train, train, attention_penalty=0, batch_size=4, seed=1, label_smoothing=share)
        for share in (0.0, 0.2)
    )
    items = plain.batches(1)[0]
    with torch.no_grad():
        forced = model(*train.batch(items))
        ((entropy, count),) = plain.terms(model, items).values()
        ((smoothed, _),) = smooth.terms(model, items).values()
        # Four fifths on the target, and a fifth on the mean over all words.
        even = -forced.logits.log_softmax(-1).mean(-1).sum()
        assert smooth.validate(model) == pytest.approx(plain.validate(model))
    assert count == len(forced.targets)
    assert float(smoothed) == pytest.approx(float(0.8 * entropy + 0.2 * even), rel=1e-5)
