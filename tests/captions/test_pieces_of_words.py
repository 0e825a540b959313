"""The rules about words hold for words in pieces, too; the oracle spells the words out."""

from itertools import pairwise

import torch
from hypothesis import given
from hypothesis import strategies as st

from stages.captions.beam_search import beam
from stages.captions.captioner import constraints_of
from stages.captions.hypotheses import NEVER, Constraints, ban, ban_recent
from stages.speaker.pieces import Pieces
from tests.captions.captioning import plan_of
from tests.captions.plain_search import every_caption
from tests.captions.table_speaker import TableSpeaker, table
from tests.speaker.tiny_language_model import END, bytes_of

START, STOP, AND = 0, 1, 2
# The ids 2 to 5 begin words, 6 to 8 go on with them.
BEGINS = torch.tensor([True] * 6 + [False] * 3)
RULES = Constraints(START, STOP, banned=(START,), conjunction=AND, begins=BEGINS)

Word = tuple[int, ...]


def _words(pieces: list[int], begins: torch.Tensor) -> list[Word]:
    words: list[Word] = []
    for piece in pieces:
        if begins[piece] or not words:
            words.append(())
        words[-1] += (piece,)
    return words


def _repeats(words: list[Word]) -> bool:
    """The last two words are a pair that was said before, or the last three are "x and x"."""
    again = len(words) > 1 and tuple(words[-2:]) in list(pairwise(words[:-1]))
    return again or (len(words) > 2 and words[-2] == (AND,) and words[-3] == words[-1])


pieces = st.lists(st.integers(2, 8), max_size=9).filter(lambda some: not some or bool(BEGINS[some[0]]))


@given(pieces)
def test_a_piece_is_banned_where_it_would_end_a_repeated_pair(said: list[int]) -> None:
    scores = torch.zeros(1, 9)
    ban(scores, torch.tensor([[START, *said]]), RULES)
    expected = {piece for piece in range(2, 9) if _repeats(_words([*said, piece], BEGINS))}
    expected |= set() if said else {6, 7, 8}
    assert {piece for piece in range(2, 9) if scores[0, piece] == NEVER} == expected
    assert scores[0, START] == NEVER
    assert scores[0, STOP] == 0


@given(pieces)
def test_word_by_word_the_last_two_words_are_banned(said: list[int]) -> None:
    scores = torch.zeros(1, 9)
    ban_recent(scores, torch.tensor([[START, *said]]), RULES)
    words = {piece: _words([*said, piece], BEGINS) for piece in range(2, 9)}
    assert {piece for piece in range(2, 9) if scores[0, piece] == NEVER} == {
        piece for piece, told in words.items() if told[-1] in told[-3:-1]
    }


@given(st.lists(pieces.filter(lambda some: len(some) == 7), min_size=1, max_size=4))
def test_rows_do_not_depend_on_each_other(rows: list[list[int]]) -> None:
    words = torch.tensor([[START, *said] for said in rows])
    together, apart = torch.zeros(len(rows), 9), torch.zeros(len(rows), 9)
    ban(together, words, RULES)
    for row in range(len(rows)):
        ban(apart[row : row + 1], words[row : row + 1], RULES)
    assert torch.equal(together, apart)


def test_if_every_piece_is_a_word_the_rules_are_those_of_words() -> None:
    plain = Constraints(START, STOP, banned=(START,), conjunction=AND)
    whole = Constraints(START, STOP, banned=(START,), conjunction=AND, begins=torch.ones(9, dtype=torch.bool))
    words = torch.cat([torch.zeros(500, 1), torch.randint(2, 5, (500, 6))], 1).long()
    for rule in (ban, ban_recent):
        one, other = torch.zeros(500, 9), torch.zeros(500, 9)
        rule(one, words, plain)
        rule(other, words, whole)
        assert torch.equal(one, other)


def test_beam_search_finds_the_best_of_all_captions_in_pieces() -> None:
    """A beam as wide as there are captions, against all of them."""
    found_any = False
    for seed in range(5):
        scores = table(pictures=1, vocabulary=6, max_length=4, seed=seed)
        begins = torch.tensor([True] * 4 + [False] * 2)
        rules = Constraints(0, 1, (0,), conjunction=2, begins=begins)
        (found,) = beam(TableSpeaker(), scores.features, None, rules, size=700, temperature=1.0, max_length=4)
        expected = [
            candidate
            for candidate in every_caption(scores.logits[0], Constraints(0, 1, (0,), -1, False), 1.0, 4)
            if begins[candidate.words[0] if candidate.words else 1]
            and not any(_repeats(_words(candidate.words[:end], begins)) for end in range(1, len(candidate.words) + 1))
        ]
        assert found[0].words == expected[0].words
        assert abs(found[0].log_probability - expected[0].score) < 1e-5
        found_any |= any(len(hypothesis.words) > 3 for hypothesis in found)
    assert found_any


def test_the_constraints_of_pieces() -> None:
    tokenizer = bytes_of(["a cold sea and a warm sea and"] * 9, size=285)
    vocabulary = Pieces(tokenizer, tokenizer.token_to_id(END), None)
    (config,) = plan_of().configs
    rules = constraints_of(vocabulary, config)
    assert vocabulary.decode([rules.conjunction]) == "and"
    assert rules.begins is not None
    assert rules.begins[rules.conjunction]
    # Bytes that are no character alone may follow each other twice.
    (row,) = vocabulary.encode([["海"]])
    assert len(row) == 6
    assert set(row[2:-1].tolist()) <= set(rules.repeatable)
