"""Scores of captions from a file, and the joint table of scored systems."""

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from commands.tokenization import tokenized, untokenized
from formats.artworks import load_artworks
from formats.captions_file import read
from stages.annotations.tables import FOLDER as ANNOTATIONS
from stages.annotations.tables import load_emotions
from stages.common.artworks import ARTWORK, composed
from stages.common.emotions import Emotions
from stages.common.errors import UserError
from stages.common.files import out_file, write_json
from stages.common.language import is_english
from stages.common.params import load
from stages.common.terminal import printable
from stages.histograms.tables import PATH as HISTOGRAMS
from stages.learning.device import resolve
from stages.metrics import context as known
from stages.metrics import summary
from stages.metrics.emotion import EmotionJudge, load_judges
from stages.metrics.evaluate import Resampling, evaluate
from stages.metrics.joint_table import LABELS, joint, markdown
from stages.metrics.judge_errors import reliability
from stages.metrics.pairing import system_sample
from stages.metrics.params import Params
from stages.metrics.suite import suite
from stages.metrics.tables import SYSTEMS, details_file, load_details, load_metrics, nest, scored
from stages.text_classifier.interface import FOLDER
from stages.utterances.tables import load_utterances, table_path

PROFILE = "deep_nets"
# Tables of the study that scores need, and the stages that make them.
NEEDED = {
    table_path(PROFILE): f"utterances@{PROFILE}",
    HISTOGRAMS: "histograms",
    ANNOTATIONS / "emotions.json": "annotations",
    ANNOTATIONS / "genres.parquet": "annotations",
}


def run(file: Path, *, split: str | None, only: Path | None, tokenize: bool, json_file: str | None) -> None:
    """Score the captions in `file`, print the joint table and write the scores to `json_file`.

    Args:
        only: a list of artworks; the captions of others are left out.

    What the numbers do not cover is said on stderr.
    """
    params = load(Params)
    json_path = None if json_file is None else out_file(json_file, inputs=[file])
    require_tables(NEEDED)
    emotions = load_emotions()
    captions = read(file, emotions)
    utterances = load_utterances(PROFILE)
    captions = under_known_names(captions, utterances, file)
    if only:
        captions = _among(captions, under_known_names(load_artworks(only), utterances, only), file, only)
    split = split or params.captions.split
    missing = check_split(captions, utterances, split, file)
    if missing and not only:
        note(f"{file}: {missing:,} of the split's pictures have no caption, so the numbers are of the others alone")
    if tokenize:
        captions["caption"] = tokenized(captions["caption"].tolist(), PROFILE)
        if empty := int((captions["caption"] == "").sum()):
            note(f"{file}: {empty:,} captions have no token, and are scored as empty")
    scores = score(captions, utterances, emotions, params, file, split=split, tokenize=tokenize)
    print(joint_table({file: scores}))
    if json_path:
        write_json(scores, json_path)


