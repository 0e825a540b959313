"""The rules `plain` on single utterances, in many languages and on any text."""

# ruff: noqa: RUF001 - letters of many scripts look like Latin ones

import unicodedata

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.common.errors import UserError
from stages.common.scripts import written
from stages.common.unicode_text import FILLERS, is_blank, visible
from stages.utterances.plain_rules import PlainRules, tokens
from stages.utterances.tokenizer import Tokenizer

LETTER = regex.compile(r"\p{L}")
# Parts that meet in few texts by chance: case, marks, joiners, emoji, entities, scripts without spaces.
PARTS = [
    *"aIiİıßẞΣσςǅＡ'’‘´·\"״׳&;#x.,:_-–。،؟ \0",
    *"\u0301\u0307\u0345\u200b\u200c\u200d\u202b\ufe0f\u20e3\u3164\u1160\u02bb\u02bc",
    *"שאלהاب\u0640\u064bกำ้เ\u0e33ក្រមាဗာ\u102cかガｶﾞー々〇人ᄀ각",
    *"👩👍🏽🇩🇪❤ℹ©Ⓜ🅰",
    *("&amp;", "&zwj;", "&#8205;", "&nbsp;", "J\u030c", "&quot;"),
]
texts = st.one_of(st.text(), st.lists(st.sampled_from(PARTS) | st.characters(), max_size=12).map("".join))


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("Das Meer ist ruhig – wie GROẞ die Straße!", "das meer ist ruhig wie groß die straße"),
        ("L’été, c'est l'œuvre d’aujourd'hui...", "l'été c'est l'œuvre d'aujourd'hui"),
        ("«La mar» és tranquil·la i blava.Bonic", "la mar és tranquil·la i blava bonic"),
        ("Η ΘΑΛΑΣΣΑ ΕΙΝΑΙ ΗΣΥΧΗ: ΕΝΑΣ ΗΛΙΟΣ.", "η θαλασσα ειναι ησυχη ενας ηλιος"),
        ("Море спокійне, як м’ята; ёлка", "море спокійне як м'ята ёлка"),
        ("البَحْرُ هادئٌ، والسماءُ زرقاء؟ جميـــل", "البَحْرُ هادئٌ والسماءُ زرقاء جميـــل"),
        ("می\u200cخواهم \u202bکتاب\u200cها\u202c را", "می\u200cخواهم کتاب\u200cها را"),
        ('הים שקט, "צה״ל" או צה"ל', 'הים שקט צה״ל או צה"ל'),
        ("समुद्र शांत है। नीला!", "समुद्र शांत है नीला"),
        ("바다가 고요하다.", "바다가 고요하다"),
        ("Biển lặng và rất ĐẸP", "biển lặng và rất đẹp"),
        ("金色的阳光，洒在3条小船上。", "金 色 的 阳 光 洒 在 3 条 小 船 上"),
        ("この絵はスーパー！ｶﾞﾗｽ、人々", "こ の 絵 は ス ー パ ー ｶﾞ ﾗ ｽ 人 々"),
        ("ทะเลสงบ น้ำใส ๑๒", "ท ะ เ ล ส ง บ น้ำ ใ ส ๑๒"),
        ("ທະເລງຽບ ນ້ຳ", "ທ ະ ເ ລ ງ ຽ ບ ນ້ຳ"),
        ("ស្រីស្អាត", "ស្រី ស្អា ត"),
        ("မြန်မာစာ", "မြ န် မာ စာ"),
        ("ʻOkina, oʻzbek togʻi", "ʻokina oʻzbek togʻi"),
        ("calm😀sea ❤️ 👩‍👩‍👧 👍🏽🇩🇪🇫🇷 🏴󠁧󠁢󠁳󠁣󠁴󠁿", "calm 😀 sea ❤ 👩‍👩‍👧 👍🏽 🇩🇪 🇫🇷 🏴󠁧󠁢󠁳󠁣󠁴󠁿"),
        ("50 % = 1,5 & <b>so</b> #art @me $5", "50 1 5 b so b art me 5"),
        ("it&#39;s &quot;beau\u00adtiful&quot;", "it's beautiful"),
        ("... ! \u200b\u3164\u2800", ""),
        ("", ""),
    ],
)
def test_tokens_of_an_utterance(utterance: str, expected: str) -> None:
    assert tokens(utterance) == expected.split()


@pytest.mark.parametrize(
    ("language", "expected"),
    [("tr", "ışık istanbul diyarbakır"), ("az-Latn", "ışık istanbul diyarbakır"), ("de", "işik istanbul diyarbakir")],
)
def test_a_turkish_i_keeps_its_dot_or_has_none(language: str, expected: str) -> None:
    for form in ("NFC", "NFD"):
        assert tokens(unicodedata.normalize(form, "IŞIK İstanbul DİYARBAKIR"), language) == expected.split()


@settings(max_examples=300, deadline=None)
@given(texts, st.sampled_from(["", "tr"]))
def test_tokens_are_tokens_of_themselves(text: str, language: str) -> None:
    once = tokens(text, language)
    assert tokens(" ".join(once), language) == once
    assert tokens(written(" ".join(once)), language) == once


@settings(max_examples=300, deadline=None)
@given(texts)
def test_a_token_shows_something_and_has_no_space(text: str) -> None:
    for token in tokens(text):
        assert not is_blank(token)
        assert token.split() == [token]


@settings(max_examples=300, deadline=None)
@given(texts)
def test_equivalent_texts_have_the_same_tokens(text: str) -> None:
    assert tokens(text) == tokens(unicodedata.normalize("NFD", text)) == tokens(unicodedata.normalize("NFC", text))


@settings(max_examples=300, deadline=None)
@given(texts)
def test_every_letter_survives(text: str) -> None:
    assert letters("".join(tokens(text))) == letters(visible(text))


def letters(text: str) -> list[str]:
    """Letters without case and composition, and without those that show nothing; a sigma is one letter."""
    decomposed = unicodedata.normalize("NFD", text.replace("İ", "i").lower()).replace("ς", "σ")
    return [letter for letter in LETTER.findall(decomposed) if letter not in FILLERS]


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_a_corpus_at_once_equals_single_utterances(corpus: list[str]) -> None:
    assert Tokenizer(PlainRules("de"), {}).tokens(corpus) == [tokens(text) for text in corpus]


def test_a_stored_tokenizer_keeps_the_language(tmp_path) -> None:
    Tokenizer(PlainRules("tr"), {}).save(tmp_path / "tokenizer.json")
    tokenizer = Tokenizer.load(tmp_path / "tokenizer.json")
    assert tokenizer.tokens(["IŞIK, 光芒!"]) == [["ışık", "光", "芒"]]
    assert not tokenizer.is_english
    (tmp_path / "tokenizer.json").write_text('{"rules": "plain", "corrections": {}}')
    with pytest.raises(UserError, match=r"tokenizer\.json: not a tokenizer"):
        Tokenizer.load(tmp_path / "tokenizer.json")
