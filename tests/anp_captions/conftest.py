import warnings

from stages.anp_captions.pairs import pair_polarity, tagger

# TextBlob reads its word lists at the first use and does not close the files; the warning is raised and ignored here.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)
    tagger("pattern")(["a", "tree"])
    pair_polarity("a", "tree")
