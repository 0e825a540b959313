"""The card that is published with a model: that of the stage `model_cards`, if it is of this very model."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formats.hub.kinds import Kind
from stages.common.errors import UserError
from stages.common.params import read
from stages.pages.markup import environment

TEMPLATES = Path(__file__).parents[1] / "template"
LOCK = Path("dvc.lock")
CARDS = "model_cards"


def study_card(kind: Kind, folder: Path, files: Mapping[str, Path], repository: str) -> str:
    """The card of reports/model_cards/ with a section on how to use the repository.

    dvc.lock has the digests of the model that the stage read and of the card that it wrote.

    Raises:
        UserError: the card is missing, was edited, or is of another model.
    """
    card = Path("reports") / CARDS / f"{kind.stage}.md"
    recorded = _digests(kind)
    again = "run `dvc repro model_cards`"
    if not card.exists():
        raise UserError(f"{card}: missing; {again}")
    if _md5(card) != recorded.get(str(card)):
        raise UserError(
            f"{card}: not the card that dvc.lock records (it was edited, or the stage was stopped); {again}"
        )
    for name, path in files.items():
        if _md5(path) != recorded.get(str(kind.folder / name)):
            raise UserError(
                f"{card}: the card of another {kind.name} than {folder} ({name} differs); {again}, or publish {folder} "
                "in the study that trained it"
            )
    return f"{card.read_text(encoding='utf-8').rstrip()}\n\n{use(kind, repository)}"


def foreign_card(kind: Kind, repository: str) -> str:
    """The card of a model whose data are unknown: it was imported."""
    return _render("foreign_card.md.j2", kind=kind, use=use(kind, repository))


def use(kind: Kind, repository: str) -> str:
    return _render("use_by_name.md.j2", kind=kind, repository=repository)


def _render(template: str, **values: Any) -> str:
    templates = environment(TEMPLATES)
    templates.autoescape = False
    return templates.get_template(template).render(values)


def _digests(kind: Kind) -> dict[str, str]:
    """MD5 by path, of what the stage of the model wrote, and of what `model_cards` read and wrote."""
    stages = read(LOCK)["stages"] if LOCK.exists() else {}
    entries: list[dict[str, Any]] = []
    for stage, sides in ((kind.stage, ("outs",)), (CARDS, ("deps", "outs"))):
        entries += [entry for side in sides for entry in stages.get(stage, {}).get(side, [])]
    return {entry["path"]: entry["md5"] for entry in entries if "md5" in entry}


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
