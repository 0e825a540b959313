"""Scores the captions of one system against what people said of the same artworks.

Reads data/utterances/deep_nets/utterances.parquet, data/histograms/histograms.parquet, the
classifiers in data/text_classifier/ and, but for `metrics@human`,
data/<system>/captions.parquet. A system is named after the stage that made its
captions; `human` scores each reference against the other references of its artwork, a
ceiling for all systems. Makes reports/metrics/<system>.json, the numbers that people
compare; reports/metrics/<system>.details.json with intervals, slices and the scores of
captions shuffled among the pictures; and data/metrics/<system>.parquet, one row per picture.
"""

import pandas as pd

from stages.common.captions_table import load_captions, taught_by
from stages.common.entry import run, variant
from stages.common.params import load
from stages.images import twins
from stages.learning.device import prepare
from stages.metrics import context as known
from stages.metrics.context import require_same_study
from stages.metrics.emotion import load_judges, reliability
from stages.metrics.evaluate import Effort, details, headline, judge, pictures, suite
from stages.metrics.pairing import Sample, pair, people
from stages.metrics.params import Params
from stages.metrics.tables import HUMAN, captions_source, save_metrics, save_pictures
from stages.utterances.tables import load_utterances


def main() -> str:
    params = load(Params)
    dials, system = params.metrics, variant()
    effort = Effort(dials.shuffles, params.seed)
    utterances = load_utterances("deep_nets")
    sample, unscored = _sample(system, utterances, params.captions.split)
    seen = ["/".join(one) for one in twins.across(twins.load(), utterances, sample.artworks).to_numpy()]
    sample, context = known.prepared(sample, utterances, dials.tokenizer)
    judges = load_judges(device=prepare(params.device, params.seed))
    everything = suite(meteor=dials.meteor, models=dials.spice, judges=judges, seed=params.seed)
    judgement = judge(sample, context, everything, effort)
    found = headline(judgement, sample)
    by_whom = {"judges": reliability(judges, utterances[utterances["split"] == params.captions.split])}
    save_metrics(found, details(judgement, sample, known.labels(sample), effort) | by_whom | {"seen": seen}, system)
    save_pictures(pictures(judgement, sample), system)
    return (
        f"{found['captions']:,} captions against {found['references']:.1f} references each: "
        f"BLEU-4 {found['bleu_4']:.3f} (shuffled {found['shuffled.bleu_4']:.3f}), ROUGE-L {found['rouge_l']:.3f}"
        + (f"; pictures with a twin in training: {len(seen):,}" if seen else "")
        + (f"; {unscored:,} further captions are not scored" if unscored else "")
        + "".join(f"; {name} is left out: {why}" for name, why in judgement.unavailable.items())
    )


def _sample(system: str, utterances: pd.DataFrame, split: str) -> tuple[Sample, int]:
    """The system's captions, and how many of its table are not scored."""
    if system == HUMAN:
        return people(utterances, split), 0
    source = captions_source(system)
    captions = load_captions(source)
    require_same_study(captions, taught_by(source), utterances, split, str(source))
    sample = pair(captions, utterances, str(source))
    return sample, len(captions) - len(sample)


if __name__ == "__main__":
    run(__doc__, main)
