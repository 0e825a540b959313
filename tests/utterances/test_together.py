from stages.utterances.word_tokenizer import BATCH, together


def test_many_texts_are_changed_as_one():
    calls = []

    def shouted(text):
        calls.append(text)
        return text.upper()

    texts = ["a b", "", " ", "c "] * BATCH
    assert together(shouted, texts) == ["A B", "", " ", "C "] * BATCH
    assert len(calls) == 4


def test_a_text_that_holds_the_sign_between_texts_stays_whole():
    texts = ["a\0b", "c \0 d", "e"]
    assert together(str.upper, texts) == ["A\0B", "C \0 D", "E"]


def test_no_text():
    assert together(str.upper, []) == []
