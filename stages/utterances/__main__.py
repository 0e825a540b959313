"""utterances: clean, spell-check, tokenize and split the utterances; build the vocabulary.

Reads data/annotations/annotations.parquet and writes utterances.parquet and
vocabulary.json to data/utterances/<profile>/. The profile `analysis` keeps all
utterances; `deep_nets` keeps what the networks learn from. Splits are per artwork.
"""

from stages.annotations.tables import load_annotations
from stages.common.entry import run, variant
from stages.common.params import load
from stages.utterances.params import Params
from stages.utterances.preprocess import add_tokens, drop_by_length, encode_all, tokenize_all
from stages.utterances.splits import ARTWORK, assign
from stages.utterances.tables import save_utterances, table_path, vocabulary_path


def main() -> str:
    params = load(Params).utterances
    profile = params.profile(variant())
    frame = load_annotations()
    frame = assign(
        frame,
        val=params.splits.val,
        test=params.splits.test,
        seed=params.seed,
        high_coverage=profile.high_coverage,
    )
    tokens, corrected = tokenize_all(frame["utterance"], spell_check=params.spell_check)
    frame = add_tokens(frame, tokens)
    frame, max_len, dropped = drop_by_length(
        frame, percentile=profile.max_length_percentile, shortest=profile.min_length
    )
    frame, vocabulary = encode_all(frame, min_count=profile.min_count, max_len=max_len)
    save_utterances(frame, table_path(variant()))
    vocabulary.save(vocabulary_path(variant()))
    artworks = len(frame[ARTWORK].drop_duplicates())
    return (
        f"{len(frame):,} utterances on {artworks:,} artworks, {len(vocabulary):,} words, "
        f"{corrected:,} tokens corrected; "
        f"left out: {dropped.too_short:,} utterances too short and {dropped.too_long:,} too long"
    )


if __name__ == "__main__":
    run(__doc__, main)
