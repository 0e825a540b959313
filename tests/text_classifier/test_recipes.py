"""How the networks are made from params.yaml; the preset `artemis` makes the reference's."""

import pandas as pd
import pyarrow as pa
import pytest
import torch

from commands.preset import values
from stages.common.errors import UserError
from stages.common.files import write_parquet
from stages.common.params import check
from stages.text_classifier.params import Params, TextClassifier
from stages.text_classifier.recipes import linear, recipe_of
from tests.study import ROOT

UTTERANCES = pd.DataFrame({"split": ["train", "train", "val"], "emotion_label": [7, 1, 7]})


@pytest.fixture
def table(tmp_path):
    columns = {"tokens": [["sea"] * 5, ["boat", "sea"], ["grey", "boat"]]}
    write_parquet(pa.table(columns), tmp_path / "utterances.parquet")
    return tmp_path / "utterances.parquet"


def dials(preset: str, **lstm: object) -> TextClassifier:
    found = check(Params, values(ROOT / "presets" / f"{preset}.yaml")).text_classifier
    return found.model_copy(update={"lstm": found.lstm.model_copy(update=lstm)})


def test_the_preset_artemis_is_the_references_network_and_schedule(table, tmp_path):
    glove = tmp_path / "glove.txt"
    glove.write_text(f"sea {' '.join(['0.5'] * 100)}\n")
    made = recipe_of(dials("artemis", glove=str(glove)), UTTERANCES, table)
    shapes = {name: tuple(weight.shape) for name, weight in made.network.named_parameters() if weight.ndim == 2}
    assert shapes == {
        "embed.weight": (5, 100),  # `boat` is too rare
        "project.1.weight": (256, 100),
        "project.4.weight": (256, 256),
        "lstm.weight_ih_l0": (1024, 256),
        "lstm.weight_hh_l0": (1024, 256),
        "head.0.weight": (100, 256),
        "head.4.weight": (9, 100),
    }
    assert not made.network.embed.weight.requires_grad
    assert made.network.embed.weight[4].tolist() == [0.5] * 100
    assert {part.p for part in made.network.modules() if isinstance(part, torch.nn.Dropout)} == {0.25}
    assert (made.batch_size, made.epochs, made.clip_norm) == (1024, 50, None)
    # A checkpoint of other vectors must not be taken up.
    assert made.files == (glove,)
    assert rates(made.schedule, [1, 10, 11, 20, 21, 31, 50]) == pytest.approx(
        [5e-4, 5e-4, 2.5e-4, 2.5e-4, 1.25e-4, 6.25e-5, 6.25e-5]
    )


def test_a_linear_schedule_ends_one_step_above_nothing():
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.4)
    assert rates(linear(optimizer, 4), [1, 2, 3, 4, 5]) == pytest.approx([0.4, 0.3, 0.2, 0.1, 0])


def rates(schedule: torch.optim.lr_scheduler.LRScheduler, epochs: list[int]) -> list[float]:
    """The learning rate in some epochs, counted from 1."""
    found = []
    for _ in range(max(epochs)):
        found.append(schedule.get_last_lr()[0])
        schedule.optimizer.step()
        schedule.step()
    return [found[epoch - 1] for epoch in epochs]


def test_the_examples_are_all_rows_in_the_words_of_training(table):
    made = recipe_of(dials("demo"), UTTERANCES, table)
    assert made.reader.config()["vocabulary"][4:] == ["sea", "boat"]
    assert made.examples.ids.tolist() == [[4] * 5, [5, 4, 0, 0, 0], [3, 5, 0, 0, 0]]
    assert made.examples.lengths.tolist() == [5, 2, 2]
    assert made.examples.labels.tolist() == [7, 1, 7]
    assert made.network(made.examples.ids.long(), made.examples.lengths).shape == (3, 9)


def test_a_missing_file_of_vectors_is_one_sentence(table):
    with pytest.raises(UserError, match="there is no such GloVe file"):
        recipe_of(dials("demo", glove="vectors.txt"), UTTERANCES, table)
