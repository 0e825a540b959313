"""The page `emotions`."""

from pathlib import Path

from stages.pages.page import Page

PAGE = Page(
    name="emotions",
    title="Emotion entropy",
    about="How much annotators differ in their emotions, by artwork, style and genre, with the pictures of the lowest "
    "and the highest entropy.",
    needs="The annotations and their pictures.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
