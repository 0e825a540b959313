"""The nine emotion labels of ArtEmis, in their canonical order (a label's id is its index)."""

EMOTIONS = (
    "amusement",
    "awe",
    "contentment",
    "excitement",
    "anger",
    "disgust",
    "fear",
    "sadness",
    "something else",
)
IDS = {emotion: index for index, emotion in enumerate(EMOTIONS)}

POSITIVE = EMOTIONS[:4]
NEGATIVE = EMOTIONS[4:8]


def polarity(emotion: str) -> str:
    """`positive`, `negative` or `else` ("something else" belongs to neither)."""
    if emotion in POSITIVE:
        return "positive"
    return "negative" if emotion in NEGATIVE else "else"
