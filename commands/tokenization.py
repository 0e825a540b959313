"""The form of captions from a file: brought into the study's tokens, or suspected not to be in them."""

from collections import Counter
from collections.abc import Sequence

from stages.common.terminal import printable
from stages.metrics.interface import Context
from stages.metrics.pairing import Sample
from stages.utterances.tokenizer import Tokenizer, tokenizer_path
from stages.utterances.vocabulary import SPECIALS, UNK

# Captions as typed differ from the references almost everywhere; a system's own tokens differ in a word here and there.
FEW_CAPTIONS, FEW_TOKENS = 0.01, 0.05
EXAMPLES = 5


def tokenized(captions: Sequence[str], profile: str) -> list[str]:
    """The captions in the tokens of a profile of the stage utterances: its rules, and the corrections of its spelling.

    An utterance of the data set becomes its own `utterance_spelled`.

    Raises:
        UserError: the profile has no tokenizer.json.
    """
    tokenizer = Tokenizer.load(tokenizer_path(profile))
    return [" ".join(tokens) for tokens in tokenizer.tokens(captions)]


def untokenized(sample: Sample, context: Context) -> str | None:
    """The signs that the captions of `sample` are not in the tokens of the references, or None.

    The signs are capital letters and punctuation in tokens that neither the references nor
    the training utterances have, and many such tokens of any form.
    """
    # <unk> is a word of the study; <sos>, <eos> and <pad> in a caption are a mistake.
    known = context.training_tokens.union(
        [SPECIALS[UNK]], (token for texts in sample.references for text in texts for token in text.split())
    )
    captions = [texts[0].split() for texts in sample.texts]
    strange = [[token for token in tokens if token not in known] for tokens in captions]
    capitals = sum(any(token != token.lower() for token in tokens) for tokens in strange)
    punctuated = sum(any(_punctuated(token) for token in tokens) for tokens in strange)
    unknown, tokens = sum(map(len, strange)), max(sum(map(len, captions)), 1)
    signs = max(capitals, punctuated)
    if (not signs or signs < FEW_CAPTIONS * len(captions)) and unknown < FEW_TOKENS * tokens:
        return None
    frequent = Counter(token for tokens in strange for token in tokens).most_common(EXAMPLES)
    examples = ", ".join(f"'{printable(token)}'" for token, _ in frequent)
    return (
        f"the captions may not be tokenized as the references are: {capitals:,} of {len(captions):,} have capital "
        f"letters, {punctuated:,} have punctuation, and {unknown:,} of {tokens:,} tokens ({unknown / tokens:.1%}) "
        f"are in no reference ({examples}), which lowers the scores; expected lower-case words between spaces, as in "
        "data/utterances; if these are captions as typed, give --tokenize; remove marks such as <eos>"
    )


def _punctuated(token: str) -> bool:
    return not (token[0].isalnum() and token[-1].isalnum())
