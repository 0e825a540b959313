"""A whole set of captions: brought to the form of the utterances, and measured."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.resource_files import load_resources
from stages.utterances.rules import Rules
from stages.utterances.tokens import tokenize_all
from stages.wording import counting
from stages.wording.measures import measure_all
from stages.wording.parts_of_speech import PARTS, parts_of
from stages.wording.tables import ARTWORK

SCALES = ("concreteness", "abstract", "sentiment", "subjectivity")


def measured(said: pd.DataFrame, resources: Path, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each utterance and each artwork is measured at: the columns of `UTTERANCES` and `ARTWORKS`.

    Args:
        said: art_style, painting, utterance_spelled.
        resources: the folder of what there is to measure with.
        name: what to call the set while its progress is told.
    """
    text, distinct = pd.factorize(said["utterance_spelled"])
    texts = distinct.tolist()
    found, tokens = measure_all(texts, resources, name), counting.numbered(texts)
    words, parts = tokens.ids, parts_of(tokens, resources / "nltk_data")
    groups = said.groupby(ARTWORK, sort=True, observed=True)
    utterances = said[ARTWORK].assign(
        tokens=words.lengths[text],
        **{scale: getattr(found, scale)[text] for scale in SCALES},
        **_columns(counting.per_text(parts, words)[text]),
    )
    of_artworks = counting.distinct_per_picture(groups.ngroup().to_numpy(), text, parts, words)
    return utterances, groups.size().rename("utterances").reset_index().assign(**_columns(of_artworks))


def cleaned(captions: pd.DataFrame, rules: str) -> pd.DataFrame:
    """Captions (picture, caption) as utterances are: by the same rules for text, but for the spelling."""
    kind: Rules = ArtemisRules(load_resources()) if rules == "artemis" else CleanRules()
    tokens = tokenize_all(pa.array(captions["caption"], pa.string()), kind)
    spelled = [" ".join(words) for words in tokens.lists().to_pylist()]
    return pd.DataFrame({"art_style": "", "painting": captions["picture"], "utterance_spelled": spelled})


def _columns(counts: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(PARTS, counts.T, strict=True))
