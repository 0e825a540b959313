"""One spelling of typed text, and texts that show nothing."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.unicode_text import canonical, is_blank, visible

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
# Entities, joiners and marks meet seldom in random texts.
PIECES = ["&", "amp", ";", "#", "38", "x26", "lt", "shy", "e", "\u00e9", "\u0301", "\u034f", "\u00ad", "\u200b"]
PIECES += ["\u200c", "\u200d", "\ufe0f", "\U0001f600", "\u0643", "\u2011", "\u02bc", "'", "-", "\u037e"]
CROWDED = st.lists(st.sampled_from(PIECES)).map("".join)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cafe\u0301", "café"),
        ("\u1112\u1161\u11ab", "한"),
        ("\u212b", "\u00c5"),  # angstrom
        ("beau\u00adtiful", "beautiful"),
        ("zero\u200bwidth\u2060", "zerowidth"),
        ("\ufeffhello", "hello"),
        ("e\u034f\u0301", "é"),
        ("\u202bleft\u202c \u200eto\u200f right", "left to right"),
        ("well\u2011known \u22123", "well-known -3"),
        ("it\u02bcs Hawai\u02bbi 5\u2032", "it's Hawai'i 5'"),
        ("it&#39;s it&#x27;s it&apos;s", "it's it's it's"),
        ("it&rsquo;s &ldquo;calm&rdquo;", "it\u2019s \u201ccalm\u201d"),
        ("caf&eacute; cafe&#769; cafe&#x301;", "café café café"),
        ("salt &amp; pepper", "salt & pepper"),
        ("&amp;amp;quot;", '"'),
        ("&amp;nothing; &ZeroWidthSpace;&shy;", "&nothing; "),
        # No entities, and names that only begin like one.
        ("R&D black&white A&T; &notit; &copyright;", "R&D black&white A&T; &notit; &copyright;"),
        ("plain\n text\t...", "plain\n text\t..."),
        # Quotes, dashes and ligatures have a meaning of their own: the rules treat them, or keep them.
        ("\u2018so\u2019 \u2014 \ufb01ne", "\u2018so\u2019 \u2014 \ufb01ne"),
    ],
)
def test_canonical(text: str, expected: str) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zero\u200dwidth\u200c", "zerowidth"),
        ("\u200d😀\u200d", "😀"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("❤\ufe0f\u200d🔥 ❤\ufe0f", "❤\u200d🔥 ❤"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),
    ],
)
def test_joiners_stay_where_a_script_or_an_emoji_needs_them(text: str, expected: str) -> None:
    assert canonical(text) == expected


@pytest.mark.parametrize("times", [1, 3, 20_000])
def test_entities_that_were_escaped_again_and_again(times: int) -> None:
    assert canonical(f"&{'amp;' * times}lt; calm") == "< calm"
    assert canonical(f"&lt{'&#59' * times}; calm") == "< calm"
    assert canonical(f"{'&#5&zwj;' * times}7;{';' * times}") == canonical(f"{'&#5' * times}7;{';' * times}")


def test_visible_text_has_its_hyphens_and_apostrophes_as_typed() -> None:
    assert visible("it\u02bcs beau\u00adtiful&comma; well\u2011known") == "it\u02bcs beautiful, well\u2011known"


@pytest.mark.parametrize("form", [canonical, visible])
@settings(deadline=None)
@given(text=TEXTS | CROWDED)
def test_equivalent_texts_have_one_form(form: Callable[[str], str], text: str) -> None:
    expected = form(text)
    assert form(unicodedata.normalize("NFD", text)) == expected
    assert form(expected) == expected
    assert unicodedata.is_normalized("NFC", expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "\u00a0",
        "\u2028",
        "\u200b",
        "\ufeff",
        "\u00ad \u200d",
        "\u2060\ufe0f",
        "\u3164",
        "\0\x7f",
        "&nbsp;",
        "&#8203; &shy;",
    ],
)
def test_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", [".", "a", "null", "😀", "\u200ba", "&amp;", "&nbsp", "&", "\u0301", "0"])
def test_not_blank(text: str) -> None:
    assert not is_blank(text)
