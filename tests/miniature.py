"""The whole study on a corpus of a few small pictures, as a repository of its own."""

import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.study import LITTER, PACKAGES, ROOT
from tests.warm.interpreter import environment

# What a clone has of the folders for a person's files.
READMES = [f"data/raw/{name}/README.md" for name in ("resources", "external_captions")]
# The smallest study in which no stage is left without data: every split has a picture,
# and each model learns for an epoch.
SMALL: dict[str, Any] = {
    "demo.pictures": 40,
    "images.size": 64,
    "features.backbone": "test_resnet",
    "features.weights": "none",
    "utterances.splits.train": 0.7,
    "utterances.splits.val": 0.15,
    "text_classifier.lstm.embedding": 8,
    "text_classifier.lstm.hidden": 8,
    "text_classifier.lstm.epochs": 2,
    "image_classifier.epochs": 1,
    "speaker.sat.embedding": 16,
    "speaker.sat.attention": 16,
    "speaker.sat.hidden": 16,
    "speaker.sat.epochs": 1,
    "captions.beam_size": 5,
    "captions.max_length": 8,
    # The tests of METEOR make its index of paraphrases.
    "metrics.meteor": "none",
    "metrics.shuffles": 2,
}


@dataclass(frozen=True)
class Miniature:
    """A repository in which `dvc repro` ended well, and what it printed."""

    folder: Path
    printed: str
    seconds: float

    def again(self) -> str:
        """What a further `dvc repro` prints."""
        return dvc(self.folder, "repro")


def build(folder: Path) -> Miniature:
    """Copy the code to `folder` and run the study there.

    Raises:
        AssertionError: `dvc repro` failed; with all that it printed.
    """
    copy(folder, SMALL)
    started = time.perf_counter()
    printed = dvc(folder, "repro")
    return Miniature(folder, printed, time.perf_counter() - started)


def copy(folder: Path, params: Mapping[str, Any]) -> None:
    """A repository at `folder` with this one's code, as it is on disk, and `params`, dotted keys, changed."""
    folder.mkdir(parents=True)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(*LITTER))
    for name in ("dvc.yaml", "params.yaml", ".dvcignore", ".gitignore"):
        shutil.copy(ROOT / name, folder / name)
    for readme in READMES:
        (folder / readme).parent.mkdir(parents=True)
        shutil.copy(ROOT / readme, folder / readme)
    shutil.copytree(ROOT / ".dvc" / "plots", folder / ".dvc" / "plots")
    shutil.copy(ROOT / ".dvc" / "config", folder / ".dvc" / "config")
    shutil.copytree(ROOT / "presets", folder / "presets")
    change(folder / "params.yaml", params)
    for words in ("init -q", "add .", "-c user.name=test -c user.email=test@localhost commit -q -m study"):
        subprocess.run(["git", *words.split()], cwd=folder, check=True)


def change(file: Path, params: Mapping[str, Any]) -> None:
    """Write `params`, dotted keys of values that are there, into `file`."""
    yaml = YAML()
    values = yaml.load(file)
    for key, value in params.items():
        *sections, name = key.split(".")
        section = values
        for part in sections:
            section = section[part]
        assert name in section, key
        section[name] = value
    yaml.dump(values, file)


def dvc(folder: Path, *words: str, **at_start: str) -> str:
    """Run DVC, with `environment(**at_start)`; returns what it printed."""
    done = start(folder, "dvc", *words, **at_start)
    printed, _ = done.communicate()
    assert done.returncode == 0, f"dvc {' '.join(words)} failed in {folder}:\n{printed}"
    return printed


def start(folder: Path, *command: str, **at_start: str) -> "subprocess.Popen[str]":
    """Start a command in `folder`; all that it prints comes by its standard output."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**environment(**at_start), "DVC_SITE_CACHE_DIR": str(folder / ".dvc" / "site")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
