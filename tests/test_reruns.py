"""Which stages a change makes stale, by DVC's own account: a sample of params, modules and inputs.

A copy of the repository holds an empty file for every out and a dvc.lock that calls
them up to date; after each edit DVC says which stages have changed.
"""

import contextlib
import functools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import networkx as nx
import pytest
from dvc.repo import Repo
from dvc.utils.serialize import LOADERS

from tests.miniature import Miniature, change, copy, dvc
from tests.study import PACKAGES, Study

SYSTEMS = ("captions", "neighbor_captions", "anp_captions", "external_captions", "human")
METRICS = {f"metrics@{system}" for system in SYSTEMS}
ABOUT_SPEAKERS = {"model_cards", "speakers_report", "index_report"}
ABOUT_CAPTIONS = {"metrics@captions", *ABOUT_SPEAKERS}
ABOUT_DATA = {"dataset_report", "reference_report", "index_report"}
REPORTS = {*ABOUT_DATA, "language_report", "emotions_report", "classifiers_report", "speakers_report"}

# A param and another value -> the stages that run again.
PARAMS = {
    ("annotations.artworks", 20): "everything but demo",
    ("features.pooling", "max"): {
        *("features", "image_classifier", "classifiers_report", "encoder", "speaker", "captions", "neighbor_captions"),
        *("metrics@neighbor_captions", "anp_captions", "metrics@anp_captions", *ABOUT_CAPTIONS),
    },
    ("utterances.min_count", 3): "everything but demo annotations images features histograms emotions_report",
    ("text_classifier.lstm.epochs", 3): {"text_classifier", "classifiers_report", *METRICS, *ABOUT_SPEAKERS},
    ("image_classifier.epochs", 3): {
        *("image_classifier", "classifiers_report", "encoder", "captions", "anp_captions", "metrics@anp_captions"),
        *ABOUT_CAPTIONS,
    },
    ("speaker.emo_grounding", True): {"speaker", "captions", *ABOUT_CAPTIONS},
    ("speaker.tune", "all"): {"encoder", "speaker", "captions", *ABOUT_CAPTIONS},
    ("captions.temperature", 0.5): {"captions", *ABOUT_CAPTIONS},
    ("neighbor_captions.same_picture", 0.5): {
        *("neighbor_captions", "metrics@neighbor_captions", "speakers_report", "index_report")
    },
    ("metrics.shuffles", 5): {*METRICS, *ABOUT_SPEAKERS},
    ("sharing", True): {
        *("emotions_report", "reference_report", "classifiers_report", "speakers_report", "index_report")
    },
}
# A file of the code -> the stages that run again.
MODULES = {
    "commands/caption.py": set(),
    "formats/artemis/speaker.py": set(),
    "stages/metrics/overlap.py": {*METRICS, *ABOUT_SPEAKERS},
    "stages/captions/decoding.py": {"captions", *ABOUT_CAPTIONS},
    "stages/speaker/inputs.py": {"speaker", "captions", *ABOUT_CAPTIONS},
    "stages/speaker/sat.py": {"speaker", "captions", *ABOUT_CAPTIONS},
    "stages/dataset_report/notebook.py": ABOUT_DATA,
    "stages/pages/template/style.css": {*REPORTS, "model_cards"},
    "README.md": set(),
    ".dvc/plots/emotions.json": set(),
}


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
        return {stage.name for one in changed for stage in {one, *nx.ancestors(self.reading, one)}}

    @functools.cached_property
    def reading(self) -> nx.DiGraph:
        """The graph without the readers of `encoder`, which by default writes the same empty files every time."""
        same = [(reader, stage) for reader, stage in self.graph.edges if stage.name == "encoder"]
        return nx.restricted_view(self.graph, [], same)


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
    folders = [finished.folder / name for name in (*PACKAGES, ".dvc/plots")]
    before = {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}
    before |= {path: path.read_bytes() for path in (finished.folder / "params.yaml", finished.folder / "README.md")}
    yield finished
    for path, content in before.items():
        if path.read_bytes() != content:
            path.write_bytes(content)


def expected(study: Study, stages: "set[str] | str") -> set[str]:
    """The stages that are meant, where those that stay are named."""
    if isinstance(stages, set):
        return stages
    return {stage.address for stage in study.stages} - set(stages.split()[2:])


@pytest.mark.parametrize(("key", "value"), PARAMS, ids=[key for key, _ in PARAMS])
def test_a_param_makes_stale(study: Study, edited: Finished, key: str, value: object) -> None:
    change(edited.folder / "params.yaml", {key: value})
    assert edited.stale() == expected(study, PARAMS[key, value])


@pytest.mark.parametrize("module", MODULES)
def test_a_module_makes_stale(edited: Finished, module: str) -> None:
    with (edited.folder / module).open("a") as file:
        file.write("\n# edited\n")
    assert edited.stale() == MODULES[module]


def test_a_word_table_makes_stale_what_reads_it(edited: Finished) -> None:
    table = edited.folder / "data/raw/resources/glove_words.txt"
    table.write_text("added\n")
    stale = edited.stale()
    table.unlink()
    assert {"utterances@analysis", "utterances@deep_nets", "wording", "dataset_report"} <= stale
    assert not {"annotations", "images", "features", "histograms"} & stale


def test_captions_of_another_model_make_stale_what_scores_and_shows_them(edited: Finished) -> None:
    captions = edited.folder / "data/raw/external_captions/blip.parquet"
    captions.write_text("added\n")
    stale = edited.stale()
    captions.unlink()
    assert stale == {"external_captions", "metrics@external_captions", "speakers_report", "index_report"}


def test_a_changed_plot_makes_nothing_stale(finished: Finished) -> None:
    text = (finished.folder / "dvc.yaml").read_text("utf-8")
    edited = text.replace("  - speaker loss:\n", "  - speaker learning curve:\n")
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
    assert "grounded sat" in dvc(folder, "repro", "--single-item", "speaker")
    assert (folder / "data/speaker/model.safetensors").read_bytes() != before
    change(folder / "params.yaml", {"speaker.emo_grounding": False})
    told = dvc(folder, "repro", "--single-item", "speaker")
    assert "Stage 'speaker' is cached - skipping run, checking out outputs" in told
    assert "epoch" not in told
    assert (folder / "data/speaker/model.safetensors").read_bytes() == before
