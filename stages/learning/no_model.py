"""A classifier's files in a data set without emotions: all that the stage must write, and nothing in them.

DVC wants every out of a stage, and what reads them should not find an invented model there.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from stages.common.emotions import NO_EMOTIONS, NO_MODEL, Emotions
from stages.common.errors import UserError
from stages.common.files import write_json, write_with
from stages.learning.predictions import save_confusion, save_probabilities
from stages.learning.training import write_curves


def save_no_model(folder: Path, reports: Path, columns: Sequence[str], curves: Sequence[str]) -> str:
    """Write model.safetensors without tensors, config.json with the reason, and tables without rows.

    Args:
        columns: the text columns of probabilities.parquet.
        curves: the columns of epochs.tsv.

    Returns:
        A summary for the stage.
    """
    write_json({NO_MODEL: NO_EMOTIONS}, folder / "config.json")
    save_no_weights(folder / "model.safetensors")
    none = Emotions({})
    save_probabilities(pd.DataFrame(columns=list(columns)), np.zeros((0, 0)), none, folder / "probabilities.parquet")
    write_json({}, reports / "metrics.json")
    save_confusion(np.zeros((0, 0), np.int64), none, reports / "confusion.csv")
    write_curves([], reports / "epochs.tsv", curves)
    return f"no model: {NO_EMOTIONS}"


def save_no_weights(path: Path) -> None:
    """Write a safetensors file without tensors, the same bytes each time."""
    write_with(lambda beside: save_file({}, beside), path)


def require_model(config: dict[str, Any], folder: Path) -> None:
    """Check the config.json of a classifier.

    Raises:
        UserError: `folder` holds no model.
    """
    if reason := config.get(NO_MODEL):
        raise UserError(
            f"{folder}: holds no model: {reason}; train on annotations with emotions, or import a classifier "
            "(`artemis import --help`)"
        )
