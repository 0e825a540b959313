"""Languages and the rules that are made for them."""

import pytest

from stages.common.errors import UserError
from stages.common.language import require_rules


@pytest.mark.parametrize(
    ("rules", "language"), [("clean", "en"), ("artemis", "en-GB"), ("clean", "EN"), ("plain", "de"), ("plain", "en")]
)
def test_rules_that_suit_a_language(rules, language):
    require_rules(rules, language)


@pytest.mark.parametrize(("rules", "language"), [("clean", "de"), ("artemis", "zh-Hans"), ("clean", "enm")])
def test_rules_of_english_for_another_language_are_an_error(rules, language):
    with pytest.raises(UserError) as raised:
        require_rules(rules, language)
    for word in ("dataset.yaml", language, "utterances.rules", rules, "plain", "utterances.spell_check"):
        assert word in str(raised.value)
