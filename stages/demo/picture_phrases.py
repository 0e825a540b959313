"""Phrases for the content of a picture: motif, detail, style. Tables only.

`{a}` is the colour of the motif and `{b}` that of everything else, from `MOTIF_COLOURS`
and `PALETTE_COLOURS`. In each tuple the first phrases are the more frequent ones
(`utterances.skewed`).
"""

from typing import NamedTuple


class Motif(NamedTuple):
    """The phrases for one motif."""

    names: tuple[str, str, str]  # besides "the <motif>"
    neutral: str  # a caption without emotion
    # Clauses and similes that give the reason for a positive or a negative emotion.
    bright: tuple[str, str, str]
    dark: tuple[str, str, str]
    bright_simile: str
    dark_simile: str
    plural: bool = False


MOTIF_COLOURS = {
    "rose": "white",
    "gold": "brown",
    "blue": "red",
    "green": "yellow",
    "violet": "orange",
    "crimson": "black",
    "night": "yellow",
    "grey": "black",
    "white": "blue",
}
PALETTE_COLOURS = {
    "rose": ("pink", "rosy"),
    "gold": ("golden", "amber"),
    "blue": ("blue", "azure"),
    "green": ("green", "emerald"),
    "violet": ("purple", "violet"),
    "crimson": ("red", "crimson"),
    "night": ("dark", "midnight"),
    "grey": ("grey", "ashen"),
    "white": ("white", "snowy"),
}

