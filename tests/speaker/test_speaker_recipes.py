"""How each architecture is brought to learn: rates, their course, and what shrinks."""

import pytest
import torch

from stages.speaker.data import Speaking, whole_batches
from stages.speaker.params import Speaker
from stages.speaker.registry import recipe_of
from stages.speaker.transformer import WEIGHT_DECAY, warmup_cosine
from tests.speaker.two_colours import dials, of_split, pictures, untrained, utterances


def test_rates_rise_in_a_line_and_fall_along_a_cosine() -> None:
    share = warmup_cosine(12, 1 / 3)
    wanted = [0.25, 0.5, 0.75, 1, 1, 0.961940, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.038060, 0]
    assert [share(update) for update in range(13)] == pytest.approx(wanted, abs=1e-6)
    assert share(99) == pytest.approx(0)


def test_without_warm_up_the_first_rate_is_the_highest() -> None:
    assert [warmup_cosine(2, 0)(update) for update in range(3)] == pytest.approx([1, 0.5, 0])


@pytest.mark.parametrize(("pictures", "size", "batches"), [(8, 4, 2), (9, 4, 2), (10, 4, 3), (3, 4, 1), (4, 4, 1)])
def test_a_last_batch_of_one_is_no_update(pictures: int, size: int, batches: int) -> None:
    assert whole_batches(pictures, size) == batches


@pytest.mark.parametrize(("steps", "updates"), [(0, 2 * 3), (5, 2 * 5)])
def test_the_transformers_rates_end_with_its_last_update(steps: int, updates: int) -> None:
    images = pictures(5)
    train = of_split(images, utterances(images), "train")
    asked = Speaker.model_validate(dials("transformer", batch_size=4, epochs=2) | {"steps_per_epoch": steps})
    recipe = recipe_of(asked, untrained("transformer"), len(train))
    task = Speaking(train, train, attention_penalty=0, batch_size=recipe.batch_size, seed=1, steps=steps)
    assert sum(len(task.batches(epoch)) for epoch in (1, 2)) == updates
    rates = []
    for _ in range(updates):
        rates.append(recipe.optimizer.param_groups[-1]["lr"])
        recipe.optimizer.step()
        recipe.schedule.step()  # type: ignore[call-arg, union-attr]
    assert recipe.each_update
    assert max(rates) == pytest.approx(asked.transformer.learning_rate)
    assert 0 < rates[-1] < 0.2 * max(rates)
    assert recipe.optimizer.param_groups[-1]["lr"] == 0


def test_only_matrices_shrink_and_the_encoder_has_a_rate_of_its_own() -> None:
    model = untrained("transformer", grounded=True)
    model.backbone.freeze(1)
    asked = Speaker.model_validate(dials("transformer"))
    groups = recipe_of(asked, model, 8).optimizer.param_groups
    names = {value: name for name, value in model.named_parameters()}
    found = {names[value]: group for group in groups for value in group["params"]}
    assert set(found) == {name for name, value in model.named_parameters() if value.requires_grad}
    for name, group in found.items():
        encoder = name.startswith("backbone.")
        own = asked.transformer
        assert group["initial_lr"] == (own.encoder_learning_rate if encoder else own.learning_rate), name
        shrinks = model.get_parameter(name).ndim > 1 and name != "embedding.weight"
        assert group["weight_decay"] == (WEIGHT_DECAY if shrinks else 0), name


def test_smoothed_labels_cost_what_they_must() -> None:
    images = pictures(2)
    train = of_split(images, utterances(images), "train")
    model = untrained("transformer").eval()
    plain, smooth = (
        Speaking(train, train, attention_penalty=0, batch_size=4, seed=1, label_smoothing=share) for share in (0.0, 0.2)
    )
    items = plain.batches(1)[0]
    with torch.no_grad():
        taught = model(*train.batch(items))
        ((alone, count),) = plain.terms(model, items).values()
        ((told, _),) = smooth.terms(model, items).values()
        # Four fifths of the word's own, and a fifth of the mean over all words.
        even = -taught.logits.log_softmax(-1).mean(-1).sum()
        assert smooth.validate(model) == plain.validate(model)
    assert count == len(taught.targets)
    assert float(told) == pytest.approx(float(0.8 * alone + 0.2 * even), rel=1e-5)
