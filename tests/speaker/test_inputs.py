"""The speaker's encoder and what it reads: stored features where it is frozen, pixels where a part of it learns."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import Tensor

from stages.common.errors import UserError
from stages.common.params import Tune, load
from stages.encoder import encoder
from stages.encoder.__main__ import main as hand_on
from stages.features import store
from stages.features.__main__ import main as compute_features
from stages.image_classifier import classifier
from stages.image_classifier.classifier import ImageClassifier
from stages.images import packed
from stages.learning.backbones import Backbone
from stages.learning.weights import save_weights
from stages.speaker import __main__ as stage
from stages.speaker import checkpoint, inputs, merge, transformer
from stages.speaker.params import Params
from stages.speaker.registry import ARCHITECTURES
from tests.speaker.two_colours import (
    CAPTIONS,
    likeliest,
    pictures,
    save_params,
    save_project,
    save_study,
    speaker_params,
    utterances,
)

every = pytest.mark.parametrize("arch", ARCHITECTURES)
# Architectures that attend to places.
ATTENTIVE = [arch for arch, architecture in ARCHITECTURES.items() if not architecture.pooled]
WEIGHTS = Path("weights.safetensors")
# The weights of its last stage.
LAST_BLOCK = "network.layer4."


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of pictures in each batch that a backbone has computed features of."""
    counts: list[int] = []
    places = Backbone.places

    def counted(backbone: Backbone, pixels: Tensor) -> Tensor:
        counts.append(len(pixels))
        return places(backbone, pixels)

    monkeypatch.setattr(Backbone, "places", counted)
    return counts


def _metrics(project: Path) -> dict[str, Any]:
    metrics: dict[str, Any] = json.loads((project / "reports/speaker/metrics.json").read_text())
    return metrics


def _results(project: Path) -> tuple[np.ndarray, dict[str, float]]:
    """Learning curves, one row for each epoch, and likelihoods of the test captions."""
    curves = np.loadtxt(project / "reports/speaker/epochs.tsv", skiprows=1)
    return curves, _metrics(project)["test"]


def _backbone(project: Path) -> dict[str, Tensor]:
    """The tensors of the trained speaker's encoder, without counters, which nothing reads."""
    return _tensors(checkpoint.load(project / "data/speaker").model.backbone)


def _tensors(backbone: Backbone) -> dict[str, Tensor]:
    return {name: value for name, value in backbone.state_dict().items() if value.is_floating_point()}


def _save_weights(seed: int) -> Backbone:
    """A network with weights and batch statistics that are not the initial ones, whose weights are in `WEIGHTS`."""
    torch.manual_seed(seed)
    backbone = Backbone("test_resnet").train()
    with torch.no_grad():
        backbone(torch.from_numpy(pictures(4).pixels))
    save_weights(backbone.network, WEIGHTS)
    return backbone.eval()


@every
def test_stored_features_train_the_speaker_that_pixels_train(
    project: Path, monkeypatch: pytest.MonkeyPatch, looked: list[int], arch: str
) -> None:
    monkeypatch.setattr(stage, "has_bfloat16", lambda _: False)
    _save_weights(1)
    features = {"weights": str(WEIGHTS)}
    save_project(project, utterances(pictures(4), held_out=2), arch, features=features, tune="none")
    compute_features()
    looked.clear()
    stage.main()
    curves, likelihoods = _results(project)
    assert looked == []
    prepare = inputs.prepare

    def of_pixels(params: Params, images: packed.Packed) -> inputs.Encoder:
        """The same frozen backbone, which computes its features of each batch."""
        return replace(prepare(params, images), inputs=images.pixels)

    monkeypatch.setattr(inputs, "prepare", of_pixels)
    stage.main()
    expected_curves, expected = _results(project)
    # Two epochs of one batch; validation and both likelihoods; a language model sees some pictures first.
    first = [4] if arch == "language_model" else []
    assert sorted(looked) == sorted([*first, 4, 4, 2, 2, 2, 2])
    # Places are stored in half precision. The loss of the attention is about 1e-6: its last digits are rounding errors.
    # A language model's mapper divides them by their deviations, some of which are tiny in a random encoder.
    rounding = 5e-3 if arch == "language_model" else 1e-5
    np.testing.assert_allclose(curves, expected_curves, rtol=rounding, atol=1e-7)
    assert likelihoods == pytest.approx(expected, rel=rounding)


