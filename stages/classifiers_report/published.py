"""What ArtEmis' authors published of their classifiers, from the list of all published values.

Measured on ArtEmis' own test split, so context for any other data, not a yardstick.
"""

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
