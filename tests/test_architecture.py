"""The rules that keep dvc.yaml, the code and params.yaml consistent."""

import re
import tomllib
from pathlib import Path

import pytest

from commands import checks, presets
from stages.common.params import Section, read
from tests.study import FLOORS, PACKAGES, ROOT, Stage, Study, leaves

# Folders of tests that are no stage's: faults wherever they happen, the two packages beside the stages, and the study
# with people, which has a part in each.
ACROSS = {"reliability", "formats", "commands", "human_study"}
# Stages that run no torch model start seconds faster without it.
WITHOUT_TORCH = {
    *("demo", "annotations", "images", "utterances", "histograms", "wording", "neighbor_captions", "model_cards"),
    "external_captions",
    *("dataset_report", "language_report", "emotions_report", "reference_report"),
    *("classifiers_report", "speakers_report", "index_report"),
}
TORCH = {"torch", "torchvision", "timm", "accelerate", "transformers"}
# All params, and the presets that hold only what differs from them.
DEFAULTS = ROOT / "presets" / "demo.yaml"
DIFFERENCES = sorted(set(ROOT.glob("presets/*.yaml")) - {DEFAULTS})


def test_stages_stand_in_topological_order(study: Study) -> None:
    addresses = [stage.address for stage in study.stages]
    early = {
        stage.address: late
        for stage in study.stages
        if (late := study.upstream[stage.address] - set(addresses[: addresses.index(stage.address)]))
    }
    assert not early, f"stages that stand in dvc.yaml before what they read: {early}"


def test_code_deps_are_what_the_stages_import(study: Study) -> None:
    wrong = [
        f"{stage.address}: missing {sorted(code - stage.code)}, dead {sorted(stage.code - code)}"
        for stage in study.stages
        if (code := study.code_of(stage)) != stage.code
    ]
    assert not wrong, "\n".join(["code deps in dvc.yaml that differ from the imports; `make deps` writes them", *wrong])


def test_a_stage_folder_holds_what_the_stage_runs(study: Study) -> None:
    run = set().union(*map(study.run_by, study.stages))
    idle = {module for module in study.modules if module.startswith("stages.")} - run
    idle = {module for module in idle if study.source(module).name != "__init__.py"}
    assert not idle, (
        f"modules of stages/ that no stage runs; tools are at home in formats/ and commands/: {sorted(idle)}"
    )


def test_imports_go_upstream_only(study: Study) -> None:
    wrong = [
        f"{module} imports {imported}"
        for module in sorted(study.modules)
        for imported in sorted(study.imported_by(module))
        if not _may_import(study, module, imported)
    ]
    assert not wrong, "\n".join(["imports sideways or downstream", *wrong])


def _may_import(study: Study, module: str, imported: str) -> bool:
    ours, theirs = (PACKAGES.index(name.partition(".")[0]) for name in (module, imported))
    if ours != theirs:
        return ours > theirs
    here, there = _room(module), _room(imported)
    if module.partition(".")[0] != "stages" or there in (here, "", FLOORS[0]):
        return True
    if there in FLOORS:
        return here not in FLOORS
    if here in FLOORS:
        return False
    # Variants share their modules, which may import what stands upstream of them all.
    above = [{address.partition("@")[0] for address in study.upstream[stage.address]} for stage in study.variants(here)]
    return there in set.intersection(*above)


def _room(module: str) -> str:
    return ".".join(module.split(".")[1:2])


def test_stages_that_need_no_torch_do_not_import_it(study: Study) -> None:
    heavy = {
        stage.name: study.packages(study.run_by(stage)) & TORCH for stage in study.stages if stage.name in WITHOUT_TORCH
    }
    heavy = {name: found for name, found in heavy.items() if found}
    assert not heavy, f"stages that start slowly for nothing: {heavy}"
    schemas = study.closure(*(f"stages.{name}.params" for name in checks.schemas()))
    assert study.packages(schemas) & TORCH == set(), "checking params.yaml must not load torch"


def test_every_init_is_empty() -> None:
    assert [path for name in PACKAGES for path in (ROOT / name).rglob("__init__.py") if path.stat().st_size] == []


