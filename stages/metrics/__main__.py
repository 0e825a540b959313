"""Scores the captions of one system against what people said of the same artworks.

Reads data/utterances/deep_nets/utterances.parquet and, but for `metrics@human`,
data/<system>/captions.parquet; makes reports/metrics/<system>.json and
data/metrics/<system>.parquet with the values of each caption. A system is named
after the stage that made its captions; `human` scores each reference against the
other references of its artwork, a ceiling for all systems. The shuffled scores,
of the same captions dealt out among the pictures at random, are the floor.
"""

from stages.common.entry import run, variant
from stages.common.params import load
from stages.metrics.judge import judge
from stages.metrics.pairing import leave_one_out, pair
from stages.metrics.params import Params
from stages.metrics.tables import HUMAN, captions_source, save
from stages.utterances.captions_table import load_captions
from stages.utterances.tables import load_utterances


def main() -> str:
    params = load(Params)
    system = variant()
    utterances = load_utterances("deep_nets")
    more = 0
    if system == HUMAN:
        samples = leave_one_out(utterances, params.captions.split)
    else:
        captions = load_captions(captions_source(system))
        samples = [pair(captions, utterances, str(captions_source(system)))]
        more = len(captions) - len(samples[0])
    judgement = judge(samples, params.metrics.shuffles, params.metrics.seed)
    save(judgement.corpus, judgement.captions, system)
    found = judgement.corpus
    return (
        f"{found['captions']:,} captions against {found['references']:.1f} references each: "
        f"BLEU-4 {found['bleu_4']:.3f} (shuffled {found['shuffled']['bleu_4']:.3f}), ROUGE-L {found['rouge_l']:.3f}"
        + (f"; {more:,} further captions of the same artworks are not scored" if more else "")
    )


if __name__ == "__main__":
    run(__doc__, main)
