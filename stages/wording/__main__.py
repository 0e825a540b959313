"""wording: measure how concrete, emotional and subjective each utterance is, and tag its parts of speech.

Reads the utterances of the profile `analysis` and makes data/wording/: a table of
utterances, one of artworks, and sets.json, the summary of these and of any captions of
other data sets in data/raw/resources/captions/. Concreteness, VADER's sentiment and
NLTK's tagger need tables which are not part of this repository; the README in
data/raw/resources/ says how they get there. What is missing is not measured, and told.
"""

import gc
from typing import Any

from stages.common.entry import run
from stages.common.params import load
from stages.utterances.resource_files import FOLDER as RESOURCES
from stages.utterances.tables import load_utterances
from stages.wording import concreteness, measures, other_captions, parts_of_speech
from stages.wording.measures import cleaned, measured
from stages.wording.params import Params
from stages.wording.summary import summary
from stages.wording.tables import ARTWORK, save

NLTK_DATA = RESOURCES / "nltk_data"
OURS = "utterances"


def main() -> str:
    rules = load(Params).utterances.rules
    utterances, artworks = measured(load_utterances("analysis", [*ARTWORK, "utterance_spelled"]), RESOURCES, OURS)
    sets = {OURS: summary(utterances, artworks)}
    for name, paths in other_captions.given(RESOURCES).items():
        sets[name] = summary(*measured(cleaned(other_captions.load(name, paths), rules), RESOURCES, name))
    save(utterances, artworks, {**_instruments(), "sets": sets})
    told = f"{len(utterances):,} utterances of {len(artworks):,} artworks, tagged by {_instruments()['tagger']}"
    others = ", ".join(f"{name} ({found['utterances']:,})" for name, found in sets.items() if name != OURS)
    return told + (f"; beside them {others}" if others else "")


def _instruments() -> dict[str, Any]:
    """Which tagger it is, and for what there is no instrument."""
    missing = [] if (RESOURCES / concreteness.FILE).is_file() else ["concreteness"]
    missing += [] if measures.has_vader(NLTK_DATA) else ["sentiment"]
    return {"tagger": parts_of_speech.tagger(NLTK_DATA), "missing": missing}


if __name__ == "__main__":
    # Half a million utterances are many small objects; the collector would look through them again and again.
    gc.disable()
    run(__doc__, main)
