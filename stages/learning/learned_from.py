"""The data that a model learned from, and the fit of its probabilities, as commands print them for other inputs."""

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


def introduction(
    model: str, answers: str, data: LearnedFrom | None, temperature: float, baseline_weight: float = 0.0
) -> str:
    """A sentence about a classifier for people who ask it: what it learned from, and what its probabilities are.

    Args:
        model, answers: as in `LearnedFrom.sentence`.
        data: None for a foreign classifier.
        temperature: divides the logits; 1 if the classifier was not calibrated.
        baseline_weight: of the TF-IDF baseline in the probabilities of a text classifier.
    """
    source = data.sentence(model, answers) if data else f"nothing is known of what this {model} learned from"
    if temperature == 1 and not baseline_weight:
        return f"{source}; its probabilities are not calibrated"
    mixed = f", mixed with the TF-IDF baseline, weight {baseline_weight:.2f}" if baseline_weight else ""
    return f"{source}; its probabilities are calibrated (temperature {temperature:.2f}{mixed})"
