"""Self-critical training: its reward and baseline by hand, the gradient, and a resumed run."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from stages.common.cider import CiderD
from stages.common.ngrams import ReferenceNgrams
from stages.learning.device import Rows
from stages.learning.training import Progress, Terms, fit
from stages.speaker import self_critical
from stages.speaker.data import Utterances
from stages.speaker.interface import Network
from stages.speaker.optimization import adamw
from stages.speaker.registry import ARCHITECTURES
from stages.speaker.self_critical import (
    SelfCriticalTask,
    advantages,
    caption_of_each_word,
    joined,
    reward,
    roll_out,
)
from stages.utterances.vocabulary import EOS, PAD, SOS, UNK
from tests.speaker.two_colours import CPU, of_split, pictures, untrained, utterances

every = pytest.mark.parametrize("arch", ARCHITECTURES)
# Two pictures with two captions each: "a b", "a b c" and "d", "d a".
TOKENS = np.array([[1, 4, 5, 2, 0], [1, 4, 5, 6, 2], [1, 7, 2, 0, 0], [1, 7, 4, 2, 0]])


def _toy() -> Utterances:
    pixels = Rows(np.zeros((2, 4, 3), np.float32), CPU)
    return Utterances(pixels=pixels, picture=np.arange(2), bounds=np.array([0, 2, 4]), tokens=TOKENS, emotion=None)


def test_the_reward_counts_the_end_as_a_word() -> None:
    ended, cut, other = [1, 4, 5, 2, 0], [1, 4, 5, 0, 0], [1, 7, 2, 0, 0]
    rewards = reward(_toy())(np.array([ended, cut, other]), np.zeros(3, np.int64))
    # "a" and <eos> are in both pictures and weigh nothing, all others log 2. Against "a b <eos>": unigrams, bigrams and
    # trigrams have a cosine of 1, and there are no 4-grams: 3/4. Against "a b c <eos>": unigrams "b" of {b, c},
    # 1/sqrt(2); bigrams "a b" of {"a b", "b <eos>"} and of {"a b", "b c", "c <eos>"}, 1/sqrt(6); a bigram less:
    # exp(-1/72).
    first, second = 3 / 4, (1 / 2**0.5 + 1 / 6**0.5) / 4 * np.exp(-1 / 72)
    assert rewards[0] == pytest.approx(10 * (first + second) / 2, rel=1e-6)
    # Cut: "b"; "a b"; no trigram. Against "a b <eos>" bigrams: 1/sqrt(2); against "a b c <eos>": 1/sqrt(3).
    first = (1 + 1 / 2**0.5) / 4 * np.exp(-1 / 72)
    second = (1 / 2**0.5 + 1 / 3**0.5) / 4 * np.exp(-4 / 72)
    assert rewards[1] == pytest.approx(10 * (first + second) / 2, rel=1e-6)
    assert rewards[0] > rewards[1] > rewards[2] == 0


def test_scores_are_those_of_the_metric() -> None:
    texts = ["a b", "d a"]
    cider = CiderD(ReferenceNgrams([["a b", "a b c"], ["d", "d a"]]))
    # "b" and "a b" of the first, "d" and "d a" of the second; against one reference of two words and one other.
    expected = [((1 + 1) / 4 + (0.5**0.5 + 0.5**0.5) / 4 * np.exp(-1 / 72)) / 2, (2 / 4 + 1 / 4 * np.exp(-1 / 72)) / 2]
    assert cider.of_texts(texts, np.array([0, 1])) == pytest.approx(10 * np.array(expected))


def test_the_baseline_is_the_mean_of_the_other_samples() -> None:
    values = advantages(torch.tensor([1.0, 2.0, 6.0, 3.0, 3.0, 3.0]), 3)
    assert values.tolist() == pytest.approx([1 - 4, 2 - 3.5, 6 - 1.5, 0, 0, 0])


def test_words_are_found_in_packed_order() -> None:
    assert caption_of_each_word(torch.tensor([3, 2, 2])).tolist() == [0, 1, 2, 0, 1, 2, 0]


def test_people_and_samples_are_one_batch() -> None:
    people = _toy().batch(np.arange(2))
    sampled = torch.tensor([[SOS, 4, 5, 6, 7, 4], [SOS, EOS, PAD, PAD, PAD, PAD]])  # one is cut, one is empty
    both, order = joined(people, torch.tensor([1, 0]), sampled, None)
    assert both.lengths.tolist() == [5, 4, 3, 3, 2, 1]
    assert order.tolist() == [4, 0, 1, 2, 3, 5]
    assert both.owner.tolist() == [1, 0, 0, 1, 1, 0]
    assert both.tokens[0].tolist() == sampled[0].tolist()


@every
def test_samples_end_and_have_no_forbidden_word(arch: str) -> None:
    model = untrained(arch).eval()
    with torch.no_grad():
        model.words.bias[UNK] = 50.0  # the likeliest word, if it were allowed
        places = model.encoded(torch.from_numpy(pictures(8).pixels))
        torch.manual_seed(1)
        said = roll_out(model, places, None, self_critical._draw, 6)
    assert said.shape[1] <= 8
    for row in said.tolist():
        end = row.index(EOS) if EOS in row else len(row)
        assert row[0] == SOS
        assert not set(row[1:end]) & {PAD, SOS, UNK}
        assert set(row[end + 1 :]) <= {PAD}


@every
def test_the_gradient_is_that_of_the_policy(arch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of log-probability times advantage, computed caption by caption."""
    monkeypatch.setattr(self_critical, "LIKELIHOOD", 0.0)
    images = pictures(4)
    train = of_split(images, utterances(images), "train")
    model = untrained(arch, dropout=0.0).eval()
    task = SelfCriticalTask(train, train, samples=3, batch_size=4, seed=1)
    items = np.array([0, 5])
    torch.manual_seed(3)
    total, count = task.terms(model, items)["self_critical"]
    model.zero_grad()
    total.backward()
    gradient = model.words.bias.grad.clone()  # type: ignore[union-attr]
    torch.manual_seed(3)
    owner = torch.arange(2).repeat_interleave(3)
    with torch.no_grad():
        places = model.encoded(train.pixels[train.picture[items]])[owner]
        said = roll_out(model, places, None, self_critical._draw, task.longest)
    rewards = torch.from_numpy(task.reward(said.numpy(), items[owner.numpy()]))
    assert float(total.detach()) == pytest.approx(-float(rewards.sum()), abs=1e-4)
    assert count == 6
    model.zero_grad()
    for row, place, weight in zip(said, places, advantages(rewards, 3), strict=True):
        length = torch.tensor([int((row != PAD).sum()) - 1])
        forced = model.teach(place[None], row[None], length, None)
        scores = forced.logits.log_softmax(-1).gather(1, forced.targets[:, None])
        (-weight * scores.sum()).backward()
    torch.testing.assert_close(gradient, model.words.bias.grad, atol=1e-5, rtol=1e-4)
    assert float(gradient.abs().max()) > 0


