"""The page `speakers`."""

from pathlib import Path

from stages.pages.page import Page

PAGE = Page(
    name="speakers",
    title="Captions and their scores",
    about="The captions of every system and their scores, beside people, chance level and published results: with "
    "pictures, attention maps, the best and worst captions, the effect of the emotion, and repetition.",
    needs="Captions and metrics of all systems, the speaker's learning curves; METEOR where Java is installed.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
