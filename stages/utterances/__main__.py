"""utterances: clean, spell-check, tokenize and split the utterances; build the vocabulary.

Reads data/annotations/annotations.parquet and writes to data/utterances/<profile>/
utterances.parquet, vocabulary.json, tokenizer.json (how other text becomes such tokens)
and spelling.parquet (what was corrected, and what could not be). The profile `analysis`
keeps all utterances; `deep_nets` keeps what the networks learn from. Splits are per
artwork. The rules `artemis` do to text what ArtEmis' code does, with its word tables in
data/raw/resources/; `clean` needs none.
"""

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa

from stages.annotations.tables import load_annotations
from stages.common.entry import run, variant
from stages.common.params import load
from stages.utterances import word_tokenizer
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.params import Params, Utterances
from stages.utterances.preprocess import choose, drop_by_length, parts_of, vocabulary_of
from stages.utterances.resource_files import load_resources
from stages.utterances.splits import ARTWORK, assign, divided
from stages.utterances.tables import save_parts, save_spelling, spelling_path, table_path, vocabulary_path
from stages.utterances.tokenize import Rules, Spelling, correct, tokenize_all
from stages.utterances.tokenizer import Tokenizer, tokenizer_path


def main() -> str:
    params = load(Params)
    with ThreadPoolExecutor(1) as aside:
        # NLTK's import takes a second: time in which Arrow can read the table and cut it up.
        aside.submit(word_tokenizer.engine)
        return make(params.utterances, params.seed)


def make(params: Utterances, seed: int) -> str:
    """Write all outs of the variant that was asked for; returns what they hold, in words."""
    profile = params.selection(variant())
    rules: Rules = ArtemisRules(load_resources()) if params.rules == "artemis" else CleanRules()
    frame = choose(load_annotations(), first_sentence=params.first_sentence, max_annotations=params.max_annotations)
    frame = assign(
        frame,
        val=params.splits.val,
        test=params.splits.test,
        seed=seed,
        high_coverage=profile.high_coverage,
        by_row=params.rules == "artemis",
    )
    if params.rules == "artemis" and (count := divided(frame)):
        print(f"  {count:,} artworks are in two splits, as ArtEmis' code has it: their rows disagree about repetition")
    tokens = tokenize_all(pa.array(frame["utterance"], pa.string()), rules)
    counts = tokens.counts()
    training = tokens.take(np.flatnonzero(frame["split"] == "train")).counts()
    # What counts as a word, no test utterance has a say in.
    known = {token: training.get(token, 0) for token in counts}
    spelling = rules.spell_check(known) if params.spell_check else Spelling({}, [])
    tokens = correct(tokens, spelling)
    rows, max_len, dropped = drop_by_length(
        frame, tokens.ids.lengths, percentile=profile.max_length_percentile, shortest=profile.min_length
    )
    frame, tokens = frame.iloc[rows], tokens.take(rows)
    vocabulary = vocabulary_of(frame, tokens, min_count=profile.min_count)
    save_parts(parts_of(frame, tokens, vocabulary, max_len), table_path(variant()))
    vocabulary.save(vocabulary_path(variant()))
    Tokenizer(rules, spelling.corrections).save(tokenizer_path(variant()))
    save_spelling(spelling, counts, spelling_path(variant()))
    artworks = len(frame[ARTWORK].drop_duplicates())
    return (
        f"{len(frame):,} utterances on {artworks:,} artworks, {len(vocabulary):,} words, "
        f"{sum(counts[token] for token in spelling.corrections):,} tokens corrected; "
        f"left out: {dropped.too_short:,} utterances too short and {dropped.too_long:,} too long"
    )


if __name__ == "__main__":
    # Millions of small objects live to the end; the collector would look through them again and again.
    gc.disable()
    run(__doc__, main)
