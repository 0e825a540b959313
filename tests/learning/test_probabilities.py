import numpy as np
import pandas as pd

from stages.learning.predictions import load_probabilities, save_probabilities


def test_what_is_saved_is_loaded(tmp_path):
    rows = pd.DataFrame({"art_style": ["Cubism", "Cubism"], "painting": ["a", "joaquã­n"], "split": ["val", "test"]})
    probabilities = np.random.default_rng(0).dirichlet(np.ones(9), 2).astype(np.float32)
    save_probabilities(rows, probabilities, tmp_path / "probabilities.parquet")
    read, values = load_probabilities(tmp_path / "probabilities.parquet")
    pd.testing.assert_frame_equal(read, rows)
    np.testing.assert_array_equal(values, probabilities)
    columns = pd.read_parquet(tmp_path / "probabilities.parquet").columns.tolist()
    assert columns[:4] == ["art_style", "painting", "split", "amusement"]
    assert columns[-1] == "something else"
