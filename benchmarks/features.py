"""Pictures per second of the stage `features`: `python -m benchmarks.features`.

Ours is `stages.features.compute.compute` with places: it streams packed pixels from a memory map, normalises them,
runs the frozen backbone, pools, and writes the places in float16. Beside it, in the same run, a bare loop runs the
network alone: the same normalised batch again and again, of the same size, nothing read and nothing kept. Both
alternate in pairs, each on a packed file of its own, so that other work on the machine slows both.

    python -m benchmarks.features [--pictures 8000] [--pairs 4] [--size 224] [--device cpu]

Needs the weights of the backbone (those of the default one are installed), and 0.3 MB of disk for each picture of
a pair.
"""

import contextlib
import io
import math
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np
import torch

from benchmarks.made_up_pictures import packed_noise
from benchmarks.measure import Cost, Stopwatch, argument_parser, machine, print_header, print_row, timed
from stages.common import entry
from stages.common.files import GB
from stages.features import store
from stages.features.compute import BATCH, compute
from stages.images.packed import Packed
from stages.learning.backbones import Backbone, frozen
from stages.learning.device import describe, peak_memory, prepare

# Pictures of ArtEmis, about.
ALL = 80_000
OURS, ALONE = "the stage's computation", "the network alone"
T = TypeVar("T")


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--pictures", type=int, default=8_000)
    parser.add_argument("--pairs", type=int, default=4, help="parts into which the pictures are divided")
    parser.add_argument("--size", type=int, default=224, help="side of the packed pictures")
    parser.add_argument("--backbone", default="tf_efficientnet_lite0")
    parser.add_argument("--weights", default="pretrained")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    device = prepare(args.device, 1)
    backbone = frozen(args.backbone, args.weights)
    print(f"{machine()}; {describe(device)}")
    print(f"{args.backbone} ({backbone.origin.source} weights), pictures of {args.size} px\n")
    print_speeds(backbone, device, pictures=args.pictures, pairs=args.pairs, size=args.size)


def print_speeds(backbone: Backbone, device: torch.device, *, pictures: int, pairs: int, size: int) -> None:
    """Print the pictures per second of both, and what the stage needs."""
    each, batch = max(1, pictures // pairs), BATCH["cuda" if device.type == "cuda" else "cpu"]
    batches = math.ceil(each / batch)
    costs: dict[str, list[Cost]] = {OURS: [], ALONE: []}
    places = 0
    # The first work of a process is slow.
    bare_loop(backbone.to(device), 1, batch, size, device)
    for number in range(pairs):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name, "features")
            images = packed_noise(Path(name, "images"), each, size=size, seed=number)
            cost, places = cost_of(partial(quiet_compute, backbone, images, folder, device), each, device)
            costs[OURS].append(cost)
            assert_stored(backbone, images, folder, device)
        cost, _ = cost_of(partial(bare_loop, backbone, batches, batch, size, device), batches * batch, device)
        costs[ALONE].append(cost)
    print_costs(costs)
    print(f"Each pair has {each:,} pictures in batches of {batch}.")
    stored = ALL * places * backbone.channels * 2 / GB
    print(f"{places} places x {backbone.channels:,} channels of {ALL:,} pictures are {stored:.2f} GB (reckoned).")
    on_gpu = f", {peak_memory(device):.2f} GB on the GPU" if device.type == "cuda" else ""
    print(f"Peak memory {entry.peak_memory():.2f} GB{on_gpu}.")


def cost_of(work: Callable[[], T], pictures: int, device: torch.device) -> tuple[Cost, T]:
    """The cost of each of so many pictures, and the result."""
    stopwatch = Stopwatch()
    seconds, result = timed(work, device)
    return Cost(seconds / pictures, stopwatch.read().cpu / pictures), result


def print_costs(costs: dict[str, list[Cost]]) -> None:
    """Print a row for each of both, and the median over the pairs of the ratio of their speeds."""
    print_header("what", "pictures/s", "pictures/CPU s", "pictures/s in each pair")
    for what, pairs in costs.items():
        medians = [
            f"{1 / median(values):.1f}" for values in ([pair.wall for pair in pairs], [pair.cpu for pair in pairs])
        ]
        print_row(what, *medians, ", ".join(f"{1 / pair.wall:.1f}" for pair in pairs))
    both = list(zip(costs[OURS], costs[ALONE], strict=True))
    wall, cpu = median(bare.wall / ours.wall for ours, bare in both), median(bare.cpu / ours.cpu for ours, bare in both)
    print(f"\nRatio, ours to the network alone: {wall:.2f}; by CPU time {cpu:.2f} (medians of {len(both)} pairs).")


def quiet_compute(backbone: Backbone, images: Packed, folder: Path, device: torch.device) -> int:
    """`compute` without its messages on stdout."""
    with contextlib.redirect_stdout(io.StringIO()):
        return compute(backbone, images, folder, pooling="average", places=True, device=device)


def bare_loop(backbone: Backbone, batches: int, size: int, side: int, device: torch.device) -> None:
    """The network on one batch of `size` normalised pictures, so many times."""
    x = torch.randn(size, side, side, 3, device=device).permute(0, 3, 1, 2)  # (N, 3, S, S), channels last
    with torch.inference_mode():
        for _ in range(batches):
            backbone.network.forward_features(x)


def assert_stored(backbone: Backbone, images: Packed, folder: Path, device: torch.device) -> None:
    """The stored places of the first pictures are those of the backbone, in half precision."""
    first = slice(0, 2)
    with torch.inference_mode():
        expected = backbone.places(torch.from_numpy(images.pixels[first]).to(device)).cpu().numpy()
    # Batches of another size may take other kernels.
    np.testing.assert_allclose(store.load(folder).places[first].astype(np.float32), expected, rtol=5e-3, atol=5e-3)


if __name__ == "__main__":
    main()