@every
def test_each_row_has_the_features_of_its_picture(project: Path, arch: str) -> None:
    backbone = _save_weights(1)
    save_project(project, utterances(pictures(4)), arch, features={"weights": str(WEIGHTS)}, tune="none")
    compute_features()
    images = packed.load()
    source = inputs.prepare(load(Params), images)
    with torch.no_grad():
        places = backbone(torch.from_numpy(images.pixels[:]))  # (8, 4, 96)
    expected = places if arch in ATTENTIVE else places.mean(1, keepdim=True)
    assert source.inputs.shape == expected.shape
    # Places are stored in half precision.
    tolerance = 1e-3 if arch in ATTENTIVE else 1e-5
    np.testing.assert_allclose(source.inputs[:], expected, atol=tolerance)
    assert (expected[1:] - expected[:-1]).abs().amax((1, 2)).min() > 2 * tolerance
    assert not any(weight.requires_grad for weight in source.backbone.parameters())
    # Its metadata says what the features were computed from.
    assert Path("data/features/index.parquet") in source.files


@every
@pytest.mark.parametrize("tune", get_args(Tune))
def test_exactly_the_weights_that_tune_names_learn(project: Path, arch: str, tune: Tune) -> None:
    before = _tensors(_save_weights(1))
    # With tune: none, the section `features` names the network and its weights.
    named, other = {"backbone": "test_resnet", "weights": str(WEIGHTS)}, {"backbone": "nobody", "weights": "nowhere"}
    of_features, of_speaker = (named, other) if tune == "none" else (other, named)
    table = utterances(pictures(4), held_out=2)
    save_project(project, table, arch, features=of_features, tune=tune, **of_speaker)
    if tune == "none":
        compute_features()
    stage.main()
    after = _backbone(project)
    changed = {name for name, value in after.items() if not torch.equal(value, before[name])}
    # Batch statistics, too: those of a layer that does not learn stay.
    learning = {"none": set(), "last_block": {name for name in before if name.startswith(LAST_BLOCK)}, "all": {*before}}
    assert changed == learning[tune]


@pytest.mark.parametrize("arch", ATTENTIVE)
def test_an_attentive_speaker_needs_the_places(project: Path, arch: str) -> None:
    save_project(project, utterances(pictures(4), held_out=2), arch, features={"places": False}, tune="none")
    compute_features()
    with pytest.raises(UserError) as raised:
        stage.main()
    (line,) = str(raised.value).splitlines()
    for name in ("data/features", f"speaker.arch: {arch}", "features.places", "speaker.tune"):
        assert name in line


def test_merge_does_not_need_the_places(project: Path) -> None:
    table = utterances(pictures(4), held_out=2)
    save_project(project, table, "merge", features={"places": True}, tune="none")
    compute_features()
    stage.main()
    weights = (project / "data/speaker/model.safetensors").read_bytes()
    save_project(project, table, "merge", features={"places": False}, tune="none")
    compute_features()
    assert len(store.load().places) == 0
    stage.main()
    assert (project / "data/speaker/model.safetensors").read_bytes() == weights


def _save_classifier() -> dict[str, Tensor]:
    """Save an image classifier whose weights and batch statistics are not the initial ones; returns its backbone's."""
    torch.manual_seed(11)
    model = ImageClassifier(Backbone("test_resnet"), hidden=4).train()
    with torch.no_grad():
        model(torch.from_numpy(pictures(4).pixels))
    classifier.save(model.eval(), 64, "squash")
    return _tensors(model.backbone)


