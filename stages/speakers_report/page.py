"""The page `speakers`."""

from pathlib import Path

from stages.pages.page import Page

PAGE = Page(
    name="speakers",
    title="The speakers",
    about="What every system says of artworks and how it scores, beside people, chance and what was published; with "
    "pictures, where the speaker looked, its best and worst, and what it repeats.",
    needs="All models, the captions of every system, and their scores; METEOR where there is Java.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
