"""Import of ArtEmis' image classifier, which is rebuilt here from torchvision."""

import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torchvision.models import resnet34

from formats.artemis import classifiers
from stages.common.errors import UserError
from stages.image_classifier import classifier

KEYS = Path(__file__).parents[3] / "shared/parity/checkpoints/image_classifier.keys.json"
HOME = "artemis.neural_models.image_emotion_clf"
PIXELS = np.random.default_rng(5).integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
Network = tuple[nn.Module, Tensor]


class Theirs(nn.Module):
    """A ResNet-34 without its last two layers, its mean over places, and the head; by ArtEmis' names."""

    def __init__(self) -> None:
        super().__init__()
        self.img_encoder = nn.Module()
        self.img_encoder.resnet = nn.Sequential(*list(resnet34().children())[:-2])
        self.clf_head = nn.Module()
        self.clf_head.net = nn.Sequential(
            nn.Linear(512, 100), nn.BatchNorm1d(100), nn.ReLU(), nn.Dropout(0.3), nn.Linear(100, 9)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.clf_head.net(self.img_encoder.resnet(x).mean((2, 3)))


@pytest.fixture(scope="module")
def theirs() -> Network:
    """Their network with random weights and statistics, and its logits (3, 9) of PIXELS."""
    torch.manual_seed(2)
    network = Theirs()
    x = ((torch.from_numpy(PIXELS) / 255 - MEAN) / STD).permute(0, 3, 1, 2)
    with torch.no_grad():
        network(x)  # statistics that are not those of a new network
        return network, network.eval()(x)


@pytest.mark.parametrize("whole", [True, False])
def test_equal_logits(theirs: Network, whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network, expected = theirs
    # The classes of a network that was saved whole bear the names of ArtEmis' code.
    code = ModuleType(HOME)
    code.Theirs = Theirs  # type: ignore[attr-defined]
    monkeypatch.setattr(Theirs, "__module__", HOME)
    with monkeypatch.context() as during:
        for name in ("artemis", HOME):
            during.setitem(sys.modules, name, code)
        torch.save(network if whole else network.state_dict(), tmp_path / "best_model.pt")
    summary = classifiers.convert_image_classifier(tmp_path / "best_model.pt", tmp_path / "made")
    assert summary.startswith(f"{tmp_path}/made: torchvision:resnet34 with a head of 100 hidden units, as in ")
    predictor = classifier.load(tmp_path / "made")
    assert (predictor.size, predictor.fit, predictor.temperature) == (256, "squash", 1.0)
    with torch.no_grad():
        torch.testing.assert_close(predictor.model(torch.from_numpy(PIXELS)), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(predictor.predict(PIXELS), expected.softmax(1), rtol=1e-3)


def test_the_names_and_shapes_are_those_of_artemis(theirs: Network) -> None:
    if not KEYS.exists():
        pytest.skip("needs ../shared, which lies beside the project")
    shapes = {name: list(value.shape) for name, value in theirs[0].state_dict().items()}
    assert shapes == json.loads(KEYS.read_text(encoding="utf-8"))


@pytest.mark.parametrize("change", ["absent", "another shape", "too many", "another network", "no tensors"])
def test_anything_else_is_refused_in_one_sentence(theirs: Network, tmp_path: Path, change: str) -> None:
    path, state = tmp_path / "model.pt", dict(theirs[0].state_dict())
    if change == "absent":
        del state["clf_head.net.4.bias"]
    elif change == "another shape":
        state["clf_head.net.4.bias"] = torch.zeros(8)
    elif change == "too many":
        state["img_encoder.resnet.8.weight"] = torch.zeros(1)
    elif change == "another network":
        state = dict(nn.Linear(2, 3).state_dict())
    torch.save([1, 2] if change == "no tensors" else state, path)
    with pytest.raises(UserError) as caught:
        classifiers.read_image_classifier(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    names = {"absent": "head.5.bias", "another shape": "head.5.bias", "too many": "img_encoder.resnet.8.weight"}
    assert names.get(change, "") in message


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.pt: there is no such file$"):
        classifiers.read_image_classifier(tmp_path / "gone.pt")
