"""The rules that keep dvc.yaml, the code, params.yaml and the README telling the same story."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from stages import check_params
from stages.common.params import Section, read
from tests.study import COMMON, ROOT, Stage, Study, leaves

# Tests of faults, whatever stage they meet first.
ACROSS = "reliability"

# Backbones are at home in `features`, what is said of predicted emotions in `histograms`, published
# values in `reference`: later stages that need the code need not need the data.
SHARED = {
    *("stages.features.backbones", "stages.histograms.probabilities", "stages.histograms.scores"),
    "stages.reference.published",
}
# Stages that open no torch model start seconds faster without it.
WITHOUT_TORCH = {
    *("demo", "annotations", "images", "utterances", "histograms"),
    *("wording", "dataset", "language", "emotions", "reference", "classifiers"),
    *("neighbor_captions", "model_cards", "speakers", "reports"),
}
TORCH = {"torch", "torchvision", "timm", "accelerate", "transformers"}
TOOLS = {"stages.check_params"}


def test_stages_stand_in_topological_order(study: Study) -> None:
    addresses = [stage.address for stage in study.stages]
    early = {
        stage.address: late
        for stage in study.stages
        if (late := study.upstream[stage.address] - set(addresses[: addresses.index(stage.address)]))
    }
    assert not early, f"stages that stand in dvc.yaml before what they read: {early}"


def test_code_deps_are_the_import_closure(study: Study) -> None:
    wrong = [
        f"{stage.address}: missing {sorted(code - stage.code)}, dead {sorted(stage.code - code)}; all of them:\n"
        + "\n".join(f"      - {path}" for path in sorted(code))
        for stage in study.stages
        if (code := study.code_of(stage)) != stage.code
    ]
    assert not wrong, "\n\n".join(["code deps in dvc.yaml that differ from what the stage imports", *wrong])


def test_imports_go_upstream_only(study: Study) -> None:
    wrong = [
        f"{module} imports {imported}"
        for module in sorted(study.modules)
        for imported in sorted(study.imported_by(module))
        if not _may_import(study, module, imported)
    ]
    assert not wrong, "\n".join(["imports sideways or downstream", *wrong])


def _may_import(study: Study, module: str, imported: str) -> bool:
    here, there = _room(module), _room(imported)
    if there in (here, "", COMMON) or module in TOOLS:
        return True
    if here == COMMON:
        return False
    if imported in SHARED:
        return study.names.index(here) > study.names.index(there)
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
    checks = study.closure(*(f"stages.{name}.params" for name in check_params.schemas()))
    assert study.packages(checks) & TORCH == set(), "checking params.yaml must not load torch"


def test_every_init_is_empty() -> None:
    assert [path for path in ROOT.glob("stages/**/__init__.py") if path.stat().st_size] == []


def test_one_name_five_places(study: Study) -> None:
    folders = {path.name for path in (ROOT / "stages").iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert folders == {*study.names, COMMON}, f"not both in stages/ and dvc.yaml: {folders ^ {*study.names, COMMON}}"
    tests = {path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")}
    expected = {*study.names, COMMON, ACROSS}
    assert tests == expected, f"not both in tests/ and dvc.yaml: {tests ^ expected}"
    sections = {key for key, value in read(ROOT / "params.yaml").items() if isinstance(value, dict)}
    assert not sections - set(study.names), f"sections of params.yaml without a stage: {sections - set(study.names)}"
    astray = [out for stage in study.stages for out in stage.outs if not _at_home(stage, out)]
    assert not astray, f"outs that lie in another stage's folder: {astray}"


def _at_home(stage: Stage, out: str) -> bool:
    homes = [f"data/{stage.name}/", f"data/raw/{stage.name}/", f"reports/{stage.name}/", f"reports/{stage.name}."]
    # The page of the pages.
    homes += ["reports/index.html"] if stage.name == "reports" else []
    return out.startswith(tuple(homes))


def test_every_stage_says_what_it_does(study: Study) -> None:
    assert [stage.address for stage in study.stages if not stage.desc] == []


def test_the_readme_lists_the_stages(study: Study) -> None:
    readme = ROOT / "README.md"
    assert readme.exists(), "README.md is not written yet"
    rows = [
        [cell.strip().strip("`") for cell in line.strip("| ").split("|")]
        for line in readme.read_text("utf-8").splitlines()
    ]
    header = next((n for n, row in enumerate(rows) if row == ["stage", "what it does", "makes"]), None)
    assert header is not None, "README.md has no table | stage | what it does | makes |"
    table = dict(row[:2] for row in _until_blank(rows[header + 2 :]))
    told = {re.sub(r"@.*", "", name): words for name, words in table.items()}
    assert list(told.items()) == list({stage.name: stage.desc for stage in study.stages}.items())


def test_the_readme_prints_the_tree(study: Study) -> None:
    """Every file of stages/ has its line; __main__.py and params.py, which every stage has, are told of below."""
    block = (ROOT / "README.md").read_text("utf-8").partition("\nstages/\n")[2].partition("```")[0]
    printed, folder = set(), ""
    for line in block.splitlines():
        name = line.split()[0]
        if line.startswith("    "):
            printed.add(f"stages/{folder}{name}")
        elif name.endswith("/"):
            folder = name
        else:
            printed.add(f"stages/{name}")
    everywhere = {f"stages/{stage.name}/{name}" for stage in study.stages for name in ("__main__.py", "params.py")}
    files = (path.relative_to(ROOT).as_posix() for path in (ROOT / "stages").rglob("*") if path.is_file())
    shown = {path for path in files if "__pycache__" not in path and not path.endswith("__init__.py")} - everywhere
    assert printed == shown, f"not in README's tree: {sorted(shown - printed)}; gone: {sorted(printed - shown)}"


def _until_blank(rows: list[list[str]]) -> Iterator[list[str]]:
    for row in rows:
        if len(row) < 2:
            return
        yield row


def test_params_declared_are_params_read(study: Study) -> None:
    written = leaves(read(ROOT / "params.yaml"))
    wrong = []
    for stage in study.stages:
        declared = {key for key in written if any(f"{key}.".startswith(f"{given}.") for given in stage.params)}
        used = {key for key in _keys_read(stage.name) if _concerns(stage, key)}
        if declared != used:
            wrong.append(
                f"{stage.address}: reads {sorted(used - declared)} unsaid, declares {sorted(declared - used)} unread"
            )
    assert not wrong, "\n".join(["params.py and dvc.yaml differ", *wrong])


def _keys_read(name: str) -> set[str]:
    schemas = check_params.schemas()
    return set(check_params.keys(schemas[name])) if name in schemas else set()


def _concerns(stage: Stage, key: str) -> bool:
    """Of `utterances.profiles` a variant reads its own only."""
    _, profiles, rest = key.partition(f"{stage.name}.profiles.")
    return not profiles or rest.startswith(f"{stage.variant}.")


def test_every_param_is_read() -> None:
    known = {key for schema in check_params.schemas().values() for key in check_params.keys(schema)}
    written = set(leaves(read(ROOT / "params.yaml")))
    assert written == known, f"written but read by no stage, or read but not written: {sorted(written ^ known)}"


def test_every_section_has_an_owner(study: Study) -> None:
    # Only a `Section` tells unknown keys, so every section needs one stage that owns it.
    schemas = check_params.schemas()
    sections = [key for key, value in read(ROOT / "params.yaml").items() if isinstance(value, dict)]
    kinds = {name: schemas[name].model_fields[name].annotation if name in schemas else None for name in sections}
    assert [name for name, kind in kinds.items() if not (isinstance(kind, type) and issubclass(kind, Section))] == []


def test_params_are_the_demo_preset() -> None:
    assert (ROOT / "params.yaml").read_bytes() == (ROOT / "presets" / "demo.yaml").read_bytes()


@pytest.mark.parametrize("preset", sorted(ROOT.glob("presets/*.yaml")), ids=lambda path: path.stem)
def test_presets_are_valid(preset: Path) -> None:
    assert check_params.check_all(read(preset), check_params.schemas()) == []


@pytest.mark.parametrize(
    "file", ["params.yaml", *(f"presets/{path.name}" for path in sorted(ROOT.glob("presets/*.yaml")))]
)
def test_params_are_commented_and_in_block_style(file: str) -> None:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    keys = {n: line for n, line in enumerate(lines) if re.match(r" *[\w.-]+:", line)}
    bare = [
        line.strip() for n, line in keys.items() if not line.endswith(":") and not lines[n - 1].lstrip().startswith("#")
    ]
    assert not bare, f"{file}: keys without a comment above them: {bare}"
    flow = [line.strip() for line in keys.values() if line.partition(":")[2].strip().startswith(("[", "{"))]
    assert not flow, f"{file}: `-S` rewrites flow style, so write block style: {flow}"


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = {re.split(r"[<>=\[ ;]", wish)[0].lower().replace("_", "-") for wish in wanted}
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([\w.-]+)==", pins, re.MULTILINE))
    assert not names - pinned, f"pyproject.toml has dependencies that `make lock` has not pinned: {names - pinned}"
    assert "://" not in pins, "requirements.txt names an index"
