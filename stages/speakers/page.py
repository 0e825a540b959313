"""The page `speakers`."""

from pathlib import Path

from stages.common.pages.page import Page

PAGE = Page(
    name="speakers",
    title="The speakers",
    about="What every system says of artworks, how it scores beside people and beside chance, and a gallery of "
    "pictures with where the speaker looked.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
