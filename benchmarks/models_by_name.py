"""Publish and fetch the study's speaker, with a hub on this machine: bytes, seconds, and what a name costs a caption.

python -m benchmarks.models_by_name [--runs N]

Needs a finished study (`make repro`). Every command is a process of its own, in turn; the medians are printed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from formats.hub.kinds import SPEAKER
from formats.hub.models import COMMIT
from tests.formats.fake_hub import TOKEN, FakeHub, fake_hub

NAME = "ann/speaker"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="of each command that captions a picture")
    runs = parser.parse_args().runs
    with fake_hub() as hub, TemporaryDirectory() as home:
        environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": home, "HF_TOKEN": TOKEN}
        artemis = Timed(environment | {"HF_HUB_DISABLE_XET": "1"})
        print(f"publish: {artemis('publish', 'speaker', NAME):.1f} s")
        print(f"uploaded: {sum(map(len, hub.files(NAME).values())):,} bytes with .gitattributes")
        print(f"publish again: {artemis('publish', 'speaker', NAME):.1f} s, {_commits(hub)} commit in all")
        print(f"fetch into a folder: {artemis('fetch', 'speaker', NAME, f'{home}/folder'):.1f} s")
        _captions(hub, artemis, runs)


class Timed:
    """Runs `artemis` in this environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    def __call__(self, *arguments: str) -> float:
        """Seconds of a command, start included."""
        begun = time.perf_counter()
        command = [sys.executable, "-m", "commands", *arguments]
        subprocess.run(command, env=self.environment, check=True, capture_output=True)
        return time.perf_counter() - begun


def _captions(hub: FakeHub, artemis: Callable[..., float], runs: int) -> None:
    """Seconds to caption one picture with a folder, a name in the cache, and a pinned one, in turn."""
    picture = str(min(Path("data/raw/demo/images").rglob("*.jpg")))
    commit = hub.repos[f"models/{NAME}"].refs["main"]
    assert COMMIT.fullmatch(commit)
    seconds: dict[str, list[float]] = {str(SPEAKER.folder): [], NAME: [], f"{NAME}@{commit}": []}
    asked = dict.fromkeys(seconds, 0)
    for _ in range(runs):
        for name, taken in seconds.items():
            hub.asked.clear()
            taken.append(artemis("caption", picture, "--speaker", name))
            asked[name] = len(hub.asked)
    for name, taken in seconds.items():
        spread = f"{min(taken):.2f} to {max(taken):.2f}"
        print(f"caption --speaker {name}: {statistics.median(taken):.2f} s ({spread}), {asked[name]} requests")


def _commits(hub: FakeHub) -> int:
    """Commits of the repository after its creation."""
    return len(hub.repos[f"models/{NAME}"].commits) - 1


if __name__ == "__main__":
    main()
