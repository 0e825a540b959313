"""The language of a study: its text rules, and what is left out because it is made for English only.

Whatever measures or lists English words asks `is_english`. It stands here because those who ask (metrics, wording, the
adjective baseline, reports) do not import each other.
"""

from typing import Literal

from stages.common.errors import UserError
from stages.common.params import View

# `clean` and `artemis` are rules of English; under `plain` nothing is known of the language.
TextRules = Literal["clean", "artemis", "plain"]
# A BCP 47 tag: en, ar, zh-Hans.
TAG = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"
# The tag of a language that is not known.
UNDETERMINED = "und"
# Why something is left out.
FOR_ENGLISH = "made for English, and utterances.rules is plain"


class Utterances(View):
    """The text rules, which belong to the section of another stage."""

    rules: TextRules


def is_english(rules: TextRules) -> bool:
    """True if measures and word lists of English are used."""
    return rules != "plain"


def require_rules(rules: TextRules, language: str) -> None:
    """Make sure that text rules are made for a language, a BCP 47 tag.

    Raises:
        UserError: they are those of English, and the language is another.
    """
    if is_english(rules) and subtag(language) != "en":
        raise UserError(
            f"dataset.yaml: language is {language}, but utterances.rules is {rules}, which are rules of English; set "
            "utterances.rules to plain and utterances.spell_check to false in params.yaml, or correct the language"
        )


def subtag(language: str) -> str:
    """The language without script and region: `zh-Hans` -> `zh`."""
    return language.partition("-")[0].lower()