@every
def test_a_frozen_encoder_may_be_that_of_the_image_classifier(project: Path, arch: str, looked: list[int]) -> None:
    # Neither of these two is asked for.
    nobody: dict[str, Any] = {"backbone": "nobody", "weights": "nowhere"}
    table = utterances(pictures(4), held_out=2)
    save_project(
        project, table, arch, features=nobody, tune="none", backbone="nobody", weights=encoder.IMAGE_CLASSIFIER
    )
    trained = _save_classifier()
    hand_on()
    assert not store.FOLDER.exists()
    looked.clear()
    stage.main()
    assert looked == []
    after = _backbone(project)
    assert all(torch.equal(after[name], value) for name, value in trained.items())


@pytest.mark.parametrize("tune", ["last_block", "all"])
def test_an_encoder_that_learns_may_start_as_that_of_the_image_classifier(project: Path, tune: Tune) -> None:
    table = utterances(pictures(4), held_out=2)
    save_project(project, table, tune=tune, weights=encoder.IMAGE_CLASSIFIER, encoder_learning_rate=0.0)
    trained = _save_classifier()
    hand_on()
    stage.main()
    after = _backbone(project)
    # At a rate of 0 only batch statistics change.
    weights = {name for name in trained if "running" not in name}
    assert all(torch.equal(after[name], trained[name]) for name in weights)
    changed = {name for name, value in after.items() if not torch.equal(value, trained[name])}
    assert changed == {name for name in trained if "running" in name and (tune == "all" or name.startswith(LAST_BLOCK))}


def test_features_of_other_pictures_are_refused(project: Path) -> None:
    table = utterances(pictures(4), held_out=2)
    save_project(project, table, tune="none")
    compute_features()
    others = pictures(4)
    save_study(replace(others, pixels=255 - others.pixels), table)
    with pytest.raises(UserError, match=r"^data/features: .* other pictures than .*`dvc repro -f features`"):
        stage.main()
    save_study(others, table)
    stage.main()


@pytest.mark.parametrize("changed", [{"backbone": "resnet10t"}, {"weights": str(WEIGHTS)}], ids=["network", "weights"])
def test_features_of_another_backbone_are_refused(project: Path, changed: dict[str, str]) -> None:
    save_project(project, utterances(pictures(4), held_out=2), tune="none")
    compute_features()
    _save_weights(1)
    save_params(project, speaker_params() | {"tune": "none"}, changed)
    name = changed.get("backbone", "test_resnet")
    with pytest.raises(UserError, match=rf"^data/features: not the features that {name} computes with these weights"):
        stage.main()


@every
def test_features_that_are_pooled_otherwise_are_refused(project: Path, arch: str) -> None:
    save_project(project, utterances(pictures(4), held_out=2), arch, tune="none")
    compute_features()
    save_params(project, speaker_params(arch) | {"tune": "none"}, {"pooling": "max"})
    message = r"^data/features: pooled by average, but features\.pooling is max; .*`dvc repro -f features`"
    with pytest.raises(UserError, match=message):
        stage.main()


@every
def test_only_what_the_architecture_reads_must_be_there(project: Path, arch: str) -> None:
    save_project(project, utterances(pictures(4), held_out=2), arch, tune="none")
    compute_features()
    read, other = ("places", "pooled") if arch in ATTENTIVE else ("pooled", "places")
    (store.FOLDER / f"{other}.npy").unlink()
    stage.main()
    np.save(store.FOLDER / f"{read}.npy", getattr(store.load(), read)[:-1])
    with pytest.raises(UserError, match=rf"^data/features/{read}\.npy: 7 rows, but index\.parquet has 8; "):
        stage.main()


