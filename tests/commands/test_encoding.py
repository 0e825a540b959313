"""Speaker and classifier see a picture: in one pass where they have the same network, else in two."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from commands.encoding import Encoding
from stages.common.params import Fit, Pooling
from stages.image_classifier.classifier import ImageClassifier, Predictor
from stages.learning.backbones import Backbone
from stages.speaker.checkpoint import Trained

SIZE, EMOTIONS = 32, ("awe", "fear")
PIXELS = np.random.default_rng(3).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)


def _backbone(seed: int = 1, pooling: Pooling | None = None) -> Backbone:
    torch.manual_seed(seed)
    backbone = Backbone("test_resnet", pooling=pooling)
    for layer in backbone.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.running_var, 0.5, 2)
    return backbone.eval()


class Speaker(nn.Module):
    """Nothing but its encoder."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone, self.encode = backbone, backbone


def _encoding(speaker: Pooling | None, classifier: Pooling | None, **changed: Any) -> tuple[Encoding, list[np.ndarray]]:
    """The encoding of two networks, and what they say each by itself."""
    options = {"size": SIZE, "fit": "squash", "seed": 1, "mirrored": False} | changed
    size, fit = int(options["size"]), options["fit"]
    trained = Trained(Speaker(_backbone(pooling=speaker)), None, SIZE, "squash")  # type: ignore[arg-type]
    network = ImageClassifier(_backbone(options["seed"], classifier), 0, EMOTIONS).eval()
    predictor = Predictor(network, size, fit, torch.device("cpu"), 2.0, options["mirrored"])
    other = PIXELS if size == SIZE else np.ascontiguousarray(PIXELS[:, ::2, ::2])
    with torch.no_grad():
        expected = [trained.model.encode(torch.from_numpy(PIXELS)).numpy(), predictor.predict(other)]
    return Encoding.of(trained, predictor), [*expected, other]


@pytest.mark.parametrize(
    ("speaker", "classifier", "changed", "shared"),
    [
        (None, None, {}, True),
        (None, "average", {}, True),
        (None, "max", {}, True),
        (None, "stages", {}, True),
        ("stages", "stages", {}, True),
        ("max", "average", {}, False),
        (None, None, {"seed": 2}, False),
        (None, None, {"size": 16}, False),
        (None, None, {"fit": "crop"}, False),
        (None, None, {"mirrored": True}, False),
    ],
)
def test_one_pass_says_what_two_say(
    speaker: Pooling | None, classifier: Pooling | None, changed: dict[str, Any], shared: bool
) -> None:
    encoding, (features, emotions, other) = _encoding(speaker, classifier, **changed)
    assert encoding.shared == shared
    passes = []
    encoding.trained.model.backbone.register_forward_hook(lambda *_: passes.append("speaker"))
    if encoding.predictor:
        encoding.predictor.model.backbone.register_forward_hook(lambda *_: passes.append("classifier"))
    found, predicted = encoding(list(zip(PIXELS, other, strict=True)))
    np.testing.assert_allclose(found.numpy(), features, rtol=1e-3, atol=1e-4 * np.abs(features).max())
    assert predicted is not None
    np.testing.assert_allclose(predicted, emotions, rtol=1e-3)
    assert ("classifier" in passes) != shared


@pytest.mark.parametrize(("fit", "squares"), [("squash", 1), ("crop", 2)])
def test_a_picture_is_decoded_once_where_that_is_enough(fit: Fit, squares: int) -> None:
    encoding, _ = _encoding(None, None, fit=fit)
    assert len(set(encoding.decoder.squares)) == squares


def test_no_classifier() -> None:
    trained = Trained(Speaker(_backbone()), None, SIZE, "squash")  # type: ignore[arg-type]
    features, emotions = Encoding.of(trained, None)([(square,) for square in PIXELS])
    assert (features.shape[0], emotions) == (3, None)


def test_bfloat16_is_near_and_gives_float32() -> None:
    pixels = [(square,) for square in PIXELS]
    found = []
    for bf16 in (False, True):
        trained = Trained(Speaker(_backbone()), None, SIZE, "squash")  # type: ignore[arg-type]
        features, _ = Encoding.of(trained, None, bf16=bf16)(pixels)
        assert features.dtype == torch.float32
        found.append(features)
    error = (found[1] - found[0]).square().mean().sqrt() / found[0].square().mean().sqrt()
    assert 0 < float(error) < 0.05
