"""The content of a picture: a scene with its motif, a palette, a detail and a style, and their distribution.

Painter, emotions and utterances depend on a picture through its `Description` only. The
painter draws everything else (places, sizes, numbers, aspect ratio), which utterances
never mention.
"""

from dataclasses import dataclass
from functools import cache

from numpy.random import Generator

# The motifs of each scene, with their shares in the corpus in percent.
SCENES = {
    "sea": {"boat": 7, "lighthouse": 5},
    "mountains": {"castle": 5, "waterfall": 5},
    "field": {"horse": 6, "windmill": 5},
    "forest": {"deer": 5, "path": 4},
    "village": {"church": 5, "fire": 3},
    "graveyard": {"graves": 4},
    "dance": {"dancers": 5},
    "still life": {"flowers": 6, "fruit": 5, "skull": 3},
    "portrait": {"smiling woman": 4, "weeping woman": 4, "shouting man": 3, "clown": 3},
    "interior": {"cat": 5, "candle": 4},
    "abstract": {"circles": 3, "bands": 3, "shards": 3},
}
SCENE_OF = {motif: scene for scene, motifs in SCENES.items() for motif in motifs}
MOTIFS = tuple(SCENE_OF)
PALETTES = ("rose", "gold", "blue", "green", "violet", "crimson", "night", "grey", "white")

# The details that a scene may have depend on its setting.
DETAILS = {
    "outdoors": ("orb", "clouds", "birds"),
    "indoors": ("window", "curtain", "lamp"),
    "nowhere": ("splashes", "lines"),
}
SETTINGS = dict.fromkeys(SCENES, "outdoors") | {
    "still life": "indoors",
    "portrait": "indoors",
    "interior": "indoors",
    "abstract": "nowhere",
}

FIGURATIVE_STYLES = (
    "Baroque",
    "Cubism",
    "Expressionism",
    "Impressionism",
    "Naive_Art_Primitivism",
    "Pointillism",
    "Pop_Art",
    "Post_Impressionism",
    "Realism",
    "Romanticism",
    "Ukiyo_e",
)
ABSTRACT_STYLES = ("Abstract_Expressionism", "Color_Field_Painting", "Cubism", "Minimalism", "Pop_Art")
STYLES = tuple(sorted({*FIGURATIVE_STYLES, *ABSTRACT_STYLES}))

# Combinations of scene and palette that no corpus contains, to test trained models on unseen combinations.
HELD_OUT = frozenset(
    {("sea", "crimson"), ("mountains", "violet"), ("field", "night"), ("still life", "grey"), ("portrait", "green")}
)


@dataclass(frozen=True)
class Description:
    """Content of one picture; `setting` and `scene` follow from the motif."""

    motif: str
    palette: str
    detail: str
    style: str

    @property
    def scene(self) -> str:
        return SCENE_OF[self.motif]

    @property
    def setting(self) -> str:
        return SETTINGS[self.scene]


def styles_of(scene: str) -> tuple[str, ...]:
    return ABSTRACT_STYLES if scene == "abstract" else FIGURATIVE_STYLES


@cache
def prior() -> dict[tuple[str, str], float]:
    """p(motif, palette) of a corpus: the shares of `SCENES`, uniform over the palettes that are not held out.

    Given these two, detail and style are uniform over those that the scene allows.
    """
    total = sum(sum(motifs.values()) for motifs in SCENES.values())
    table = {}
    for motif, scene in SCENE_OF.items():
        palettes = [palette for palette in PALETTES if (scene, palette) not in HELD_OUT]
        for palette in palettes:
            table[motif, palette] = SCENES[scene][motif] / total / len(palettes)
    return table


def draw(rng: Generator) -> Description:
    """One description from the prior, never a held-out combination."""
    table = prior()
    motif, palette = list(table)[rng.choice(len(table), p=list(table.values()))]
    scene = SCENE_OF[motif]
    details, styles = DETAILS[SETTINGS[scene]], styles_of(scene)
    return Description(motif, palette, details[rng.integers(len(details))], styles[rng.integers(len(styles))])
