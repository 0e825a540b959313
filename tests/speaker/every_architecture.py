"""Train in every folder of the working directory, without dropout: in one process, or in several under a launcher."""

import contextlib
from pathlib import Path
from unittest.mock import patch

from accelerate import Accelerator

from stages.learning.launch import run
from stages.speaker import __main__ as stage
from stages.speaker import sat
from stages.speaker.merge import Merge


def main() -> None:
    # Processes draw different dropout; merge has a constant rate, and sat one for its places.
    without_dropout = patch.dict(Merge.__init__.__kwdefaults__, dropout=0.0)
    of_places = patch.object(sat, "CHANNEL_DROPOUT", 0.0)
    # Sums in half precision depend on their order, too.
    in_full = patch.object(stage, "has_bfloat16", lambda _: False)
    # A training ends the process group, and there is one for all of them.
    one_group = patch.object(Accelerator, "end_training")
    with without_dropout, of_places, in_full, one_group:
        for folder in sorted(Path.cwd().iterdir()):
            # All processes but the first exit after a training.
            with contextlib.chdir(folder), contextlib.suppress(SystemExit):
                run(stage.__doc__, stage.main)
    Accelerator(cpu=True).end_training()


if __name__ == "__main__":
    main()
