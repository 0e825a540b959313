"""wording: measure how concrete, emotional and subjective each utterance is, and tag its parts of speech.

Reads the utterances of the profile `analysis` and makes data/wording/: a table of
utterances, one of artworks, and sets.json, the summary of these and of any captions of
other data sets in data/raw/resources/captions/. Concreteness, VADER's sentiment and
NLTK's tagger need tables which are not part of this repository; the README in
data/raw/resources/ says how they get there. What is missing is not measured, and told.
"""

import gc
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.common.entry import run
from stages.common.params import load
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.resource_files import FOLDER as RESOURCES
from stages.utterances.resource_files import load_resources
from stages.utterances.rules import Rules
from stages.utterances.tables import load_utterances
from stages.utterances.tokens import tokenize_all
from stages.wording import concreteness, counting, feelings, other_captions, parts_of_speech
from stages.wording.measures import measure_all
from stages.wording.params import Params
from stages.wording.parts_of_speech import PARTS
from stages.wording.summary import summary
from stages.wording.tables import ARTWORK, save

NLTK_DATA = RESOURCES / "nltk_data"
OURS = "utterances"


def main() -> str:
    rules = load(Params).utterances.rules
    utterances, artworks = measured(load_utterances("analysis", [*ARTWORK, "utterance_spelled"]), OURS)
    sets = {OURS: summary(utterances, artworks)}
    for name, paths in other_captions.given(RESOURCES).items():
        sets[name] = summary(*measured(_cleaned(other_captions.load(name, paths), rules), name))
    save(utterances, artworks, {**_instruments(), "sets": sets})
    told = f"{len(utterances):,} utterances of {len(artworks):,} artworks, tagged by {_instruments()['tagger']}"
    others = ", ".join(f"{name} ({found['utterances']:,})" for name, found in sets.items() if name != OURS)
    return told + (f"; beside them {others}" if others else "")


def measured(said: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each utterance and each artwork is measured at: the columns of `UTTERANCES` and `ARTWORKS`.

    Args:
        said: art_style, painting, utterance_spelled.
    """
    texts = pa.array(said["utterance_spelled"], pa.string()).dictionary_encode()
    text, distinct = np.asarray(texts.indices), texts.dictionary.to_pylist()
    found = measure_all(distinct, RESOURCES, name)
    tokens = counting.numbered(distinct)
    words, parts = tokens.ids, parts_of_speech.parts_of(tokens, NLTK_DATA)
    groups = said.groupby(ARTWORK, sort=True, observed=True)
    artwork = groups.ngroup().to_numpy()
    columns = ("concreteness", "abstract", "sentiment", "subjectivity")
    utterances = said[ARTWORK].assign(
        tokens=words.lengths[text],
        **{column: getattr(found, column)[text] for column in columns},
        **_columns(counting.per_text(parts, words)[text]),
    )
    artworks = groups.size().rename("utterances").reset_index()
    return utterances, artworks.assign(**_columns(counting.distinct_per_picture(artwork, text, parts, words)))


def _columns(counts: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(PARTS, counts.T, strict=True))


def _cleaned(captions: pd.DataFrame, rules: str) -> pd.DataFrame:
    """Captions as the utterances are: by the same rules, but for the spelling."""
    kind: Rules = ArtemisRules(load_resources()) if rules == "artemis" else CleanRules()
    tokens = tokenize_all(pa.array(captions["caption"], pa.string()), kind)
    spelled = [" ".join(words) for words in tokens.lists().to_pylist()]
    return pd.DataFrame({"art_style": "", "painting": captions["picture"], "utterance_spelled": spelled})


def _instruments() -> dict[str, Any]:
    """Which tagger it is, and for what there is no instrument."""
    missing = [] if (RESOURCES / concreteness.FILE).is_file() else ["concreteness"]
    missing += [] if feelings.has_vader(NLTK_DATA) else ["sentiment"]
    return {"tagger": parts_of_speech.tagger(NLTK_DATA), "missing": missing}


if __name__ == "__main__":
    # Half a million utterances are many small objects; the collector would look through them again and again.
    gc.disable()
    run(__doc__, main)
