from functools import partial

import pandas as pd

from stages.annotations.tables import load_card
from stages.captions import attention
from stages.common.captions_table import load_captions
from stages.images import packed
from stages.metrics import joint_table
from stages.metrics.tables import (
    SPEAKING,
    SYSTEMS,
    captions_source,
    load_details,
    load_metrics,
    pictures_file,
    read_pictures,
)
from stages.pages import markup
from stages.pages.training import learning_curves, numbers
from stages.speakers_report import captions, scores
from stages.speakers_report import gallery as shown
from stages.speakers_report.captions import extremes, nearest
from stages.utterances.tables import load_utterances

# %%


# %% tags=["parameters"]
gallery = 12
seed = 2021
pictures_shown = True

# %% [markdown]
# ## What every system scores
#
# Captions are compared with what people said of the same artwork. *People* are scored as a system would be: each
# utterance against the others of its artwork. So that a system is judged by as many, one reference after the other is
# left out, and the mean taken. The *shuffled* rows score the same captions dealt out among the pictures at random: only
# what lies above them is owed to looking. In brackets, 95 % bootstrap intervals over the pictures. The emotion of a
# caption is told by the text classifier and, as a second opinion, by its TF-IDF baseline; both err, as the rows on
# people's utterances say.
#
# What ArtEmis' authors *published* of their emotionally grounded speaker and of people was measured on ArtEmis' own
# data: it can be compared with a run on these, and is context for any other.

# %%
metrics = {system: load_metrics(system) for system in SYSTEMS}
details = {system: load_details(system) for system in SYSTEMS}
markup.note(f"The data set of this run: {load_card()['name'] or 'dataset.yaml does not name it'}.")

# %%
markup.side_by_side(*(markup.table(part, caption) for caption, part in scores.parts(metrics, details).items()))

# %% [markdown]
# ### What is owed to looking
#
# How far each system is above its own captions shuffled among all pictures, among those of the same style and, where
# it was told an emotion, among those that were told the same; *p* is the probability of doing so well by chance.

# %%
markup.table(joint_table.margins(details), "Margins over shuffled captions")

# %% [markdown]
# ### Where each system does worst
#
# Of the groups with at least five pictures.

# %%
markup.table(joint_table.weakest(details).T, "Weakest slices")

# %% [markdown]
# ## How the speaker learned
#
# It learns to say what people said of each picture; the curves end where training did. *Swapped* is the loss when each
# test picture is exchanged for another one: what lies between the two is owed to looking.

# %%
markup.side_by_side(learning_curves("speaker"), numbers("speaker"))

# %% [markdown]
# ## What it says
#
# Pictures drawn at random from those that have captions. Below each one the speaker's caption word by word: the
# picture stays clear where the speaker looked when it chose the word, and darkens where it did not. Below a caption of
# the speaker stands the training utterance that holds most of its tokens in the same order, neighbours or not.

# %%
systems = {system: load_captions(captions_source(system)) for system in SPEAKING}
speaker = {"captions": systems["captions"]}
utterances = load_utterances("deep_nets")
training = utterances.loc[utterances["split"] == "train", "utterance_spelled"].tolist()
pictures = packed.load()
scored = read_pictures(pictures_file("captions"))
chosen = shown.choose(systems["captions"], pictures, gallery, seed)
best, worst = (extremes(scored, 2, best=side) for side in (True, False))
near = nearest(pd.concat([chosen, best, worst])["caption"].tolist(), training)
cards = partial(shown.cards, packed=pictures, utterances=utterances)

# %%
said = shown.by_system(chosen, systems, near)
looked = shown.looked(chosen, attention.load())
shown.gallery(cards(chosen, said, words=looked)) if pictures_shown else markup.note(markup.WITHHELD)

# %% [markdown]
# ## Its best captions
#
# The two best by each metric that judges single captions, with the metrics that say so.

# %%
said = shown.by_system(best, speaker, near)
shown.gallery(cards(best, said, why=best["why"].tolist())) if pictures_shown else markup.note(markup.WITHHELD)

# %% [markdown]
# ## Its worst captions
#
# The two worst by each metric. Not all are bad: people may have seen something else in the picture.

# %%
said = shown.by_system(worst, speaker, near)
shown.gallery(cards(worst, said, why=worst["why"].tolist())) if pictures_shown else markup.note(markup.WITHHELD)

# %% [markdown]
# ## Another emotion
#
# What changes in its words when it is told another emotion about the same picture.

# %%
told = captions.by_emotion(systems["captions"])
changes = markup.table(captions.changes(told), "What the words depend on")
markup.note(captions.why_not(systems["captions"])) if told.empty else changes

# %%
some = captions.some(told, chosen, 4)
nine = shown.gallery(cards(some, shown.by_emotion(some)))
nine if pictures_shown or told.empty else markup.note(markup.WITHHELD)

# %% [markdown]
# ## Whether it repeats itself
#
# A speaker that has learned little says the same of every picture; one that has learned by heart says what its teachers
# said. Of words and n-grams: the share of the different ones that no training utterance holds.

# %%
texts = captions.texts_of(systems, utterances, seed)
markup.table(captions.new_ngrams_table(texts, training), "New words and n-grams")

# %%
frequent = markup.table(captions.most_frequent(texts["speaker"], 10), "What the speaker says most often")
frequent if pictures_shown else markup.note(markup.WITHHELD)
