"""What a model learned from, as it says itself when it is asked about anything else."""

from typing import NamedTuple


class LearnedFrom(NamedTuple):
    """The name of the data set, whether it is the embedded corpus, and the size of the train split."""

    name: str
    embedded: bool
    pictures: int
    utterances: int

    def sentence(self, model: str, answers: str) -> str:
        """A sentence for people who ask the `model` (a noun), with a warning about its `answers` (a plural)."""
        size = f"{self.utterances:,} utterances about {self.pictures:,} pictures"
        if not self.embedded:
            return f"this {model} learned from {size} of {self.name or 'a data set without a name'}"
        return (
            f"this {model} learned from {size} of the embedded corpus, which a program painted and described: its "
            f"{answers} mean nothing. Train one on a data set (docs/your_data.md), or import one "
            f"(artemis import {model.replace(' ', '-')} --help)"
        )
