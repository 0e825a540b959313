"""wording: measure how concrete, emotional and subjective each utterance is, and tag its parts of speech.

Reads the utterances of the profile `analysis`, captions of other data sets in data/raw/resources/captions/, if any, and
the tables that concreteness, VADER's sentiment and NLTK's tagger need; these are not part of this repository, see
data/raw/resources/README.md. Writes data/wording/: utterances.parquet, artworks.parquet, and sets.json, the summary of
each caption set with a list of what could not be measured. All of it is made for English: under utterances.rules: plain
the tables have no rows, and there is no caption set.
"""

import gc

from stages.common.artworks import ARTWORK
from stages.common.entry import run
from stages.common.language import FOR_ENGLISH, is_english
from stages.common.params import load
from stages.utterances.resource_files import FOLDER as RESOURCES
from stages.utterances.tables import load_utterances
from stages.wording import other_captions
from stages.wording.instruments import describe_instruments
from stages.wording.measures import clean_captions, measure_set
from stages.wording.params import Params
from stages.wording.tables import save, save_unmeasured, summarize

# Name of the study's utterances among the caption sets.
STUDY = "utterances"


def main() -> str:
    rules = load(Params).utterances.rules
    if not is_english(rules):
        save_unmeasured()
        return f"concreteness, sentiment, subjectivity and parts of speech are left out: {FOR_ENGLISH}"
    utterances, artworks = measure_set(load_utterances("analysis", [*ARTWORK, "utterance_spelled"]), RESOURCES, STUDY)
    sets = {STUDY: summarize(utterances, artworks)}
    for name, paths in other_captions.find(RESOURCES).items():
        captions = clean_captions(other_captions.load(name, paths), rules)
        sets[name] = summarize(*measure_set(captions, RESOURCES, name))
    description = describe_instruments(RESOURCES)
    save(utterances, artworks, {**description, "sets": sets})
    result = f"{len(utterances):,} utterances of {len(artworks):,} artworks, tagged by {description['tagger']}"
    others = ", ".join(f"{name} ({values['utterances']:,})" for name, values in sets.items() if name != STUDY)
    return result + (f"; other captions: {others}" if others else "")


if __name__ == "__main__":
    # Half a million utterances are many small objects that live to the end: every collection would traverse them.
    gc.disable()
    run(__doc__, main)
