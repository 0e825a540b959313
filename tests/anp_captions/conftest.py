import warnings

from stages.anp_captions.pairs import pair_polarity, tagger

# TextBlob reads its word lists at the first use and leaves the files for Python to
# close; that warning is not ours, so it is spent here.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)
    tagger("pattern")(["a", "tree"])
    pair_polarity("a", "tree")
