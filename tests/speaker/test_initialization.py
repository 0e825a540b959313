"""Initial weights: word frequencies, or those of another speaker with other word ids."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.speaker.initialization import Copied, from_frequencies, from_speaker, log_frequency_bias
from stages.speaker.interface import Network, one_hot
from stages.speaker.registry import ARCHITECTURES, NetworkConfig, build
from stages.utterances.vocabulary import Vocabulary
from tests.speaker.two_colours import (
    VOCABULARY,
    network_config,
    of_split,
    pictures,
    saved,
    untrained,
    utterances,
    words_of,
)

# Three of the saved speaker's eight words, and two new ones.
WORDS = Vocabulary.build(Counter(["a", "cold", "harbour", "at", "sea"]), 1)
every = pytest.mark.parametrize("arch", ARCHITECTURES)
of_words = pytest.mark.parametrize("arch", [arch for arch in ARCHITECTURES if arch != "language_model"])


def _config(arch: str) -> NetworkConfig:
    return network_config(arch) | {"vocabulary": len(WORDS)}


def _other_words(arch: str) -> Network:
    """An untrained speaker with the vocabulary `WORDS`."""
    torch.manual_seed(9)
    return build(_config(arch), Backbone("test_resnet"))


@of_words
def test_words_keep_their_rows_under_new_ids(tmp_path: Path, arch: str) -> None:
    trained = saved(tmp_path, arch).model.state_dict()
    model, before = _other_words(arch), _other_words(arch).state_dict()
    assert from_speaker(model, _config(arch), WORDS, tmp_path, with_encoder=True) == Copied(4 + 3, 2)
    for name in ("embedding.weight", "words.weight", "words.bias"):
        for word, row in zip(WORDS.words, model.state_dict()[name], strict=True):
            known = word in VOCABULARY.ids
            expected = trained[name][VOCABULARY.ids[word]] if known else before[name][WORDS.ids[word]]
            assert torch.equal(row, expected), word
    others = [name for name in trained if trained[name].shape == before[name].shape and "words" not in name]
    assert all(torch.equal(model.state_dict()[name], trained[name]) for name in others)


@every
def test_a_frozen_encoder_stays_as_it_is(tmp_path: Path, arch: str) -> None:
    trained = saved(tmp_path, arch).model.state_dict()
    model, before = untrained(arch, seed=9), untrained(arch, seed=9).state_dict()
    words = words_of(arch)
    assert from_speaker(model, network_config(arch), words, tmp_path, with_encoder=False) == Copied(len(words), 0)
    for name, value in model.state_dict().items():
        assert torch.equal(value, (before if name.startswith("backbone.") else trained)[name]), name
    assert not torch.equal(trained["backbone.network.conv1.0.weight"], before["backbone.network.conv1.0.weight"])


@every
def test_with_the_same_words_the_scores_are_the_same(tmp_path: Path, arch: str) -> None:
    trained = saved(tmp_path, arch, grounded=True).model
    model = untrained(arch, grounded=True, seed=9).eval()
    from_speaker(model, network_config(arch, grounded=True), words_of(arch), tmp_path, with_encoder=True)
    pixels, emotion = torch.from_numpy(pictures(1).pixels), one_hot(torch.tensor([3, 7]), len(ARTEMIS))
    scores, expected = (
        speaker.step(torch.tensor([1, 5]), speaker.start(speaker.encode(pixels), emotion))[0]
        for speaker in (model, trained)
    )
    torch.testing.assert_close(scores, expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"network": network_config()["network"] | {"hidden": 33}},
            r"params.yaml: speaker.sat.hidden is 33, but the speaker in .* has 32; .* set that value",
        ),
        ({"emo_grounding": True}, r"params.yaml: speaker.emo_grounding is True, but the speaker in .* has False"),
    ],
)
def test_another_size_is_an_error(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    saved(tmp_path)
    with pytest.raises(UserError, match=message):
        from_speaker(untrained(), network_config() | change, VOCABULARY, tmp_path, with_encoder=True)


@pytest.mark.parametrize("labels", [["joy", "grief"], list(ARTEMIS)[::-1]])
def test_other_emotions_are_an_error(tmp_path: Path, labels: list[str]) -> None:
    """Also as many: each weight belongs to one of them."""
    saved(tmp_path, grounded=True)
    config = network_config(grounded=True) | {"emotions": labels}
    with pytest.raises(UserError, match=rf"whose emotions are amusement, .* are {', '.join(labels)}; start from a"):
        from_speaker(untrained(grounded=True), config, VOCABULARY, tmp_path, with_encoder=True)


@pytest.mark.parametrize("arch", ["merge", "transformer", "language_model"])
def test_a_plain_speaker_goes_on_as_a_grounded_one(tmp_path: Path, arch: str) -> None:
    """Neutral captions first, then affective ones: only what reads the emotions is new."""
    trained = saved(tmp_path, arch).model.state_dict()
    model, before = untrained(arch, grounded=True, seed=9), untrained(arch, grounded=True, seed=9).state_dict()
    config, words = network_config(arch, grounded=True), words_of(arch)
    copied = from_speaker(model, config, words, tmp_path, with_encoder=True)
    assert str(copied) == f"{len(words)} of its words, 0 new words; it lacks emotion"
    for name, value in model.state_dict().items():
        assert torch.equal(value, (before if name.startswith("emotion.") else trained)[name]), name


def test_dropout_may_differ(tmp_path: Path) -> None:
    saved(tmp_path)
    network = network_config(dropout=0.4)["network"] | {"reference_dropout": True}
    from_speaker(untrained(), network_config() | {"network": network}, VOCABULARY, tmp_path, with_encoder=True)


def test_the_stages_own_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"speaker.init is data/speaker, which this stage overwrites; copy that folder"):
        from_speaker(untrained(), network_config(), VOCABULARY, Path("data/speaker"), with_encoder=True)


def test_words_start_as_likely_as_they_are_frequent() -> None:
    images = pictures(4)
    model = untrained()
    from_frequencies(model, of_split(images, utterances(images), "train").tokens)
    shares = torch.softmax(model.words.bias.detach(), 0).numpy()
    # 8 captions in rows of 8 ids: 8 times <sos>, <eos> 8, <unk> never, each of the 8 words
    # 4 times, <pad> 16; the two that are never generated count as the rarest word.
    counts = np.array([4, 4, 8, 1, *[4] * 8])
    assert shares == pytest.approx(counts / counts.sum(), abs=1e-6)


def test_the_output_bias_is_the_log_frequency() -> None:
    # <pad> and <sos> are frequent but never generated: they count as the rarest word that occurs,
    # 2 times; word 4 does not occur: once.
    counts = torch.tensor([90, 10, 10, 2, 0, 4])
    bias = log_frequency_bias(counts, never=(0, 1))
    assert bias.tolist() == pytest.approx([math.log(n / 10) for n in (2, 2, 10, 2, 1, 4)], abs=1e-6)
    assert bias.dtype == torch.float32


def test_the_counts_are_not_changed() -> None:
    counts = torch.tensor([9.0, 9.0, 3.0, 1.0], dtype=torch.float64)
    log_frequency_bias(counts, never=(0, 1))
    assert counts.tolist() == [9, 9, 3, 1]


def test_the_softmax_of_the_bias_is_the_frequency() -> None:
    counts = torch.tensor([0, 1, 6, 3, 2])
    shares = torch.softmax(log_frequency_bias(counts, never=(0, 1)), 0)
    assert shares.tolist() == pytest.approx([2 / 15, 2 / 15, 6 / 15, 3 / 15, 2 / 15], abs=1e-6)
