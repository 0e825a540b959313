"""What ArtEmis' authors published of their classifiers, from the list of all published values.

Measured on ArtEmis' own test split, so context for any other data, not a yardstick.
"""

from stages.reference.published import Published, load_published

# Of each figure, by whom it was published and how the list names it.
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


def published(places: dict[str, dict[str, tuple[str, str]]]) -> dict[str, dict[str, Published]]:
    """The values at `TEXT` or `IMAGE`, under the same names."""
    listed = {(one.source, one.what): one for one in load_published()}
    return {name: {figure: listed[place] for figure, place in own.items()} for name, own in places.items()}
