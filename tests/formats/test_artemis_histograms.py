"""The CSV that ArtEmis' own scripts read."""

import ast

import pandas as pd

from formats.artemis.histograms import export
from stages.histograms.tables import count_emotions


def test_the_format_is_the_references(tmp_path) -> None:
    # The first artwork of the reference's own file, vote by vote (reference, section 3).
    emotions = ["amusement", "contentment", "fear", "fear", "something else"]
    frame = pd.DataFrame({"art_style": "Abstract_Expressionism", "painting": 'a, "b"', "emotion": emotions})
    export(count_emotions(frame), tmp_path / "histograms.csv")
    lines = (tmp_path / "histograms.csv").read_text().splitlines()
    assert lines[0] == "art_style,painting,emotion_histogram"
    assert lines[1].endswith('"[1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 1.0]"')
    read = pd.read_csv(tmp_path / "histograms.csv")
    assert read["painting"].tolist() == ['a, "b"']
    assert sum(ast.literal_eval(read["emotion_histogram"][0])) == 5
