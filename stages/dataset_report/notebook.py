import pandas as pd

from stages.annotations.tables import load_card
from stages.dataset_report import drawing
from stages.dataset_report.page import load_figures
from stages.pages import charts, markup
from stages.pages.markup import card

# %%


found = load_figures()

# %% [markdown]
# ## Where the data come from

# %%
card(load_card())

# %% [markdown]
# ## Sizes and lengths
#
# People looked at an artwork, chose the emotion that it gave them and said why. An annotation is one person's emotion
# and utterance; a token is a word as the rules for text leave it.

# %%
markup.side_by_side(
    markup.table(drawing.sizes(found), "Sizes"),
    charts.histogram(pd.Series(found["lengths"]["counts"]), "tokens", "utterances", "Utterances of up to 50 tokens"),
)

# %% [markdown]
# ## Emotions
#
# *Dominance*: at least half of an artwork's annotators chose the same emotion. The last column divides the artworks
# that an emotion dominates by the annotations with that emotion.

# %%
markup.side_by_side(
    charts.emotion_bars(pd.Series(found["emotions"]), "Emotions chosen (amber: positive, blue: negative)"),
    markup.table(drawing.feelings(found), "Polarity and mixed feelings"),
    markup.table(drawing.dominance(found), "Which emotion dominates"),
)

# %% [markdown]
# ## Agreement
#
# Krippendorff's alpha is 1 where all agree and 0 where they agree as often as chance would have it. *At random*: what
# annotators would reach who did not look, each drawing an emotion as often as it occurs in the whole data set.

# %%
markup.side_by_side(
    markup.table(drawing.agreement(found), "Agreement, and what chance would give"),
    charts.bars(drawing.alpha_by_style(found), "Krippendorff's alpha", "Agreement by style"),
)

# %% [markdown]
# ## Styles
#
# *Entropy* is that of the shares of positive, negative and other emotions in the whole style, in nats: 1.10 where all
# three are as frequent, 0 where there is only one.

# %%
markup.side_by_side(
    charts.stacked_bars(drawing.polarities(found["by_style"]), "Polarity by style"),
    markup.table(drawing.groups(found, "style"), "Styles"),
)

# %%
markup.table(drawing.emotions(found["by_style"]), "Emotions by style, percent of annotations")

# %% [markdown]
# ## Genres

# %%
drawing.genres(found)

# %% [markdown]
# ## Words
#
# For each emotion the words that tell its utterances from all others: those with the largest log-odds ratio in units
# of its standard deviation, under a Dirichlet prior from the whole corpus (Monroe et al. 2008), not the most frequent.
# The strongest come first.

# %%
drawing.keywords(found)

# %%
markup.note(drawing.similes(found))

# %% [markdown]
# ### Something else
#
# Who chose *something else* often named an emotion all the same. An utterance is put into a class of synonyms when it
# holds exactly one word of all classes.

# %%
drawing.something_else(found)
