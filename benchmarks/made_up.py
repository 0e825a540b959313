"""Made-up annotations, word tables and picture files with the sizes of ArtEmis'.

Words follow Zipf's law over a dictionary; a share of them is misspelled, capitalized, quoted,
contracted or in brackets, as in people's writing. Pictures are smooth noise.
"""

import io
import json
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from stages.common.emotions import ARTEMIS
from stages.utterances.resource_files import DICTIONARY, FOLDER, GLOVE, SPELLING

# Numbers of rows and artworks, about those of ArtEmis.
PART, ARTWORKS = 450_000, 80_000
WORDS, MISSPELLED = 26_000, 11_500
# Number of different words in made-up captions.
VOCABULARY = 12_000
PRONOUNS = ("i", "you", "he", "she", "it", "we", "they", "that", "there", "who", "what")
CLITICS = {"'m": " am", "'re": " are", "'s": " is", "'ve": " have", "'ll": " will", "'d": " had", "n't": " not"}
FORMS = ("{}",) * 120 + ("{},",) * 6 + ("{}.",) * 6 + ("'{}'", '"{}"', "({})", "{}'s", "{}!", "{}...", "it's {}", "{}-")
# Number of distinct pictures. The other files are copies with different last bytes: drawing a picture costs
# more than decoding it, which is what the stages do.
DRAWN = 64
# Width and height of a landscape and a portrait: the longer side has 600 pixels, as in the WikiArt of ArtEmis.
SIDES = ((600, 450), (430, 600))


def dictionary() -> list[str]:
    """SymSpell's lines, each a word and its frequency."""
    text = (files("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8")
    return text.splitlines()


def sentences(captions: int, references: int, seed: int = 2021) -> tuple[list[str], list[list[str]]]:
    """Synthetic captions and references: words by Zipf's law, 15 tokens on average, a third of them per picture."""
    rng = np.random.default_rng(seed)
    words = np.array([line.split()[0] for line in dictionary()[:VOCABULARY]])
    weights = 1 / (np.arange(VOCABULARY) + 2.7)
    drawn = rng.choice(VOCABULARY, (captions, references + 1, 30), p=weights / weights.sum())
    own = rng.choice(drawn[:, :1, :10].reshape(captions, 10), 10, axis=1)
    of_picture = rng.random(drawn.shape) < 1 / 3
    drawn = np.where(of_picture, own[np.arange(captions)[:, None, None], rng.integers(10, size=drawn.shape)], drawn)
    lengths = np.clip(rng.lognormal(2.66, 0.35, drawn.shape[:2]).astype(int), 4, 30)
    texts = [
        [" ".join(words[row[:length]]) for row, length in zip(rows, row_lengths, strict=True)]
        for rows, row_lengths in zip(drawn, lengths, strict=True)
    ]
    return [first for first, *_ in texts], [others for _, *others in texts]


def annotations(rows: int, seed: int = 2021) -> pd.DataFrame:
    """`rows` annotations of 16 tokens on average, with about 37,000 distinct words."""
    return pd.concat(annotation_parts(rows, seed), ignore_index=True).assign(record=np.arange(1, rows + 1))


def annotation_parts(rows: int, seed: int = 2021) -> Iterator[pd.DataFrame]:
    """The same, PART rows at a time to limit the memory; no two parts share an artwork."""
    rng = np.random.default_rng(seed)
    words = [line.split()[0] for line in dictionary()[:WORDS]]
    words += [_misspell(words[rng.integers(200, WORDS)], rng) for _ in range(MISSPELLED)]
    for number, start in enumerate(range(0, rows, PART)):
        part = _annotations(min(PART, rows - start), words, rng)
        yield part.assign(painting=part["painting"] + f"-{number}")


def _annotations(rows: int, words: list[str], rng: np.random.Generator) -> pd.DataFrame:
    # Misspelled words are rare: half of them occur once or twice.
    weights = 1 / (np.arange(len(words)) + 2.7)
    weights[WORDS:] = weights[WORDS - 1] / 8
    lengths = np.clip(rng.lognormal(2.66, 0.42, rows).astype(int), 3, 60)
    drawn = rng.choice(len(words), lengths.sum(), p=weights / weights.sum())
    forms = rng.integers(len(FORMS), size=lengths.sum())
    tokens = [FORMS[form].format(words[word]) for form, word in zip(forms.tolist(), drawn.tolist(), strict=True)]
    spans = zip(np.cumsum(lengths).tolist(), lengths.tolist(), strict=True)
    utterances = [" ".join(tokens[end - length : end]).capitalize() + "." for end, length in spans]
    # One artwork in 114 has many annotations: 701 of ArtEmis' 80,031.
    artwork = np.sort(rng.integers(ARTWORKS * rows // PART, size=rows))
    return pd.DataFrame(
        {
            "art_style": np.array([f"Style_{n}" for n in range(27)])[artwork % 27],
            "painting": [f"somebody_painting-number-{n}" for n in artwork.tolist()],
            "emotion": np.array(ARTEMIS.names)[rng.integers(9, size=rows)],
            "utterance": utterances,
            "repetition": np.where(artwork % 114 == 0, 45, 6).astype("int32"),
            "has_picture": True,
        }
    )


def _misspell(word: str, rng: np.random.Generator) -> str:
    """Double a letter, leave it out, or swap it with the next one."""
    place = int(rng.integers(len(word)))
    kind = rng.integers(3)
    if kind == 0:
        return word[: place + 1] + word[place:]
    if kind == 1:
        return word[:place] + word[place + 1 :]
    return word[:place] + word[place : place + 2][::-1] + word[place + 2 :]


def write_resources(folder: Path = FOLDER) -> None:
    """Write the tables that `rules: artemis` needs: 77 contractions, a few corrections, 60,000 correct words."""
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


def write_pictures(folder: Path, names: Iterable[tuple[str, str]]) -> None:
    """Write a JPEG of about 76 kB for each (style, painting); its noise compresses about as paintings do."""
    drawn = [_jpeg(side, seed) for seed, side in zip(range(DRAWN), SIDES * DRAWN, strict=False)]
    for number, (style, painting) in enumerate(names):
        (folder / style).mkdir(parents=True, exist_ok=True)
        (folder / style / f"{painting}.jpg").write_bytes(drawn[number % DRAWN] + number.to_bytes(4, "little"))


def _jpeg(side: tuple[int, int], seed: int) -> bytes:
    rng = np.random.default_rng((2021, seed))
    coarse = Image.fromarray(rng.integers(0, 256, (40, 40, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize(side, Image.Resampling.BICUBIC))
    noisy = np.clip(smooth + rng.normal(0, 8, (*smooth.shape[:2], 1)), 0, 255)
    file = io.BytesIO()
    Image.fromarray(noisy.astype(np.uint8)).save(file, "JPEG", quality=80)
    return file.getvalue()
