"""Train every architecture in its folder, without dropout: in one process, or in several under a launcher."""

import contextlib
from pathlib import Path
from unittest.mock import patch

from stages.learning.launch import run
from stages.speaker import __main__ as stage
from stages.speaker.merge import Merge
from stages.speaker.registry import ARCHITECTURES


def main() -> None:
    folder = Path.cwd()
    # Processes draw different dropout; merge has a constant rate.
    with patch.dict(Merge.__init__.__kwdefaults__, dropout=0.0):
        for arch in ARCHITECTURES:
            # All processes but the first exit after a training.
            with contextlib.chdir(folder / arch), contextlib.suppress(SystemExit):
                run(stage.__doc__, stage.main)


if __name__ == "__main__":
    main()