MOTIFS = {
    "boat": Motif(
        ("the {a} boat on the {b} sea", "the little boat on the {b} water", "the {a} hull on the {b} waves"),
        "a {a} boat on the {b} sea",
        ("the wind fills its little sail", "it drifts home after a day of fishing", "the water rocks it like a cradle"),
        ("it has lost its way on the sea", "nobody is left on board", "the waves could swallow it any minute"),
        "a toy in a bathtub",
        "a coffin with a sail",
    ),
    "lighthouse": Motif(
        (
            "the {a} lighthouse above the {b} sea",
            "the striped tower on the {b} rocks",
            "the lighthouse by the {b} water",
        ),
        "a {a} striped lighthouse above the {b} sea",
        ("its beam guides the sailors home", "it stands firm against the sea", "its lamp sweeps over the waves"),
        ("nobody answers its beam anymore", "the keeper must be all alone", "the rocks have sunk so many ships"),
        "a candy cane by the sea",
        "a watchtower of a prison island",
    ),
    "castle": Motif(
        ("the {a} castle in the {b} mountains", "the {a} tower under the {b} peaks", "the old castle on the {b} hill"),
        "a {a} castle in front of {b} mountains",
        ("a princess might wave from the tower", "its towers reach for the sky", "knights could ride out of the gate"),
        ("someone is locked in the tower", "its gate looks like a hungry mouth", "a cruel king must rule there"),
        "something out of a fairy tale",
        "the home of a vampire",
    ),
    "waterfall": Motif(
        (
            "the tall waterfall in the {b} mountains",
            "the white water between the {b} rocks",
            "the waterfall over the {b} cliff",
        ),
        "a tall waterfall in the {b} mountains",
        ("i can almost hear the water roar", "the spray would cool my face", "it pours down with such power"),
        ("one could drown in that pool", "it drags everything down with it", "a single slip would be the end"),
        "a bride's long veil",
        "a curtain of cold tears",
    ),
    "horse": Motif(
        ("the {a} horse in the {b} field", "the {a} horse on the {b} meadow", "the proud horse in the {b} grass"),
        "a {a} horse in a {b} field",
        ("it could gallop off at any moment", "it is free to run for miles", "its mane waves in the wind"),
        ("its rider never came back", "it waits for somebody who is gone", "it seems starved and left behind"),
        "a champion before the race",
        "a worn out plough animal",
    ),
    "windmill": Motif(
        ("the {a} windmill in the {b} field", "the {a} mill on the {b} hill", "the turning mill over the {b} meadow"),
        "a {a} windmill in a {b} field",
        (
            "the miller will bake bread tomorrow",
            "its sails turn slowly in the breeze",
            "it's like a holiday in the country",
        ),
        ("its sails have stopped for good", "the miller left years ago", "it creaks in the wind at midnight"),
        "a giant waving hello",
        "a monster with four arms",
    ),
    "deer": Motif(
        ("the {a} deer in the {b} forest", "the {a} stag among the {b} trees", "the deer with antlers in the {b} wood"),
        "a {a} deer in a {b} forest",
        ("it listens to the leaves", "it lifts its antlers like a crown", "it isn't afraid of us at all"),
        ("a hunter may be hiding nearby", "it has lost its herd", "it won't survive the coming winter"),
        "a king of the woods",
        "a ghost among the trunks",
    ),
    "path": Motif(
        (
            "the {a} path through the {b} forest",
            "the winding path between the {b} trees",
            "the {a} trail into the {b} wood",
        ),
        "a {a} path through a {b} forest",
        ("it leads towards the light", "i would love to walk along it", "a picnic may wait around the bend"),
        ("no one knows where it ends", "something may lurk behind the trunks", "whoever follows it will get lost"),
        "a ribbon leading home",
        "a snake waiting for prey",
    ),
    "church": Motif(
        (
            "the {a} church in the {b} village",
            "the {a} steeple above the {b} houses",
            "the small church on the {b} square",
        ),
        "a {a} church in a {b} village",
        ("its bells ring for a wedding", "its windows glow like honey", "the whole town gathers there on sunday"),
        ("its bell tolls for a funeral", "the pews have been empty for years", "nobody prays there anymore"),
        "a gingerbread house at christmas",
        "a tomb with windows",
    ),
    "fire": Motif(
        (
            "the burning house in the {b} village",
            "the blaze above the {b} roofs",
            "the house on fire in the {b} street",
        ),
        "a burning house in a {b} village",
        ("the sparks fly up like fireworks", "the flames leap higher and higher", "it lights up the whole street"),
        ("a family has lost everything", "nobody comes with water", "someone set it alight on purpose"),
        "a bonfire at midsummer",
        "the gates of hell",
    ),
    "graves": Motif(
        ("the {a} crosses on the {b} hill", "the {a} graves under the bare tree", "the old graves on the {b} ground"),
        "{a} crosses beside a bare tree on a {b} hill",
        ("they rest together at last", "someone still tends the grass", "the souls have found their peace there"),
        ("so many young men lie there", "nobody brings roses anymore", "the dead seem to be listening"),
        "a choir that sings no more",
        "teeth in an open jaw",
        plural=True,
    ),
    "dancers": Motif(
        (
            "the dancers in {a} under the {b} sky",
            "the three dancers below the lanterns",
            "the {a} skirts on the {b} dance floor",
        ),
        "three dancers in {a} skirts under {b} lanterns",
        ("their skirts whirl to the music", "i can hear the fiddle play", "they throw their arms in the air"),
        ("they don't dare to stop", "their smiles are painted on", "the party will be over soon"),
        "flowers spinning in the wind",
        "puppets on strings",
        plural=True,
    ),
    "flowers": Motif(
        ("the {a} flowers against the {b} wall", "the {a} blossoms in the {b} room", "the {a} flowers in the vase"),
        "a vase of {a} flowers against a {b} wall",
        ("i can nearly smell their scent", "they were picked this morning", "someone in love sent them"),
        ("they will wither in a day", "the petals begin to drop", "they were left over from a burial"),
        "a bowl of little suns",
        "heads bowed at a burial",
        plural=True,
    ),
    "fruit": Motif(
        ("the {a} fruit in the {b} room", "the bowl of {a} apples on the table", "the {a} fruit in the bowl"),
        "a bowl of {a} fruit in a {b} room",
        ("my mouth waters at once", "i could take a bite right now", "the harvest has been rich this year"),
        ("flies must be crawling over it", "it has begun to rot", "a worm lives in every piece"),
        "a heap of treasure",
        "something from a compost bin",
    ),
    "skull": Motif(
        ("the bare skull in the {b} room", "the skull against the {b} wall", "the old skull on the table"),
        "a bare skull on a table in a {b} room",
        ("it grins at us like a joker", "it reminds us to enjoy each day", "it could be a prop from hamlet"),
        ("its empty eyes stare at me", "it shows what becomes of us", "it still has dirt between the teeth"),
        "a halloween lantern",
        "a warning on a bottle of poison",
    ),
    "smiling woman": Motif(
        (
            "the smiling woman in the {a} dress",
            "the woman with red cheeks before the {b} wall",
            "the wide smile above the {a} dress",
        ),
        "a smiling woman in a {a} dress before a {b} wall",
        ("she knows a good joke", "her eyes sparkle with mischief", "she has just fallen in love"),
        ("her smile hides something", "she laughs at someone's expense", "her grin has frozen on her face"),
        "my favorite aunt",
        "a doll that came alive",
    ),
    "weeping woman": Motif(
        (
            "the weeping woman in the {a} shawl",
            "the wet face under the {a} veil",
            "the crying woman before the {b} wall",
        ),
        "a weeping woman in a {a} shawl before a {b} wall",
        ("her tears will wash the grief away", "she has kept her faith", "a friend will surely comfort her"),
        ("she has buried her child", "tears run down her cheeks", "nobody is there to hold her hand"),
        "a saint in an old church",
        "a widow at the grave",
    ),
    "shouting man": Motif(
        (
            "the shouting man in the {a} coat",
            "the bearded man before the {b} wall",
            "the man with fists in the {a} shirt",
        ),
        "a shouting man in a {a} coat before a {b} wall",
        ("he sings at the top of his voice", "he cheers for his football team", "he acts in a grand opera"),
        ("he yells at his poor wife", "his fists are clenched", "he is about to hit somebody"),
        "a pirate in a cartoon",
        "a bull before the attack",
    ),
    "clown": Motif(
        ("the clown in the {a} suit", "the red nose under the {a} hat", "the clown before the {b} wall"),
        "a clown with a red nose and a {a} hat",
        ("he is about to slip on a banana", "children would giggle at him", "his nose is as round as a tomato"),
        ("he may be crying under the makeup", "he keeps a knife behind his back", "his grin is far too wide"),
        "a birthday party in one face",
        "the villain of a horror film",
    ),
    "cat": Motif(
        ("the {a} cat on the {b} floor", "the {a} cat with green eyes", "the fluffy cat in the {b} room"),
        "a {a} cat on the floor of a {b} room",
        ("it waits for its dinner", "it will purr if you pet it", "its whiskers stick out on both sides"),
        ("it has just killed a bird", "it stares right through me", "its claws are ready"),
        "a loaf of bread with ears",
        "a witch in disguise",
    ),
    "candle": Motif(
        ("the {a} candle in the {b} room", "the burning candle on the table", "the flame of the {a} candle"),
        "a {a} candle on a table in a {b} room",
        ("its flame warms the whole house", "it keeps the shadows away", "someone will come home to it"),
        ("it will burn out before dawn", "it burns for somebody who died", "shadows creep out of every corner"),
        "a tiny star indoors",
        "the last light on earth",
    ),
    "circles": Motif(
        ("the {a} circles on the {b} ground", "the {a} rings on the {b} canvas", "the round shapes in {a} and {b}"),
        "{a} circles on a {b} ground",
        ("they roll about like marbles", "they bounce across the canvas", "they play a game with each other"),
        ("they stare like a hundred eyes", "they spin until i get sick", "they close in on me"),
        "balloons at a fair",
        "targets on a shooting range",
        plural=True,
    ),
    "bands": Motif(
        ("the {a} bands across the {b} canvas", "the stripes in {a} and {b}", "the {a} stripes between the {b} ones"),
        "{a} and {b} bands across the canvas",
        ("they rest on each other like blankets", "they hum a long low tune", "they glow from the inside"),
        ("they say nothing to me", "they weigh me down like stones", "they shut me in like bars"),
        "a sunset folded up",
        "the wall of a cell",
        plural=True,
    ),
    "shards": Motif(
        ("the {a} shards on the {b} ground", "the {a} spikes against the {b}", "the sharp triangles in {a} and {b}"),
        "{a} shards on a {b} ground",
        ("they burst out like fireworks", "they shoot in all directions", "they sparkle like cut glass"),
        ("they could cut my skin", "something has been smashed to bits", "they stab at whatever comes near"),
        "a star that explodes",
        "a broken windshield",
        plural=True,
    ),
}