def test_one_name_five_places(study: Study) -> None:
    homes = {*study.names, *FLOORS}
    folders = {path.name for path in (ROOT / "stages").iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert folders == homes, f"not both in stages/ and dvc.yaml: {folders ^ homes}"
    tests = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    assert not tests - homes - ACROSS, f"in tests/ and not in dvc.yaml: {tests - homes - ACROSS}"
    sections = {key for key, value in read(ROOT / "params.yaml").items() if isinstance(value, dict)}
    assert not sections - set(study.names), f"sections of params.yaml without a stage: {sections - set(study.names)}"
    astray = [out for stage in study.stages for out in stage.outs if not _at_home(stage, out)]
    assert not astray, f"outs that lie in another stage's folder: {astray}"


def _at_home(stage: Stage, out: str) -> bool:
    page = stage.name.removesuffix("_report")
    return f"{out}/".startswith(
        (f"data/{stage.name}/", f"data/raw/{stage.name}/", f"reports/{stage.name}/", f"reports/{page}.")
    )


def test_every_stage_says_what_it_does(study: Study) -> None:
    assert [stage.address for stage in study.stages if not stage.desc] == []


def test_stages_declare_the_params_that_they_read(study: Study) -> None:
    written = leaves(read(ROOT / "params.yaml"))
    wrong = []
    for stage in study.stages:
        declared = {key for key in written if any(f"{key}.".startswith(f"{given}.") for given in stage.params)}
        used = _keys_read(stage.name)
        if declared != used:
            missing, unread = sorted(used - declared), sorted(declared - used)
            wrong.append(f"{stage.address}: reads {missing} undeclared, declares {unread} unread")
    assert not wrong, "\n".join(["params.py and dvc.yaml differ", *wrong])


def _keys_read(name: str) -> set[str]:
    schemas = checks.schemas()
    return set(checks.keys(schemas[name])) if name in schemas else set()


def test_every_param_is_read() -> None:
    known = {key for schema in checks.schemas().values() for key in checks.keys(schema)}
    written = set(leaves(read(ROOT / "params.yaml")))
    assert written == known, f"written but read by no stage, or read but not written: {sorted(written ^ known)}"


def test_every_section_has_an_owner(study: Study) -> None:
    # Only a `Section` rejects unknown keys, so every section needs one stage that owns it.
    schemas = checks.schemas()
    sections = [key for key, value in read(ROOT / "params.yaml").items() if isinstance(value, dict)]
    kinds = {name: schemas[name].model_fields[name].annotation if name in schemas else None for name in sections}
    assert [name for name, kind in kinds.items() if not (isinstance(kind, type) and issubclass(kind, Section))] == []


def test_params_are_the_demo_preset() -> None:
    assert (ROOT / "params.yaml").read_bytes() == DEFAULTS.read_bytes()


@pytest.mark.parametrize("file", DIFFERENCES, ids=lambda path: path.stem)
def test_presets_hold_only_values_that_differ(file: Path) -> None:
    defaults, own = leaves(read(DEFAULTS)), leaves(read(file))
    assert sorted(set(own) - set(defaults)) == [], f"{file}: keys that presets/demo.yaml lacks"
    same = sorted(key for key, value in own.items() if value == defaults[key])
    assert same == [], f"{file}: values that are those of presets/demo.yaml; remove them"


@pytest.mark.parametrize("file", DIFFERENCES, ids=lambda path: path.stem)
def test_presets_are_valid(file: Path) -> None:
    assert checks.check_all(presets.values(file), checks.schemas()) == []


@pytest.mark.parametrize("file", DIFFERENCES, ids=lambda path: path.stem)
def test_presets_say_in_their_second_line_what_they_need(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [n for n, line in enumerate(lines) if line.startswith(presets.NEEDS)] == [1]


@pytest.mark.parametrize("file", [ROOT / "params.yaml", *DIFFERENCES], ids=lambda path: path.stem)
def test_params_are_commented_and_in_block_style(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    keys = {n: line for n, line in enumerate(lines) if re.match(r" *[\w.-]+:", line)}
    bare = [
        line.strip() for n, line in keys.items() if not line.endswith(":") and not lines[n - 1].lstrip().startswith("#")
    ]
    assert not bare, f"{file}: keys without a comment above them: {bare}"
    flow = [line.strip() for line in keys.values() if line.partition(":")[2].strip().startswith(("[", "{"))]
    assert not flow, f"{file}: `dvc exp run -S` rewrites flow style; write block style: {flow}"


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    core = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    extras = [wish for wishes in project["project"]["optional-dependencies"].values() for wish in wishes]
    for file, wanted in {"requirements.txt": core, "requirements-extras.txt": extras}.items():
        names = {re.split(r"[<>=\[ ;]", wish)[0].lower().replace("_", "-") for wish in wanted}
        pins = (ROOT / file).read_text(encoding="utf-8")
        pinned = set(re.findall(r"^([\w.-]+)==", pins, re.MULTILINE))
        assert not names - pinned, f"pyproject.toml has dependencies that `make lock` has not pinned: {names - pinned}"
        assert "://" not in pins, f"{file} names an index"
