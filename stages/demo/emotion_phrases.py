"""Phrases for emotions: adjectives, nouns, memories, wishes and sayings in nine tones. Tables only.

A tone is the wording typical of one emotion; annotators mostly use that of their own
emotion (`BORROWED`). The first phrases of a tuple are the more frequent ones
(`utterances.skewed`). No word of the adjectives and nouns may occur in a neutral caption.
"""

from typing import NamedTuple


class Tone(NamedTuple):
    """The phrases of one emotion."""

    adjectives: tuple[str, ...]
    nouns: tuple[str, ...]  # after "i feel" or "gives me"
    memories: tuple[str, ...]  # after "reminds me of"
    wishes: tuple[str, ...]  # after "i want to"
    sayings: tuple[str, ...]  # between quotation marks


TONES = {
    "amusement": Tone(
        ("funny", "playful", "silly", "comical", "cheeky", "hilarious", "goofy", "whimsical", "droll", "jolly"),
        ("a chuckle rising", "the giggles", "lighthearted fun", "merriment", "real amusement"),
        ("a saturday cartoon", "my uncle's jokes", "a puppet show", "the day our dog wore a hat"),
        ("laugh out loud", "tell a joke", "share it with my kids", "wink back"),
        ("gotcha", "watch this", "don't make me laugh"),
    ),
    "awe": Tone(
        (
            "majestic",
            "magnificent",
            "breathtaking",
            "grand",
            "stunning",
            "sublime",
            "mighty",
            "glorious",
            "divine",
            "timeless",
        ),
        ("wonder", "deep respect", "reverence", "goosebumps", "admiration"),
        (
            "a cathedral full of music",
            "my first look at the alps",
            "stories of ancient heroes",
            "the night i saw a comet",
        ),
        ("stand still and stare", "bow my head", "look at it for hours", "know how it was painted"),
        ("behold", "look how small you are", "i was here before you"),
    ),
    "contentment": Tone(
        (
            "peaceful",
            "calm",
            "serene",
            "cozy",
            "relaxing",
            "gentle",
            "soothing",
            "tranquil",
            "pleasant",
            "comforting",
            "homely",
        ),
        ("peace", "a quiet joy", "at ease", "comfort", "contentment"),
        ("summers at my grandmother's", "a slow sunday", "tea on the porch", "my honeymoon"),
        ("sit down and rest", "take a nap there", "breathe slowly", "stay the whole afternoon"),
        ("all is well", "stay a while", "there's no hurry"),
    ),
    "excitement": Tone(
        (
            "thrilling",
            "lively",
            "energetic",
            "vibrant",
            "dazzling",
            "electric",
            "wild",
            "adventurous",
            "exhilarating",
            "joyous",
        ),
        ("a rush of energy", "excitement", "my heart racing", "butterflies", "a thirst for adventure"),
        ("the start of a journey", "a rock concert", "my first roller coaster", "the night before a trip"),
        ("jump right in", "shout with joy", "run and join in", "set off at once"),
        ("let's go", "here we come", "faster"),
    ),
    "anger": Tone(
        ("infuriating", "hostile", "cruel", "violent", "unfair", "brutal", "outrageous", "aggressive", "hateful"),
        ("rage", "fury", "anger", "my blood boil", "bitter resentment"),
        ("a fight with my boss", "the injustice of war", "a bully at school", "my ex shouting"),
        ("smash a plate", "scream at someone", "put a stop to it", "slam the door"),
        ("how dare you", "get out", "i'll make you pay"),
    ),
    "disgust": Tone(
        ("disgusting", "gross", "ugly", "repulsive", "sickening", "nasty", "revolting", "filthy", "foul", "vile"),
        ("nausea", "disgust", "my stomach turn", "revulsion", "queasy"),
        ("spoiled milk", "a dirty kitchen", "the smell of a dumpster", "a biology lesson gone wrong"),
        ("look away", "wash my hands", "spit it out", "throw it in the trash"),
        ("don't touch me", "that stinks", "eww"),
    ),
    "fear": Tone(
        (
            "scary",
            "creepy",
            "frightening",
            "ominous",
            "threatening",
            "eerie",
            "haunting",
            "terrifying",
            "sinister",
            "menacing",
        ),
        ("dread", "fear", "a chill down my spine", "panic", "a knot in my throat"),
        ("a nightmare i had", "being lost as a child", "a horror movie", "walking home alone"),
        ("run away", "hide under the bed", "check the locks", "call for help"),
        ("you can't escape", "don't turn around", "beware"),
    ),
    "sadness": Tone(
        (
            "sad",
            "lonely",
            "gloomy",
            "melancholy",
            "mournful",
            "bleak",
            "depressing",
            "hopeless",
            "desolate",
            "sorrowful",
        ),
        ("sorrow", "grief", "a lump in my throat", "loneliness", "sadness"),
        ("my father's funeral", "a friend i lost", "the day we said goodbye", "an empty chair"),
        ("cry", "give a hug", "mourn in silence", "write to my mother"),
        ("don't leave me", "it's too late", "goodbye"),
    ),
    "something else": Tone(
        (
            "strange",
            "confusing",
            "puzzling",
            "curious",
            "odd",
            "mysterious",
            "weird",
            "ambiguous",
            "dreamlike",
            "surreal",
        ),
        ("confused", "curiosity", "a strange longing", "indifference", "nostalgia"),
        ("a dream i can't place", "an old album cover", "a puzzle with missing pieces", "a language i don't speak"),
        ("ask the painter why", "know what it means", "turn it upside down", "find the story behind it"),
        ("guess what i am", "maybe", "who knows"),
    ),
}

# p(tone | emotion) for the tones of other emotions; the rest of each row's 1 is the tone of the emotion itself.
BORROWED = {
    "amusement": {"contentment": 0.09, "excitement": 0.11, "something else": 0.06},
    "awe": {"contentment": 0.11, "excitement": 0.09, "something else": 0.05, "fear": 0.03},
    "contentment": {"awe": 0.10, "amusement": 0.05, "excitement": 0.04, "sadness": 0.03},
    "excitement": {"awe": 0.11, "amusement": 0.11, "contentment": 0.05},
    "anger": {"disgust": 0.11, "fear": 0.08, "sadness": 0.06},
    "disgust": {"fear": 0.09, "anger": 0.09, "something else": 0.08},
    "fear": {"sadness": 0.10, "disgust": 0.06, "something else": 0.08, "awe": 0.03},
    "sadness": {"fear": 0.09, "something else": 0.06, "contentment": 0.04},
    "something else": {"amusement": 0.09, "awe": 0.09, "fear": 0.08, "disgust": 0.05, "contentment": 0.06},
}

# p(the clause about the motif is a bright one | tone); the others are dark.
BRIGHT = {
    "amusement": 0.92,
    "awe": 0.9,
    "contentment": 0.95,
    "excitement": 0.93,
    "anger": 0.06,
    "disgust": 0.05,
    "fear": 0.05,
    "sadness": 0.1,
    "something else": 0.5,
}
