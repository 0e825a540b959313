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

    # A node that does not answer for three seconds is dead; by default, for a quarter of a minute.
    health = {"health_check_period_ms": 1000, "health_check_failure_threshold": 3}
    head = {"num_cpus": 1, "object_store_memory": STORE, "_system_config": health}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    cluster.add_node(num_cpus=1, object_store_memory=STORE)
    yield cluster
    cluster.shutdown()
