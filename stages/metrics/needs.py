"""What the metrics need of this machine, asked before hours of training rather than found missing after them.

No stage runs this: `python -m stages.check_params` does, which alone sees all sections of
params.yaml before anything has run. `dvc repro` by itself learns the same from the stage.
"""

from collections.abc import Iterator
from pathlib import Path

from stages.metrics.interface import Unavailable
from stages.metrics.java import java
from stages.metrics.params import Metrics
from stages.metrics.ptb import java_for_tokens
from stages.metrics.spice import java_for


def require(dials: Metrics) -> None:
    """Make sure that nothing will stop the stage.

    Raises:
        UserError: the tokenizer needs Java, and there is none.
    """
    if dials.tokenizer == "ptb":
        java_for_tokens()


def left_out(dials: Metrics) -> Iterator[str]:
    """A sentence on each metric that is asked for and that the stage will go on without."""
    try:
        if dials.meteor:
            java("METEOR")
    except Unavailable as reason:
        yield f"metrics.meteor: will be left out: {reason}"
    try:
        if dials.spice:
            java_for(Path(dials.spice))
    except Unavailable as reason:
        yield f"metrics.spice: will be left out: {reason}"
