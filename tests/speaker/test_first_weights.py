"""What a speaker starts from: the frequencies of words, or another speaker whose words have other numbers."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.speaker.initialization import from_frequencies, from_speaker, log_frequency_bias
from stages.speaker.interface import Network, one_hot
from stages.speaker.registry import ARCHITECTURES, Config, build
from stages.utterances.vocabulary import Vocabulary
from tests.speaker.two_colours import VOCABULARY, config, of_split, pictures, saved, untrained, utterances

# Of the speaker's eight words these share three; two are new.
WORDS = Vocabulary.build(Counter(["a", "cold", "harbour", "at", "sea"]), 1)
every = pytest.mark.parametrize("arch", ARCHITECTURES)


def _museums(arch: str) -> Network:
    torch.manual_seed(9)
    return build(_own(arch), Backbone("test_resnet"))


def _own(arch: str) -> Config:
    return config(arch) | {"vocabulary": len(WORDS)}


@every
def test_words_keep_their_rows_under_other_numbers(tmp_path: Path, arch: str) -> None:
    other = saved(tmp_path, arch).model
    model, before = _museums(arch), _museums(arch).state_dict()
    assert from_speaker(model, _own(arch), WORDS, tmp_path) == (4 + 3, 2)
    for name in ("embedding.weight", "words.weight", "words.bias"):
        rows, theirs, untouched = model.state_dict()[name], other.state_dict()[name], before[name]
        for word, row in zip(WORDS.words, rows, strict=True):
            known = word in VOCABULARY.ids
            assert torch.equal(row, theirs[VOCABULARY.ids[word]] if known else untouched[WORDS.ids[word]]), word
    learnt = other.state_dict()
    others = [name for name in learnt if learnt[name].shape == before[name].shape and "words" not in name]
    assert all(torch.equal(model.state_dict()[name], learnt[name]) for name in others)


@every
def test_with_the_same_words_it_says_the_same(tmp_path: Path, arch: str) -> None:
    other = saved(tmp_path, arch, grounded=True).model
    model = untrained(arch, grounded=True, seed=9).eval()
    from_speaker(model, config(arch, grounded=True), VOCABULARY, tmp_path)
    pixels, emotion = torch.from_numpy(pictures(1).pixels), one_hot(torch.tensor([3, 7]))
    found, wanted = (
        one.step(torch.tensor([1, 5]), one.start(one.encode(pixels), emotion))[0] for one in (model, other)
    )
    assert torch.equal(found, wanted)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"network": config()["network"] | {"hidden": 33}},
            r"speaker.sat.hidden is 33, but the speaker in .* has 32; it can be started from with that value",
        ),
        ({"emo_grounding": True}, r"speaker.emo_grounding is True, but the speaker in .* has False"),
    ],
)
def test_another_size_is_named(tmp_path: Path, change: dict[str, Any], sentence: str) -> None:
    saved(tmp_path)
    with pytest.raises(UserError, match=sentence):
        from_speaker(untrained(), config() | change, VOCABULARY, tmp_path)


def test_dropout_may_differ(tmp_path: Path) -> None:
    saved(tmp_path)
    network = config(dropout=0.4)["network"] | {"reference_dropout": True}
    from_speaker(untrained(), config() | {"network": network}, VOCABULARY, tmp_path)


def test_the_stages_own_folder_is_gone_by_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"speaker.init is data/speaker, which this stage makes anew; name a copy"):
        from_speaker(untrained(), config(), VOCABULARY, Path("data/speaker"))


def test_first_words_are_as_frequent_as_in_training() -> None:
    images = pictures(4)
    model = untrained()
    from_frequencies(model, of_split(images, utterances(images), "train").tokens)
    said = torch.softmax(model.words.bias.detach(), 0).numpy()
    # 8 captions in rows of 8 ids: 8 times <sos>, <eos> 8, <unk> never, each of the 8 words
    # 4 times, <pad> 16; the two that are never said count as the rarest word.
    counts = np.array([4, 4, 8, 1, *[4] * 8])
    assert said == pytest.approx(counts / counts.sum(), abs=1e-6)


def test_the_output_bias_is_the_log_frequency() -> None:
    # <pad> and <sos> stand often but are never said: they count as the rarest seen word,
    # 2 times; word 4 was never seen: once.
    counts = torch.tensor([90, 10, 10, 2, 0, 4])
    bias = log_frequency_bias(counts, unseen=(0, 1))
    assert bias.tolist() == pytest.approx([math.log(n / 10) for n in (2, 2, 10, 2, 1, 4)], abs=1e-6)
    assert bias.dtype == torch.float32


def test_the_counts_are_left_as_they_are() -> None:
    counts = torch.tensor([9.0, 9.0, 3.0, 1.0], dtype=torch.float64)
    log_frequency_bias(counts, unseen=(0, 1))
    assert counts.tolist() == [9, 9, 3, 1]


def test_the_log_frequencies_become_the_training_frequencies() -> None:
    counts = torch.tensor([0, 1, 6, 3, 2])
    said = torch.softmax(log_frequency_bias(counts, unseen=(0, 1)), 0)
    assert said.tolist() == pytest.approx([2 / 15, 2 / 15, 6 / 15, 3 / 15, 2 / 15], abs=1e-6)
