"""The pages of reports/: their files, titles, what they are about and what they need."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stages.common.files import read_json

FOLDER = Path("reports")
STAGES = Path(__file__).parents[1]


@dataclass(frozen=True)
class Page:
    name: str
    title: str
    # The content of the page in one sentence, for the front page.
    about: str
    # The data that the page is made from, and what it leaves out without them.
    needs: str

    @property
    def source(self) -> Path:
        """The notebook as a Python script in percent format."""
        return STAGES / f"{self.name}_report" / "notebook.py"

    @property
    def notebook(self) -> Path:
        return FOLDER / f"{self.name}.ipynb"

    @property
    def html(self) -> Path:
        return FOLDER / f"{self.name}.html"

    @property
    def figures(self) -> Path:
        """The file of the figures that the page shows, if its stage computes any."""
        return Path("data") / f"{self.name}_report" / "figures.json"

    def load_figures(self) -> dict[str, Any]:
        figures: dict[str, Any] = read_json(self.figures)
        return figures


SPEAKERS = Page(
    name="speakers",
    title="Captions and their scores",
    about="The captions of every system and their scores, beside people, chance level and published results: with "
    "pictures, attention maps, the best and worst captions, the effect of the emotion, and repetition.",
    needs="Captions and metrics of all systems, the speaker's learning curves.",
)
CLASSIFIERS = Page(
    name="classifiers",
    title="Emotion classifiers",
    about="How accurately emotions are predicted from utterances and from pictures: learning curves, confusion "
    "matrices, calibration, and the hardest test cases.",
    needs="Probabilities, metrics and learning curves of both classifiers.",
)
DATASET = Page(
    name="dataset",
    title="Dataset statistics",
    about="Numbers of annotations and artworks, the distribution of emotions, annotator agreement, and how emotions, "
    "styles and genres differ in their words.",
    needs="The annotations; genres and the synonyms for “something else” where their files are given.",
)
EMOTIONS = Page(
    name="emotions",
    title="Emotion entropy",
    about="How much annotators differ in their emotions, by artwork, style and genre, with the pictures of the lowest "
    "and the highest entropy.",
    needs="The annotations and their pictures.",
)
LANGUAGE = Page(
    name="language",
    title="Language of the utterances",
    about="Concreteness, sentiment, subjectivity and parts of speech of the utterances, compared with captions of "
    "other datasets and across genres.",
    needs="The annotations; concreteness, sentiment and other captions where their files are in data/raw/resources/.",
)
REFERENCE = Page(
    name="reference",
    title="Comparison with the published ArtEmis results",
    about="Every published value of the ArtEmis data, beside the value of this study. With the ArtEmis annotations, "
    "it shows whether this study reproduces them.",
    needs="The figures of the pages on dataset, language and emotions; values are compared only for the ArtEmis "
    "annotations.",
)
# In the order in which they are best read.
PAGES = (SPEAKERS, CLASSIFIERS, DATASET, EMOTIONS, LANGUAGE, REFERENCE)
