"""A folder to caption pictures in."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.commands.run import CAPTIONS, Run, artemis
from tests.speaker.two_colours import saved


@pytest.fixture
def caption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command in a folder with params.yaml and a plain speaker."""
    monkeypatch.chdir(tmp_path)
    YAML().dump({"device": "cpu", "captions": CAPTIONS}, Path("params.yaml"))
    saved(Path("data/speaker"))
    return lambda *arguments: artemis("caption", *arguments)