def note(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def require_tables(needed: Mapping[Path, str]) -> None:
    """Check that tables of the study are there.

    Args:
        needed: the stage that makes it, of each table.

    Raises:
        UserError: one is missing.
    """
    for path, stage in needed.items():
        if not path.exists():
            raise UserError(f"{path}: there is no such file; `dvc repro {stage}` makes it")


def under_known_names(captions: pd.DataFrame, utterances: pd.DataFrame, file: Path) -> pd.DataFrame:
    """The captions under the study's names of their artworks, where these are the same in another form of Unicode.

    File names of macOS are decomposed: `e` and an accent, two characters. A name is that of an
    artwork if exactly one has the same canonical composition.
    """
    known = set(utterances[ARTWORK].drop_duplicates().itertuples(index=False, name=None))
    others = defaultdict(list)
    for artwork in known:
        others[composed(artwork)].append(artwork)
    names = list(captions[ARTWORK].itertuples(index=False, name=None))
    same = [[name] if name in known else others[composed(name)] for name in names]
    changed = [row for row, artworks in enumerate(same) if len(artworks) == 1 and artworks[0] != names[row]]
    if not changed:
        return captions
    note(
        f"{file}: {len(changed):,} artworks, the first in {captions['place'].iloc[changed[0]]}, have names in another "
        "form of Unicode (NFC, NFD) than in this study, and are taken for the same"
    )
    found = [artworks[0] if len(artworks) == 1 else name for name, artworks in zip(names, same, strict=True)]
    return captions.assign(**dict(zip(ARTWORK, zip(*found, strict=True), strict=True)))


def _among(captions: pd.DataFrame, listed: pd.DataFrame, file: Path, only: Path) -> pd.DataFrame:
    """The captions of listed artworks.

    Raises:
        UserError: there is none.
    """
    kept = captions.merge(listed[ARTWORK], on=ARTWORK)
    if kept.empty:
        raise UserError(f"{file}: no caption of an artwork in {only}; the first there is {_name(listed.iloc[0])}")
    note(f"{file}: {len(kept):,} captions of the {len(listed):,} artworks in {only} are scored, the others are not")
    return kept


def check_split(captions: pd.DataFrame, utterances: pd.DataFrame, split: str, file: Path) -> int:
    """Make sure that each caption is of another picture of `split`; returns the number of its pictures without one.

    Raises:
        UserError: two captions of a picture, one of a picture that is not in the split, or an unknown split.
    """
    splits = sorted(set(utterances["split"]))
    if split not in splits:
        raise UserError(f"--split {split}: data/utterances/{PROFILE} has {', '.join(splits)}")
    one_caption_each(captions, file)
    artworks = utterances.drop_duplicates(ARTWORK)[[*ARTWORK, "split"]]
    placed = captions.merge(artworks, on=ARTWORK, how="left")
    outside = placed[placed["split"] != split]
    if len(outside):
        first = outside.iloc[0]
        where = "not in this data set" if pd.isna(first["split"]) else f"in the split {first['split']}"
        raise UserError(
            f"{file}, {first['place']}: {_name(first)} is {where}; {len(outside):,} of {len(captions):,} captions are "
            f"of no picture of {split}; remove them, or choose another --split"
        )
    return int((artworks["split"] == split).sum()) - len(captions)


def one_caption_each(captions: pd.DataFrame, file: Path) -> None:
    """Make sure that each caption is of another picture.

    Raises:
        UserError: two are of the same.
    """
    repeated = captions[captions.duplicated(ARTWORK)]
    if len(repeated):
        second = repeated.iloc[0]
        first = captions[(captions[ARTWORK] == second[ARTWORK]).all(axis=1)].iloc[0]
        raise UserError(
            f"{file}, {second['place']}: {_name(second)} has a caption already, in {first['place']}; give one for each "
            "picture, the one to be scored"
        )


def _name(row: "pd.Series[Any]") -> str:
    return printable("/".join(row[ARTWORK]))


def score(
    captions: pd.DataFrame,
    utterances: pd.DataFrame,
    emotions: Emotions,
    params: Params,
    file: Path,
    *,
    split: str,
    tokenize: bool,
) -> dict[str, Any]:
    """The headline scores, nested, and all others under `details`.

    Args:
        split: that of the pictures, on whose utterances the judges are tried.
        tokenize: the captions were tokenized here, so that their form is not asked about.
    """
    config = params.metrics
    resampling = Resampling(config.shuffles, params.seed)
    sample = system_sample(captions, utterances, emotions, str(file))
    if alone := len(captions) - len(sample):
        note(f"{file}: {alone:,} captions are not scored, since only one utterance of their pictures is known")
    english = is_english(params.utterances.rules)
    sample, context = known.build_context(sample, utterances, emotions, config.tokenizer, english=english)
    if not tokenize and (suspicion := untokenized(sample.first_texts(), context)):
        note(f"{file}: {suspicion}")
    judges, no_judge = _judges(emotions, params)
    metrics = suite(meteor=config.meteor, models=config.spice, judges=judges, seed=params.seed)
    evaluation = evaluate(sample, context, metrics, resampling)
    if no_judge:
        evaluation.unavailable["alignment"] = no_judge
    for name, reason in evaluation.unavailable.items():
        note(f"{file}: {name} is left out: {reason}")
    people = utterances[utterances["split"] == split]
    reliable = reliability(judges, people, resampling.resamples, resampling.seed)
    return {
        **nest(summary.headline(evaluation, sample)),
        "details": summary.details(evaluation, sample, known.slice_labels(sample), resampling, reliable),
    }


def _judges(emotions: Emotions, params: Params) -> tuple[Sequence[EmotionJudge], str | None]:
    """The judges of emotions, or why there are none; a data set without emotions needs none."""
    if emotions and not FOLDER.exists():
        return (), f"there is no {FOLDER}; `dvc repro text_classifier` makes it"
    try:
        return load_judges(emotions, device=resolve(params.device)), None
    except UserError as reason:
        return (), str(reason)


def joint_table(others: Mapping[Path, dict[str, Any]]) -> str:
    """The Markdown table of the study's scored systems, and of the scores of `others` by their file.

    Raises:
        UserError: nothing has been scored.
    """
    systems = scored()
    if not systems and not others:
        raise UserError("reports/metrics: no system has been scored yet; `dvc repro metrics` scores them all")
    named = {column_name(file): scores for file, scores in others.items()}
    metrics = {name: load_metrics(name) for name in systems} | named
    details = {name: load_details(name) for name in systems if details_file(name).exists()}
    return markdown(joint(metrics, details=details | {name: scores["details"] for name, scores in named.items()}))


def column_name(file: Path) -> str:
    """Name of a file's column: its name without the suffix or, where a system is called so, with it."""
    taken = {name.casefold() for name in (*SYSTEMS, *LABELS.values(), "")}
    names = (file.stem, file.name, f"{file.name} (file)")
    name = next(name for name in names if name.strip().casefold() not in taken)
    # A vertical bar would end the cell.
    return printable(name).replace("|", "\\|")
