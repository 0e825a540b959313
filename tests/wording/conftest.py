import warnings

from stages.wording.feelings import subjectivity
from stages.wording.parts_of_speech import pattern_tagger

# TextBlob reads its word lists at the first use and leaves the files for Python to
# close; that warning is not ours, so it is spent here.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)
    pattern_tagger(["a", "tree"])
    subjectivity("a tree")
