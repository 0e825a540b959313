"""Captions that are not in the study's tokens, and those that are."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from commands.tokenization import tokenized, untokenized
from stages.metrics.interface import NONE, Context
from stages.metrics.pairing import Sample
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.resource_files import Resources
from stages.utterances.tokenize import Rules
from stages.utterances.tokenizer import Tokenizer, tokenizer_path

REFERENCES = [["the sea is calm", "a calm sea's light"], ["a dark sky", "the sky looks like stone"]]
TRAINING = ["it is the old harbour of a town"]


def fault(*captions: str) -> str | None:
    pictures = len(captions)
    references = [REFERENCES[number % 2] for number in range(pictures)]
    artworks = pd.DataFrame({"art_style": "R", "painting": [f"p{number}" for number in range(pictures)]})
    sample = Sample(artworks, [[text] for text in captions], references, np.full(pictures, NONE))
    return untokenized(sample, Context(references, training=TRAINING))


@pytest.mark.parametrize(
    ("captions", "numbers"),
    [
        (["The sea is calm.", "A dark sky"], [2, 2, 1, 2, 3, 7]),
        (["The sea is calm", "a dark sky"], [1, 2, 0, 2, 1, 7]),
        (["the sea is calm.", "a dark sky"], [0, 2, 1, 2, 1, 7]),
        (["the sea is calm , so", "a dark sky"], [0, 2, 1, 2, 2, 9]),
        # Pieces of words, as some decoders give them.
        (["the se @@a", "a dar @@k sky"], [0, 2, 2, 2, 4, 7]),
        (["das meer", "ein himmel"], [0, 2, 0, 2, 4, 4]),
        # Marks that belong to no caption.
        (["<sos> the sea is calm <eos>", "a dark sky"], [0, 2, 1, 2, 2, 9]),
        # One in a hundred.
        (["The sea is calm", *["a dark sky"] * 99], [1, 100, 0, 100, 1, 301]),
    ],
)
def test_signs_of_captions_as_typed_are_counted(captions: list[str], numbers: list[int]) -> None:
    text = fault(*captions)
    assert text is not None
    assert "--tokenize" in text
    capitals, pictures, punctuated, _, unknown, tokens = numbers
    found = [int(number) for number in re.findall(r"(?<![\d.])\d+(?![\d.%])", text.partition("(")[0])]
    assert found == [capitals, pictures, punctuated, unknown, tokens]


@pytest.mark.parametrize(
    "captions",
    [
        ["the sea is calm", "a dark sky"],
        # Marks that the references have, words of the training utterances, and a vocabulary's own signs.
        ["the sea's light", "the old harbour"],
        ["the <unk> is calm", "a dark <unk>"],
        # A word in twenty-one that nobody used, and a capital in two hundred captions.
        [" ".join(["sea"] * 20 + ["ships"])],
        ["The sea", *["a dark sky"] * 199],
    ],
)
def test_tokens_are_no_sign(captions: list[str]) -> None:
    assert fault(*captions) is None


TABLES = Resources(contractions={"it's": "it is"}, sentences={"Rubbish": "a rubbish heap"}, tokens={"grey": ["gray"]})
UTTERANCES = ["It's a grey, callm sea...", "Rubbish", "the cat's \u201cdark\u201d eyes", "so-so"]


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (CleanRules(), ["it is a grey calm sea", "rubbish", "the cat 's dark eyes", "so so"]),
        (
            ArtemisRules(TABLES),
            ["it is a gray calm sea", "a rubbish heap", "the cat 's \u201c dark \u201d eyes", "so so"],
        ),
    ],
)
def test_the_studys_rules_and_corrections(
    rules: Rules, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Tokenizer(rules, {"callm": "calm"}).save(tokenizer_path("deep_nets"))
    assert tokenized(UTTERANCES, "deep_nets") == expected
    assert tokenized([], "deep_nets") == []