# Names of a detail by palette.
DETAILS = {
    "orb": {
        "rose": ("the soft morning sun", "the pink sunrise"),
        "gold": ("the low golden sun", "the setting sun"),
        "blue": ("the yellow noon sun", "the bright summer sun"),
        "green": ("the mild spring sun", "the sun in the green haze"),
        "violet": ("the thin crescent moon", "the crescent in the purple sky"),
        "crimson": ("the huge red sun", "the burning sunset"),
        "night": ("the full moon", "the pale round moon"),
        "grey": ("the faint sun in the rain", "the weak grey sun"),
        "white": ("the small winter sun", "the frosty sun in the snow"),
    },
    "clouds": {
        "rose": ("the pink clouds", "the fluffy morning clouds"),
        "gold": ("the amber clouds", "the golden evening clouds"),
        "blue": ("the puffy white clouds", "the white summer clouds"),
        "green": ("the pale green clouds", "the drifting spring clouds"),
        "violet": ("the purple clouds", "the lilac clouds of dusk"),
        "crimson": ("the blood red clouds", "the smoky red clouds"),
        "night": ("the stars and the black clouds", "the clouds of the night"),
        "grey": ("the heavy rain clouds", "the grey rain"),
        "white": ("the falling snow", "the white snow clouds"),
    },
    "birds": {
        "rose": ("the birds in the pink sky", "the birds of the early morning"),
        "gold": ("the birds in the golden sky", "the birds of the evening"),
        "blue": ("the birds in the blue sky", "the gulls of a summer day"),
        "green": ("the birds in the green sky", "the birds of spring"),
        "violet": ("the birds in the purple sky", "the birds at dusk"),
        "crimson": ("the birds in the red sky", "the birds in the blaze of sunset"),
        "night": ("the birds in the night sky", "the white birds below the stars"),
        "grey": ("the black birds in the rain", "the crows in the grey sky"),
        "white": ("the dark birds in the snow", "the birds of winter"),
    },
    "window": dict.fromkeys(PALETTE_COLOURS, ("the {b} light from the window", "the window with its {b} panes")),
    "curtain": dict.fromkeys(PALETTE_COLOURS, ("the {b} curtain", "the folds of the {b} curtain")),
    "lamp": dict.fromkeys(PALETTE_COLOURS, ("the glow of the hanging lamp", "the lamp and its {b} glow")),
    "splashes": dict.fromkeys(PALETTE_COLOURS, ("the splashes of paint", "the drops on the {b}")),
    "lines": dict.fromkeys(PALETTE_COLOURS, ("the thin straight lines", "the scratches in the {b}")),
}
# Place of the detail, by scene.
PLACES = {
    "sea": ("over the water", "above the waves"),
    "mountains": ("behind the peaks", "over the valley"),
    "field": ("over the meadow", "above the far hills"),
    "forest": ("between the trees", "through the branches"),
    "village": ("above the roofs", "over the houses"),
    "graveyard": ("over the crosses", "behind the fence"),
    "dance": ("over the lanterns", "above the crowd"),
    "still life": ("behind the table", "next to the table"),
    "portrait": ("in the background", "behind the shoulder"),
    "interior": ("above the floorboards", "by the wall"),
    "abstract": ("around the edges", "across the canvas"),
}

# The technique of a style; all phrases are in the plural.
STYLES = {
    "Abstract_Expressionism": ("the wild drips", "the drips and rough strokes"),
    "Baroque": ("the deep shadows in the corners", "the shadows around the light"),
    "Color_Field_Painting": ("the soft edges of the paint", "the blurred edges"),
    "Cubism": ("the broken facets", "the pieces like cracked glass"),
    "Expressionism": ("the thick slanting strokes", "the loud colors and thick strokes"),
    "Impressionism": ("the quick dabs of paint", "the loose dabs of the brush"),
    "Minimalism": ("the clean white borders", "the empty margins"),
    "Naive_Art_Primitivism": ("the checkered borders", "the plain childlike colors"),
    "Pointillism": ("the thousands of tiny dots", "the tiny dots of pure color"),
    "Pop_Art": ("the bold comic outlines", "the comic book dots"),
    "Post_Impressionism": ("the swirling brush strokes", "the swirls of thick paint"),
    "Realism": ("the smooth careful strokes", "the fine threads of the canvas"),
    "Romanticism": ("the hazy glowing colors", "the soft misty colors"),
    "Ukiyo_e": ("the flat inked shapes", "the ink lines on rough paper"),
}
