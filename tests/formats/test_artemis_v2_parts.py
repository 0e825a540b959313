"""The split of ArtEmis v2 and its test sets."""

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.artemis_v2 import parts
from formats.artemis_v2.parts import Coverage, balanced, coverage, split
from formats.artworks import Artwork

FEW = Coverage(5, 5)


def works(names: str | range, style: str = "Realism") -> list[Artwork]:
    return [(style, str(name)) for name in names]


def test_coverage() -> None:
    a, b, c = works("abc")
    rows = [(a, 5), (b, None), (a, 7), (a, None), (c, None), (b, None)]
    assert coverage(rows) == {a: Coverage(3, 7), b: Coverage(2, 2), c: Coverage(1, 1)}


@pytest.mark.parametrize(
    ("repetitions", "test", "val"),
    [
        # 15 % of 100 rows: three artworks, two of them in test.
        ([5] * 20, "ab", "c"),
        # 15 % of 106 rows are 15: two artworks of 5 annotations leave 5 rows, too few for one of 6.
        ([6, 5, 5, *[10] * 9], "b", "c"),
        # 15 % of 114: 17 rows; two artworks of 5 leave 7, one of 6 leaves 1.
        ([6, 5, 5, 6, 6, *[10] * 8, 6], "bc", "a"),
        # Artworks with ten annotations and more are never held out.
        ([10] * 5, "", ""),
        ([], "", ""),
    ],
)
def test_contrastive_artworks_are_held_out_by_their_annotations(repetitions: list[int], test: str, val: str) -> None:
    names = works("abcdefghijklmnopqrst"[: len(repetitions)])
    found = split({name: Coverage(n, n) for name, n in zip(names, repetitions, strict=True)}, {}, set())
    assert "".join(sorted(name for (_, name), part in found.items() if part == "test")) == test
    assert "".join(sorted(name for (_, name), part in found.items() if part == "val")) == val
    assert len(found) == len(repetitions)


def test_anchors_train_and_the_others_make_up_for_them() -> None:
    artemis = dict.fromkeys(works(range(100)), FEW)
    anchors = set(works(range(70)))
    found = split({}, artemis, anchors)
    assert Counter(found.values()) == {"train": 85, "test": 10, "val": 5}
    assert {found[anchor] for anchor in anchors} == {"train"}


def test_of_too_many_anchors_some_are_held_out() -> None:
    artemis = dict.fromkeys(works(range(100)), FEW)
    assert Counter(split({}, artemis, set(artemis)).values()) == {"train": 85, "test": 10, "val": 5}


def test_a_contrastive_artwork_has_one_split_also_as_an_anchor_and_in_artemis() -> None:
    contrastive = dict.fromkeys(works("abcdefghijklmnopqrst"), FEW)
    found = split(contrastive, contrastive, set(contrastive))
    assert [name for (_, name), part in found.items() if part != "train"] == ["a", "b", "c"]


def test_an_artwork_with_many_annotations_is_in_rest_as_a_whole() -> None:
    many, other = works("ab")
    found = split({many: FEW}, {many: Coverage(41, 41), other: Coverage(40, 40)}, {many})
    assert found[many] == "rest"
    assert found[other] != "rest"


def test_test_sets() -> None:
    both, new, train, many, *old = works("abcdefghi")
    split_of = dict.fromkeys([both, new, *old], "test") | {train: "train", many: "rest"}
    sets = parts.test_sets(split_of, [new, both, train], [many, both, *old, train])
    assert sets["test_new"] == [both, new]
    assert sets["test_ref"] == [both, *old]
    assert sets["test_40"] == [many]
    assert len(sets["test_old"]) == 3
    assert set(sets["test_old"]) < set(sets["test_ref"])
    assert sets["test_all"] == sorted({*sets["test_new"], *sets["test_old"]})


def test_test_sets_of_nothing() -> None:
    assert parts.test_sets({}, [], []) == {
        name: [] for name in ("test_new", "test_old", "test_all", "test_ref", "test_40")
    }


def test_balanced_rows() -> None:
    splits = [*["train"] * 60, *["val"] * 10, *["test"] * 20, *["rest"] * 10]
    kept = balanced(splits, 40)
    # As the repository samples.
    sampled = pd.DataFrame(index=range(100)).sample(40, random_state=42).index
    assert kept[70:].all()
    assert kept[:70].tolist() == [row in sampled for row in range(70)]
    assert balanced(splits, 1000).all()
    assert balanced([], 5).tolist() == []


artworks = st.tuples(st.sampled_from("AB"), st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
covered = st.dictionaries(artworks, st.integers(1, 45).map(lambda n: Coverage(n, n)))


@given(covered, covered, st.sets(artworks))
def test_every_artwork_has_one_split_whatever_the_order(
    contrastive: dict[Artwork, Coverage], artemis: dict[Artwork, Coverage], anchors: set[Artwork]
) -> None:
    found = split(contrastive, artemis, anchors)
    assert found.keys() == contrastive.keys() | artemis.keys()
    assert set(found.values()) <= {"train", "val", "test", "rest"}
    backwards = [dict(reversed(each.items())) for each in (contrastive, artemis)]
    assert split(*backwards, anchors) == found
    sets = parts.test_sets(found, contrastive, artemis)
    assert {found[artwork] for name in ("test_new", "test_ref", "test_all") for artwork in sets[name]} <= {"test"}
    assert {*sets["test_new"], *sets["test_ref"]} == {artwork for artwork, part in found.items() if part == "test"}
