"""The study as data, for the tests: dvc.yaml as DVC resolves it, and the imports as grimp sees them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import grimp
from dvc.dependency.param import ParamsDependency
from dvc.repo import Repo

ROOT = Path(__file__).parent.parent
COMMON = "common"
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
        self.imports = grimp.build_graph("stages", include_external_packages=True, cache_dir=None)
        self.modules = {module for module in self.imports.modules if module.partition(".")[0] == "stages"}

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
        """The modules of `stages` that `module` imports, also inside functions and under TYPE_CHECKING."""
        return self.imports.find_modules_directly_imported_by(module) & self.modules

    def closure(self, *starts: str) -> set[str]:
        """All modules of `stages` that are loaded when `starts` are."""
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
        """The files that must be a stage's code deps: sources of the modules it runs, and the files that these name.

        A file beside the code belongs to the modules and other files that name it; one that
        none names (a template found through its folder) to the stage in whose folder it lies.
        """
        found = {self.source(module) for module in self.run_by(stage)}
        found = {path for path in found if path.name != "__init__.py"}
        found |= {
            path for path in self._beside if path.is_relative_to(self.folder(stage.name)) and not self._users(path)
        }
        while more := {path for path in self._beside - found if self._users(path) & found}:
            found |= more
        return {path.relative_to(self.root).as_posix() for path in found}

    def folder(self, name: str) -> Path:
        return self.root / "stages" / name

    @cached_property
    def _texts(self) -> dict[Path, str]:
        files = (path for path in (self.root / "stages").rglob("*") if path.is_file() and not LITTER & set(path.parts))
        return {path: path.read_text(encoding="utf-8", errors="replace") for path in files}

    @cached_property
    def _beside(self) -> set[Path]:
        """Files in `stages/` that are no Python."""
        return {path for path in self._texts if path.suffix != ".py"}

    def _users(self, beside: Path) -> set[Path]:
        return {path for path, text in self._texts.items() if path != beside and beside.name in text}


def leaves(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested dicts as dotted keys -> values."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _meet(outs: frozenset[str], data: frozenset[str]) -> bool:
    """Whether something of `data` is, holds or lies inside one of `outs`."""
    return any(Path(a).is_relative_to(b) or Path(b).is_relative_to(a) for a in outs for b in data)
