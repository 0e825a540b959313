"""Word by word is the same as all at once: against NLTK itself, on texts made of all that its patterns know."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.tokenize import NLTKWordTokenizer

from stages.utterances.word_tokenizer import FIRST, LAST, placed, tokenize, tokenize_each

NLTK = NLTKWordTokenizer()
LETTERS = [*"abdemnstST", "é", "Σ", "İ", "😀", "1", "42", "_"]
CLITICS = ["re", "ve", "ll", "n't", "'s", "'d", "cannot", "gonna", "wanna", "'tis", "'twas", "d'ye", "more'n", "gimme"]
QUOTES = [*"'\"`‘’“”«»„", "''", "``", '""', "'''"] * 2  # noqa: RUF001
SIGNS = [*"()[]{}<>&+$%#@;?!*/~^|…—", "--", "\u00a0", "\n", "\t", "\u3000"]
SPACE = [" "] * 12
POSITIONAL = [".", ",", ":", "...", ".)", '."']


def test_a_hundred_thousand_texts():
    choose = random.Random(2021)
    pieces = LETTERS + CLITICS + QUOTES + SIGNS + SPACE
    for number in range(100_000):
        # Full stops, commas and colons take another path, in every fifth text.
        known = pieces + POSITIONAL if number % 5 == 0 else pieces
        text = "".join(choose.choices(known, k=choose.randrange(12)))
        assert tokenize(text) == NLTK.tokenize(text), text


def test_words_tokenized_together_do_not_meet():
    choose = random.Random(3)
    pieces = LETTERS + CLITICS + QUOTES + SIGNS
    texts = ["".join(choose.choices(pieces, k=choose.randrange(6))) for _ in range(20_000)]
    words = [placed(text, ends) for text in [*texts, "\0", "a\0b"] for ends in (0, FIRST, LAST, FIRST | LAST)]
    assert tokenize_each(words) == {word: tuple(NLTK.tokenize(word)) for word in words}


@settings(max_examples=500, deadline=None)
@given(st.text())
def test_any_text(text):
    assert tokenize(text) == NLTK.tokenize(text)
