"""TextBlob, used once: it reads its word lists then, and leaves the files for Python to close."""

import warnings

from textblob.en import parser

from stages.wording.instruments import subjectivity

# That warning is not ours, so it is spent here.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)
    parser.find_tags(["a", "tree"])
    subjectivity("a tree")
