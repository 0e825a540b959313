"""Scores the captions of one system against the human utterances about the same artworks.

Reads data/utterances/deep_nets/, data/histograms/histograms.parquet, data/annotations/genres.parquet,
data/images/twins.parquet, the classifiers in data/text_classifier/ and, except for `metrics@human`,
data/<system>/captions.parquet. A system has the name of the stage that made its captions; `human`
scores each reference against the other references of its artwork, an upper bound for all systems.
Writes the headline numbers (reports/metrics/<system>.json), the intervals, slices and chance levels
(reports/metrics/<system>.details.json), and one row per picture (data/metrics/<system>.parquet).
"""

import pandas as pd

from stages.annotations.tables import load_emotions
from stages.common.captions_table import load_captions, training_digest
from stages.common.emotions import Emotions
from stages.common.entry import run, variant
from stages.common.language import is_english
from stages.common.params import load
from stages.images import twins
from stages.learning.device import prepare
from stages.metrics.context import build_context, require_same_study, slice_labels
from stages.metrics.emotion import load_judges
from stages.metrics.evaluate import Evaluation, Resampling, evaluate
from stages.metrics.judge_errors import reliability
from stages.metrics.pairing import Sample, human_sample, system_sample
from stages.metrics.params import Params
from stages.metrics.suite import suite
from stages.metrics.summary import details, headline, picture_table
from stages.metrics.tables import HUMAN, captions_source, save_metrics, save_pictures, save_unscored
from stages.utterances.tables import load_utterances


def main() -> str:
    params = load(Params)
    config, split, system = params.metrics, params.captions.split, variant()
    emotions = load_emotions()
    if system != HUMAN and load_captions(captions_source(system)).empty:
        save_unscored(system)
        return f"nothing to score: {captions_source(system)} has no captions"
    utterances = load_utterances("deep_nets")
    sample, further = _sample(system, utterances, emotions, split)
    seen = [
        "/".join(artwork) for artwork in twins.with_training_twin(twins.load(), utterances, sample.artworks).to_numpy()
    ]
    english = is_english(params.utterances.rules)
    sample, context = build_context(sample, utterances, emotions, config.tokenizer, english=english)
    judges = load_judges(emotions, device=prepare(params.device, params.seed))
    metrics = suite(meteor=config.meteor, models=config.spice, judges=judges, seed=params.seed)
    resampling = Resampling(config.shuffles, params.seed)
    evaluation = evaluate(sample, context, metrics, resampling)
    numbers = headline(evaluation, sample)
    reliable = reliability(judges, utterances[utterances["split"] == split], resampling.resamples, resampling.seed)
    figures = details(evaluation, sample, slice_labels(sample), resampling, reliable)
    save_metrics(numbers, figures | {"seen": seen}, system)
    save_pictures(picture_table(evaluation, sample), system)
    return _closing_line(numbers, evaluation, len(seen), further)


def _sample(system: str, utterances: pd.DataFrame, emotions: Emotions, split: str) -> tuple[Sample, int]:
    """The system's captions, and the number of captions in its table that are not scored."""
    if system == HUMAN:
        return human_sample(utterances, split), 0
    source = captions_source(system)
    captions = load_captions(source)
    require_same_study(captions, training_digest(source), utterances, split, str(source))
    sample = system_sample(captions, utterances, emotions, str(source))
    return sample, len(captions) - len(sample)


def _closing_line(numbers: dict[str, float], evaluation: Evaluation, seen: int, further: int) -> str:
    return (
        f"{numbers['captions']:,} captions against {numbers['references']:.1f} references each: "
        f"BLEU-4 {numbers['bleu_4']:.3f} (shuffled {numbers['shuffled.bleu_4']:.3f}), ROUGE-L {numbers['rouge_l']:.3f}"
        + (f"; pictures with a twin in training: {seen:,}" if seen else "")
        + (f"; {further:,} further captions are not scored" if further else "")
        + "".join(f"; {name} is left out: {reason}" for name, reason in evaluation.unavailable.items())
    )


if __name__ == "__main__":
    run(__doc__, main)
