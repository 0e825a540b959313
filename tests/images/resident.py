"""Memory of this process that a memory-mapped file takes."""

from pathlib import Path

import pytest

MAPS = Path("/proc/self/smaps")
needs_maps = pytest.mark.skipif(not MAPS.exists(), reason=f"needs {MAPS}")


def resident(path: Path) -> int:
    """KiB of a memory-mapped file that count as memory of this process."""
    regions = MAPS.read_text(encoding="utf-8").split(str(path))[1:]
    return sum(int(region.partition("Rss:")[2].split()[0]) for region in regions)
