"""Params of the stage utterances."""

from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from stages.common.errors import UserError
from stages.common.language import TextRules, is_english
from stages.common.params import Section, Seed, View


class Splits(Section):
    """Shares of the artworks for training and validation; the test split gets what they leave."""

    train: float = Field(gt=0, lt=1)
    val: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _leave_a_test_share(self) -> "Splits":
        if self.train + self.val >= 1:
            raise ValueError(f"train and val add up to {self.train + self.val:.6g}; allowed: less than 1")
        return self

    @property
    def test(self) -> float:
        """The share that train and val leave, rounded: in binary, 1 - 0.85 - 0.05 is not quite 0.1."""
        return round(1 - self.train - self.val, 9)


class Selection(NamedTuple):
    """The utterances and words that a profile keeps; params.yaml describes the fields."""

    max_length_percentile: float
    min_length: int
    min_count: int
    high_coverage: int


class Utterances(Section):
    """Rules from utterances to tokens, splits and a vocabulary."""

    rules: TextRules
    spell_check: bool
    first_sentence: bool
    max_annotations: int = Field(ge=0)
    split_by: Literal["shares", "given"]
    splits: Splits
    max_length_percentile: float = Field(gt=0, le=100)
    min_length: int = Field(ge=0)
    min_count: int = Field(ge=0)
    high_coverage: int = Field(ge=0)

    @model_validator(mode="after")
    def _leave_given_splits_alone(self) -> "Utterances":
        if self.split_by == "given" and self.high_coverage:
            raise ValueError(
                f"high_coverage is {self.high_coverage}, which moves artworks to rest, but split_by is given; "
                "set high_coverage to 0"
            )
        return self

    @model_validator(mode="after")
    def _check_the_spelling_of_english_only(self) -> "Utterances":
        if self.spell_check and not is_english(self.rules):
            raise ValueError(
                "rules is plain, which has no dictionary to correct the spelling; set spell_check to false"
            )
        return self

    def selection(self, profile: str) -> Selection:
        """The selection of a variant: that of the section for `deep_nets`, everything for `analysis`.

        Raises:
            UserError: there is no such profile.
        """
        if profile == "analysis":
            return Selection(100, 0, 0, 0)
        if profile == "deep_nets":
            return Selection(self.max_length_percentile, self.min_length, self.min_count, self.high_coverage)
        raise UserError(f"'{profile}' is no profile of the utterances; there are analysis and deep_nets")


class Params(View):
    """The top-level keys that the stage reads."""

    seed: Seed
    utterances: Utterances