@pytest.mark.parametrize("tune", get_args(Tune))
def test_an_empty_encoder_is_refused(project: Path, tune: Tune) -> None:
    # As after the stage `encoder` for another speaker.
    table = utterances(pictures(4), held_out=2)
    save_project(project, table, tune=tune, weights=encoder.IMAGE_CLASSIFIER)
    with pytest.raises(UserError, match=r"^data/encoder/model\.safetensors: ") as caught:
        stage.main()
    assert "\n" not in str(caught.value)
    if tune == "none":
        assert str(caught.value).endswith("speaker.weights is image_classifier; `dvc repro encoder` fills it")


def test_absent_features_are_reported(project: Path) -> None:
    save_project(project, utterances(pictures(4), held_out=2), tune="none")
    with pytest.raises(UserError, match=r"^data/features: .*`dvc repro -f features`"):
        stage.main()


@every
def test_initial_weights_of_another_speaker_exclude_the_encoder_of_the_features(project: Path, arch: str) -> None:
    table = utterances(pictures(4), held_out=2)
    for number, init in enumerate(["none", "first"]):
        own = _save_weights(number)
        save_project(project, table, arch, features={"weights": str(WEIGHTS)}, tune="none", init=init)
        compute_features()
        stage.main()
        if init == "none":
            (project / "data/speaker").rename(project / "first")
    after = _backbone(project)
    assert all(torch.equal(after[name], value) for name, value in _tensors(own).items())
    digest = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    assert _metrics(project)["weights"] == {"source": str(WEIGHTS), "sha256": digest}


@every
@pytest.mark.parametrize("tune", ["last_block", "all"])
def test_initial_weights_of_another_speaker_include_an_encoder_that_learns(
    project: Path, arch: str, tune: Tune
) -> None:
    table = utterances(pictures(4), held_out=2)
    brought = _tensors(_save_weights(1))
    save_project(project, table, arch, tune=tune, weights=str(WEIGHTS), encoder_learning_rate=0.0)
    stage.main()
    digest = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    assert _metrics(project)["weights"] == {"source": str(WEIGHTS), "sha256": digest}
    (project / "data/speaker").rename(project / "first")
    # These weights are not asked for: the other speaker brings its own.
    changes = {"tune": tune, "weights": "pretrained", "init": "first", "encoder_learning_rate": 0.0}
    save_params(project, speaker_params(arch) | changes)
    stage.main()
    after = _backbone(project)
    # At a rate of 0 only batch statistics change.
    assert all(torch.equal(after[name], brought[name]) for name in brought if "running" not in name)
    assert _metrics(project)["weights"] == {"source": "first", "sha256": ""}


def test_stages_are_frozen_only_of_an_encoder_that_learns(project: Path) -> None:
    # More than any network has.
    save_project(project, utterances(pictures(4), held_out=2), tune="none", frozen_stages=99)
    compute_features()
    stage.main()
    for tune in ("last_block", "all"):
        save_params(project, speaker_params() | {"tune": tune, "frozen_stages": 99})
        with pytest.raises(UserError, match=r"^params\.yaml: test_resnet has \d stages, so 99 cannot be frozen"):
            stage.main()


@every
def test_a_speaker_trained_on_stored_features_captions_pixels(
    project: Path, monkeypatch: pytest.MonkeyPatch, arch: str
) -> None:
    monkeypatch.setattr(merge, "LEARNING_RATE", 1e-2)
    monkeypatch.setattr(transformer, "WARMUP", 0.2)
    images = pictures(4)
    sizes = {arch: speaker_params(arch, epochs=4)[arch]}
    save_project(project, utterances(images, held_out=2), arch, tune="none", steps_per_epoch=10, **sizes)
    compute_features()
    stage.main()
    model = checkpoint.load(project / "data/speaker").model
    with torch.no_grad():
        said = [likeliest(model, pixels) for pixels in images.pixels]
    assert said == [CAPTIONS[colour] for colour in images.index["art_style"]]
