"""Which stages a change makes stale: no more than must run again, and no less.

A copy of the repository holds an empty file for every out and a dvc.lock that calls
them up to date; after each edit DVC itself says which stages have changed.
"""

import contextlib
import functools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import networkx as nx
import pytest
from dvc.repo import Repo
from dvc.utils.serialize import LOADERS

from stages.common.params import read
from tests.miniature import Miniature, change, copy, dvc
from tests.study import ROOT, Study, leaves

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

# For each key of params.yaml, by the longest prefix that is here, what it makes stale.
STALE: dict[str, set[str]] = {
    "dataset": EVERYTHING,
    "device": {"features", *LEARNT},
    "demo": {"demo", *EVERYTHING},
    "annotations": EVERYTHING,
    "images": {"images", "features", "emotions", "reference", *LEARNT} - {"text_classifier"},
    "images.root": EVERYTHING,
    # The image classifier may learn on features, so it reads them whatever image_classifier.tune says; the
    # speaker, too, is handed some, or always the same nothing.
    "features": {"features", "neighbor_captions", "metrics@neighbor_captions", *SEEN} - {"speaker"},
    "utterances": {"utterances@analysis", "utterances@deep_nets", *LEARNT, *TOLD},
    "utterances.profiles.analysis": {"utterances@analysis", *TOLD},
    "utterances.profiles.deep_nets": {"utterances@deep_nets", *LEARNT},
    "text_classifier": {"text_classifier", "classifiers", *METRICS, "model_cards", *PAGES},
    "image_classifier": SEEN - {"speaker"},
    "speaker": {"speaker", *SPOKEN},
    "speaker.arch": {"encoder", "speaker", *SPOKEN},
    "speaker.backbone": {"encoder", "speaker", *SPOKEN},
    "speaker.weights": {"encoder", "speaker", *SPOKEN},
    "captions": SPOKEN,
    "captions.split": CAPTIONED,
    "neighbor_captions": {"neighbor_captions", "metrics@neighbor_captions", *PAGES},
    "anp_captions": {"anp_captions", "metrics@anp_captions", *PAGES},
    "metrics": {*METRICS, "model_cards", *PAGES},
    "speakers": PAGES,
    "reports": {*PAGES, "emotions", "reference", "classifiers"},
}
# Asked of DVC itself.
PARAMS: list[tuple[str, Any]] = [
    ("annotations.artworks", 20),
    ("images.size", 64),
    ("features.backbone", "resnet18"),
    ("utterances.rules", "artemis"),
    ("utterances.profiles.analysis.min_length", 3),
    ("utterances.profiles.deep_nets.min_count", 3),
    ("text_classifier.lstm.epochs", 3),
    ("image_classifier.epochs", 3),
    ("image_classifier.tune", "last_block"),
    ("speaker.emo_grounding", True),
    ("speaker.weights", "pretrained"),
    ("captions.temperature", 0.5),
    ("captions.split", "val"),
    ("neighbor_captions.seed", 1),
    ("anp_captions.seed", 1),
    ("metrics.shuffles", 5),
    ("metrics.bootstrap", 100),
    ("speakers.gallery", 5),
    ("reports.sharing", True),
]
MODULES: list[tuple[str, set[str]]] = [
    ("stages/annotations/sources.py", EVERYTHING),
    ("commands/inventory.py", set()),
    ("stages/metrics/overlap.py", {*METRICS, "model_cards", *PAGES}),
    ("stages/speaker/sat.py", {"speaker", *SPOKEN}),
    ("stages/captions/decoding.py", SPOKEN),
    ("stages/learning/backbones.py", {"features", "neighbor_captions", "metrics@neighbor_captions", *SEEN}),
    ("stages/learning/training.py", {"text_classifier", *METRICS, *SEEN}),
    ("stages/common/pages/template/style.css", {*PAGES, *ABOUT_DATA, "classifiers"} - {"wording"}),
    ("stages/speakers_report/notebook.py", PAGES),
    ("stages/dataset_report/notebook.py", {"dataset", "reference", "reports"}),
    ("stages/dataset_report/keywords.py", {"dataset", "reference", "reports"}),
    ("stages/wording/concreteness.py", {"wording", "language", "reference", "reports"}),
    ("stages/reference/published.csv", {"reference", "classifiers", *PAGES}),
    # What `dvc plots` draws with, tools, and what people read.
    (".dvc/plots/emotions.json", set()),
    ("commands/caption.py", set()),
    ("commands/check.py", set()),
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
    folders = [finished.folder / "stages", finished.folder / ".dvc" / "plots"]
    before = {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
    before |= {path: path.read_bytes() for path in (finished.folder / "params.yaml", finished.folder / "README.md")}
    yield finished
    for path, content in before.items():
        if path.read_bytes() != content:
            path.write_bytes(content)


def _expected(key: str) -> set[str]:
    """What STALE says of `key`."""
    return STALE[max((prefix for prefix in STALE if f"{key}.".startswith(f"{prefix}.")), key=len)]


def _with_all_below(study: Study, stages: set[str]) -> set[str]:
    """`stages`, and what hangs on them otherwise than through RELAYS."""
    found = set(stages)
    while below := {address for address, above in study.reads.items() if above & (found - RELAYS)} - found:
        found |= below
    return found


def test_every_param_makes_stale_what_the_table_says(study: Study) -> None:
    wrong = []
    for key in leaves(read(ROOT / "params.yaml")):
        readers = {one.address for one in study.stages if any(f"{key}.".startswith(f"{own}.") for own in one.params)}
        stale = _with_all_below(study, readers)
        if stale != _expected(key):
            wrong.append(f"{key}: more {sorted(stale - _expected(key))}, less {sorted(_expected(key) - stale)}")
    assert not wrong, "\n".join(wrong)


def test_every_module_makes_stale_what_runs_it(study: Study) -> None:
    """By dvc.yaml, the stages whose imports reach a module, and those that hang on them; for tools, none."""
    running = {stage.address: study.run_by(stage) for stage in study.stages}
    wrong = []
    for module in sorted(study.modules):
        path = study.source(module).relative_to(ROOT).as_posix()
        if path.endswith("__init__.py"):
            continue
        by_imports = {address for address, modules in running.items() if module in modules}
        declared = {stage.address for stage in study.stages if path in stage.code}
        if _with_all_below(study, declared) != _with_all_below(study, by_imports):
            wrong.append(f"{path}: {sorted(declared ^ by_imports)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("key", "value"), PARAMS, ids=[key for key, _ in PARAMS])
def test_a_param_makes_stale(edited: Finished, key: str, value: object) -> None:
    change(edited.folder / "params.yaml", {key: value})
    assert edited.stale() == _expected(key)


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


def test_a_changed_plot_makes_nothing_stale(finished: Finished) -> None:
    text = (finished.folder / "dvc.yaml").read_text("utf-8")
    edited = text.replace("  - speaker loss:\n", "  - how the speaker learnt:\n")
    assert edited != text
    (finished.folder / "dvc.yaml").write_text(edited, "utf-8")
    with contextlib.chdir(finished.folder), Repo() as repo:
        assert repo.status() == {}
    (finished.folder / "dvc.yaml").write_text(text, "utf-8")


def test_switching_back_is_answered_from_the_run_cache(miniature: Miniature, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(miniature.folder, folder, symlinks=True)
    before = (folder / "data/speaker/model.safetensors").read_bytes()
    change(folder / "params.yaml", {"speaker.emo_grounding": True})
    assert "a grounded sat speaker" in dvc(folder, "repro", "--single-item", "speaker")
    assert (folder / "data/speaker/model.safetensors").read_bytes() != before
    change(folder / "params.yaml", {"speaker.emo_grounding": False})
    told = dvc(folder, "repro", "--single-item", "speaker")
    assert "Stage 'speaker' is cached - skipping run, checking out outputs" in told
    assert "epoch" not in told
    assert (folder / "data/speaker/model.safetensors").read_bytes() == before
