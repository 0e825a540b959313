"""Decoding with a speaker that is a table of scores."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from stages.captions.beam_search import beam, greatest, ranking_score
from stages.captions.decoding import greedy, sample, top_k, top_p
from stages.captions.hypotheses import Constraints, Hypothesis
from tests.captions.plain_search import Candidate, beam_by_hand, every_caption, forbidden, greedy_by_hand
from tests.captions.table_speaker import Table, TableSpeaker, table

PAD, SOS, EOS, UNK, AND = range(5)
ALL = Constraints(start=SOS, end=EOS, banned=(PAD, SOS, UNK), conjunction=AND)
FREE = Constraints(start=SOS, end=EOS, banned=(PAD, SOS), conjunction=-1, no_repeated_pair=False)
# The seed of the random scores of a case.
seeds = st.integers(0, 10_000)
some = settings(max_examples=30, deadline=None)


def _beam(inputs: Table, constraints: Constraints = ALL, **changed: Any) -> list[list[Hypothesis]]:
    return beam(TableSpeaker(), inputs.features, None, constraints, **{"temperature": 1.0, **changed})


def _greedy(inputs: Table, constraints: Constraints = ALL, **changed: Any) -> list[list[Hypothesis]]:
    found = greedy(TableSpeaker(), inputs.features, None, constraints, **{"temperature": 1.0, **changed})
    return [[hypothesis] for hypothesis in found]


def _sample(inputs: Table, constraints: Constraints = ALL, seed: int = 0, **changed: Any) -> list[list[Hypothesis]]:
    steps = inputs.logits.shape[1]
    generators = [torch.Generator().manual_seed(1000 * seed + number) for number in range(len(inputs.logits))]
    uniform = torch.stack([torch.rand(steps, generator=generator, dtype=torch.float64) for generator in generators])
    arguments = {"temperature": 1.0, "uniform": uniform, **changed}
    return [[hypothesis] for hypothesis in sample(TableSpeaker(), inputs.features, None, constraints, **arguments)]


SEARCHES: list[Callable[..., list[list[Hypothesis]]]] = [lambda *a, **k: _beam(*a, size=3, **k), _greedy, _sample]
every = pytest.mark.parametrize("search", SEARCHES, ids=["beam", "greedy", "sample"])


def _words(hypotheses: list[Hypothesis]) -> list[list[int]]:
    return [hypothesis.words for hypothesis in hypotheses]


def _scores(hypotheses: list[Hypothesis]) -> list[float]:
    return [hypothesis.log_probability for hypothesis in hypotheses]


def _assert_equal(hypotheses: list[Hypothesis], expected: list[Candidate]) -> None:
    assert [(each.words, each.finished) for each in hypotheses] == [(each.words, each.finished) for each in expected]
    assert _scores(hypotheses) == pytest.approx([candidate.score for candidate in expected], abs=1e-4)


def _certain(steps: list[dict[int, float]], vocabulary: int = 7) -> Tensor:
    """Logits (1, steps, V, V) of probabilities of the next word at each step, whatever the last word."""
    logits = torch.full((1, len(steps), vocabulary, vocabulary), -30.0)
    for step, probabilities in enumerate(steps):
        for word, probability in probabilities.items():
            logits[0, step, :, word] = torch.tensor(probability).log()
    return logits


@pytest.mark.parametrize("temperature", [1.0, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_finds_every_caption_in_order(seed: int, temperature: float) -> None:
    # Two words, up to four of them: 1 + 2 + 4 + 8 + 16 captions.
    inputs = table(pictures=3, vocabulary=5, max_length=4, seed=seed)
    found = _beam(inputs, FREE, size=100, temperature=temperature, max_length=4)
    for picture, hypotheses in enumerate(found):
        expected = every_caption(inputs.logits[picture], FREE, temperature, 4)
        assert len(expected) == 31
        _assert_equal(hypotheses, expected)


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_beam_finds_every_caption_that_is_allowed(seed: int) -> None:
    inputs = table(pictures=2, vocabulary=6, max_length=4, seed=seed)
    for picture, hypotheses in enumerate(_beam(inputs, size=100, max_length=4)):
        expected = every_caption(inputs.logits[picture], ALL, 1.0, 4)
        captions = [candidate.words for candidate in expected]
        assert [AND, 5, AND] in captions
        assert not [words for words in captions if words[:3] in ([5, AND, 5], [5, 5, 5], [AND, AND, AND])]
        _assert_equal(hypotheses, expected)


@some
@given(seeds, st.integers(1, 5), st.integers(6, 9), st.integers(1, 7), st.integers(1, 6), st.sampled_from([0.3, 1.0]))
def test_beam_equals_the_oracle(
    seed: int, pictures: int, words: int, length: int, size: int, temperature: float
) -> None:
    inputs = table(pictures=pictures, vocabulary=words, max_length=length, seed=seed)
    found = _beam(inputs, size=size, temperature=temperature, max_length=length)
    for logits, hypotheses in zip(inputs.logits, found, strict=True):
        _assert_equal(hypotheses, beam_by_hand(logits, ALL, temperature, length, size))


@some
@given(seeds, st.integers(1, 5), st.integers(6, 9), st.integers(1, 7), st.sampled_from([0.3, 1.0]))
def test_greedy_equals_the_oracle(seed: int, pictures: int, words: int, length: int, temperature: float) -> None:
    inputs = table(pictures=pictures, vocabulary=words, max_length=length, seed=seed)
    found = _greedy(inputs, temperature=temperature, max_length=length)
    for logits, hypotheses in zip(inputs.logits, found, strict=True):
        _assert_equal(hypotheses, [greedy_by_hand(logits, ALL, temperature, length)])


@every
@some
@given(seeds, st.integers(6, 8), st.integers(1, 12))
def test_captions_meet_the_constraints(search: Any, seed: int, vocabulary: int, length: int) -> None:
    inputs = table(pictures=4, vocabulary=vocabulary, max_length=length, seed=seed)
    for hypotheses in search(inputs, max_length=length):
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
        assert _scores(hypotheses) == sorted(_scores(hypotheses), reverse=True)
        assert len({hypothesis.finished for hypothesis in hypotheses}) == 1


@every
def test_characters_may_repeat_where_words_may_not(search: Any) -> None:
    inputs = Table(_certain([{5: 1.0}, {6: 1.0}, {5: 1.0}, {6: 1.0}, {6: 1.0}, {EOS: 1.0}]))
    words = _words(search(inputs, max_length=5)[0])[0]
    characters = replace(ALL, repeatable=(5, 6))
    assert words != [5, 6, 5, 6, 6]
    assert _words(search(inputs, characters, max_length=5)[0])[0] == [5, 6, 5, 6, 6]


@pytest.mark.parametrize("search", SEARCHES[:2], ids=["beam", "greedy"])
@some
@given(seeds, st.integers(2, 6), st.integers(1, 8))
def test_no_picture_depends_on_another(search: Any, seed: int, pictures: int, length: int) -> None:
    inputs = table(pictures=pictures, vocabulary=8, max_length=length, seed=seed)
    together = search(inputs, max_length=length)
    for picture, hypotheses in enumerate(together):
        (alone,) = search(inputs.of(picture), max_length=length)
        assert _words(alone) == _words(hypotheses)
        assert _scores(alone) == pytest.approx(_scores(hypotheses), abs=1e-5)
        # The speaker's attention is one-hot: zeros and ones, without rounding.
        assert all(torch.equal(a.attention, b.attention) for a, b in zip(alone, hypotheses, strict=True))


@every
def test_attention_belongs_to_its_word(search: Any) -> None:
    # The speaker attends to the place `step * V + last word` that it reads.
    inputs = table(pictures=3, vocabulary=8, max_length=6, seed=1)
    for hypotheses in search(inputs, max_length=6):
        for words, _, attention, finished in hypotheses:
            read = [SOS, *words][: len(words) + finished]
            assert attention.argmax(1).tolist() == [step * 8 + word for step, word in enumerate(read)]


def test_probabilities_by_hand() -> None:
    # "5" .6 then <eos> .5, or "6" .4 then <eos> .9: the likeliest first word loses.
    logits = _certain([{5: 0.6, 6: 0.4}, {EOS: 0.5, 5: 0.3, 6: 0.2}, {EOS: 1.0}])
    logits[0, 1, 6] = torch.tensor([1e-9, 1e-9, 0.9, 1e-9, 1e-9, 0.05, 0.05]).log()
    (found,) = _beam(Table(logits), size=2, max_length=2)
    assert _words(found) == [[6], [5]]
    assert _scores(found) == pytest.approx([-1.0216512, -1.2039728], abs=1e-5)  # ln .36, ln .3
    ((first,),) = _greedy(Table(logits), max_length=2)
    assert first.words == [5]
    # "5" is banned after itself: .5 of .7.
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
    # One of three ends at once, so two go on, and two more are finished.
    assert speaker.rows == [1, 2, 2]
    assert [len(words) for words in _words(found)] == [0, 2, 2]


def test_a_finished_picture_is_not_scored_any_more() -> None:
    quick, slow = _certain([{EOS: 1.0}] * 5), _certain([{5: 0.5, 6: 0.5}] * 4 + [{EOS: 1.0}])
    speaker = TableSpeaker()
    found = beam(speaker, Table(torch.cat([quick, slow])).features, None, FREE, size=1, temperature=1.0, max_length=4)
    assert [len(hypotheses[0].words) for hypotheses in found] == [0, 4]
    assert speaker.rows == [2, 1, 1, 1, 1]


@pytest.mark.parametrize("search", SEARCHES[:2], ids=["beam", "greedy"])
def test_a_caption_that_does_not_end_is_cut(search: Any) -> None:
    endless = _certain([{5: 0.4, 6: 0.3, AND: 0.3}] * 4)
    ending = _certain([{5: 1.0}, {6: 1.0}, {AND: 1.0}, {EOS: 1.0}])
    cut, whole = search(Table(torch.cat([endless, ending])), max_length=3)
    assert {(len(each.words), len(each.attention), each.finished) for each in cut} == {(3, 3, False)}
    assert _scores(cut) == sorted(_scores(cut), reverse=True)
    # <eos> is no word: a caption of `max_length` words may still end.
    assert (whole[0].words, len(whole[0].attention), whole[0].finished) == ([5, 6, AND], 4, True)


def test_unfinished_captions_are_left_out_if_there_is_a_finished_one() -> None:
    logits = _certain([{5: 0.6, 6: 0.4}, {5: 0.9, EOS: 0.1}, {5: 1.0}, {5: 1.0}])
    logits[0, 1, 6] = _certain([{EOS: 1.0}])[0, 0, 0]
    (found,) = _beam(Table(logits), FREE, size=2, max_length=3)
    assert [(hypothesis.words, hypothesis.finished) for hypothesis in found] == [([6], True)]


def test_a_vocabulary_smaller_than_the_beam() -> None:
    inputs = table(pictures=2, vocabulary=4, max_length=3, seed=5)
    constraints = Constraints(start=SOS, end=EOS, banned=(PAD, SOS), conjunction=-1)
    for picture, hypotheses in enumerate(_beam(inputs, constraints, size=50, max_length=3)):
        # One word, no pair twice: "", "3", "3 3".
        expected = every_caption(inputs.logits[picture], constraints, 1.0, 3)
        assert sorted(candidate.words for candidate in expected) == [[], [3], [3, 3]]
        _assert_equal(hypotheses, expected)


def test_bans_of_beam_search_do_not_change_other_probabilities() -> None:
    logits = _certain([{UNK: 0.8, 5: 0.2}, {EOS: 1.0}])
    ((found,),) = _beam(Table(logits), size=1, max_length=1)
    assert (found.words, found.log_probability) == ([5], pytest.approx(-1.6094379, abs=1e-5))  # ln .2
    ((found,),) = _greedy(Table(logits), max_length=1)
    assert (found.words, found.log_probability) == ([5], pytest.approx(0, abs=1e-5))


def test_a_batch_may_be_empty() -> None:
    empty = Table(torch.zeros(0, 3, 6, 6))
    assert _beam(empty, size=2, max_length=2) == []
    assert _greedy(empty, max_length=2) == []


@some
@given(
    seeds, st.integers(1, 5), st.integers(1, 7), st.integers(1, 6), st.integers(1, 3), st.sampled_from([0.0, 0.7, 2.0])
)
def test_the_best_are_the_first_of_all(
    seed: int, pictures: int, length: int, size: int, count: int, power: float
) -> None:
    inputs = table(pictures=pictures, vocabulary=8, max_length=length, seed=seed)
    complete = _beam(inputs, size=size, max_length=length, normalization=power)
    early = _beam(inputs, size=size, max_length=length, normalization=power, count=count)
    for best, everything in zip(early, complete, strict=True):
        scores = [ranking_score(hypothesis, power) for hypothesis in everything]
        assert scores == sorted(scores, reverse=True)
        assert _words(best) == _words(everything)[:count]


def test_the_search_stops_when_nothing_better_can_come() -> None:
    logits = _certain([{EOS: 0.6, 5: 0.4}, *[{5: 0.5, 6: 0.5}] * 4, {EOS: 1.0}])
    speaker = TableSpeaker()
    ((found,),) = beam(speaker, Table(logits).features, None, FREE, size=2, count=1, temperature=1.0, max_length=5)
    assert (found.words, speaker.rows) == ([], [1])


def test_length_normalization_prefers_longer_captions() -> None:
    logits = _certain([{EOS: 0.6, 5: 0.4}, {EOS: 1.0}])
    (plain,) = _beam(Table(logits), size=2, max_length=1)
    (normalized,) = _beam(Table(logits), size=2, max_length=1, normalization=1.0)
    assert _words(plain) == [[], [5]]
    # ln .4 over two words is more than ln .6 over one.
    assert _words(normalized) == [[5], []]


@some
@given(seeds, st.integers(1, 4), st.integers(1, 7), st.sampled_from([0.3, 1.0]))
def test_sampling_from_the_likeliest_word_is_greedy_search(
    seed: int, pictures: int, length: int, temperature: float
) -> None:
    inputs = table(pictures=pictures, vocabulary=9, max_length=length, seed=seed)
    expected = _greedy(inputs, max_length=length, temperature=temperature)
    for keep in (partial(top_k, count=1), partial(top_p, share=1e-6)):
        drawn = _sample(inputs, seed=seed, max_length=length, temperature=temperature, keep=keep)
        for found, hypotheses in zip(drawn, expected, strict=True):
            assert _words(found) == _words(hypotheses)
            assert _scores(found) == pytest.approx(_scores(hypotheses), abs=1e-5)


@some
@given(seeds, st.integers(1, 7), st.sampled_from([0.3, 1.0]))
def test_the_log_probability_of_a_sample_is_its_teacher_forced_sum(seed: int, length: int, temperature: float) -> None:
    inputs = table(pictures=3, vocabulary=9, max_length=length, seed=seed)
    drawn = _sample(inputs, seed=seed, max_length=length, temperature=temperature)
    for logits, (caption,) in zip(inputs.logits, drawn, strict=True):
        words = [*caption.words, EOS] if caption.finished else caption.words
        total = 0.0
        for step, word in enumerate(words):
            scores = logits[step, words[step - 1] if step else SOS].double() / temperature
            scores[list(forbidden(words[:step], ALL) | set(words[:step][-2:]))] = float("-inf")
            total += float(scores.log_softmax(-1)[word])
        assert caption.log_probability == pytest.approx(total, abs=1e-4)


def test_words_are_sampled_as_often_as_they_are_likely() -> None:
    samples = 5_000
    logits = _certain([{5: 0.5, 6: 0.3, AND: 0.2}, {EOS: 1.0}]).expand(samples, -1, -1, -1)
    shares = {(5,): 0.5, (6,): 0.3, (AND,): 0.2}
    first = partial(top_k, count=2)
    most = partial(top_p, share=0.6)  # 0.5 does not reach it, 0.5 + 0.3 crosses it
    for keep, kept in ((None, 1.0), (first, 0.8), (most, 0.8)):
        found = _sample(Table(logits), max_length=1, keep=keep)
        counts = Counter(tuple(hypothesis.words) for (hypothesis,) in found)
        for words, share in shares.items():
            expected = 0.0 if kept < 1 and words == (AND,) else share / kept
            assert counts[words] / samples == pytest.approx(expected, abs=0.02)


def test_samples_depend_on_the_pictures_random_numbers_only() -> None:
    inputs = table(pictures=6, vocabulary=12, max_length=8, seed=3)
    uniform = torch.rand(6, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    together = _sample(inputs, max_length=8, uniform=uniform)
    for picture in range(6):
        (alone,) = _sample(inputs.of(picture), max_length=8, uniform=uniform[[picture]])
        assert _words(alone) == _words(together[picture])


@given(seeds, st.integers(1, 4), st.integers(1, 700), st.integers(1, 12))
def test_the_greatest_equal_topk(seed: int, rows: int, vocabulary: int, count: int) -> None:
    scores = torch.randn(rows, vocabulary, generator=torch.Generator().manual_seed(seed))
    scores[:, ::7] = float("-inf")
    count = min(count, vocabulary)
    (values, indices), expected = greatest(scores, count), scores.topk(count, -1)
    assert torch.equal(values, expected.values)
    assert torch.equal(scores.gather(1, indices), expected.values)


@every
def test_banned_words_never_occur(search: Any) -> None:
    inputs = table(pictures=4, vocabulary=9, max_length=6, seed=2)
    constraints = Constraints(start=SOS, end=EOS, banned=(PAD, SOS, UNK, 5, 7), conjunction=AND)
    found = search(inputs, constraints, max_length=6)
    words = {word for hypotheses in found for hypothesis in hypotheses for word in hypothesis.words}
    assert words
    assert not words & {5, 7}
