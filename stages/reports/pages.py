"""The pages about the models that this study trains."""

from pathlib import Path

from stages.common.pages.page import Page

# The notebooks as scripts in percent format, for people to review.
NOTEBOOKS = Path(__file__).with_name("notebooks")

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
