import warnings

from textblob.en import parser

from stages.wording.feelings import subjectivity

# TextBlob reads its word lists at the first use and leaves the files for Python to
# close; that warning is not ours, so it is spent here.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)
    parser.find_tags(["a", "tree"])
    subjectivity("a tree")
