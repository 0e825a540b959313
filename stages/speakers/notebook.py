# %%
from stages.captions import attention
from stages.common.pages import markup
from stages.common.pages.learning import learning
from stages.images import packed
from stages.metrics import joint
from stages.metrics.tables import SPEAKING, SYSTEMS, captions_source, load_details, load_metrics
from stages.speakers import gallery as shown
from stages.utterances.captions_table import load_captions
from stages.utterances.tables import load_utterances

# %% tags=["parameters"]
gallery = 12
seed = 2021
pictures_shown = True

# %% [markdown]
# ## What every system scores
#
# Captions are compared with what people said of the same artwork. *People* are scored as a system would be: each
# utterance against the others of its artwork. So that a system is judged by as many, one reference after the other is
# left out, and the mean taken; *all references* is how ArtEmis and most papers score. The *shuffled* rows score the
# same captions dealt out among the pictures at random: only what lies above them is owed to looking. In brackets, 95 %
# bootstrap intervals over the pictures. The emotion of a caption is told by the text classifier and, as a second
# opinion, by its TF-IDF baseline; both err, as the rows on people's utterances say.

# %%
metrics = {system: load_metrics(system) for system in SYSTEMS}
details = {system: load_details(system) for system in SYSTEMS}
markup.table(joint.joint(metrics, details=details), "Metrics of all systems")

# %% [markdown]
# How far each system is above its own captions shuffled among all pictures, among those of the same style and, where
# it was told an emotion, among those that were told the same; *p* is the probability of doing so well by chance.

# %%
markup.table(joint.margins(details), "Margins over shuffled captions")

# %% [markdown]
# Where each system does worst, of the groups with at least five pictures.

# %%
markup.table(joint.weakest(details), "Weakest slices")

# %% [markdown]
# ## How the speaker learned
#
# It learns to say what people said of each picture. The curves end where training did; *nll swapped* is the loss when
# each test picture is exchanged for another one, so what lies between the two is owed to looking.

# %%
learning("speaker")

# %% [markdown]
# ## Gallery
#
# Pictures drawn at random from those that have captions. Below each one the speaker's caption word by word: the
# picture stays clear where the speaker looked when it chose the word, and darkens where it did not.

# %%
systems = {system: load_captions(captions_source(system)) for system in SPEAKING}
pictures = packed.load()
chosen = shown.choose(systems["captions"], pictures, gallery, seed)
if pictures_shown:
    utterances = load_utterances("deep_nets")
    drawn = shown.gallery(shown.cards(chosen, pictures, attention.load(), systems, utterances))
else:
    drawn = markup.note(markup.WITHHELD)
drawn
