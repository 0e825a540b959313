"""Parts of speech, as the universal tag set (Petrov et al., 2012) has them.

NLTK's averaged perceptron needs its weights, which are not part of this repository;
without them TextBlob's pattern tagger, which brings its own lexicon, stands in, and
every table says which of the two it was.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from nltk.tag.perceptron import PerceptronTagger
from textblob.en import parser as pattern

from stages.common.tables import read_json

# Those that ArtEmis counts; the beginnings of their Penn Treebank tags.
PARTS = {
    "noun": ("NN",),
    "pronoun": ("PRP", "WP"),
    "adjective": ("JJ",),
    "adposition": ("IN",),
    "verb": ("VB", "MD"),
}
# A part's code is its place here; 0 is any other.
CODES = {part: code for code, part in enumerate(PARTS, start=1)}
WEIGHTS = "taggers/averaged_perceptron_tagger_eng/averaged_perceptron_tagger_eng.{}.json"

# Tokens of one utterance -> a Penn Treebank tag for each.
Tagger = Callable[[Sequence[str]], list[str]]


def part(tag: str) -> int:
    """The code of a Penn Treebank tag's part of speech."""
    return next((CODES[name] for name, beginnings in PARTS.items() if tag.startswith(beginnings)), 0)


def perceptron(nltk_data: Path) -> Tagger:
    """NLTK's `pos_tag`, with the weights in a folder of NLTK's data."""
    tagger = PerceptronTagger(load=False)
    tagger.decode_json_params(
        [read_json(nltk_data / WEIGHTS.format(name)) for name in ("weights", "tagdict", "classes")]
    )
    return lambda tokens: [tag for _, tag in tagger.tag(tokens)]


def has_perceptron(nltk_data: Path) -> bool:
    return all((nltk_data / WEIGHTS.format(name)).is_file() for name in ("weights", "tagdict", "classes"))


def pattern_tagger(tokens: Sequence[str]) -> list[str]:
    """TextBlob's default tagger."""
    return [tag for _, tag in pattern.find_tags(list(tokens))]
