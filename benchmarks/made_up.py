"""Made-up annotations of ArtEmis' shape, and made-up word tables, for measuring the stage `utterances`.

Words follow Zipf's law over a dictionary; a share is misspelled, capitalized, quoted,
contracted or in brackets, as in what people write.
"""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from stages.common.emotions import EMOTIONS
from stages.utterances.resource_files import DICTIONARY, FOLDER, GLOVE, SPELLING

# Rows and artworks of ArtEmis, more or less.
PART, ARTWORKS = 450_000, 80_000
WORDS, MISSPELLED = 26_000, 11_500
PRONOUNS = ("i", "you", "he", "she", "it", "we", "they", "that", "there", "who", "what")
CLITICS = {"'m": " am", "'re": " are", "'s": " is", "'ve": " have", "'ll": " will", "'d": " had", "n't": " not"}
FORMS = ("{}",) * 120 + ("{},",) * 6 + ("{}.",) * 6 + ("'{}'", '"{}"', "({})", "{}'s", "{}!", "{}...", "it's {}", "{}-")


def dictionary() -> list[str]:
    """SymSpell's lines of word and frequency."""
    text = (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8")
    return text.splitlines()


def annotations(rows: int, seed: int = 2021) -> pd.DataFrame:
    """`rows` annotations, 16 tokens each on average, with about 37,000 distinct words."""
    return pd.concat(parts(rows, seed), ignore_index=True).assign(record=np.arange(1, rows + 1))


def parts(rows: int, seed: int = 2021) -> Iterator[pd.DataFrame]:
    """The same PART rows at a time, which bounds the memory; each part is about artworks of its own."""
    rng = np.random.default_rng(seed)
    words = [line.split()[0] for line in dictionary()[:WORDS]]
    words += [_misspell(words[rng.integers(200, WORDS)], rng) for _ in range(MISSPELLED)]
    for number, start in enumerate(range(0, rows, PART)):
        part = _part(min(PART, rows - start), words, rng)
        yield part.assign(painting=part["painting"] + f"-{number}")


def _part(rows: int, words: list[str], rng: np.random.Generator) -> pd.DataFrame:
    # Misspelled words are rare: half of them are written once or twice.
    weights = 1 / (np.arange(len(words)) + 2.7)
    weights[WORDS:] = weights[WORDS - 1] / 8
    lengths = np.clip(rng.lognormal(2.66, 0.42, rows).astype(int), 3, 60)
    drawn = rng.choice(len(words), lengths.sum(), p=weights / weights.sum())
    forms = rng.integers(len(FORMS), size=lengths.sum())
    typed = [FORMS[form].format(words[word]) for form, word in zip(forms.tolist(), drawn.tolist(), strict=True)]
    ends = np.cumsum(lengths).tolist()
    said = [" ".join(typed[end - n : end]).capitalize() + "." for end, n in zip(ends, lengths.tolist(), strict=True)]
    # 701 artworks of 80,031 have many annotations.
    artwork = np.sort(rng.integers(ARTWORKS * rows // PART, size=rows))
    return pd.DataFrame(
        {
            "art_style": np.array([f"Style_{n}" for n in range(27)])[artwork % 27],
            "painting": [f"somebody_painting-number-{n}" for n in artwork.tolist()],
            "emotion": np.array(EMOTIONS)[rng.integers(9, size=rows)],
            "utterance": said,
            "repetition": np.where(artwork % 114 == 0, 45, 6).astype("int32"),
            "has_picture": True,
        }
    )


def write_resources(folder: Path = FOLDER) -> None:
    """Tables of the kind that `rules: artemis` needs: 77 contractions, a few patches, 60,000 good words."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = dictionary()
    contractions = {f"{word}{clitic}": f"{word}{long}" for word in PRONOUNS for clitic, long in CLITICS.items()}
    tables = {
        "contractions": contractions,
        "sentences": {"Thesea": "the sea"},
        "tokens": {"colour": "color", "thats": ["that", "is"]},
        "words": ["'s", "n't", "``", "''", "(", ")", "'"],
    }
    (folder / SPELLING).write_text(json.dumps(tables), encoding="utf-8")
    (folder / GLOVE).write_text("\n".join(line.split()[0] for line in lines[:60_000]), encoding="utf-8")
    (folder / DICTIONARY).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _misspell(word: str, rng: np.random.Generator) -> str:
    """One letter doubled, left out, or swapped with the next."""
    place = int(rng.integers(len(word)))
    kind = rng.integers(3)
    if kind == 0:
        return word[: place + 1] + word[place:]
    return (
        word[:place] + word[place + 1 :]
        if kind == 1
        else word[:place] + word[place : place + 2][::-1] + word[place + 2 :]
    )
