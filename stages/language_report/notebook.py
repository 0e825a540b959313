# %%
import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from stages.pages import charts, markup
from stages.pages.catalogue import LANGUAGE
from stages.pages.charts import AMBER, LINES, WIDTH
from stages.pages.markup import Fragment, percent
from stages.wording.tables import SCALES

charts.use_style()
results = LANGUAGE.load_figures()
# By the name of a caption set; the first is the utterances.
sets = results["sets"]

# %% [markdown]
# ## Summary
#
# All values are means over utterances or, where the row says so, over pictures. Captions of other datasets are included
# where their files are given.

# %%
summary = pd.DataFrame(
    {
        name: {
            "captions": measures["utterances"],
            "pictures": measures["pictures"],
            "tokens per caption": measures["mean_tokens"],
            **{
                f"{scale}, {statistic}": measures.get(scale, {}).get(statistic)
                for scale in SCALES
                for statistic in ("mean", "median")
            },
            "with an abstract word": percent(measures.get("abstract")),
            "neutral": percent(measures.get("neutral")),
        }
        for name, measures in sets.items()
    },
    dtype=object,
)
markup.table(summary, "Utterances and captions of other datasets")

# %%
markup.note(
    "The other captions are preprocessed in the same way, except for the spelling correction."
    if len(sets) > 1
    else "There are no captions of other datasets in data/raw/resources/captions/."
)

# %% [markdown]
# ## Concreteness
#
# Human ratings of words from 1 (abstract) to 5 (concrete), by Brysbaert et al. (2014). A word is *abstract* if its
# rating is among the lowest one percent.

# %%
MISSING = {
    "concreteness": "Concreteness was not measured: data/raw/resources/concreteness.csv does not exist.",
    "sentiment": "Sentiment was not measured: the lexicon of VADER is not in data/raw/resources/nltk_data/.",
}


def distribution(scale: str, xlabel: str) -> Fragment:
    if scale in results["missing"]:
        return markup.note(MISSING[scale])
    percents = {name: 100 * np.array(measures[scale]["shares"]) for name, measures in sets.items() if scale in measures}
    figure, axes = plt.subplots(figsize=(WIDTH, 2.7))
    styles = itertools.cycle([(AMBER, "-"), *LINES])
    for (name, bins), (colour, dashes) in zip(percents.items(), styles, strict=False):
        edges = np.linspace(*SCALES[scale], len(bins) + 1)
        axes.stairs(bins, edges, color=colour, linestyle=dashes, label=name, linewidth=1.5)
    axes.set(xlabel=xlabel, ylabel="percent")
    axes.grid(axis="y")
    if len(percents) > 1:
        axes.legend()
    peaks = charts.in_words({name: bins.max() for name, bins in percents.items()})
    return charts.chart(
        figure,
        title=f"{xlabel.capitalize()}: percent of captions",
        alt=f"distribution of {xlabel}; percent in the fullest bin: {peaks}",
    )


distribution("concreteness", "concreteness")

# %% [markdown]
# ## Sentiment
#
# The absolute value of the compound score of VADER, which rates texts from -1 (negative) to 1 (positive). An utterance
# is *neutral* if it is below 0.05.

# %%
distribution("sentiment", "absolute sentiment")

# %% [markdown]
# ## Subjectivity
#
# From 0 (objective) to 1 (subjective), by the lexicon of TextBlob.

# %%
distribution("subjectivity", "subjectivity")

# %% [markdown]
# ## Parts of speech

# %%
TAGGERS = {
    "NLTK": "Tagged by the averaged perceptron of NLTK, as in ArtEmis.",
    "TextBlob": "Tagged by the pattern tagger of TextBlob: the weights of NLTK's tagger, which ArtEmis used, are not "
    "in data/raw/resources/nltk_data/.",
}
markup.note(TAGGERS[results["tagger"]])

# %%
titles = {
    "parts": "Words per caption",
    "distinct": "Distinct words per picture",
    "distinct_per_utterance": "Distinct words per picture, divided by its captions",
}
markup.side_by_side(
    *(
        markup.table(pd.DataFrame({name: measures[key] for name, measures in sets.items()}), title)
        for key, title in titles.items()
    )
)

# %% [markdown]
# ## Genres

# %%
by_genre = {genre.replace("_", " "): measures for genre, measures in results["by_genre"].items()}
scales = pd.DataFrame(
    {
        genre: {
            f"{scale}, {statistic}": measures[scale][statistic]
            for scale in SCALES
            if scale in measures
            for statistic in ("mean", "median")
        }
        for genre, measures in by_genre.items()
    }
).T
parts = pd.DataFrame({genre: measures["parts"] for genre, measures in by_genre.items()}).T
distinct = pd.DataFrame({genre: measures["distinct"] for genre, measures in by_genre.items()}).T
markup.side_by_side(
    markup.table(scales, "Measures by genre"),
    markup.table(parts, "Words per utterance by genre"),
    markup.table(distinct, "Distinct words per artwork by genre"),
) if by_genre else markup.note("No artwork has a genre: genres.csv of the dataset is empty.")
