"""Training speed of the image classifier: `python -m benchmarks.image_classifier`.

Ours is `tune: none`: the task and the training loop of the stage, with validation and checkpoints, on
features that are computed once; their cost is measured separately. For comparison, the same run
re-enacts a few steps of ArtEmis' order of work: each picture is opened and resized anew and encoded
by a ResNet-34 at 256 x 256; its last stage and the head are trained with Adam, batch size 128.

    python -m benchmarks.image_classifier [--pictures 20000] [--epochs 10] [--steps 1]
"""

import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import resnet34
from torchvision.transforms import functional as transforms

from benchmarks.made_up_pictures import packed_noise
from benchmarks.measure import argument_parser, print_header, print_row, timed
from stages.common.emotions import ARTEMIS
from stages.features.compute import compute
from stages.image_classifier.classifier import head
from stages.image_classifier.task import EmotionTask
from stages.learning.backbones import frozen
from stages.learning.device import describe, prepare
from stages.learning.training import fit

CHANNELS, HIDDEN, BATCH, SIDE, LEARNING_RATE = 512, 100, 128, 256, 5e-4
# Height and width of the picture files: WikiArt at 600 pixels.
FILE_SHAPE = (600, 450)
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CPU = torch.device("cpu")
RNG = np.random.default_rng(2021)


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=20_000, help="feature vectors to train the head on")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--steps", type=int, default=1, help="steps of the re-enactment")
    args = parser.parse_args()
    device = prepare("cpu", 2021)
    print(f"{datetime.now(UTC):%d %B %Y}, {describe(device)}; {args.pictures:,} x {CHANNELS} features\n")
    with tempfile.TemporaryDirectory() as folder:
        theirs = reenact(Path(folder), args.steps)
        ours = train_head(Path(folder), args.pictures, args.epochs)
        once = compute_features(Path(folder), BATCH // 2)
    print()
    print_header("what", "pictures/s", "times ArtEmis' order of work")
    for name, speed in (
        (f"ArtEmis' order of work: ResNet-34 at {SIDE} px, last stage and head, {args.steps} x {BATCH}", theirs),
        (f"tune: none, {args.epochs} epochs with validation and checkpoints", ours),
        (f"features, once: ResNet-34 at {SIDE} px, packed pixels", once),
    ):
        print_row(name, f"{speed:,.1f}", f"{speed / theirs:,.1f}")


def reenact(folder: Path, steps: int) -> float:
    """Pictures per second of ArtEmis' network, from files, forward and backward."""
    files = [folder / f"{number}.jpg" for number in range(BATCH)]
    for file in files:
        Image.fromarray(RNG.integers(0, 256, (*FILE_SHAPE, 3), dtype=np.uint8)).save(file)
    encoder = nn.Sequential(*list(resnet34().children())[:-2])
    for name, weight in encoder.named_parameters():
        weight.requires_grad_(name.startswith("7."))  # the eighth child, layer4
    classifier = nn.Sequential(
        nn.Linear(CHANNELS, HIDDEN),
        nn.BatchNorm1d(HIDDEN),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(HIDDEN, len(ARTEMIS)),
        nn.LogSoftmax(-1),
    )
    optimizer = torch.optim.Adam([*encoder.parameters(), *classifier.parameters()], lr=LEARNING_RATE)
    shares = torch.from_numpy(RNG.dirichlet(np.ones(len(ARTEMIS)), BATCH).astype(np.float32))
    started = time.perf_counter()
    for _ in range(steps):
        x = torch.stack([load_as_artemis(file) for file in files])  # (B, 3, 256, 256)
        pooled = functional.adaptive_avg_pool2d(encoder(x), 1).flatten(1)  # (B, C)
        functional.kl_div(classifier(pooled), shares, reduction="batchmean").backward()
        optimizer.step()
        optimizer.zero_grad()
    return steps * BATCH / (time.perf_counter() - started)


def load_as_artemis(file: Path) -> Tensor:
    """A picture as in ArtEmis' data set: resized to a square with LANCZOS, normalised; (3, 256, 256)."""
    with Image.open(file) as image:
        square = image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    return transforms.normalize(transforms.to_tensor(square), list(MEAN), list(STD))


def train_head(folder: Path, pictures: int, epochs: int) -> float:
    """Training pictures per second of the stage's task and loop."""
    features = RNG.standard_normal((pictures, CHANNELS), np.float32)
    counts = RNG.multinomial(6, np.full(len(ARTEMIS), 1 / len(ARTEMIS)), size=pictures)
    artworks = pd.DataFrame({"row": np.arange(pictures), "counts": list(counts)})
    val = artworks[: pictures // 20]
    task = EmotionTask(features, artworks, val, batch_size=BATCH, seed=1, device=CPU)
    model = head(CHANNELS, HIDDEN, len(ARTEMIS))
    started = time.perf_counter()
    fit(
        model,
        torch.optim.Adam(model.parameters(), lr=LEARNING_RATE),
        task,
        device=CPU,
        seed=1,
        epochs=epochs,
        patience=epochs,
        scratch=folder / "scratch",
        curves=folder / "epochs.tsv",
    )
    return epochs * pictures / (time.perf_counter() - started)


def compute_features(folder: Path, pictures: int) -> float:
    """Pictures per second of the frozen ResNet-34 of the stage `features`, without places."""
    images = packed_noise(folder / "images", pictures, size=SIDE, seed=1)
    backbone = frozen("torchvision:resnet34", "none")
    work = partial(compute, backbone, images, folder / "features", pooling="average", places=False, device=CPU)
    return pictures / timed(work)[0]


if __name__ == "__main__":
    main()
