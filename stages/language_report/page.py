"""The page `language`."""

from pathlib import Path

from stages.pages.page import Page

PAGE = Page(
    name="language",
    title="Language of the utterances",
    about="Concreteness, sentiment, subjectivity and parts of speech of the utterances, compared with captions of "
    "other datasets and across genres.",
    needs="The annotations; concreteness, sentiment and other captions where their files are in data/raw/resources/.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
