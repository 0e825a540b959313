"""The page `classifiers`."""

from pathlib import Path

from stages.pages.page import Page

PAGE = Page(
    name="classifiers",
    title="Emotion classifiers",
    about="How accurately emotions are predicted from utterances and from pictures: learning curves, confusion "
    "matrices, calibration, and the hardest test cases.",
    needs="Probabilities, metrics and learning curves of both classifiers.",
)
NOTEBOOK = Path(__file__).with_name("notebook.py")
