"""Publish what a study made: a model with its card, or the tables that were derived from its data set."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from formats.hub import derived_tables, utterances
from formats.hub.cards import foreign_card, study_card
from formats.hub.kinds import CONFIG, Kind
from formats.hub.permission import permitted, require_private
from formats.hub.repository import REPOSITORY, Repository
from formats.hub.upload import Published, upload
from stages.common.errors import UserError

CARD = "README.md"
# Of all kinds of models, so that one that replaces another leaves nothing of it behind.
MODEL_FILES = ("config.json", "model.safetensors", "vocabulary.json", "tfidf.json", "tfidf.safetensors")


def publish_model(kind: Kind, folder: Path, repository: str, *, private: bool) -> str:
    """Publish a trained or imported model; returns a summary with the name of the commit.

    Raises:
        UserError: there is no such model, its card is not of it, dataset.yaml forbids it, a file holds an utterance, or
            the upload failed.
    """
    where = _repository(repository, "model")
    # A model that cannot be loaded is of no use to anybody.
    kind.check(folder)
    config = kind.config(folder)
    kind.require(config, str(folder))
    files = {name: folder / name for name in kind.files(config)}
    if config.get("data"):
        permitted(private=private)
        card = study_card(kind, folder, files, repository)
    else:
        require_private(
            f"{folder / CONFIG}: data is empty: nothing is known of what the model learned from", private=private
        )
        card = foreign_card(kind, repository)
    done = _publish(files, lambda _: card, where, private=private, known=MODEL_FILES)
    return f"{_summary(done, where, len(files) + 1)}\nto use it: {kind.example} {repository}@{done.commit}"


def publish_tables(repository: str, *, private: bool) -> str:
    """Publish the tables of emotions, splits and genres by artwork as a data set; returns a summary.

    Raises:
        UserError: the tables have not been made, dataset.yaml forbids it, a table holds other columns of text than
            names and labels or an utterance, or the upload failed.
    """
    where = _repository(repository, "data set")
    card = permitted(private=private)
    with TemporaryDirectory() as scratch:
        files = derived_tables.write(Path(scratch))
        done = _publish(
            files,
            lambda names: derived_tables.card_of(card, names),
            where,
            private=private,
            known=derived_tables.NAMES,
        )
    return _summary(done, where, len(files) + 1)


def _publish(
    files: Mapping[str, Path],
    card: Callable[[Mapping[str, Path]], str],
    repository: Repository,
    *,
    private: bool,
    known: tuple[str, ...],
) -> Published:
    """Upload files and a card, after a search for utterances in all of them."""
    with TemporaryDirectory() as scratch:
        readme = Path(scratch) / CARD
        readme.write_text(card(files), encoding="utf-8")
        everything = {**files, CARD: readme}
        utterances.require_none({str(path): path for path in files.values()} | {f"the card, {CARD}": readme})
        return upload(everything, repository, private=private, known=known)


def _repository(name: str, noun: str) -> Repository:
    if not REPOSITORY.fullmatch(name) or {*name.split("/")} & {".", ".."}:
        raise UserError(f"{name}: no name of a repository; expected OWNER/NAME, with a name of yours on the hub")
    return Repository(name, noun)


def _summary(done: Published, repository: Repository, number: int) -> str:
    what = f"{number} files, {done.size:,} bytes" if done.new else "the same files were there already, no new commit"
    return f"{repository.page}: {what}\ncommit {done.commit}"
