"""How many cores this process may use."""

import os


def usable_cores() -> int:
    """The cores of this process's affinity: a container may see fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
