"""What dataset.yaml allows to publish of the models and tables that a study made of its data.

- Utterances and pictures never go out this way (`formats.hub.utterances`; `artemis export hub` writes a folder).
- `terms`, `licence` and `citation` must be written: whoever fetches a model reads them on its card.
- Without `redistribute: true` everything goes into a private repository only: a model repeats some of the utterances
  that it learned from, and an artwork's counts of emotions may be those of a single person. Who may see it is then
  decided on the hub by the person who has read the terms.
"""

from pathlib import Path

from stages.annotations.metadata import DatasetCard, read_card
from stages.annotations.params import Params
from stages.annotations.tables import FOLDER, load_card
from stages.common.errors import UserError
from stages.common.params import load

NEEDED = ("terms", "licence", "citation")


def permitted(*, private: bool) -> DatasetCard:
    """The dataset.yaml of the study's data set, which allows to publish what was made of it.

    Raises:
        UserError: it does not; or it is missing, or not that with which the study was made.
    """
    path = Path("data/raw") / load(Params).dataset / "dataset.yaml"
    if not path.exists():
        raise UserError(f"{path}: missing; write {', '.join(NEEDED)} of the data set into it (docs/your_data.md)")
    card = read_card(path)
    if empty := next((key for key in NEEDED if not getattr(card, key).strip()), None):
        raise UserError(f"{path}: {empty} is empty; write it before anything that was made of the data is published")
    if not card.redistribute:
        require_private(f"{path}: redistribute is false", private=private)
    if not (FOLDER / "dataset.json").exists():
        raise UserError(f"{FOLDER / 'dataset.json'}: not made yet; `dvc repro` makes it")
    now = card.model_dump()
    if changed := next((key for key, value in load_card().items() if now.get(key) != value), None):
        raise UserError(f"{path}: {changed} has changed since the study was made; run `dvc repro model_cards`")
    return card


def require_private(reason: str, *, private: bool) -> None:
    """Check that a thing goes into a private repository.

    Raises:
        UserError: it does not.
    """
    if not private:
        raise UserError(f"{reason}, so it may only go into a private repository; add --private (docs/sharing.md)")
