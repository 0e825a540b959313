"""The study as data, for the tests and `make deps`: dvc.yaml as DVC resolves it, and the imports as grimp sees them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import grimp
from dvc.dependency.param import ParamsDependency
from dvc.repo import Repo

ROOT = Path(__file__).parent.parent
# What several stages share, each a folder of stages/; the later may import the first.
FLOORS = ("common", "learning", "pages")
# Packages whose imports go one way: each may import those before it.
PACKAGES = ("stages", "formats", "commands")
# Files that appear beside the code by themselves.
LITTER = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Stage:
    """One stage or variant of dvc.yaml, every `${...}` filled in."""

    address: str  # metrics@captions
    name: str  # metrics
    variant: str  # captions; empty where the stage has no variants
    desc: str
    code: frozenset[str]
    data: frozenset[str]
    outs: frozenset[str]
    params: frozenset[str]  # as declared: whole sections are not expanded

    @classmethod
    def of(cls, stage: Any) -> "Stage":
        name, _, variant = stage.name.partition("@")
        files = {dep.def_path for dep in stage.deps if not isinstance(dep, ParamsDependency)}
        code = frozenset(path for path in files if path.startswith("stages/"))
        params = [key for dep in stage.deps if isinstance(dep, ParamsDependency) for key in dep.params]
        outs = frozenset(out.def_path for out in stage.outs)
        return cls(stage.name, name, variant, stage.desc or "", code, frozenset(files) - code, outs, frozenset(params))


class Study:
    """The stages in the order of dvc.yaml, what each stands on, and the modules that each runs."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        with Repo(str(root)) as repo:
            self.stages = [Stage.of(stage) for stage in repo.index.stages]
        self.imports = grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
        self.modules = {module for module in self.imports.modules if module.partition(".")[0] in PACKAGES}

    @cached_property
    def names(self) -> list[str]:
        """The stages without their variants."""
        return list(dict.fromkeys(stage.name for stage in self.stages))

    @cached_property
    def reads(self) -> dict[str, set[str]]:
        """Address of each stage -> those of the stages whose outs it reads."""
        return {
            stage.address: {other.address for other in self.stages if _meet(other.outs, stage.data)}
            for stage in self.stages
        }

    @cached_property
    def upstream(self) -> dict[str, set[str]]:
        """Address of each stage -> those of all stages whose outs, or whose outs' outs, it reads."""
        reads = {address: set(above) for address, above in self.reads.items()}
        for through in reads:
            for above in reads.values():
                if through in above:
                    above |= reads[through]
        return reads

    def variants(self, name: str) -> list[Stage]:
        return [stage for stage in self.stages if stage.name == name]

    def imported_by(self, module: str) -> set[str]:
        """Our modules that `module` imports, also inside functions and under TYPE_CHECKING."""
        return self.imports.find_modules_directly_imported_by(module) & self.modules

    def closure(self, *starts: str) -> set[str]:
        """All our modules that are loaded when `starts` are."""
        found: set[str] = set()
        waiting = list(starts)
        while waiting:
            module = waiting.pop()
            if module not in found:
                found.add(module)
                waiting += self.imported_by(module)
        return found

    def run_by(self, stage: Stage) -> set[str]:
        """The modules that a stage runs: those that its `__main__` reaches, and its notebook."""
        starts = {f"stages.{stage.name}.{name}" for name in ("__main__", "notebook")}
        return self.closure(*(starts & self.modules))

    def packages(self, modules: set[str]) -> set[str]:
        """The packages from outside that `modules` import themselves."""
        return {
            found for module in modules for found in self.imports.find_modules_directly_imported_by(module)
        } - self.modules

    def source(self, module: str) -> Path:
        path = self.root.joinpath(*module.split("."))
        return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")

    def code_of(self, stage: Stage) -> set[str]:
        """The code deps of a stage: its folder, the floors that it uses, and single files of other stages."""
        files = {self.source(module).relative_to(self.root) for module in self.run_by(stage)}
        files = {path for path in files if path.name != "__init__.py"}
        folders = {Path("stages", name) for name in (stage.name, *FLOORS)}
        used = {folder for folder in folders if any(path.is_relative_to(folder) for path in files)}
        others = {path for path in files if not any(path.is_relative_to(folder) for folder in used)}
        return {path.as_posix() for path in used | others}


def leaves(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dicts as dotted keys -> values."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _meet(outs: frozenset[str], data: frozenset[str]) -> bool:
    """Whether something of `data` is, holds or lies inside one of `outs`."""
    return any(Path(a).is_relative_to(b) or Path(b).is_relative_to(a) for a in outs for b in data)
