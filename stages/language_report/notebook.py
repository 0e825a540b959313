from stages.language_report import drawing
from stages.language_report.page import load_figures
from stages.pages import markup

# %%

found = load_figures()

# %% [markdown]
# ## At a glance
#
# Every figure is a mean over utterances, or over pictures where it says so. Captions of other data sets stand beside
# the utterances where their files were given.

# %%
markup.table(drawing.glance(found), "The utterances, and captions of other data sets")

# %%
drawing.others(found)

# %% [markdown]
# ## Concreteness
#
# How concrete words are, from 1 (an idea) to 5 (a thing to touch), as people rated them (Brysbaert et al. 2014). A word
# is *abstract* when it is among the lowest hundredth of all ratings.

# %%
drawing.scale(found, "concreteness", "concreteness")

# %% [markdown]
# ## Sentiment
#
# VADER's compound score says how positive or negative a text sounds, from -1 to 1; here it is how far it is from zero.
# An utterance is *neutral* when that is less than 0.05.

# %%
drawing.scale(found, "sentiment", "distance of the sentiment from zero")

# %% [markdown]
# ## Subjectivity
#
# From 0 (a fact) to 1 (an opinion), by TextBlob's lexicon.

# %%
drawing.scale(found, "subjectivity", "subjectivity")

# %% [markdown]
# ## Parts of speech

# %%
drawing.tagger(found)

# %%
drawing.parts(found)

# %% [markdown]
# ## By genre

# %%
drawing.genres(found)
