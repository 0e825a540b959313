"""Contact sheet of the embedded corpus: `python -m docs.images.contact_sheet` writes docs/images/contact_sheet.jpg.

It has one picture of every motif, each in another palette and style, painted from
descriptions, so no corpus is needed on disk.
"""

from pathlib import Path

from PIL import Image

from stages.common.files import write_with
from stages.demo.artworks import PAINT, stream
from stages.demo.descriptions import DETAILS, MOTIFS, PALETTES, SCENE_OF, SETTINGS, Description, prior, styles_of
from stages.demo.painter import paint

FILE = Path("docs/images/contact_sheet.jpg")
COLUMNS = 6
TILE = (216, 168)
GAP = 8
GROUND = (250, 248, 244)
SEED = 7
QUALITY = 82


def exhibits() -> list[Description]:
    """One description per motif; palettes, details and styles take turns, without the held-out combinations."""
    descriptions = []
    for k, motif in enumerate(MOTIFS):
        scene = SCENE_OF[motif]
        palettes = [palette for palette in PALETTES if (motif, palette) in prior()]
        details, styles = DETAILS[SETTINGS[scene]], styles_of(scene)
        palette, style = palettes[(2 + 5 * k) % len(palettes)], styles[(2 + 3 * k) % len(styles)]
        descriptions.append(Description(motif, palette, details[k % len(details)], style))
    return descriptions


def arrange(pictures: list[Image.Image]) -> Image.Image:
    """The pictures in rows, each trimmed to the tile around its middle."""
    rows = -(-len(pictures) // COLUMNS)
    width, height = TILE[0] + GAP, TILE[1] + GAP
    sheet = Image.new("RGB", (COLUMNS * width + GAP, rows * height + GAP), GROUND)
    for k, picture in enumerate(pictures):
        sheet.paste(_fit(picture), (GAP + k % COLUMNS * width, GAP + k // COLUMNS * height))
    return sheet


def _fit(picture: Image.Image) -> Image.Image:
    """The picture scaled to fill the tile; a tall one loses more at the bottom than at the top."""
    scale = max(TILE[0] / picture.width, TILE[1] / picture.height)
    scaled = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
    left, top = (scaled.width - TILE[0]) // 2, (scaled.height - TILE[1]) // 3
    return scaled.crop((left, top, left + TILE[0], top + TILE[1]))


def main() -> None:
    pictures = [
        Image.fromarray(paint(description, 256, stream(SEED, k, PAINT))) for k, description in enumerate(exhibits())
    ]
    sheet = arrange(pictures)
    write_with(lambda path: sheet.save(path, "JPEG", quality=QUALITY, optimize=True), FILE)
    print(f"{FILE}: {len(pictures)} pictures, {FILE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
