"""Which stages a change makes stale: no more than must run again, and no less.

A copy of the repository holds an empty file for every out and a dvc.lock that calls
them up to date; after each edit DVC itself says which stages have changed.
"""

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import networkx as nx
import pytest
from dvc.repo import Repo
from dvc.utils.serialize import LOADERS

from tests.miniature import change, copy
from tests.study import Study

METRICS = {"metrics@captions", "metrics@neighbor_captions", "metrics@anp_captions", "metrics@human"}
PAGES = {"speakers", "reports"}
TOLD = {"wording", "dataset", "language", "reference", "reports"}
ABOUT_DATA = {*TOLD, "emotions"}
SPOKEN = {"captions", "metrics@captions", "model_cards", *PAGES}
CAPTIONED = {"captions", "neighbor_captions", "anp_captions", *METRICS, "model_cards", *PAGES}
LEARNT = {"text_classifier", "image_classifier", "classifiers", "encoder", "speaker", *CAPTIONED}
SEEN = {"image_classifier", "classifiers", "encoder", "speaker", *SPOKEN, "anp_captions", "metrics@anp_captions"}

EVERYTHING = {
    *("annotations", "images", "features", "utterances@analysis", "utterances@deep_nets", "histograms"),
    *LEARNT,
    *ABOUT_DATA,
}

# What hands on nothing, with the params of the embedded study, and always the same bytes: what
# only hangs on it stays as it is (tests/encoder holds the stage to that).
RELAYS = {"encoder"}

PARAMS: list[tuple[str, Any, set[str]]] = [
    ("annotations.artworks", 20, EVERYTHING),
    ("speaker.emo_grounding", True, {"speaker", *SPOKEN}),
    ("speaker.weights", "pretrained", {"encoder", "speaker", *SPOKEN}),
    ("captions.temperature", 0.5, SPOKEN),
    ("captions.split", "val", CAPTIONED),
    ("neighbor_captions.seed", 1, {"neighbor_captions", "metrics@neighbor_captions", *PAGES}),
    ("anp_captions.seed", 1, {"anp_captions", "metrics@anp_captions", *PAGES}),
    ("metrics.shuffles", 5, {*METRICS, "model_cards", *PAGES}),
    ("metrics.bootstrap", 100, {*METRICS, "model_cards", *PAGES}),
    ("speakers.gallery", 5, PAGES),
    # The image classifier may learn on features, so it reads them whatever image_classifier.tune says; the
    # speaker, too, is handed some, or always the same nothing.
    (
        "features.backbone",
        "resnet18",
        {"features", "neighbor_captions", "metrics@neighbor_captions", *SEEN} - {"speaker"},
    ),
    ("image_classifier.tune", "last_block", SEEN - {"speaker"}),
    ("reports.sharing", True, {*PAGES, "emotions", "reference", "classifiers"}),
    ("text_classifier.lstm.epochs", 3, {"text_classifier", "classifiers", *METRICS, "model_cards", *PAGES}),
    ("image_classifier.epochs", 3, SEEN - {"speaker"}),
    ("utterances.rules", "artemis", {"utterances@analysis", "utterances@deep_nets", *LEARNT, *TOLD}),
    ("utterances.profiles.deep_nets.min_count", 3, {"utterances@deep_nets", *LEARNT}),
    ("utterances.profiles.analysis.min_length", 3, {"utterances@analysis", *TOLD}),
    (
        "images.size",
        64,
        {"images", "features", "emotions", "reference", *LEARNT} - {"text_classifier"},
    ),
]
MODULES: list[tuple[str, set[str]]] = [
    ("stages/annotations/sources.py", EVERYTHING),
    ("stages/annotations/inventory.py", set()),
    ("stages/metrics/overlap.py", {*METRICS, "model_cards", *PAGES}),
    ("stages/speaker/sat.py", {"speaker", *SPOKEN}),
    ("stages/captions/decoding.py", SPOKEN),
    ("stages/features/backbones.py", {"features", "neighbor_captions", "metrics@neighbor_captions", *SEEN}),
    ("stages/common/training.py", {"text_classifier", *METRICS, *SEEN}),
    ("stages/common/pages/template/style.css", {*PAGES, *ABOUT_DATA, "classifiers"} - {"wording"}),
    ("stages/speakers/notebook.py", PAGES),
    ("stages/dataset/notebook.py", {"dataset", "reference", "reports"}),
    ("stages/dataset/keywords.py", {"dataset", "reference", "reports"}),
    ("stages/wording/concreteness.py", {"wording", "language", "reference", "reports"}),
    ("stages/reference/published.csv", {"reference", "classifiers", *PAGES}),
    # Tools, and what people read.
    ("stages/captions/pictures.py", set()),
    ("stages/check_params.py", set()),
    ("README.md", set()),
]
INPUTS: list[tuple[str, set[str]]] = [
    ("data/raw/resources/glove_words.txt", {"utterances@analysis", "utterances@deep_nets", *LEARNT, *TOLD}),
]


