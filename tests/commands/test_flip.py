"""`artemis flip`: the measure on pairs worked out by hand, and the command from its tables to the table."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from commands import flips
from commands.flipping import choose
from stages.annotations.tables import save_emotions
from stages.common.captions_table import save_captions
from stages.common.emotions import ARTEMIS
from stages.histograms.tables import PATH as HISTOGRAMS
from stages.histograms.tables import count_emotions, save_histograms
from stages.metrics.emotion import EmotionJudge
from stages.utterances.clean_rules import CleanRules
from stages.utterances.tables import save_utterances, table_path
from stages.utterances.tokenizer import Tokenizer, tokenizer_path
from tests.commands.run import artemis

AWE, CONTENTMENT, FEAR = ARTEMIS.ids["awe"], ARTEMIS.ids["contentment"], ARTEMIS.ids["fear"]
# People's emotions about four artworks, and three pairs of them, all of different emotions.
MAJORITY = np.array([AWE, FEAR, AWE, CONTENTMENT])
SIDES = np.array([[0, 1], [2, 3], [0, 3]])


def scored(judged: list[int], people: list[list[int]]) -> dict[str, dict[str, dict[str, float]]]:
    return flips.score(SIDES, MAJORITY, np.array(judged), np.array(people), emotions=ARTEMIS, seed=1)


def values(scores: dict[str, dict[str, float]]) -> dict[str, float]:
    return {name: entry["value"] for name, entry in scores.items()}


def test_changes_and_follows() -> None:
    # The first pair changes as people do; of the second and third, contentment is taken for awe.
    scores = scored([AWE, FEAR, AWE, AWE], [[AWE, FEAR, AWE, CONTENTMENT], [FEAR, AWE, AWE, AWE]])
    # The polarity of people differs in the first pair alone.
    assert values(scores["captions"]) == {
        "emotion.changes": 1 / 3,
        "emotion.follows": 1 / 3,
        "polarity.changes": 1,
        "polarity.follows": 1,
    }
    # All of the first draw; of the second, which takes the pictures for each other, a change in the first and third.
    assert values(scores["people"]) == pytest.approx(
        {
            "emotion.changes": (1 + 2 / 3) / 2,
            "emotion.follows": 1 / 2,
            "polarity.changes": 1,
            "polarity.follows": 1 / 2,
        }
    )
    # The same for every resample of the pairs that count.
    assert scores["captions"]["polarity.changes"] == {"value": 1, "low": 1, "high": 1}
    assert scores["captions"]["emotion.changes"]["low"] == 0
    assert scores["captions"]["emotion.changes"]["high"] == 1


def test_shuffled_captions_change_too() -> None:
    scores = scored([AWE, FEAR, AWE, AWE], [[AWE] * 4])
    # Two of four captions differ if one is the only fear: 2/4. The first pair gets awe and fear in 3/4 of 1/3.
    assert values(scores["shuffled"]) == pytest.approx(
        {"emotion.changes": 1 / 2, "emotion.follows": 1 / 4 / 3, "polarity.changes": 1 / 2, "polarity.follows": 1 / 4}
    )


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=2, max_size=5))
def test_the_floor_is_the_mean_over_all_shuffles(artworks: list[tuple[int, int]]) -> None:
    judged, majority = np.array(artworks).T
    sides = np.array(list(itertools.combinations(range(len(judged)), 2)))
    every = [
        flips.columns(judged[list(order)][sides], majority[sides], ARTEMIS)
        for order in itertools.permutations(range(len(judged)))
    ]
    means = {name: np.mean([each[name].sum() for each in every]) for name in every[0]}
    floor = flips.shuffled(judged, majority[sides], ARTEMIS)
    for value in flips.VALUES:
        hits, pairs = (means[column] for column in value.columns)
        assert floor[value.name] == pytest.approx(hits / pairs if pairs else np.nan, nan_ok=True)


def test_a_polarity_that_differs_in_no_pair_is_left_out() -> None:
    ids = np.array([AWE, CONTENTMENT])
    scores = flips.score(np.array([[0, 1]]), ids, ids, ids[None], emotions=ARTEMIS, seed=1)
    assert [list(each) for each in scores.values()] == [["emotion.changes", "emotion.follows"]] * 3
    assert flips.table(scores, "mine")["mine"].tolist() == ["100.0 % [100.0, 100.0]"] * 2


def test_something_else_is_a_polarity_of_its_own() -> None:
    else_ = ARTEMIS.ids["something else"]
    columns = flips.columns(np.array([[AWE, else_]]), np.array([[FEAR, else_]]), ARTEMIS)
    assert {name: column[0] for name, column in columns.items() if name.startswith("polarity")} == {
        "polarity.pairs": 1,
        "polarity.changes.hit": 1,
        "polarity.follows.hit": 0,
    }


def test_draws_are_utterances_of_the_artwork() -> None:
    drawn = np.array(flips.draw([["a"], ["b", "c", "d"]], seed=1))
    assert drawn.shape == (flips.DRAWS, 2)
    assert set(drawn[:, 0]) == {"a"}
    assert set(drawn[:, 1]) <= {"b", "c", "d"}
    assert len(set(drawn[:, 1])) > 1


def test_why_pairs_are_left_out() -> None:
    works = {name: ("R", name) for name in "abcdefgh"}
    a, b, c, d, e, f, g, h = works.values()
    anchors, contrasts = [a, a, c, a, a, a, a], [b, g, g, d, e, f, h]
    chosen = choose(
        anchors,
        contrasts,
        captioned={a, b, d, e, f},
        majority={a: AWE, b: FEAR, c: AWE, d: AWE, e: FEAR, g: FEAR},
        known={a, b, c, d, f, g, h},
    )
    assert chosen.artworks == [a, b]
    assert chosen.sides.tolist() == [[0, 1]]
    assert chosen.majority.tolist() == [AWE, FEAR]
    assert chosen.left_out == {
        "one_caption": 2,
        "no_caption": 1,
        "no_majority": 1,
        "no_utterance": 1,
        "same_majority": 1,
    }


# Utterances of four artworks, with their emotions and split; people are of two minds about the last.
PEOPLE = {
    "calm": (["a calm sea", "the sea"], ["awe", "awe"], "train"),
    "storm": (["a dark storm", "a storm"], ["fear", "fear"], "test"),
    "field": (["a green field"], ["awe"], "test"),
    "torn": (["the sea", "a storm"], ["awe", "fear"], "test"),
}
PAIRS = [("storm", "calm"), ("field", "calm"), ("torn", "calm"), ("storm", "field")]
CAPTIONS = {"calm": "the sea", "storm": "a storm", "field": "a storm", "torn": "a storm"}


def storm_is_fear(texts: list[list[str]]) -> np.ndarray:
    """Fear for texts with "storm", awe for all others."""
    return np.eye(len(ARTEMIS))[[FEAR if "storm" in tokens else AWE for tokens in texts]]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [
        {"painting": name, "utterance_spelled": text, "emotion": emotion, "split": split}
        for name, (texts, emotions, split) in PEOPLE.items()
        for text, emotion in zip(texts, emotions, strict=True)
    ]
    frame = pd.DataFrame(rows).assign(art_style="R", utterance="", repetition=5, emotion_label=1, tokens_len=0)
    frame = frame.assign(tokens=[[]] * len(rows), tokens_encoded=[[]] * len(rows))
    save_utterances(frame, table_path("deep_nets"))
    save_emotions(ARTEMIS)
    save_histograms(count_emotions(frame, ARTEMIS), ARTEMIS)
    Tokenizer(CleanRules(), {}).save(tokenizer_path("deep_nets"))
    monkeypatch.setattr(
        "commands.flipping.load_judges", lambda emotions, device: (EmotionJudge("alignment", storm_is_fear),)
    )
    params = {
        "device": "cpu",
        "seed": 7,
        "captions": {"split": "test"},
        "metrics": {"tokenizer": "whitespace", "meteor": "none", "spice": "", "shuffles": 3},
        "utterances": {"rules": "clean"},
    }
    YAML().dump(params, Path("params.yaml"))
    table = pd.DataFrame(PAIRS, columns=["painting", "anchor_painting"]).assign(art_style="R", anchor_art_style="R")
    table.to_csv("pairs.csv", index=False)


def flip(captions: dict[str, str], *options: str, **columns: Any) -> tuple[int, list[str], list[str]]:
    frame = pd.DataFrame({"art_style": "R", "painting": list(captions), "caption": list(captions.values())})
    frame.assign(**columns).to_csv("mine.csv", index=False)
    return artemis("flip", "pairs.csv", "mine.csv", *options)


@pytest.mark.usefixtures("study")
def test_the_table() -> None:
    code, lines, notes = flip(CAPTIONS, "--json", "flips.json")
    assert code == 0
    assert lines[0] == "2 of 4 pairs, 3 artworks"
    assert lines[2] == "|  | mine | shuffled | people |"
    # storm and calm change, storm and field do not.
    assert lines[4].startswith("| pairs whose judged emotion changes | 50.0 % [0.0, 100.0] | ")
    assert lines[4].endswith(" % | 100.0 % [100.0, 100.0] |")
    assert [note.partition(": ")[2] for note in notes] == [
        "1 of 4 pairs are left out: no emotion has the most votes for one of the artworks",
        "1 of 4 pairs are left out: most people chose the same emotion for both",
        "of 1 of the 2 pairs an artwork is in the split train, so a speaker of this study has learned from its "
        "utterances",
    ]
    numbers = json.loads(Path("flips.json").read_text())
    assert numbers["pairs"] == 2
    assert numbers["left_out"] == {"no_majority": 1, "same_majority": 1}
    assert numbers["captions"]["polarity.follows"]["value"] == 0.5


@pytest.mark.usefixtures("study")
def test_a_pair_with_one_caption_is_counted() -> None:
    code, lines, notes = flip({name: CAPTIONS[name] for name in ("storm", "field")})
    assert code == 0
    assert lines[0] == "1 of 4 pairs, 2 artworks"
    assert notes[:2] == [
        "pairs.csv: 2 of 4 pairs are left out: only one of the artworks has a caption",
        "pairs.csv: 1 of 4 pairs are left out: neither artwork has a caption",
    ]


@pytest.mark.usefixtures("study")
def test_captions_of_a_system_of_the_study() -> None:
    frame = pd.DataFrame({"painting": list(CAPTIONS), "caption": list(CAPTIONS.values())})
    constant = {"art_style": "R", "grounding_emotion": "awe", "config": 0, "log_probability": None}
    further = frame.assign(caption="the sea", rank=1)
    save_captions(pd.concat([frame.assign(rank=0), further]).assign(**constant), Path("data/captions/captions.parquet"))
    code, lines, notes = artemis("flip", "pairs.csv", "captions")
    assert code == 0
    assert lines[2] == "|  | speaker | shuffled | people |"
    assert lines[4].startswith("| pairs whose judged emotion changes | 50.0 %")
    assert "3 of 3 captions were conditioned on an emotion" in notes[-1]


@pytest.mark.usefixtures("study")
def test_captions_as_typed() -> None:
    typed = {name: f"{text.capitalize()}!" for name, text in CAPTIONS.items()}
    code, lines, notes = flip(typed)
    assert code == 0
    # No caption has the token "storm".
    assert lines[4].startswith("| pairs whose judged emotion changes | 0.0 %")
    assert "--tokenize" in notes[-1]
    code, lines, notes = flip(typed, "--tokenize")
    assert lines[4].startswith("| pairs whose judged emotion changes | 50.0 %")
    assert not any("--tokenize" in note for note in notes)


@pytest.mark.usefixtures("study")
def test_captions_of_artemis_caption() -> None:
    rows = [{"picture": f"images/R/{name}.jpg", "caption": text} for name, text in CAPTIONS.items()]
    Path("mine.json").write_text(json.dumps(rows))
    code, lines, _ = artemis("flip", "pairs.csv", "mine.json")
    assert (code, lines[0]) == (0, "2 of 4 pairs, 3 artworks")


@pytest.mark.usefixtures("study")
def test_no_pair_counts() -> None:
    code, lines, problems = flip({"storm": "a storm"})
    assert (code, lines) == (1, [])
    assert "mine.csv: no pair of pairs.csv counts" in problems[-1]


@pytest.mark.usefixtures("study")
def test_what_is_wrong_is_named() -> None:
    code, _, (error,) = artemis("flip", "pairs.csv", "nowhere.csv")
    assert code == 1
    assert "nowhere.csv: there is no such file; CAPTIONS is a file, or one of captions, " in error
    code, _, (error,) = artemis("flip", "pairs.csv", "neighbor_captions")
    assert code == 1
    assert "dvc repro neighbor_captions" in error
    frame = pd.DataFrame({"art_style": "R", "painting": ["calm", "calm"], "caption": "the sea"})
    frame.to_csv("twice.csv", index=False)
    code, _, (error,) = artemis("flip", "pairs.csv", "twice.csv")
    assert code == 1
    assert [word for word in ("twice.csv, line 3", "R/calm", "line 2") if word not in error] == []
    HISTOGRAMS.unlink()
    code, _, (error,) = flip(CAPTIONS)
    assert code == 1
    assert "dvc repro histograms" in error
