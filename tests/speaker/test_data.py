"""Batches of utterances, the training task and the attention penalty."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from stages.common.emotions import ARTEMIS
from stages.images.packed import Packed
from stages.learning.device import Rows
from stages.speaker.data import CaptioningTask, Utterances, attention_energy, negative_log_likelihood, utterances_of
from stages.speaker.interface import TeacherForced
from tests.speaker.decoder_cases import small
from tests.speaker.two_colours import CPU

# (art_style, painting), words, emotion; rows of an artwork need not be adjacent.
ROWS = [
    ("Cubism", "b", [7, 8], 1),
    ("Baroque", "z", [4], 2),
    ("Cubism", "b", [4, 5, 6, 7], 3),
    ("Baroque", "unseen", [9, 9, 9, 9, 9], 4),
    ("Baroque", "a", [5, 4, 6], 5),
    ("Cubism", "b", [6, 6], 6),
    ("Baroque", "a", [8], 7),
]
IMAGES = Packed(
    np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8),
    pd.DataFrame(
        [("Cubism", "b"), ("Fauvism", "x"), ("Baroque", "a"), ("Baroque", "z")], columns=["art_style", "painting"]
    ),
    "squash",
)


def _utterances(*, grounded: bool = True, name: str = "train", histograms: pd.DataFrame | None = None) -> Utterances:
    table = pd.DataFrame(
        {
            "art_style": [row[0] for row in ROWS] + ["Fauvism"],
            "painting": [row[1] for row in ROWS] + ["x"],
            "split": ["train"] * len(ROWS) + ["val"],
            "tokens_encoded": [np.array([1, *row[2], 2] + [0] * (6 - len(row[2])), np.int32) for row in ROWS]
            + [np.array([1, 4, 2, 0, 0, 0, 0, 0], np.int32)],
            "emotion_label": np.array([row[3] for row in ROWS] + [0], np.int32),
        }
    )
    return utterances_of(
        table, IMAGES, Rows(IMAGES.pixels, CPU), name, emotions=len(ARTEMIS) * grounded, histograms=histograms
    )


def test_artworks_are_sorted_and_those_without_a_picture_are_left_out() -> None:
    train = _utterances()
    assert len(train) == 3
    assert train.picture.tolist() == [2, 3, 0]  # Baroque/a, Baroque/z, Cubism/b
    assert train.bounds.tolist() == [0, 2, 3, 6]
    assert train.lengths.tolist() == [4, 2, 2, 3, 5, 3]  # words + <eos>, in the table's order within an artwork
    assert len(_utterances(name="val")) == 1
    assert len(_utterances(name="rest")) == 0


def test_a_batch_has_each_picture_once_and_the_longest_utterance_first() -> None:
    batch = _utterances().batch(np.array([2, 0]))
    assert batch.inputs[:, 0, 0, 0].tolist() == [0, 2]
    assert batch.inputs.dtype == torch.uint8
    assert batch.lengths.tolist() == [5, 4, 3, 3, 2]
    assert batch.owner.tolist() == [0, 1, 0, 0, 1]
    # As wide as the longest utterance, from <sos> to <eos>.
    assert batch.tokens.tolist() == [
        [1, 4, 5, 6, 7, 2],
        [1, 5, 4, 6, 2, 0],
        [1, 7, 8, 2, 0, 0],
        [1, 6, 6, 2, 0, 0],
        [1, 8, 2, 0, 0, 0],
    ]
    assert batch.emotion is not None
    assert batch.emotion.argmax(1).tolist() == [3, 5, 1, 6, 7]
    assert batch.emotion.sum(1).tolist() == [1] * 5


@pytest.mark.parametrize("seed", range(5))
def test_swapped_artworks_keep_their_words_but_not_their_picture(seed: int) -> None:
    train = _utterances()
    swapped = train.swapped(seed)
    assert sorted(swapped.picture) == [0, 2, 3]
    assert (swapped.picture != train.picture).all()
    assert train.picture.tolist() == [2, 3, 0]
    (pixels, *rest), (other_pixels, *same) = (part.batch(np.array([0, 1, 2])) for part in (train, swapped))
    assert not torch.equal(pixels, other_pixels)
    assert all(map(torch.equal, rest, same))
    assert np.array_equal(train.swapped(seed).picture, swapped.picture)


def test_a_plain_speaker_gets_no_emotion() -> None:
    assert _utterances(grounded=False).batch(np.array([0])).emotion is None


def test_with_histograms_each_caption_has_the_distribution_of_its_artwork() -> None:
    keys = [("Cubism", "b"), ("Baroque", "a"), ("Baroque", "z"), ("Baroque", "unseen")]
    # Annotations without a kept utterance count, too.
    counts = [[0, 1, 0, 1, 0, 0, 2, 0, 0], [0, 0, 0, 0, 0, 1, 0, 1, 8], [0, 0, 5, 0, 0, 0, 0, 0, 0], [1] * 9]
    histograms = pd.DataFrame(keys, columns=["art_style", "painting"]).assign(counts=[np.array(row) for row in counts])
    train = _utterances(histograms=histograms)
    a, z, b = ([0] * 5 + [0.1, 0, 0.1, 0.8], [0, 0, 1] + [0] * 6, [0, 0.25, 0, 0.25, 0, 0, 0.5, 0, 0])
    assert train.emotion is not None
    np.testing.assert_allclose(train.emotion, np.array([a, a, z, b, b, b]), rtol=1e-6)


class _Recording(torch.nn.Module):
    """Records the emotions of each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.emotions: list[Tensor] = []

    def forward(
        self, _: Tensor, owner: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None
    ) -> TeacherForced:
        assert emotion is not None
        self.emotions.append(emotion)
        words = int(lengths.sum())
        return TeacherForced(torch.zeros(words, 10), torch.ones(words, dtype=torch.long), torch.zeros(len(lengths), 4))


