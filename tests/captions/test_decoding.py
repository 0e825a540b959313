"""Beam and greedy search over a speaker that is a table of scores."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from stages.captions.decoding import beam, greatest, greedy, sample, top_k, top_p, worth
from stages.captions.hypotheses import Hypothesis, Rules
from tests.captions.plain_search import Said, beam_by_hand, every_caption, forbidden, greedy_by_hand
from tests.captions.table_speaker import Table, TableSpeaker, table

PAD, SOS, EOS, UNK, AND = range(5)
RULES = Rules(start=SOS, end=EOS, banned=(PAD, SOS, UNK), conjunction=AND)
FREE = Rules(start=SOS, end=EOS, banned=(PAD, SOS), conjunction=-1, no_repeated_pair=False)
# A seed each: what is random about a case, beside its sizes.
seeds = st.integers(0, 10_000)
some = settings(max_examples=30, deadline=None)


def _beam(given: Table, rules: Rules = RULES, **dials: Any) -> list[list[Hypothesis]]:
    return beam(TableSpeaker(), given.features, None, rules, **{"temperature": 1.0, **dials})


def _greedy(given: Table, rules: Rules = RULES, **dials: Any) -> list[list[Hypothesis]]:
    return [[only] for only in greedy(TableSpeaker(), given.features, None, rules, **{"temperature": 1.0, **dials})]


def _sample(given: Table, rules: Rules = RULES, seed: int = 0, **dials: Any) -> list[list[Hypothesis]]:
    steps = given.logits.shape[1]
    generators = [torch.Generator().manual_seed(1000 * seed + number) for number in range(len(given.logits))]
    chance = torch.stack([torch.rand(steps, generator=one, dtype=torch.float64) for one in generators])
    told = {"temperature": 1.0, "chance": chance, **dials}
    return [[only] for only in sample(TableSpeaker(), given.features, None, rules, **told)]


SEARCHES: list[Callable[..., list[list[Hypothesis]]]] = [lambda *a, **k: _beam(*a, size=3, **k), _greedy, _sample]
every = pytest.mark.parametrize("search", SEARCHES, ids=["beam", "greedy", "sample"])


def _same(found: list[Hypothesis], wanted: list[Said]) -> None:
    assert [(one.words, one.finished) for one in found] == [(one.words, one.finished) for one in wanted]
    assert [one.log_probability for one in found] == pytest.approx([one.score for one in wanted], abs=1e-4)


def _certain(steps: list[dict[int, float]], vocabulary: int = 7) -> Tensor:
    """Probabilities of the next word at each step, whatever the last one was, as logits (1, steps, V, V)."""
    logits = torch.full((1, len(steps), vocabulary, vocabulary), -30.0)
    for step, probabilities in enumerate(steps):
        for word, probability in probabilities.items():
            logits[0, step, :, word] = torch.tensor(probability).log()
    return logits


@pytest.mark.parametrize("temperature", [1.0, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_finds_every_caption_in_order(seed: int, temperature: float) -> None:
    # Two words, up to four of them: 1 + 2 + 4 + 8 + 16 captions.
    given = table(pictures=3, vocabulary=5, max_length=4, seed=seed)
    found = _beam(given, FREE, size=100, temperature=temperature, max_length=4)
    for picture, hypotheses in enumerate(found):
        wanted = every_caption(given.logits[picture], FREE, temperature, 4)
        assert len(wanted) == 31
        _same(hypotheses, wanted)


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_finds_every_caption_that_is_allowed(seed: int) -> None:
    given = table(pictures=2, vocabulary=6, max_length=4, seed=seed)
    for picture, hypotheses in enumerate(_beam(given, size=100, max_length=4)):
        wanted = every_caption(given.logits[picture], RULES, 1.0, 4)
        captions = [said.words for said in wanted]
        assert [AND, 5, AND] in captions
        assert not [said for said in captions if said[:3] in ([5, AND, 5], [5, 5, 5], [AND, AND, AND])]
        _same(hypotheses, wanted)


@some
@given(seeds, st.integers(1, 5), st.integers(6, 9), st.integers(1, 7), st.integers(1, 6), st.sampled_from([0.3, 1.0]))
def test_beam_follows_its_rules(
    seed: int, pictures: int, words: int, length: int, size: int, temperature: float
) -> None:
    given = table(pictures=pictures, vocabulary=words, max_length=length, seed=seed)
    found = _beam(given, size=size, temperature=temperature, max_length=length)
    for logits, hypotheses in zip(given.logits, found, strict=True):
        _same(hypotheses, beam_by_hand(logits, RULES, temperature, length, size))


@some
@given(seeds, st.integers(1, 5), st.integers(6, 9), st.integers(1, 7), st.sampled_from([0.3, 1.0]))
def test_greedy_follows_its_rules(seed: int, pictures: int, words: int, length: int, temperature: float) -> None:
    given = table(pictures=pictures, vocabulary=words, max_length=length, seed=seed)
    found = _greedy(given, temperature=temperature, max_length=length)
    for logits, hypotheses in zip(given.logits, found, strict=True):
        _same(hypotheses, [greedy_by_hand(logits, RULES, temperature, length)])


@every
@some
@given(seeds, st.integers(6, 8), st.integers(1, 12))
def test_what_is_said_is_allowed(search: Any, seed: int, vocabulary: int, length: int) -> None:
    given = table(pictures=4, vocabulary=vocabulary, max_length=length, seed=seed)
    for hypotheses in search(given, max_length=length):
        assert hypotheses
        for words, score, attention, finished in hypotheses:
            assert not set(words) & {PAD, SOS, EOS, UNK}
            pairs = list(pairwise(words))
            assert len(pairs) == len(set(pairs))
            assert not any(b == AND and a == c for a, b, c in zip(words, words[1:], words[2:], strict=False))
            assert len(words) <= length
            assert finished or len(words) == length
            assert len(attention) == len(words) + finished
            assert score < 0
        scores = [one.log_probability for one in hypotheses]
        assert scores == sorted(scores, reverse=True)
        assert len({one.finished for one in hypotheses}) == 1


@pytest.mark.parametrize("search", SEARCHES[:2], ids=["beam", "greedy"])
@some
@given(seeds, st.integers(2, 6), st.integers(1, 8))
def test_no_picture_depends_on_another(search: Any, seed: int, pictures: int, length: int) -> None:
    given = table(pictures=pictures, vocabulary=8, max_length=length, seed=seed)
    together = search(given, max_length=length)
    for picture, hypotheses in enumerate(together):
        (alone,) = search(given.of(picture), max_length=length)
        assert [one.words for one in alone] == [one.words for one in hypotheses]
        assert [one.log_probability for one in alone] == [one.log_probability for one in hypotheses]
        assert all(torch.equal(a.attention, b.attention) for a, b in zip(alone, hypotheses, strict=True))


@every
def test_attention_goes_with_its_word(search: Any) -> None:
    # The speaker attends to the place `step * V + last word` that it reads.
    given = table(pictures=3, vocabulary=8, max_length=6, seed=1)
    for hypotheses in search(given, max_length=6):
        for words, _, attention, finished in hypotheses:
            read = [SOS, *words][: len(words) + finished]
            assert attention.argmax(1).tolist() == [step * 8 + word for step, word in enumerate(read)]


def test_probabilities_by_hand() -> None:
    # "5" .6 then its end .5, or "6" .4 then its end .9: the greedy first word loses.
    logits = _certain([{5: 0.6, 6: 0.4}, {EOS: 0.5, 5: 0.3, 6: 0.2}, {EOS: 1.0}])
    logits[0, 1, 6] = torch.tensor([1e-9, 1e-9, 0.9, 1e-9, 1e-9, 0.05, 0.05]).log()
    (found,) = _beam(Table(logits), size=2, max_length=2)
    assert [one.words for one in found] == [[6], [5]]
    assert [one.log_probability for one in found] == pytest.approx([-1.0216512, -1.2039728], abs=1e-5)  # ln .36, ln .3
    ((first,),) = _greedy(Table(logits), max_length=2)
    assert first.words == [5]
    # "5" is banned from following itself: .5 of .7.
    assert first.log_probability == pytest.approx(-0.8472979, abs=1e-5)  # ln (.6 * .5 / .7)


def test_a_caption_without_words() -> None:
    logits = _certain([{EOS: 0.9, 5: 0.1}, {EOS: 1.0}])
    ((best, *_),) = _beam(Table(logits), size=2, max_length=1)
    assert (best.words, best.finished, len(best.attention)) == ([], True, 1)
    ((best,),) = _greedy(Table(logits), max_length=1)
    assert (best.words, best.finished, len(best.attention)) == ([], True, 1)


def test_the_beam_narrows_with_each_finished_hypothesis() -> None:
    logits = _certain([{EOS: 0.5, 5: 0.3, 6: 0.2}, {5: 0.5, 6: 0.5}, {EOS: 1.0}])
    speaker = TableSpeaker()
    (found,) = beam(speaker, Table(logits).features, None, FREE, size=3, temperature=1.0, max_length=2)
    # One of three ended at once, so two went on, and two more were finished.
    assert speaker.rows == [1, 2, 2]
    assert [len(one.words) for one in found] == [0, 2, 2]


def test_a_finished_picture_costs_nothing() -> None:
    quick, slow = _certain([{EOS: 1.0}] * 5), _certain([{5: 0.5, 6: 0.5}] * 4 + [{EOS: 1.0}])
    speaker = TableSpeaker()
    found = beam(speaker, Table(torch.cat([quick, slow])).features, None, FREE, size=1, temperature=1.0, max_length=4)
    assert [len(one[0].words) for one in found] == [0, 4]
    assert speaker.rows == [2, 1, 1, 1, 1]


@pytest.mark.parametrize("search", SEARCHES[:2], ids=["beam", "greedy"])
def test_what_does_not_end_is_cut_and_marked(search: Any) -> None:
    endless = _certain([{5: 0.4, 6: 0.3, AND: 0.3}] * 4)
    ending = _certain([{5: 1.0}, {6: 1.0}, {AND: 1.0}, {EOS: 1.0}])
    cut, whole = search(Table(torch.cat([endless, ending])), max_length=3)
    assert {(len(one.words), len(one.attention), one.finished) for one in cut} == {(3, 3, False)}
    assert [one.log_probability for one in cut] == sorted((one.log_probability for one in cut), reverse=True)
    # <eos> is no word: a caption of `max_length` words may still end.
    assert (whole[0].words, len(whole[0].attention), whole[0].finished) == ([5, 6, AND], 4, True)


def test_the_unfinished_are_left_out_where_something_was_finished() -> None:
    logits = _certain([{5: 0.6, 6: 0.4}, {5: 0.9, EOS: 0.1}, {5: 1.0}, {5: 1.0}])
    logits[0, 1, 6] = _certain([{EOS: 1.0}])[0, 0, 0]
    (found,) = _beam(Table(logits), FREE, size=2, max_length=3)
    assert [(one.words, one.finished) for one in found] == [([6], True)]


def test_a_vocabulary_smaller_than_the_beam() -> None:
    given = table(pictures=2, vocabulary=4, max_length=3, seed=5)
    rules = Rules(start=SOS, end=EOS, banned=(PAD, SOS), conjunction=-1)
    for picture, hypotheses in enumerate(_beam(given, rules, size=50, max_length=3)):
        # One word, no pair twice: "", "3", "3 3".
        wanted = every_caption(given.logits[picture], rules, 1.0, 3)
        assert sorted(said.words for said in wanted) == [[], [3], [3, 3]]
        _same(hypotheses, wanted)


def test_bans_of_beam_leave_their_probability_unused() -> None:
    logits = _certain([{UNK: 0.8, 5: 0.2}, {EOS: 1.0}])
    ((found,),) = _beam(Table(logits), size=1, max_length=1)
    assert (found.words, found.log_probability) == ([5], pytest.approx(-1.6094379, abs=1e-5))  # ln .2
    ((found,),) = _greedy(Table(logits), max_length=1)
    assert (found.words, found.log_probability) == ([5], pytest.approx(0, abs=1e-5))


def test_the_pictures_of_a_batch_may_be_none() -> None:
    empty = Table(torch.zeros(0, 3, 6, 6))
    assert _beam(empty, size=2, max_length=2) == []
    assert _greedy(empty, max_length=2) == []


@some
@given(
    seeds, st.integers(1, 5), st.integers(1, 7), st.integers(1, 6), st.integers(1, 3), st.sampled_from([0.0, 0.7, 2.0])
)
def test_the_best_are_found_without_looking_at_all(
    seed: int, pictures: int, length: int, size: int, wanted: int, power: float
) -> None:
    given = table(pictures=pictures, vocabulary=8, max_length=length, seed=seed)
    everything = _beam(given, size=size, max_length=length, normalization=power)
    quickly = _beam(given, size=size, max_length=length, normalization=power, wanted=wanted)
    for found, all_of_them in zip(quickly, everything, strict=True):
        assert [worth(one, power) for one in all_of_them] == sorted(
            (worth(one, power) for one in all_of_them), reverse=True
        )
        assert [one.words for one in found] == [one.words for one in all_of_them[:wanted]]


def test_the_search_stops_when_nothing_better_can_come() -> None:
    logits = _certain([{EOS: 0.6, 5: 0.4}, *[{5: 0.5, 6: 0.5}] * 4, {EOS: 1.0}])
    speaker = TableSpeaker()
    ((found,),) = beam(speaker, Table(logits).features, None, FREE, size=2, wanted=1, temperature=1.0, max_length=5)
    assert (found.words, speaker.rows) == ([], [1])


def test_length_normalization_prefers_longer_captions() -> None:
    logits = _certain([{EOS: 0.6, 5: 0.4}, {EOS: 1.0}])
    (plain,) = _beam(Table(logits), size=2, max_length=1)
    (normalized,) = _beam(Table(logits), size=2, max_length=1, normalization=1.0)
    assert [one.words for one in plain] == [[], [5]]
    # ln .4 over two words is more than ln .6 over one.
    assert [one.words for one in normalized] == [[5], []]


@some
@given(seeds, st.integers(1, 4), st.integers(1, 7), st.sampled_from([0.3, 1.0]))
def test_the_likeliest_word_alone_is_greedy_search(seed: int, pictures: int, length: int, temperature: float) -> None:
    given = table(pictures=pictures, vocabulary=9, max_length=length, seed=seed)
    wanted = _greedy(given, max_length=length, temperature=temperature)
    for keep in (partial(top_k, count=1), partial(top_p, share=1e-6)):
        drawn = _sample(given, seed=seed, max_length=length, temperature=temperature, keep=keep)
        assert [one.words for (one,) in drawn] == [one.words for (one,) in wanted]
        assert [one.log_probability for (one,) in drawn] == pytest.approx([one.log_probability for (one,) in wanted])


@some
@given(seeds, st.integers(1, 7), st.sampled_from([0.3, 1.0]))
def test_the_log_probability_of_what_is_drawn_is_its_teacher_forced_sum(
    seed: int, length: int, temperature: float
) -> None:
    given = table(pictures=3, vocabulary=9, max_length=length, seed=seed)
    for logits, (said,) in zip(
        given.logits, _sample(given, seed=seed, max_length=length, temperature=temperature), strict=True
    ):
        words = [*said.words, EOS] if said.finished else said.words
        total = 0.0
        for step, word in enumerate(words):
            scores = logits[step, words[step - 1] if step else SOS].double() / temperature
            scores[list(forbidden(words[:step], RULES) | set(words[:step][-2:]))] = float("-inf")
            total += float(scores.log_softmax(-1)[word])
        assert said.log_probability == pytest.approx(total, abs=1e-4)


def test_words_are_drawn_as_often_as_they_are_likely() -> None:
    logits = _certain([{5: 0.5, 6: 0.3, AND: 0.2}, {EOS: 1.0}]).expand(10_000, -1, -1, -1)
    shares = {(5,): 0.5, (6,): 0.3, (AND,): 0.2}
    first = partial(top_k, count=2)
    most = partial(top_p, share=0.6)  # 0.5 does not reach it, 0.5 + 0.3 crosses it
    for keep, kept in ((None, 1.0), (first, 0.8), (most, 0.8)):
        said = Counter(tuple(one.words) for (one,) in _sample(Table(logits), max_length=1, keep=keep))
        for words, share in shares.items():
            wanted = 0.0 if kept < 1 and words == (AND,) else share / kept
            assert said[words] / 10_000 == pytest.approx(wanted, abs=0.02)


def test_what_is_drawn_hangs_on_the_pictures_own_numbers() -> None:
    given = table(pictures=6, vocabulary=12, max_length=8, seed=3)
    chance = torch.rand(6, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    together = _sample(given, max_length=8, chance=chance)
    for picture in range(6):
        (alone,) = _sample(given.of(picture), max_length=8, chance=chance[[picture]])
        assert alone[0].words == together[picture][0].words


@given(seeds, st.integers(1, 4), st.integers(1, 700), st.integers(1, 12))
def test_the_greatest_as_topk(seed: int, rows: int, vocabulary: int, count: int) -> None:
    scores = torch.randn(rows, vocabulary, generator=torch.Generator().manual_seed(seed))
    scores[:, ::7] = float("-inf")
    count = min(count, vocabulary)
    found, wanted = greatest(scores, count), scores.topk(count, -1)
    assert torch.equal(found[0], wanted.values)
    assert torch.equal(scores.gather(1, found[1]), wanted.values)


def test_an_own_list_of_words_is_never_said() -> None:
    given = table(pictures=4, vocabulary=9, max_length=6, seed=2)
    rules = Rules(start=SOS, end=EOS, banned=(PAD, SOS, UNK, 5, 7), conjunction=AND)
    for search in SEARCHES:
        said = {word for some in search(given, rules, max_length=6) for one in some for word in one.words}
        assert said
        assert not said & {5, 7}
