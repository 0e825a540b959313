"""What surrounds the study: the workflow, the hook and the citation name things that exist."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
TARGETS = set(re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def parsed(path: str) -> Any:
    return YAML(typ="safe").load(ROOT / path)


def made(text: str) -> list[str]:
    return re.findall(r"(?<!study )\bmake (?:[A-Z]+=\S+ )*(\w+)", text)


def test_the_workflow_runs_what_ci_runs() -> None:
    steps = parsed(".github/workflows/ci.yml")["jobs"]["study"]["steps"]
    workflow = made("\n".join(step.get("run", "") for step in steps))
    script = [line for line in (ROOT / ".ci/run").read_text("utf-8").splitlines() if line.startswith("make ")]
    assert workflow == made("\n".join(script)) == ["check", "web", "test", "repro", "repro", "venv"]


def test_every_make_target_that_people_are_told_of_exists() -> None:
    told = {
        target
        for path in ("README.md", "CONTRIBUTING.md")
        for code in re.findall(
            r"```(?:ba)?sh[^\n]*\n(.*?)```|`(make [^`]*)`", (ROOT / path).read_text("utf-8"), re.DOTALL
        )
        for target in made("".join(code))
    }
    assert {"repro", "test", "check"} <= told <= TARGETS


def test_the_hook_is_a_make_target() -> None:
    (hook,) = parsed(".pre-commit-config.yaml")["repos"][0]["hooks"]
    assert set(made(hook["entry"])) <= TARGETS


def test_the_citation_names_both_studies_and_the_version() -> None:
    citation = parsed("CITATION.cff")
    assert [work["title"] for work in citation["references"]] == [
        "ArtEmis: Affective Language for Visual Art",
        "The CNN-RNN study of ArtEmis captioning (Xception and LSTM)",
    ]
    assert f'version = "{citation["version"]}"' in (ROOT / "pyproject.toml").read_text("utf-8")