class Killed(Exception):
    """Stands for a killed process."""


class Fragile(SelfCriticalTask):
    """Raises `Killed` in the second step of epoch `dies_in`."""

    dies_in = 0
    epoch = 0
    step = 0

    def batches(self, epoch: int) -> list[np.ndarray]:
        self.epoch, self.step = epoch, 0
        return list(super().batches(epoch))

    def terms(self, model: torch.nn.Module, items: np.ndarray) -> Terms:
        self.step += 1
        if (self.epoch, self.step) == (self.dies_in, 2):
            raise Killed
        return super().terms(model, items)


def _run(folder: Path, *, dies_in: int, seed: int, grounded: bool) -> tuple[dict[str, Tensor], Progress]:
    images = pictures(6)
    table = utterances(images, held_out=2)
    model: Network = untrained(grounded=grounded, dropout=0.3, seed=seed)
    train, val = (of_split(images, table, split, grounded=grounded) for split in ("train", "val"))
    task = Fragile(train, val, samples=2, batch_size=4, seed=5)
    task.dies_in = dies_in
    progress = fit(
        model,
        adamw(model, learning_rate=1e-2, encoder_rate=1e-4),
        task,
        device=CPU,
        seed=5,
        epochs=4,
        patience=4,
        scratch=folder / "scratch",
        curves=folder / "epochs.tsv",
        clip_norm=1.0,
    )
    return model.state_dict(), progress


@pytest.mark.parametrize("grounded", [False, True])
def test_a_killed_run_ends_with_the_weights_of_an_uninterrupted_one(tmp_path: Path, grounded: bool) -> None:
    weights, progress = _run(tmp_path / "whole", dies_in=0, seed=0, grounded=grounded)
    with pytest.raises(Killed):
        _run(tmp_path / "killed", dies_in=3, seed=0, grounded=grounded)
    resumed, progress_again = _run(tmp_path / "killed", dies_in=0, seed=1, grounded=grounded)
    assert progress_again == progress
    assert set(progress.history[0]) == {"epoch", "train_self_critical", "train_cross_entropy", "val_loss", "val_nll"}
    assert [name for name, value in weights.items() if not torch.equal(value, resumed[name])] == []
