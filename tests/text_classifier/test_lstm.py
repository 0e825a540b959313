"""The LSTM: its network and its recipe (the preset `artemis` makes that of ArtEmis)."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.common.files import write_parquet
from stages.common.params import read
from stages.text_classifier.interface import Lexicon, linear_schedule
from stages.text_classifier.lstm import LSTMClassifier, freeze_vectors
from stages.text_classifier.params import TextClassifier
from stages.text_classifier.registry import recipe_of
from stages.utterances.vocabulary import EOS, PAD, SPECIALS, UNK
from tests.study import ROOT

SIZES = {"words": 12, "embedding": 6, "hidden": 8, "head": 5}
UTTERANCES = pd.DataFrame({"split": ["train", "train", "val"], "emotion_label": [7, 1, 7]})


@pytest.fixture(params=[False, True], ids=["lstm", "lstm and bag"])
def model(request):
    torch.manual_seed(0)
    return LSTMClassifier(**SIZES, dropout=0.5, word_dropout=0.5, bag=request.param).eval()


def test_logits_do_not_depend_on_the_batch(model):
    ids = torch.tensor([[4, 5, 6, 7, 8], [9, 10, 0, 0, 0], [11, 0, 0, 0, 0]])
    lengths = torch.tensor([5, 2, 1])
    together = model(ids, lengths)
    assert together.shape == (3, 9)
    for row, length in enumerate(lengths.tolist()):
        alone = model(ids[row : row + 1, :length], lengths[row : row + 1])
        torch.testing.assert_close(alone[0], together[row])


def test_logits_do_not_depend_on_the_padding(model):
    lengths = torch.tensor([2, 3])
    padded = model(torch.tensor([[4, 5, 0], [6, 7, 8]]), lengths)
    torch.testing.assert_close(model(torch.tensor([[4, 5, 9], [6, 7, 8]]), lengths), padded)


@pytest.mark.parametrize("reference_pooling", [False, True])
def test_only_reference_pooling_makes_features_non_negative(reference_pooling):
    torch.manual_seed(0)
    model = LSTMClassifier(**SIZES, dropout=0.0, reference_pooling=reference_pooling).eval()
    pooled = []
    model.head.register_forward_pre_hook(lambda _, inputs: pooled.append(inputs[0]))
    model(torch.tensor([[4, 0, 0, 0], [4, 5, 6, 7]]), torch.tensor([1, 4]))
    assert bool((pooled[0][0] >= 0).all()) == reference_pooling
    assert torch.isfinite(pooled[0]).all()


def test_gradients_reach_the_words_of_the_batch_only():
    model = LSTMClassifier(**SIZES, dropout=0.0, bag=True)
    model(torch.tensor([[4, 5, 6], [7, 0, 0]]), torch.tensor([3, 1])).sum().backward()
    changed = model.embed.weight.grad.abs().sum(1).nonzero().flatten().tolist()
    assert changed == [4, 5, 6, 7]


def test_word_dropout_gives_unknown_words_in_training_only():
    torch.manual_seed(0)
    model = LSTMClassifier(**SIZES, dropout=0.0, word_dropout=0.25)
    inputs = []
    model.embed.register_forward_pre_hook(lambda _, given: inputs.append(given[0]))
    ids, lengths = torch.full((40, 50), 7), torch.full((40,), 50)
    model(ids, lengths)
    model.eval()(ids, lengths)
    assert set(inputs[0].unique().tolist()) == {7, UNK}
    assert float((inputs[0] == UNK).float().mean()) == pytest.approx(0.25, abs=0.04)
    assert torch.equal(inputs[1], ids)


def lexicon_of(words: list[int], parts: list[list[int]]) -> Lexicon:
    """Words with these ids in the vocabulary, and these parts."""
    starts = np.cumsum([0, *map(len, parts)])
    return Lexicon(*map(torch.tensor, (words, [part for each in parts for part in each], starts.tolist())))


def test_the_vector_of_a_word_is_its_own_and_those_of_its_parts():
    model = LSTMClassifier(**SIZES, parts=5, dropout=0.0, bag=True).eval()
    own, parts = model.embed.weight, model.embed_parts.weight
    lexicon = lexicon_of([7, UNK, 3], [[0, 2, 2], [4], []])
    vectors = model._vectors(torch.tensor([[0, 1], [2, 0]]), lexicon)
    expected = torch.stack([own[7] + (parts[0] + 2 * parts[2]) / 3**0.5, own[UNK] + parts[4], own[3]])
    torch.testing.assert_close(vectors, expected[torch.tensor([[0, 1], [2, 0]])])


def test_word_dropout_leaves_the_parts():
    torch.manual_seed(0)
    model = LSTMClassifier(**SIZES, parts=5, dropout=0.0, word_dropout=0.5)
    vectors = model._vectors(torch.zeros(1, 200, dtype=torch.int64), lexicon_of([7], [[1, 3]]))[0]
    parts = (model.embed_parts.weight[1] + model.embed_parts.weight[3]) / 2**0.5
    hidden, whole = (((vectors - parts - model.embed.weight[word]).abs().amax(1) < 1e-6).sum() for word in (UNK, 7))
    assert hidden + whole == 200
    assert 70 < hidden < 130


@given(st.lists(st.lists(st.integers(0, 8), max_size=4), min_size=1, max_size=6), st.data())
def test_a_batch_needs_the_lexicon_of_its_own_words_alone(parts, data):
    lexicon = lexicon_of(list(range(20, 20 + len(parts))), parts)
    rows = st.lists(st.integers(0, len(parts) - 1), min_size=2, max_size=2)
    ids = torch.tensor(data.draw(st.lists(rows, min_size=1, max_size=4)))
    again, smaller = lexicon.of(ids)
    assert torch.equal(smaller.words[again], lexicon.words[ids])
    assert len(smaller.words) == len(set(ids.flatten().tolist()))
    for new, old in zip(again.flatten().tolist(), ids.flatten().tolist(), strict=True):
        assert smaller.parts[smaller.starts[new] : smaller.starts[new + 1]].tolist() == parts[old]


def test_frozen_vectors_do_not_change_and_other_weights_do():
    torch.manual_seed(0)
    model = LSTMClassifier(**SIZES, dropout=0.0)
    vectors = torch.arange(72.0).view(12, 6) / 72
    freeze_vectors(model, vectors)
    optimizer = torch.optim.SGD([weight for weight in model.parameters() if weight.requires_grad], lr=1.0)
    before = model.lstm.weight_hh_l0.detach().clone()
    model(torch.tensor([[4, 5], [6, 7]]), torch.tensor([2, 2])).square().sum().backward()
    optimizer.step()
    assert torch.equal(model.embed.weight, vectors)
    assert not torch.equal(model.lstm.weight_hh_l0, before)


def test_the_config_rebuilds_the_network():
    model = LSTMClassifier(**SIZES, dropout=0.1, word_dropout=0.2, bag=True)
    again = LSTMClassifier(**model.config()["lstm"])
    assert again.config() == model.config()
    assert {name: weight.shape for name, weight in again.state_dict().items()} == {
        name: weight.shape for name, weight in model.state_dict().items()
    }


def test_initial_vectors_are_small_and_padding_is_zero():
    torch.manual_seed(0)
    weight = LSTMClassifier(words=2000, embedding=20, hidden=4, head=4, dropout=0).embed.weight.detach().numpy()
    assert np.std(weight[1:]) == pytest.approx(0.1, rel=0.02)
    assert (weight[0] == 0).all()


@pytest.fixture
def table(tmp_path):
    columns = {"tokens": [["sea"] * 5, ["boat", "sea"], ["grey", "boat"]]}
    write_parquet(pa.table(columns), tmp_path / "utterances.parquet")
    return tmp_path / "utterances.parquet"


def config(**lstm: Any) -> TextClassifier:
    """The section `text_classifier` of params.yaml with some values of its subsection `lstm` changed."""
    section = read(ROOT / "params.yaml")["text_classifier"]
    return TextClassifier.model_validate(section | {"lstm": section["lstm"] | lstm})


def test_the_preset_artemis_makes_the_network_and_schedule_of_artemis(table, tmp_path):
    artemis = read(ROOT / "presets" / "artemis.yaml")["text_classifier"]["lstm"]
    glove = tmp_path / "glove.txt"
    glove.write_text(f"sea {' '.join(['0.5'] * 100)}\n")
    recipe = recipe_of(config(**artemis | {"glove": str(glove)}), UTTERANCES, table, len(ARTEMIS))
    shapes = {name: tuple(weight.shape) for name, weight in recipe.network.named_parameters() if weight.ndim == 2}
    assert shapes == {
        "embed.weight": (5, 100),  # `boat` is too rare
        "project.1.weight": (256, 100),
        "project.4.weight": (256, 256),
        "lstm.weight_ih_l0": (1024, 256),
        "lstm.weight_hh_l0": (1024, 256),
        "head.0.weight": (100, 256),
        "head.4.weight": (9, 100),
    }
    assert not recipe.network.embed.weight.requires_grad
    assert recipe.network.embed.weight[4].tolist() == [0.5] * 100
    assert {part.p for part in recipe.network.modules() if isinstance(part, torch.nn.Dropout)} == {0.25}
    assert (recipe.batch_size, recipe.epochs, recipe.clip_norm) == (1024, 50, None)
    # A checkpoint depends on the vectors.
    assert recipe.files == (glove,)
    assert rates(recipe.schedule, [1, 10, 11, 20, 21, 31, 50]) == pytest.approx(
        [5e-4, 5e-4, 2.5e-4, 2.5e-4, 1.25e-4, 6.25e-5, 6.25e-5]
    )


def test_a_glove_file_without_a_word_of_the_vocabulary_is_an_error(table, tmp_path):
    (tmp_path / "glove.csv").write_text("sea,0.5,0.5\n")
    with pytest.raises(UserError, match=r"glove\.csv: has no word"):
        recipe_of(config(glove=str(tmp_path / "glove.csv")), UTTERANCES, table, len(ARTEMIS))


def test_a_linear_schedule_would_be_zero_after_the_last_epoch():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4)
    assert rates(linear_schedule(optimizer, 4), [1, 2, 3, 4, 5]) == pytest.approx([0.4, 0.3, 0.2, 0.1, 0])


def rates(schedule: torch.optim.lr_scheduler.LRScheduler, epochs: list[int]) -> list[float]:
    """The learning rate in some epochs, counted from 1."""
    values = []
    for _ in range(max(epochs)):
        values.append(schedule.get_last_lr()[0])
        schedule.optimizer.step()
        schedule.step()
    return [values[epoch - 1] for epoch in epochs]


def test_the_examples_are_all_rows_in_the_vocabulary_of_train(table):
    recipe = recipe_of(config(), UTTERANCES, table, len(ARTEMIS))
    assert recipe.reader.config() == {"vocabulary": [*SPECIALS, "sea", "boat"], "parts": []}
    assert recipe.examples.ids.tolist() == [[4] * 5, [5, 4, 0, 0, 0], [3, 5, 0, 0, 0]]
    assert recipe.examples.lengths.tolist() == [5, 2, 2]
    assert recipe.examples.labels.tolist() == [7, 1, 7]
    assert recipe.network(*recipe.examples.inputs(torch.arange(3), torch.device("cpu"))).shape == (3, 9)


def test_parts_are_those_of_the_vocabulary(tmp_path):
    columns = {"tokens": [["seaside", "seashell", "seahorse"], ["seaside", "boat"], ["seagull"]]}
    write_parquet(pa.table(columns), tmp_path / "utterances.parquet")
    recipe = recipe_of(config(parts=True), UTTERANCES, tmp_path / "utterances.parquet", len(ARTEMIS))
    assert recipe.reader.config()["parts"] == [" se", " sea", "sea"]
    words = recipe.examples.lexicon
    # boat, seagull, which is unknown, seahorse, seashell, seaside; <eos> and <pad> are the last.
    assert words.words.tolist() == [7, UNK, 6, 5, 4, EOS, PAD]
    assert words.starts.diff().tolist() == [0, 3, 3, 3, 3, 0, 0]
    assert words.parts[words.starts[1] : words.starts[2]].tolist() == [0, 1, 2]
    assert recipe.network(*recipe.examples.inputs(torch.arange(3), torch.device("cpu"))).shape == (3, 9)
    assert (
        recipe_of(config(parts=False), UTTERANCES, tmp_path / "utterances.parquet", len(ARTEMIS)).examples.lexicon
        is None
    )
