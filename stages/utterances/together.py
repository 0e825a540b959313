"""A function of text applied to thousands of texts as one: the call would cost more than the work in it."""

from collections.abc import Callable, Iterator, Sequence

# Stands between texts: a character that no pattern of ours reaches across, and in hardly any utterance.
BETWEEN = "\0"
BATCH = 2000


def together(change: Callable[[str], str], texts: Sequence[str]) -> list[str]:
    """`change` of each text, where it sees no further than a space and `BETWEEN` behind it, and adds neither."""
    between = f" {BETWEEN} "
    changed: list[str] = []
    for batch in batches(texts):
        whole = between.join(batch)
        alone = whole.count(BETWEEN) >= len(batch)
        changed += map(change, batch) if alone else change(whole).split(between)
    return changed


def batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in parts of at most BATCH."""
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]
