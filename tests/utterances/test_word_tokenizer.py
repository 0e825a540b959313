"""Equality with NLTK's tokenizer, on random texts of all that its patterns match; and functions on joined texts."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.tokenize import NLTKWordTokenizer

from stages.utterances.word_tokenizer import BATCH, FIRST, LAST, apply_jointly, pad, tokenize, tokenize_each

NLTK = NLTKWordTokenizer()
LETTERS = [*"abdemnstST", "é", "Σ", "İ", "😀", "1", "42", "_"]
CLITICS = ["re", "ve", "ll", "n't", "'s", "'d", "cannot", "gonna", "wanna", "'tis", "'twas", "d'ye", "more'n", "gimme"]
QUOTES = [*"'\"`‘’“”«»„", "''", "``", '""', "'''"] * 2  # noqa: RUF001
SIGNS = [*"()[]{}<>&+$%#@;?!*/~^|…—", "--", "\u00a0", "\n", "\t", "\u3000"]
SPACE = [" "] * 12
POSITIONAL = [".", ",", ":", "...", ".)", '."']


@pytest.mark.parametrize("count", [5_000, pytest.param(100_000, marks=pytest.mark.soak)])
def test_many_random_texts(count):
    choose = random.Random(2021)
    pieces = LETTERS + CLITICS + QUOTES + SIGNS + SPACE
    # Full stops, commas and colons take another path: they are in every fifth text.
    texts = {
        "".join(choose.choices(pieces + POSITIONAL if number % 5 == 0 else pieces, k=choose.randrange(12)))
        for number in range(count)
    }
    for text in texts:
        assert tokenize(text) == NLTK.tokenize(text), text


@pytest.mark.parametrize("count", [3_000, pytest.param(50_000, marks=pytest.mark.soak)])
def test_words_that_are_tokenized_together_do_not_affect_each_other(count):
    choose = random.Random(3)
    pieces = LETTERS + CLITICS + QUOTES + SIGNS
    texts = ["".join(choose.choices(pieces, k=choose.randrange(6))) for _ in range(count)]
    words = {pad(text, ends) for text in [*texts, "\0", "a\0b"] for ends in (0, FIRST, LAST, FIRST | LAST)}
    assert tokenize_each(words) == [tuple(NLTK.tokenize(word)) for word in words]


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text(text):
    assert tokenize(text) == NLTK.tokenize(text)


def test_many_texts_are_changed_in_few_calls():
    calls = []

    def upper(text):
        calls.append(text)
        return text.upper()

    texts = ["a b", "", " ", "c "] * BATCH
    assert apply_jointly(upper, texts) == ["A B", "", " ", "C "] * BATCH
    assert len(calls) == 4


def test_a_text_with_the_separator_stays_whole():
    texts = ["a\0b", "c \0 d", "e"]
    assert apply_jointly(str.upper, texts) == ["A\0B", "C \0 D", "E"]


def test_no_text():
    assert apply_jointly(str.upper, []) == []
