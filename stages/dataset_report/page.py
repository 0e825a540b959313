"""The page `dataset`."""

from pathlib import Path

from stages.pages.page import Page

PAGE = Page(
    name="dataset",
    title="Dataset statistics",
    about="Numbers of annotations and artworks, the distribution of emotions, annotator agreement, and how emotions, "
    "styles and genres differ in their words.",
    needs="The annotations; genres and the synonyms for “something else” where their files are given.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
