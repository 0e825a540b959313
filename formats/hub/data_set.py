"""A data set of Parquet files as one of data/raw/: which rows, under which names, in which language."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from formats.dataset_card import ENGLISH, Card, require_known, require_tag
from formats.hub.shards import Labels, Row, Shards
from formats.hub.source import Source
from formats.raw_data_set import Annotation, RawDataSet, filling, safe_name, split_of
from stages.common.errors import UserError
from stages.common.language import TAG
from stages.common.progress import track
from stages.common.text_files import shown

# Tags (BCP 47) of languages by their English names, as columns `language` have them.
TAGS = (
    {"arabic": "ar", "bengali": "bn", "chinese": "zh", "czech": "cs", "dutch": "nl", "english": ENGLISH}
    | {"french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "indonesian": "id"}
    | {"italian": "it", "japanese": "ja", "korean": "ko", "persian": "fa", "polish": "pl", "portuguese": "pt"}
    | {"russian": "ru", "spanish": "es", "swahili": "sw", "swedish": "sv", "thai": "th", "turkish": "tr"}
    | {"ukrainian": "uk", "urdu": "ur", "vietnamese": "vi"}
)
# The tag of a language that has none here.
UNDETERMINED = "und"
# Characters of a digest that name a picture without a name.
DIGITS = 16


def convert(
    source: Source, folder: Path, card: Card, *, language: str | None = None, split_column: str | None = None
) -> str:
    """Write the data set `folder`; returns a summary.

    Args:
        folder: from `raw_data_set.new_folder`.
        card: what the person says; its source and language are found here.
        language: value of the column `language` whose rows are read; without such a column, the language of the texts.
        split_column: the column of the split; by default no split is read.

    Raises:
        UserError: the files are no data set of pictures and texts; the language, a split or an emotion is unknown;
            no row can be used, or the folder cannot be written. Nothing is kept then.
    """
    shards = Shards(source.files, split_column)
    counts = shards.labels()
    wanted, tag = _language(language, counts, source)
    card = replace(card, source=source.origin, language=tag)
    read = [labels for labels in counts if wanted in (None, labels.language)]
    emotions = _present(labels.emotion for labels in read)
    if card.emotions is not None and not emotions:
        raise UserError(f"{source.name}: no emotion in any row, but --emotion names some; leave it away")
    require_known(emotions, card, source.name)
    _require_splits(_present(labels.split for labels in read), split_column, source)
    with filling(folder, card, emotions=bool(emotions), splits=split_column is not None) as data_set:
        for row in track(shards, "rows", shards.rows):
            if wanted in (None, row.labels.language):
                _add(row, data_set, source.folder, shards.columns.names)
    return "\n".join([data_set.summary(), *_notes(source, shards, counts, wanted, tag)])


def _language(given: str | None, counts: Counter[Labels], source: Source) -> tuple[str | None, str]:
    """The value of the column `language` that a row must have, None for any, and the tag of the texts' language."""
    found = sorted({labels.language for labels in counts if labels.language})
    if not found:
        tag = TAGS.get(given.casefold(), given) if given is not None else ENGLISH
        require_tag(tag)
        return None, tag
    if given is None and len(found) == 1:
        return None, _tag(found[0])
    if given not in found:
        fault = f"no row has the language {shown(given)}" if given else "texts in several languages"
        raise UserError(f"{source.name}: {fault}; found {', '.join(found)}; choose one by --language")
    return given, _tag(given)


def _tag(language: str) -> str:
    """Tag of a value of the column `language`, which may be a tag already."""
    return TAGS.get(language.casefold(), language if re.fullmatch(TAG, language) else UNDETERMINED)


def _present(values: Iterable[str | None]) -> set[str]:
    """The values that are not blank."""
    return {text for value in values if (text := (value or "").strip())}


def _require_splits(found: Iterable[str], column: str | None, source: Source) -> None:
    if unknown := sorted(text for text in found if split_of(text) is None):
        listed = ", ".join(map(shown, unknown))
        expected = "expected train, val (validation, valid, dev), test or rest"
        raise UserError(
            f"{source.name}: column {column} has {listed}; {expected}; correct it, or leave --split-column away"
        )


def _add(row: Row, data_set: RawDataSet, top: Path, columns: Mapping[str, str]) -> None:
    """Keep the texts of a row, or record why they are left out."""
    place = f"{row.file.relative_to(top)}, row {row.number:,}"
    if not row.picture or not row.texts:
        data_set.leave_out(place, "no caption" if row.picture else "no picture")
        return
    art_style = (row.art_style or "") if "art_style" in columns else data_set.folder.name
    painting = (row.painting or "") if "painting" in columns else picture_name(row.path, row.picture)
    for number, text in enumerate(row.texts, start=1):
        annotation = Annotation(art_style, painting, text or "", row.labels.emotion, row.labels.split)
        data_set.add(f"{place}, text {number}" if len(row.texts) > 1 else place, annotation, row.picture)


def picture_name(path: str | None, picture: bytes) -> str:
    """The stem of the path that a picture had where its data set was made, else a name by its bytes."""
    stem = PurePosixPath((path or "").replace("\\", "/")).stem
    return safe_name(stem) if stem else hashlib.sha256(picture).hexdigest()[:DIGITS]


def _notes(source: Source, shards: Shards, counts: Counter[Labels], wanted: str | None, tag: str) -> Iterator[str]:
    """A line for each thing that was there and not imported, and for what a person has to complete."""
    if missing := source.missing():
        yield f"{source.name}: {missing:,} files are missing, by the numbers in the others' names"
    others: Counter[str] = Counter()
    for labels, number in counts.items():
        if wanted not in (None, labels.language):
            others[labels.language or "none"] += number
    if others:
        listed = ", ".join(f"{language} ({number:,})" for language, number in sorted(others.items()))
        yield f"rows in other languages, not read: {listed}"
    if shards.columns.unused_split:
        yield "column split: not used; `--split-column split` imports it"
    if tag == UNDETERMINED:
        yield f"dataset.yaml: language is {UNDETERMINED}, since its name has no known tag; write the tag there"
