"""Names of paintings as WikiArt's file stems have them, `artist-name_title-with-dashes-year`, by invented artists."""

from numpy.random import Generator

from stages.demo.descriptions import Description
from stages.demo.sights import NAMED, TINTS

ARTISTS = (
    "ada-brinkmann",
    "anselm-quiroga",
    "béla-orsolány",
    "casimir-thorne",
    "dorothea-vint",
    "edvarda-lund",
    "félix-darbonne",
    "greta-van-oosten",
    "hanako-mizuhara",
    "ignatius-pell",
    "jolán-keresztes",
    "kaspar-weidenfeld",
    "lucia-fontamara",
    "matthias-röhl",
    "nadezhda-volkonina",
    "orlando-mirabeau",
    "petra-šimková",
    "quentin-ashdown",
    "rosalind-mcteague",
    "søren-halvorsen",
    "tomás-iriarte",
    "ulla-bergqvist",
    "vasco-pereira-dantas",
    "wilhelmina-stroud",
    "xenia-palamas",
    "yves-carrefour",
    "zofia-wrońska",
)
TITLES = (
    "{motif}-in-{colour}",
    "{tint}-{motif}",
    "the-{motif}",
    "{motif}-with-{detail}",
    "study-of-{motif}",
    "{motif}-near-saint-aubin",
    "composition-with-{motif}",
)
# A second copy of a name, as WikiArt has them.
COPY = 0.02


def title(description: Description, rng: Generator) -> str:
    """A name; two pictures may get the same one, so the corpus has to tell them apart."""
    words = {
        "motif": description.motif.replace(" ", "-"),
        "colour": NAMED[description.palette],
        "tint": TINTS[description.palette][0],
        "detail": description.detail,
    }
    artist = ARTISTS[rng.integers(len(ARTISTS))]
    year = "" if rng.random() < 0.15 else f"-{rng.integers(1848, 1979)}"
    copy = "(1)" if rng.random() < COPY else ""
    return f"{artist}_{TITLES[rng.integers(len(TITLES))].format(**words)}{year}{copy}"


def distinct(name: str, taken: set[str]) -> str:
    """`name`, or the first of `name-no-2`, `name-no-3`, ... that is not taken."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}-no-{number}"
    return found
