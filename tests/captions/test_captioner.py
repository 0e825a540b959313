"""A saved speaker captions batches of images."""

from typing import Any

import numpy as np
import pytest

from stages.captions import captioner
from stages.captions.captioner import Caption, generate
from stages.captions.hypotheses import Constraints
from stages.common.emotions import ARTEMIS
from stages.speaker.checkpoint import Trained, load
from stages.speaker.registry import ARCHITECTURES
from stages.utterances.vocabulary import SPECIALS, Vocabulary
from tests.captions.captioning import RULES, plan_of
from tests.speaker.two_colours import VOCABULARY, pictures, saved

every = pytest.mark.parametrize("arch", ARCHITECTURES)
PLACES = 2  # on each side of the grid
PIXELS = pictures(3).pixels


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trained]:
    """A plain speaker of each architecture, saved and loaded."""
    folder = tmp_path_factory.mktemp("plain")
    for arch in ARCHITECTURES:
        saved(folder / arch, arch)
    return {arch: load(folder / arch) for arch in ARCHITECTURES}


@pytest.fixture(scope="module")
def grounded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trained]:
    """A grounded speaker of each architecture."""
    folder = tmp_path_factory.mktemp("grounded")
    return {arch: saved(folder / arch, arch, grounded=True) for arch in ARCHITECTURES}


def _captions(
    trained: Trained, emotions: list[list[int]] | None = None, candidates: int = 1, **changed: Any
) -> list[list[Caption]]:
    """Captions of six images, under the emotions (N, E) of each."""
    conditions = None if emotions is None else np.eye(len(ARTEMIS), dtype=np.float32)[np.array(emotions)]
    return generate(trained, PIXELS, conditions, list("abcdef"), plan_of(candidates, **changed))


@pytest.mark.parametrize("rule", RULES)
@every
def test_captions_of_a_saved_speaker(plain: dict[str, Trained], arch: str, rule: str) -> None:
    captions = _captions(plain[arch], rule=rule)
    assert len(captions) == 6
    for ((caption, emotion, config, rank, log_probability, maps),) in captions:
        assert (config, rank) == (0, 0)
        words = caption.split()
        assert set(words) <= set(VOCABULARY.words) - set(SPECIALS)
        assert len(words) <= 5
        assert emotion is None
        assert log_probability < 0
        # One map for each word, and one for <eos> if the caption has at most five words with it.
        assert len(maps) in ({len(words) + 1} if len(words) < 5 else {5, 6})
        assert maps.shape[1:] == (PLACES, PLACES)
        assert maps.sum((1, 2)) == pytest.approx(np.ones(len(maps)), abs=1e-5)


@pytest.mark.parametrize("rule", RULES)
@every
def test_captions_do_not_depend_on_the_batch(grounded: dict[str, Trained], arch: str, rule: str) -> None:
    trained, plan = grounded[arch], plan_of(rule=rule, candidates=2)
    ids, names = [0, 1, 2, 6, 7, 8], list("abcdef")
    emotions = np.eye(len(ARTEMIS), dtype=np.float32)[ids][:, None]
    together = generate(trained, PIXELS, emotions, names, plan)
    for row, expected in enumerate(together):
        (alone,) = generate(trained, PIXELS[[row]], emotions[[row]], names[row : row + 1], plan)
        assert [caption[:4] for caption in alone] == [caption[:4] for caption in expected]
        likelihoods = [caption.log_probability for caption in expected]
        assert [caption.log_probability for caption in alone] == pytest.approx(likelihoods, abs=1e-4)
        assert {caption.emotion for caption in alone} == {ARTEMIS.names[ids[row]]}


@pytest.mark.parametrize(
    ("rule", "count"), [("beam", 3), ("greedy", 1), ("multinomial", 4), ("top_k", 4), ("top_p", 4)]
)
def test_candidates_are_in_descending_order_of_likelihood(plain: dict[str, Trained], rule: str, count: int) -> None:
    for captions in _captions(plain["sat"], rule=rule, candidates=4):
        assert [caption.rank for caption in captions] == list(range(count))
        likelihoods = [caption.log_probability for caption in captions]
        assert likelihoods == sorted(likelihoods, reverse=True)


def test_several_emotions_of_each_image(grounded: dict[str, Trained]) -> None:
    captions = _captions(grounded["sat"], [[3, 1]] * 6, candidates=2)
    conditions = [(caption.emotion, caption.rank) for caption in captions[4]]
    assert conditions == [("excitement", 0), ("excitement", 1), ("awe", 2), ("awe", 3)]


def test_samples_depend_on_seed_and_name_only(plain: dict[str, Trained]) -> None:
    pixels = PIXELS[[0] * 40]

    def texts(names: list[str], seed: int) -> list[str]:
        captions = generate(plain["sat"], pixels, None, names, plan_of(rule="multinomial", seed=seed))
        return [caption.caption for (caption,) in captions]

    different = [f"{number}" for number in range(40)]
    first = texts(different, 1)
    assert texts(different, 1) == first
    assert texts(different, 2) != first
    assert len(set(texts(["same"] * 40, 1))) == 1
    assert len(set(first)) > 5


def test_the_constraints_have_the_ids_of_the_vocabulary() -> None:
    (config,) = plan_of().configs
    vocabulary = Vocabulary([*SPECIALS, "sea", "and", "sky"])
    assert captioner.constraints_of(vocabulary, config) == Constraints(1, 2, banned=(0, 1, 3), conjunction=5)
    assert captioner.constraints_of(Vocabulary([*SPECIALS, "sea"]), config).conjunction == -1
    characters = captioner.constraints_of(Vocabulary([*SPECIALS, "海", "van", "ー", "größe", "น้ำ"]), config).repeatable
    assert characters == (4, 6, 8)
    free = config.model_copy(update={"drop_unk": False, "drop_bigrams": False})
    assert captioner.constraints_of(vocabulary, free) == Constraints(1, 2, (0, 1), 5, no_repeated_pair=False)