@dataclass(frozen=True)
class Finished:
    """A repository with nothing to do, open in DVC."""

    folder: Path
    repo: Repo
    # As DVC loaded them; an edge points from a stage to what it reads.
    graph: nx.DiGraph

    def stale(self) -> set[str]:
        """The stages that have changed, by DVC's own account, and all that hang on them."""
        # Not Repo.status, which reads dvc.yaml and dvc.lock again; and params.yaml is read
        # once rather than for every stage. Together it is a tenth of the time.
        once = {".yaml": functools.cache(LOADERS[".yaml"])}
        with self.repo.lock, mock.patch.dict(LOADERS, once):
            changed = [stage for stage in self.graph if stage.status()]
        return {stage.name for one in changed for stage in {one, *nx.ancestors(self.hanging, one)}}

    @functools.cached_property
    def hanging(self) -> nx.DiGraph:
        """The graph without the edges of RELAYS: what reads these has not changed when they run again."""
        relayed = [(reader, stage) for reader, stage in self.graph.edges if stage.name in RELAYS]
        return nx.restricted_view(self.graph, [], relayed)


@pytest.fixture(scope="module")
def finished(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """The repository after a run that never was."""
    folder = tmp_path_factory.mktemp("reruns") / "study"
    copy(folder, {})
    (folder / "README.md").touch()
    for out in sorted(out for stage in study.stages for out in stage.outs):
        # A suffix tells a file from a folder.
        path = folder / out if Path(out).suffix else folder / out / "file"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(out)
    # DVC's run-cache looks paths up in the working directory.
    with contextlib.chdir(folder), Repo() as repo:
        repo.commit(force=True)
        assert repo.status() == {}
        yield Finished(folder, repo, repo.index.graph)


@pytest.fixture
def edited(finished: Finished) -> Iterator[Finished]:
    """The same, and as before once the test has ended."""
    before = {path: path.read_bytes() for path in (finished.folder / "stages").rglob("*") if path.is_file()}
    before |= {path: path.read_bytes() for path in (finished.folder / "params.yaml", finished.folder / "README.md")}
    yield finished
    for path, content in before.items():
        if path.read_bytes() != content:
            path.write_bytes(content)


@pytest.mark.parametrize(("key", "value", "stale"), PARAMS, ids=[key for key, *_ in PARAMS])
def test_a_param_makes_stale(edited: Finished, key: str, value: object, stale: set[str]) -> None:
    change(edited.folder / "params.yaml", {key: value})
    assert edited.stale() == stale


@pytest.mark.parametrize(("module", "stale"), MODULES, ids=[module for module, _ in MODULES])
def test_a_module_makes_stale(edited: Finished, module: str, stale: set[str]) -> None:
    with (edited.folder / module).open("a") as file:
        file.write("\n# edited\n")
    assert edited.stale() == stale


@pytest.mark.parametrize(("file", "stale"), INPUTS, ids=[file for file, _ in INPUTS])
def test_a_file_that_a_person_adds_makes_stale(edited: Finished, file: str, stale: set[str]) -> None:
    (edited.folder / file).write_text("added\n")
    assert edited.stale() == stale
    (edited.folder / file).unlink()
