"""Import of a speaker that ArtEmis' code trained: read as data, and the same logits afterwards."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from formats.artemis import speaker
from formats.artemis.pickles import read_vocabulary
from formats.artemis.speaker import DECODER, ENCODER, config_of, read_settings, renamed
from stages.common.emotions import ARTEMIS
from stages.common.errors import UserError
from stages.learning.backbones import Backbone
from stages.speaker import __main__ as stage
from stages.speaker.checkpoint import load
from stages.speaker.interface import Network, one_hot
from stages.speaker.registry import build
from stages.utterances.vocabulary import SPECIALS, Vocabulary
from tests.speaker.decoder_cases import FOLDER, needs_parity
from tests.speaker.two_colours import VOCABULARY, pictures, save_project, speaker_params, utterances

SETTINGS = {
    "atn_spatial_img_size": None,
    "attention_dim": 12,
    "batch_size": 128,
    "dropout_rate": 0.2,
    "emo_grounding_dims": [9, 9],
    "img_dim": 64,
    "rnn_hidden_dim": 16,
    "use_emo_grounding": False,
    "vis_encoder": "resnet18",
    "word_embedding_dim": 8,
}
# The words that it was trained on: three of `two_colours`, and a new one.
WORDS = Vocabulary([*SPECIALS, "sea", "a", "harbour", "cold"])

# As many as ArtEmis' vocabulary has.
MANY = [*SPECIALS, *(f"word{number}" for number in range(14_465))]


class Harm:
    """Its unpickling makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch '{self.path}'",)


def _write_vocabulary(path: Path, words: list[str]) -> None:
    """The pickle of an `artemis.utils.vocabulary.Vocabulary`, made without that class."""
    state = {"word2idx": {word: number for number, word in enumerate(words)}, "idx": len(words)}
    made = b"\x80\x02cartemis.utils.vocabulary\nVocabulary\n)\x81"
    path.write_bytes(made + pickle.dumps(state, 2)[2:-1] + b"b.")


def _theirs(name: str) -> str:
    """ArtEmis' name of a tensor: the inverse of `renamed`."""
    layer, _, leaf = name.removeprefix("backbone.network.").partition(".")
    if name.startswith("backbone."):
        return f"encoder.resnet.{ {ours: number for number, ours in ENCODER.items()}[layer] }.{leaf}"
    layer, _, leaf = name.rpartition(".")
    return f"decoder.{ {ours: theirs for theirs, ours in DECODER.items()}[layer] }.{leaf}"


def _nested(tensors: dict[str, Tensor]) -> nn.Module:
    """A network of unnamed layers with these tensors, as a pickled module is."""
    root = nn.Module()
    for name, value in tensors.items():
        *layers, leaf = name.split(".")
        place = root
        for layer in layers:
            if layer not in dict(place.named_children()):
                place.add_module(layer, nn.Module())
            place = place.get_submodule(layer)
        place.register_buffer(leaf, value)
    return root


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with config and vocabulary."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    Path("config.json.txt").write_text(json.dumps(SETTINGS))
    _write_vocabulary(Path("vocabulary.pkl"), WORDS.words)
    return tmp_path


def convert() -> str:
    names = ("best_model.pt", "config.json.txt", "vocabulary.pkl", "data/raw/artemis_speaker")
    return speaker.convert(*map(Path, names))


def _trained(*, grounded: bool = False) -> Network:
    """A speaker for which ArtEmis' code stands."""
    torch.manual_seed(5)
    settings = SETTINGS | {"use_emo_grounding": grounded}
    return build(config_of(settings, WORDS, Path("config.json.txt")), Backbone("resnet18")).eval()


PACKINGS: dict[str, Callable[[dict[str, Tensor]], object]] = {
    "state dict": lambda tensors: {"epoch": 7, "model": tensors, "optimizer": {"state": {}, "param_groups": []}},
    "network": lambda tensors: {"epoch": 7, "model": _nested(tensors)},
    "bare network": _nested,
}


@pytest.mark.parametrize(("packing", "grounded"), [("state dict", False), ("network", True), ("bare network", False)])
def test_its_logits_are_the_same(at: Path, packing: str, grounded: bool) -> None:
    before = _trained(grounded=grounded)
    (at / "config.json.txt").write_text(json.dumps(SETTINGS | {"use_emo_grounding": grounded}))
    torch.save(
        PACKINGS[packing]({_theirs(name): value for name, value in before.state_dict().items()}), "best_model.pt"
    )
    kind = "grounded" if grounded else "plain"
    assert convert() == f"data/raw/artemis_speaker: a {kind} sat speaker with resnet18.tv_in1k and 8 words"
    after = load(Path("data/raw/artemis_speaker"))
    assert (after.vocabulary.words, after.size, after.fit) == (WORDS.words, 64, "squash")
    pixels, emotion = (
        torch.from_numpy(pictures(1).pixels),
        one_hot(torch.tensor([3, 7]), len(ARTEMIS)) if grounded else None,
    )
    with torch.no_grad():
        logits, expected = (
            model.step(torch.tensor([1, 5]), model.start(model.encode(pixels), emotion))[0]
            for model in (after.model, before)
        )
    assert torch.equal(logits, expected)


