"""The pages that this study makes: where they lie, and what a reader finds there."""

from dataclasses import dataclass
from pathlib import Path

NOTEBOOKS = Path(__file__).with_name("notebooks")


@dataclass(frozen=True)
class Page:
    name: str
    title: str
    about: str

    @property
    def source(self) -> Path:
        """The notebook as a script in percent format, for people to review."""
        return NOTEBOOKS / f"{self.name}.py"

    @property
    def notebook(self) -> Path:
        return Path("reports") / f"{self.name}.ipynb"

    @property
    def html(self) -> Path:
        return Path("reports") / f"{self.name}.html"


PAGES = {
    page.name: page
    for page in (
        Page(
            name="study",
            title="The study on one page",
            about="The data, how the models learned, what every system scores, and a gallery of test pictures with "
            "what was said of them and where the speaker looked.",
        ),
    )
}
