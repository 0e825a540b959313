"""What the utterances stage reads of params.yaml."""

import math
from typing import Literal

from pydantic import Field, model_validator

from stages.common.errors import UserError
from stages.common.params import Section, View


class Splits(Section):
    """Shares of the artworks."""

    train: float = Field(gt=0, lt=1)
    val: float = Field(gt=0, lt=1)
    test: float = Field(gt=0, lt=1)

    @model_validator(mode="after")
    def _add_to_one(self) -> "Splits":
        total = self.train + self.val + self.test
        if not math.isclose(total, 1.0):
            raise ValueError(f"train, val and test add up to {total:.6g}; allowed: shares that add up to 1")
        return self


class Profile(Section):
    """Which utterances and words are kept."""

    max_length_percentile: float = Field(gt=0, le=100)
    min_length: int = Field(ge=0)
    min_count: int = Field(ge=0)
    high_coverage: int = Field(ge=0)


class Profiles(Section):
    """One variant of the stage makes one profile."""

    analysis: Profile
    deep_nets: Profile


class Utterances(Section):
    """How utterances become tokens, splits and a vocabulary."""

    rules: Literal["clean", "artemis"]
    spell_check: bool
    first_sentence: bool
    max_annotations: int = Field(ge=0)
    masterpieces: bool
    splits: Splits
    seed: int = Field(ge=0, lt=2**32)
    profiles: Profiles

    def profile(self, name: str) -> Profile:
        """The profile of a variant, such as `deep_nets` for `utterances@deep_nets`."""
        if name not in Profiles.model_fields:
            raise UserError(f"'{name}' is no profile of the utterances; there are {', '.join(Profiles.model_fields)}")
        found: Profile = getattr(self.profiles, name)
        return found


class Params(View):
    """Top-level keys that this stage reads."""

    utterances: Utterances
