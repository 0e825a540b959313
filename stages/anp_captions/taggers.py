"""Parts of speech, by either of two taggers; which one is said in params.yaml, never by what lies on the machine."""

from collections.abc import Callable, Sequence

from nltk.tag.perceptron import PerceptronTagger
from textblob.en import tag as pattern_tag

from stages.common.errors import UserError

Tagged = list[tuple[str, str]]
Tagger = Callable[[Sequence[str]], Tagged]


def tagger(name: str) -> Tagger:
    """From tokens to tokens with Penn Treebank tags.

    Args:
        name: `pattern` (TextBlob's, whose lexicon is part of the package) or `nltk`
            (the averaged perceptron, as ArtEmis; it needs its data).

    Raises:
        UserError: NLTK's data is not there.
    """
    if name == "pattern":
        return lambda tokens: pattern_tag(" ".join(tokens), tokenize=False) if len(tokens) else []
    try:
        perceptron = PerceptronTagger()
    except LookupError:
        raise UserError(
            "params.yaml: anp_captions.tagger is nltk, but its data is not on this machine; "
            "`python -m nltk.downloader averaged_perceptron_tagger_eng` fetches it, NLTK_DATA says where it lies, "
            "and tagger: pattern needs none"
        ) from None
    return lambda tokens: perceptron.tag(list(tokens))