def _emotions(emo_dropout: float, seed: int) -> Tensor:
    """The emotions of 200 batches of six captions, (200, 6, 9)."""
    model, train = _Recording(), _utterances()
    task = CaptioningTask(train, train, attention_penalty=0, batch_size=3, seed=0, emo_dropout=emo_dropout)
    torch.manual_seed(seed)
    for _ in range(200):
        task.terms(model, np.array([0, 1, 2]))
    return torch.stack(model.emotions)


def test_a_share_of_the_captions_has_no_emotion() -> None:
    whole, dropped = _emotions(0.0, 1), _emotions(0.3, 1)
    empty = dropped.sum(-1) == 0
    assert empty.float().mean().item() == pytest.approx(0.3, abs=0.04)
    assert torch.equal(dropped[~empty], whole[~empty])
    # Drawn for each caption, anew each time, from the seed.
    assert len(set(empty.sum(1).tolist())) > 3
    assert torch.equal(_emotions(0.3, 1), dropped)
    assert not torch.equal(_emotions(0.3, 2), dropped)


def test_without_dropout_no_random_number_is_drawn() -> None:
    _emotions(0.0, 5)
    drawn = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(1), drawn)


def test_each_image_is_encoded_once() -> None:
    model = small(vocabulary=10, grounded=True)
    shapes = []

    class Counting(torch.nn.Module):
        def forward(self, pixels: Tensor) -> Tensor:
            shapes.append(tuple(pixels.shape))
            return pixels.flatten(1, 2).float().repeat(1, 1, 6)[..., :16]

    model.backbone = Counting()
    task = CaptioningTask(_utterances(), _utterances(name="val"), attention_penalty=1.0, batch_size=3, seed=0)
    terms = task.terms(model, np.array([0, 2]))
    assert shapes == [(2, 2, 2, 3)]
    # 5 captions, 4 + 2 + 3 + 5 + 3 words; the attention term is a mean over captions.
    assert (terms["cross_entropy"][1], terms["attention"][1]) == (17, 5)


def test_validation_is_the_mean_over_words() -> None:
    speaker, logits = small(vocabulary=10, grounded=False), torch.zeros(10)
    logits[2] = 3.0  # <eos>

    class Fixed(torch.nn.Module):
        pictures_at_once = 32

        def forward(
            self, _: Tensor, owner: Tensor, tokens: Tensor, lengths: Tensor, emotion: Tensor | None
        ) -> TeacherForced:
            forced = speaker.teach(torch.zeros(len(tokens), 4, 16), tokens, lengths, None)
            return forced._replace(logits=logits.expand(len(forced.targets), -1))

    normaliser = np.log(9 + np.exp(3.0))
    # Six captions: 19 words, 6 of them <eos>.
    expected = normaliser - 3.0 * 6 / 19
    for images in (1, 2, 32):
        Fixed.pictures_at_once = images
        assert negative_log_likelihood(Fixed(), _utterances()) == pytest.approx(expected, abs=1e-5)  # type: ignore[arg-type]


@pytest.fixture
def task() -> CaptioningTask:
    return CaptioningTask(_utterances(), _utterances(name="val"), attention_penalty=0.5, batch_size=2, seed=3)


def test_a_last_batch_of_one_is_left_out(task: CaptioningTask) -> None:
    for epoch in (1, 2, 3):
        (batch,) = task.batches(epoch)
        assert len(set(batch.tolist())) == 2
    orders = {tuple(task.batches(epoch)[0].tolist()) for epoch in range(20)}
    assert len(orders) > 2


def test_attention_energy_by_hand() -> None:
    # Caption of 4 words over 2 places: 2 each. (2 - 3)^2 and (2 - 1)^2, mean 1.
    # Caption of 1 word: (.5 - 1)^2 and (.5 - 0)^2, mean .25.
    attention = torch.tensor([[3.0, 1.0], [1.0, 0.0]])
    assert attention_energy(attention, torch.tensor([4, 1])).item() == pytest.approx(1.25)
    assert attention_energy(torch.full((2, 4), 0.75), torch.tensor([3, 3])).item() == 0


def test_the_penalty_is_weighted(task: CaptioningTask) -> None:
    model = small(vocabulary=10, grounded=True)
    model.backbone = torch.nn.Sequential(torch.nn.Flatten(1, 2), _ToFloat(), torch.nn.Linear(3, 16))
    batch = task.train.batch(np.array([0, 1]))
    whole = attention_energy(model(*batch).attention, batch.lengths)
    assert task.terms(model, np.array([0, 1]))["attention"][0].item() == pytest.approx(0.5 * whole.item(), rel=1e-5)


class _ToFloat(torch.nn.Module):
    def forward(self, pixels: Tensor) -> Tensor:
        return pixels.float()


def test_epochs_of_some_steps_continue_where_the_last_one_ended() -> None:
    epochs, passes = _five(), _five()
    epochs.steps = 3
    steps = [batch.tolist() for epoch in range(1, 5) for batch in epochs.batches(epoch)]
    whole = [batch.tolist() for number in range(1, 7) for batch in passes.batches(number)]
    assert steps == whole[:12]


def _five() -> CaptioningTask:
    """A task with two batches per pass: five artworks, two at a time, the fifth left out."""
    bounds, tokens = np.arange(6), np.array([[1, 4, 2]] * 5)
    rows = Rows(np.zeros((5, 2, 2, 3), np.uint8), CPU)
    train = Utterances(pixels=rows, picture=np.arange(5), bounds=bounds, tokens=tokens, emotion=None)
    return CaptioningTask(train, train, attention_penalty=0, batch_size=2, seed=0)
