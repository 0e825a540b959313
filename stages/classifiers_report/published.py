"""Results that ArtEmis' authors published of their classifiers, from the list of all published values.

They were measured on ArtEmis' own test split, so they compare with a run on ArtEmis' data only.
"""

from collections.abc import Mapping

import pandas as pd

from stages.pages.markup import percent
from stages.pages.published import Published, published_values

# Column -> score -> source and name in the list of published values.
TEXT = {
    "LSTM": {
        "accuracy": ("LSTM [14]", "emotion from an utterance, LSTM: accuracy"),
        "ternary": ("LSTM [15]", "the same on positive, negative, else"),
        "binary": ("LSTM [15]", "the same on positive and negative"),
    },
    "BERT": {
        "accuracy": ("not in ArtEmis' notebooks", "emotion from an utterance, BERT: accuracy"),
        "ternary": ("BERT [15]", "the same on positive, negative, else"),
        "binary": ("BERT [15]", "the same on positive and negative"),
    },
}
# Column -> definition of an artwork's emotion -> source and name.
IMAGE = {
    "share": {
        "more_than_half": ("image to emotion [17]", "test artworks of which one emotion has more than half"),
        "at_least_half": ("image to emotion [17]", "test artworks of which one emotion has at least half"),
    },
    "accuracy": {
        "more_than_half": ("image to emotion [17]", "their emotion from the picture, ResNet-34: accuracy"),
        "at_least_half": ("image to emotion [17]", "their emotion from the picture: accuracy"),
    },
}


def published(columns: Mapping[str, Mapping[str, tuple[str, str]]]) -> pd.DataFrame:
    """The values of `TEXT` or `IMAGE` in percent, as columns `published: <column>`."""
    return pd.DataFrame(
        {
            f"published: {column}": {name: _percent(value) for name, value in values.items()}
            for column, values in published_values(columns).items()
        }
    )


def _percent(value: Published) -> str:
    return percent(float(value.value)) + (" (second-hand)" if value.kind == "second-hand" else "")
