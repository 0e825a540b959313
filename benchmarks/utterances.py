"""Time and memory of the stage `utterances` at ArtEmis' size: `python -m benchmarks.utterances`.

Measures the stage in a process of its own, with the start of the interpreter and the spell check.
For comparison, the same run re-enacts ArtEmis' order of work on a sample of the rows: NLTK for each
utterance in a pool of four processes per core, tables and SymSpell for each token, pandas' `apply`
in between, CSV at the end. Its time is scaled up linearly, except for loading the dictionary, which
does not depend on the number of rows. Both must give the same tokens.

    python -m benchmarks.utterances [--rows 450000] [--sample 30000] [--profile deep_nets]
"""

import contextlib
import multiprocessing
import tempfile
from pathlib import Path

import pandas as pd
from nltk.tokenize import NLTKWordTokenizer
from symspellpy import SymSpell, Verbosity

from benchmarks.made_up import annotations, write_resources
from benchmarks.measure import Cost, Stopwatch, argument_parser, machine, measure, print_header, print_row
from stages.annotations.tables import FOLDER, load_annotations, save_annotations, save_emotions
from stages.common.artworks import ARTWORK
from stages.common.emotions import ARTEMIS
from stages.common.files import write_json
from stages.common.processes import usable_cores
from stages.utterances.artemis_rules import PUNCTUATION, QUOTED, ArtemisRules
from stages.utterances.resource_files import Resources, load_resources
from stages.utterances.tables import load_utterances

PARAMS = """
seed: 2021
utterances:
  rules: {rules}
  spell_check: true
  first_sentence: false
  max_annotations: 0
  splits: {{train: 0.85, val: 0.05}}
  max_length_percentile: 95
  min_length: 5
  min_count: 5
  high_coverage: 41
"""
_NLTK = NLTKWordTokenizer()


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument("--rows", type=int, default=450_000)
    parser.add_argument("--sample", type=int, default=30_000, help="rows for the re-enactment; 0: none")
    parser.add_argument("--profile", choices=["analysis", "deep_nets"], default="deep_nets")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        save_emotions(ARTEMIS)
        save_annotations(annotations(args.rows))
        write_json({"language": "en"}, FOLDER / "dataset.json")
        write_resources()
        print(f"{args.rows:,} rows, profile {args.profile}; {machine()}\n")
        print_header("what", "wall s", "CPU s", "peak GB")
        run_stage("clean", args.profile)
        ours = run_stage("artemis", args.profile)
        if args.sample:
            theirs = reenact(args.rows, args.sample, args.profile)
            faster = f"{theirs.wall / ours.wall:.1f} times as fast as the re-enactment of the same rules"
            print(f"\n{faster}, with {theirs.cpu / ours.cpu:.1f} times less CPU time")


def run_stage(rules: str, profile: str) -> Cost:
    """Run the stage in a process of its own."""
    Path("params.yaml").write_text(PARAMS.format(rules=rules), encoding="utf-8")
    cost = measure(["-m", "stages.utterances"], DVC_STAGE=f"utterances@{profile}")
    print_row(f"the stage, rules: {rules}", f"{cost.wall:.1f}", f"{cost.cpu:.1f}", f"{cost.peak:.2f}")
    return cost


def reenact(rows: int, sample: int, profile: str) -> Cost:
    """ArtEmis' order of work on `sample` rows; returns the cost of all `rows`, except the memory."""
    resources = load_resources()
    frame = load_annotations().sample(sample, random_state=1).sort_values("record", ignore_index=True)
    stopwatch = Stopwatch()
    engine = SymSpell()
    engine.load_dictionary(resources.dictionary, 0, 1)
    loading = stopwatch.read()
    tokens = tokens_as_artemis(frame["utterance"], resources, engine)
    ids: dict[str, int] = {}
    for words in tokens:
        for word in words:
            ids.setdefault(word, len(ids) + 4)
    longest = max(map(len, tokens))
    encoded = tokens.apply(lambda words: [1, *(ids[word] for word in words), 2, *[0] * (longest - len(words))])
    spelled = tokens.apply(" ".join)
    frame.assign(tokens=tokens, utterance_spelled=spelled, tokens_encoded=encoded).to_csv("theirs.csv", index=False)
    total = stopwatch.read()
    scale = rows / sample
    wall = loading.wall + (total.wall - loading.wall) * scale
    cpu = loading.cpu + (total.cpu - loading.cpu) * scale
    name = f"ArtEmis' order of work, {sample:,} rows scaled up by {scale:.0f}"
    print_row(name, f"{wall:.1f}", f"{cpu:.1f}", "")
    _compare(frame, tokens, profile)
    return Cost(wall, cpu)


def tokens_as_artemis(utterances: pd.Series, resources: Resources, engine: SymSpell) -> pd.Series:
    """Tokens of each utterance: one step after another over all rows, every occurrence of a token looked up."""
    rules = ArtemisRules(resources)
    texts = utterances.apply(lambda text: resources.sentences.get(text, text)).apply(str.lower)
    texts = texts.apply(lambda text: QUOTED.sub(r" \1 ", text))
    texts = texts.apply(lambda text: rules._contraction.sub(lambda match: resources.contractions[match[0]], text))
    spaces = str.maketrans(dict.fromkeys(PUNCTUATION, " "))
    texts = texts.apply(lambda text: text.translate(spaces))
    with multiprocessing.Pool(4 * usable_cores()) as pool:
        tokens = pd.Series(pool.map(_NLTK.tokenize, texts), index=texts.index)
    tokens = tokens.apply(lambda words: [new for word in words for new in resources.tokens.get(word, [word])])

    def correct(word: str) -> str:
        if word in resources.good_words:
            return word
        # ArtEmis passes 1, which is no verbosity, and takes the first suggestion: this one, at a higher cost.
        suggestions = engine.lookup(word, Verbosity.CLOSEST)
        return suggestions[0].term if suggestions else word

    return tokens.apply(lambda words: [correct(word) for word in words])


def _compare(frame: pd.DataFrame, tokens: pd.Series, profile: str) -> None:
    """Assert that the stage's last run, with the same rules, gave the same tokens."""
    key = [*ARTWORK, "utterance"]
    theirs = frame[key].assign(theirs=tokens.map(tuple)).drop_duplicates(key)
    both = load_utterances(profile).drop_duplicates(key).merge(theirs, on=key)
    assert len(both) > 0.8 * len(theirs)
    assert (both["tokens"].map(tuple) == both["theirs"]).all(), "the tokens differ"


if __name__ == "__main__":
    main()
