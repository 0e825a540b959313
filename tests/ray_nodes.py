"""A Ray cluster of two nodes on this machine, with a core each, for all tests; without Ray they are skipped."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HAS_RAY = pytest.mark.skipif(
    not any(Path(folder, "ray/data").is_dir() for folder in sys.path if folder),
    reason="the extra `ray` is not installed",
)
STORE = 100 << 20


@pytest.fixture(scope="session")
def nodes() -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": STORE})
    cluster.add_node(num_cpus=1, object_store_memory=STORE)
    yield cluster
    cluster.shutdown()
