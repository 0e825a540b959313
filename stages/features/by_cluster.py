"""Features of the packed pictures by the machines of a Ray cluster, which share this folder.

    RAY=head.example.org:6379 dvc repro features

RAY is no part of the stage, so the result is up to date afterwards with or without it.
"""

from collections.abc import Callable, Iterator
from functools import partial

from stages.common.errors import UserError
from stages.common.params import Device, Pooling
from stages.features.looking import BATCH, Looked, look
from stages.images import packed
from stages.images.packed import Packed
from stages.learning.backbones import FROZEN_SEED, Backbone, frozen
from stages.learning.cluster import Step, connected, process, resources
from stages.learning.device import prepare

VARIABLE = "RAY"
# Batches in an item of work: Ray needs some milliseconds for each item.
BATCHES = 8


def looked(
    address: str, backbone: Backbone, weights: str, images: Packed, pooling: Pooling, *, places: bool, device: Device
) -> Iterator[Looked]:
    """The features of all pictures, some at a time, in any order.

    Args:
        address: of the cluster; see `learning.cluster.connected`.
        weights: of `backbone`, as in params.yaml.
        places: send the grids, too.
        device: that of params.yaml; with `cpu` the cluster's GPUs are not used.

    Raises:
        UserError: no cluster answers, or a machine has other pictures or weights under these paths.
    """
    with connected(address):
        on_gpu = device != "cpu" and resources("GPU") > 0
        size = BATCHES * BATCH["cuda" if on_gpu else "cpu"]
        count = len(images.pixels)
        items = [(start, min(start + size, count)) for start in range(0, count, size)]
        expected = (images.digest, backbone.digest())
        make = partial(_looker, backbone.name, weights, pooling, places, device, expected)
        for batches in process(items, [Step(make, on_gpu)]):
            yield from batches


def _looker(
    name: str, weights: str, pooling: Pooling, places: bool, device_name: Device, expected: tuple[str, str]
) -> Callable[[tuple[int, int]], list[Looked]]:
    """The work of an actor."""
    device = prepare(device_name, FROZEN_SEED)
    images, backbone = packed.load(), frozen(name, weights)
    if (images.digest, backbone.digest()) != expected:
        raise UserError(
            f"a machine of the cluster has other pictures in data/images, or other weights of {name}, than this one; "
            "all machines need the same folder and the same packages"
        )
    backbone.to(device)

    def work(rows: tuple[int, int]) -> list[Looked]:
        return list(look(backbone, images.pixels, range(*rows), pooling, places=places, device=device))

    return work
