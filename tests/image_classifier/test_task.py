"""The training task: emotion shares, word targets, the losses and the augmentation."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from stages.image_classifier import task as training_task
from stages.image_classifier.classifier import ImageClassifier, head
from stages.image_classifier.task import (
    EmotionTask,
    HeadWithWords,
    WithWords,
    artworks_with_pictures,
    augmented,
    shares_of,
    word_targets,
)
from stages.images.packed import Packed
from stages.learning.backbones import Backbone

NAMES = ["a", "b", "c", "nan", "z"]


def table(paintings: list[str], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"art_style": "Cubism", "painting": paintings}).assign(**columns)


def images(*paintings: str) -> Packed:
    return Packed(np.zeros((len(paintings), 4, 4, 3), np.uint8), table(list(paintings)), "squash")


def counts(*pairs: tuple[int, int]) -> np.ndarray:
    row = np.zeros(9, np.int32)
    for emotion, count in pairs:
        row[emotion] = count
    return row


class Uniform(nn.Module):
    """Equal logits; records the size of each batch."""

    def __init__(self, words: int = 0) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self.words = words

    def forward(self, pixels: Tensor) -> Tensor:
        assert pixels.dtype == torch.uint8
        self.sizes.append(len(pixels))
        return torch.zeros(len(pixels), 9 + self.words)


def task(train: int, val: int, batch_size: int = 4) -> EmotionTask:
    def artworks(count: int) -> pd.DataFrame:
        # One emotion in the even rows, two halves in the odd ones.
        rows = [counts((1, 3), (2, 3)) if number % 2 else counts((0, 5)) for number in range(count)]
        return pd.DataFrame({"row": 0, "counts": rows})

    device, pixels = torch.device("cpu"), np.zeros((1, 4, 4, 3), np.uint8)
    return EmotionTask(pixels, artworks(train), artworks(val), batch_size=batch_size, seed=1, device=device)


def test_artworks_of_a_split() -> None:
    utterances = table(["z", "a", "a", "nan", "b", "c"], split=["train", "train", "train", "train", "train", "val"])
    histograms = table(NAMES, counts=[counts((0, 1), (8, 3)), *[counts((number, 2)) for number in (1, 2, 3, 4)]])
    found = artworks_with_pictures(utterances, histograms, images("nan", "c", "z", "a"))
    # `b` has no picture.
    assert found["painting"].tolist() == ["a", "c", "nan", "z"]
    assert found["split"].tolist() == ["train", "val", "train", "train"]
    assert found["row"].tolist() == [3, 1, 0, 2]
    assert shares_of(found).tolist() == [
        [0.25, 0, 0, 0, 0, 0, 0, 0, 0.75],
        [0, 0, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1, 0, 0, 0, 0],
    ]


def test_the_loss_is_the_sum_of_divergences() -> None:
    total, count = task(train=4, val=1).terms(Uniform(), np.array([0, 1, 3]))["kl"]
    # From nine equal probabilities: ln 9 for one emotion, ln 4.5 for two halves.
    assert float(total) == pytest.approx(math.log(9) + 2 * math.log(4.5), rel=1e-6)
    assert count == 3


@pytest.mark.parametrize("artworks", [1, 2, 4, 5])
def test_validation_is_the_mean_over_all_artworks(monkeypatch: pytest.MonkeyPatch, artworks: int) -> None:
    monkeypatch.setattr(training_task, "VALIDATION_BATCH", 2)
    model = Uniform()
    expected = [math.log(9), math.log(4.5), math.log(9), math.log(4.5), math.log(9)][:artworks]
    found = task(train=2, val=artworks).validate(model)
    assert found == {"val_loss": pytest.approx(sum(expected) / artworks, rel=1e-6)}
    assert model.sizes == [2] * (artworks // 2) + [1] * (artworks % 2)


def test_a_last_batch_of_one_is_left_out() -> None:
    assert [len(batch) for batch in task(train=9, val=1).batches(1)] == [4, 4]
    assert [len(batch) for batch in task(train=10, val=1).batches(1)] == [4, 4, 2]


def test_every_epoch_has_its_own_order() -> None:
    training = task(train=8, val=1)
    first, again, second = (np.concatenate(training.batches(epoch)) for epoch in (1, 1, 2))
    assert sorted(first) == list(range(8))
    np.testing.assert_array_equal(first, again)
    assert first.tolist() != second.tolist()


class TestWords:
    def test_common_and_absent_words_are_left_out(self) -> None:
        utterances = table(
            ["a", "a", "b", "c", "gone"], tokens_encoded=[[1, 7, 4, 2], [1, 5, 2, 0], *[[1, 4, 2, 0]] * 3]
        )
        # The third artwork has no utterance; word 4 occurs with nearly all, word 6 with none.
        found = word_targets(utterances, table(["b", "a", "nan", "c"]))
        assert found.tolist() == [[False, False], [True, True], [False, False], [False, False]]

    def test_word_logits_in_training_only(self) -> None:
        torch.manual_seed(0)
        targets = np.array([[True, False], [True, True], [False, True], [True, True]])
        model = WithWords(ImageClassifier(Backbone("test_resnet"), 0), targets)
        pixels = torch.randint(0, 256, (4, 32, 32, 3), dtype=torch.uint8)
        assert model(pixels).shape == (4, 11)
        torch.testing.assert_close(model.words.bias.sigmoid().tolist(), [0.75, 0.75])
        assert model.eval()(pixels).shape == (4, 9)

    def test_a_head_on_features_shares_its_hidden_layer_with_the_words(self) -> None:
        torch.manual_seed(0)
        targets = np.array([[True, False], [True, True], [False, True], [True, True]])
        plain, features = head(6, 5, 9), torch.randn(4, 6)
        model = HeadWithWords(plain, targets)
        assert model(features).shape == (4, 11)
        assert model.words.in_features == 5
        torch.testing.assert_close(model.words.bias.sigmoid().tolist(), [0.75, 0.75])
        assert not torch.equal(model(features), model(features))  # dropout
        torch.testing.assert_close(model.eval()(features), plain.eval()(features))

    def test_the_loss_of_the_words_is_the_weighted_cross_entropy(self) -> None:
        training = task(train=4, val=1)
        training.words, training.words_weight = np.array([[True], [False], [True], [True]]), 0.5
        terms = training.terms(Uniform(words=1), np.array([0, 1, 3]))
        # A logit of zero has a loss of ln 2, whatever the target.
        assert float(terms["words"][0]) == pytest.approx(0.5 * 3 * math.log(2))
        assert float(terms["kl"][0]) == pytest.approx(math.log(9) + 2 * math.log(4.5), rel=1e-6)


def test_augmented_pictures_are_mirrored_or_shifted_only() -> None:
    torch.manual_seed(3)
    side, reach = 24, 2
    picture = torch.arange(side * side).view(1, side, side, 1).expand(200, side, side, 3)
    found = augmented(picture)
    assert found.shape == picture.shape
    rows, columns = found[..., 0] // side, found[..., 0] % side  # (N, S, S)
    assert (rows == rows[:, :, :1]).all()
    assert (columns == columns[:, :1]).all()
    mirrored = columns[:, 0, 0] > columns[:, 0, -1]
    assert 70 < int(mirrored.sum()) < 130
    # The middle moves by at most the reach in each direction.
    shifts = rows[:, 12, 0] - 12
    assert sorted(set(shifts.tolist())) == list(range(-reach, reach + 1))
    shifts = torch.where(mirrored, 23 - columns[:, 0, 12], columns[:, 0, 12]) - 12
    assert sorted(set(shifts.tolist())) == list(range(-reach, reach + 1))