def test_a_training_starts_from_it(at: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"model": {_theirs(name): value for name, value in _trained().state_dict().items()}}, "best_model.pt")
    convert()
    sat = speaker_params(epochs=1)["sat"] | {"places": 0, "embedding": 8, "attention": 12, "hidden": 16}
    changes = {"init": "data/raw/artemis_speaker", "frozen_stages": 2}
    save_project(at, utterances(pictures(4), held_out=2), sat=sat, backbone="resnet18.tv_in1k", **changes)
    made = stage.main()
    # <pad>, <sos>, <eos>, <unk>, a, cold and sea; not: the, fire, looks, very, warm.
    assert "data/raw/artemis_speaker: 7 of its words, 5 new words\n" in capsys.readouterr().out
    assert made.startswith("plain sat, best epoch 1 of 1, test NLL ")
    learnt, before = load(Path("data/speaker")), load(Path("data/raw/artemis_speaker"))
    assert learnt.vocabulary.words == VOCABULARY.words
    kept = ("bn1.running_mean", "layer1.0.conv1.weight", "layer1.0.bn2.running_var")
    changed = "backbone.network.layer2.0.downsample.0.weight"
    after, first = learnt.model.state_dict(), before.model.state_dict()
    assert all(torch.equal(after[f"backbone.network.{name}"], first[f"backbone.network.{name}"]) for name in kept)
    assert 0 < (after[changed] - first[changed]).abs().max() < 0.05


def _published() -> tuple[dict[str, list[int]], dict[str, Any]]:
    """Shapes and settings of the published plain speaker."""
    folder = FOLDER / "checkpoints"
    shapes, settings = (json.loads((folder / f"speaker.{end}").read_text()) for end in ("keys.json", "config.json.txt"))
    return shapes, settings


@needs_parity
def test_a_checkpoint_of_the_published_size(at: Path) -> None:
    shapes, settings = _published()
    (at / "config.json.txt").write_text(json.dumps(settings))
    _write_vocabulary(at / "vocabulary.pkl", MANY)
    tensors = {name: torch.rand(shape) if shape else torch.tensor(1) for name, shape in shapes.items()}
    torch.save({"epoch": 7, "model": tensors}, "best_model.pt")
    convert()
    trained = load(Path("data/raw/artemis_speaker"))
    assert (len(trained.vocabulary), trained.size, trained.model.grounded) == (14_469, 256, False)
    assert torch.equal(trained.model.words.weight, tensors["decoder.next_word.weight"])
    conv = trained.model.state_dict()["backbone.network.layer4.2.conv2.weight"]
    assert torch.equal(conv, tensors["encoder.resnet.7.2.conv2.weight"])


@needs_parity
def test_a_grounded_checkpoint_of_the_published_size() -> None:
    shapes, settings = _published()
    shapes |= {"decoder.auxiliary_net.0.weight": [9, 9], "decoder.auxiliary_net.0.bias": [9]}
    shapes["decoder.decode_step.weight_ih"][1] += 9
    settings["use_emo_grounding"] = True
    with torch.device("meta"):
        model = build(config_of(settings, Vocabulary(MANY), Path("config.json.txt")), Backbone("resnet34"))
    assert renamed(shapes) == {name: list(value.shape) for name, value in model.state_dict().items()}


@needs_parity
def test_a_vocabulary_of_the_reference() -> None:
    words = read_vocabulary(FOLDER / "checkpoints/vocabulary.pkl").words
    assert words[:7] == [*SPECIALS, "the", "seems", "impressed"]


def test_a_harmful_checkpoint_is_refused(at: Path) -> None:
    torch.save({"epoch": 7, "model": Harm(at / "made")}, "best_model.pt")
    with pytest.raises(UserError, match=r"best_model\.pt asks for posix\.system, which no file of ArtEmis needs"):
        convert()
    assert not (at / "made").exists()
    assert not (at / "data").exists()


def test_a_harmful_vocabulary_is_refused(at: Path) -> None:
    (at / "vocabulary.pkl").write_bytes(pickle.dumps(Harm(at / "made")))
    with pytest.raises(UserError, match=r"vocabulary\.pkl asks for posix\.system"):
        convert()
    assert not (at / "made").exists()


def test_a_checkpoint_of_another_config_is_named(at: Path) -> None:
    tensors = {_theirs(name): value for name, value in _trained(grounded=True).state_dict().items()}
    torch.save({"model": tensors}, "best_model.pt")
    with pytest.raises(
        UserError,
        match=r"not the speaker of this config and vocabulary; cell\.weight_ih has the shape \(64, 529\) instead of ",
    ):
        convert()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"vis_encoder": "vgg16"}, "vis_encoder is 'vgg16'; known are resnet18, resnet34, resnet50, resnet101"),
        ({"atn_spatial_img_size": 7}, "atn_spatial_img_size is 7, but only None is supported"),
        ({"emo_grounding_dims": [9, 5]}, r"emo_grounding_dims is \[9, 5\], but only \[9, 9\] is supported"),
    ],
)
def test_a_setting_that_is_not_supported_is_named(at: Path, changes: dict[str, object], sentence: str) -> None:
    (at / "config.json.txt").write_text(json.dumps(SETTINGS | changes))
    with pytest.raises(UserError, match=rf"^config\.json\.txt: {sentence}$"):
        convert()


@pytest.mark.parametrize(
    ("content", "sentence"), [("{", "cannot be read as"), ('{"img_dim": 1}', "has no vis_encoder")]
)
def test_another_file_instead_of_the_config_is_named(at: Path, content: str, sentence: str) -> None:
    (at / "config.json.txt").write_text(content)
    with pytest.raises(UserError, match=sentence):
        read_settings(Path("config.json.txt"))


def test_another_file_instead_of_the_vocabulary_is_named(tmp_path: Path) -> None:
    (tmp_path / "v.pkl").write_bytes(pickle.dumps([1]))
    with pytest.raises(UserError, match=r"not a vocabulary of ArtEmis \(no word2idx in it\)"):
        read_vocabulary(tmp_path / "v.pkl")
    _write_vocabulary(tmp_path / "v.pkl", ["the", *SPECIALS])
    with pytest.raises(UserError, match=r"not a vocabulary of ArtEmis \(a vocabulary starts with"):
        read_vocabulary(tmp_path / "v.pkl")
