"""utterances: clean, spell-check, tokenize and split the utterances, and build the vocabulary.

Reads data/annotations/annotations.parquet, the language in dataset.json beside it and, for the rules `artemis`, the
word tables in data/raw/resources/. Writes to data/utterances/<profile>/: utterances.parquet, vocabulary.json,
tokenizer.json (to tokenize other text in the same way), spelling.parquet (the corrections, and the unknown words
without one) and left_out.parquet. The profile `analysis` keeps all utterances, `deep_nets` those that the networks are
trained on; what it leaves out by its length is in left_out.parquet.
"""

import gc
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa

from stages.annotations.tables import load_annotations, load_card, load_emotions
from stages.common.artworks import ARTWORK
from stages.common.entry import run, variant
from stages.common.files import write_parquet
from stages.common.language import TextRules, require_rules
from stages.common.params import load
from stages.utterances import word_tokenizer
from stages.utterances.artemis_rules import ArtemisRules
from stages.utterances.clean_rules import CleanRules
from stages.utterances.params import Params, Utterances
from stages.utterances.plain_rules import PlainRules
from stages.utterances.preprocess import build_vocabulary, choose, drop_by_length, left_out_table, table_parts
from stages.utterances.resource_files import load_resources
from stages.utterances.spelling import save_spelling, spelling_path
from stages.utterances.splits import as_given, assign, count_divided
from stages.utterances.tables import left_out_path, save_parts, table_path, vocabulary_path
from stages.utterances.tokenize import Rules, Spelling, Tokens, correct, tokenize_all
from stages.utterances.tokenizer import Tokenizer, tokenizer_path


def main() -> str:
    params = load(Params)
    with ThreadPoolExecutor(1) as background:
        # Importing NLTK takes a second; meanwhile Arrow reads and splits the table.
        background.submit(word_tokenizer.engine)
        return make(params.utterances, load_card()["language"], params.seed)


def make(config: Utterances, language: str, seed: int) -> str:
    """Write the files of one profile; returns a summary."""
    profile = variant()
    selection = config.selection(profile)
    require_rules(config.rules, language)
    rules = _rules(config.rules, language)
    frame = _with_splits(config, selection.high_coverage, seed)
    tokens = tokenize_all(pa.array(frame["utterance"], pa.string()), rules)
    counts = tokens.counts()
    spelling = _spell_check(frame, tokens, counts, rules) if config.spell_check else Spelling({}, [])
    tokens = correct(tokens, spelling)
    rows, max_len, dropped = drop_by_length(
        frame, tokens.ids.lengths, percentile=selection.max_length_percentile, min_length=selection.min_length
    )
    others = np.setdiff1d(np.arange(len(frame)), rows)
    left_out = left_out_table(frame.iloc[others], tokens.take(others), load_emotions())
    write_parquet(left_out, left_out_path(profile))
    frame, tokens = frame.iloc[rows], tokens.take(rows)
    vocabulary = build_vocabulary(frame, tokens, min_count=selection.min_count)
    save_parts(table_parts(frame, tokens, vocabulary, max_len, load_emotions()), table_path(profile))
    vocabulary.save(vocabulary_path(profile))
    Tokenizer(rules, spelling.corrections).save(tokenizer_path(profile))
    save_spelling(spelling, counts, spelling_path(profile))
    return (
        f"{len(frame):,} utterances on {len(frame[ARTWORK].drop_duplicates()):,} artworks, {len(vocabulary):,} words, "
        f"{sum(counts[token] for token in spelling.corrections):,} tokens corrected; "
        f"dropped: {dropped.too_short:,} utterances too short and {dropped.too_long:,} too long"
    )


def _rules(name: TextRules, language: str) -> Rules:
    if name == "plain":
        return PlainRules(language)
    return ArtemisRules(load_resources()) if name == "artemis" else CleanRules()


def _with_splits(config: Utterances, high_coverage: int, seed: int) -> pd.DataFrame:
    """The annotations in use, with their split."""
    artemis = config.rules == "artemis"
    frame = choose(load_annotations(), first_sentence=config.first_sentence, max_annotations=config.max_annotations)
    if config.split_by == "given":
        return as_given(frame)
    frame = assign(
        frame,
        val=config.splits.val,
        test=config.splits.test,
        seed=seed,
        high_coverage=high_coverage,
        by_row=artemis,
    )
    if artemis and (count := count_divided(frame)):
        print(f"  {count:,} artworks are in two splits, as in ArtEmis' code: their rows differ in `repetition`")
    return frame


def _spell_check(frame: pd.DataFrame, tokens: Tokens, counts: Mapping[str, int], rules: Rules) -> Spelling:
    """Check the tokens in `counts` by their counts in the training split: test data must not define words."""
    training = tokens.take(np.flatnonzero(frame["split"] == "train")).counts()
    return rules.spell_check({token: training.get(token, 0) for token in counts})


if __name__ == "__main__":
    # Millions of small objects live to the end of the stage: every collection would traverse them in vain.
    gc.disable()
    run(__doc__, main)
