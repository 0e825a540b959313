# %%
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd

from stages.annotations.tables import load_card, load_emotions
from stages.pages import charts, markup
from stages.pages.catalogue import DATASET
from stages.pages.charts import BLUE, GRID, POLARITY_COLOURS, WIDTH
from stages.pages.markup import Fragment, percent

charts.use_style()
results = DATASET.load_figures()

# %% [markdown]
# ## Source of the data

# %%
markup.card(load_card())

# %% [markdown]
# ## Sizes and lengths
#
# Annotators looked at an artwork, chose the emotion that it evoked and explained it in an utterance. An annotation is
# the emotion and the utterance of one annotator. Tokens are counted after preprocessing.

# %%
lengths = results["lengths"]
sizes = pd.Series(
    {
        "annotations": results["annotations"],
        "artworks": results["artworks"],
        "annotations per artwork": results["per_artwork"],
        "styles": results["styles"],
        "tokens": lengths["total"],
        "distinct tokens": results["distinct_tokens"],
        "tokens per utterance, mean": lengths["mean"],
        "tokens per utterance, median": lengths["median"],
        "tokens per utterance, maximum": lengths["max"],
        "utterances of up to 50 tokens": percent(lengths["up_to_50"]["share"]),
    },
    dtype=object,
)
counts = pd.Series(lengths["counts"])

figure, axes = plt.subplots(figsize=(WIDTH, 3))
axes.bar(counts.index, counts, width=0.85, color=BLUE)
axes.set(xlabel="tokens", ylabel="utterances")
axes.grid(axis="y")
histogram = charts.chart(
    figure,
    title="Utterances of up to 50 tokens",
    alt=f"Tokens per utterance: from 0 to 50, most often {counts.idxmax()}",
)

markup.side_by_side(markup.table(sizes.to_frame("value"), "Sizes"), histogram)

# %% [markdown] tags=["emotions"]
# ## Emotions
#
# An emotion is *dominant* if at least half of the annotators of an artwork chose it. The last column divides the number
# of artworks with this dominant emotion by the number of annotations with the emotion.

# %% tags=["emotions"]
emotions = 100 * pd.Series(results["emotions"])
polarity = load_emotions().polarities

figure, axes = plt.subplots(figsize=(WIDTH, max(3, 0.3 * len(emotions))))
bars = axes.barh(emotions.index, emotions, color=[POLARITY_COLOURS[polarity[emotion]] for emotion in emotions.index])
axes.bar_label(bars, fmt="%.1f %%", padding=3)
axes.invert_yaxis()
axes.margins(x=0.18)
axes.set_xlabel("percent of annotations")
distribution = charts.chart(
    figure,
    title="Distribution of emotions (amber: positive, blue: negative)",
    alt=charts.in_words(emotions, digits=1, unit=" percent"),
)

mixed = results["mixed_feelings"]
polarities = pd.Series(
    {
        **{f"{name} annotations": percent(share) for name, share in results["polarities"].items()},
        "artworks with positive and negative emotions": percent(mixed["positive_and_negative"]),
        "artworks with at least two polarities": percent(mixed["two_polarities"]),
        "artworks with a dominant emotion": percent(results["dominance"]["share"]),
    }
)
dominance = pd.DataFrame.from_dict(results["dominance"]["by_emotion"], orient="index")
dominance.columns = ["artworks", "per annotation"]

markup.side_by_side(
    distribution,
    markup.table(polarities.to_frame("value"), "Polarity and mixed emotions"),
    markup.table(dominance, "Dominant emotion"),
)

# %% [markdown] tags=["emotions"]
# ## Agreement
#
# Krippendorff's alpha is 1 for perfect agreement and 0 for the agreement expected by chance. *Chance level*: each
# annotator draws an emotion from the distribution of emotions in the whole dataset.

# %% tags=["emotions"]
agreement, chance = results["agreement"], results["agreement"]["at_random"]
agreement_table = pd.DataFrame.from_dict(
    {
        "alpha, all emotions": (agreement["alpha"], 0),
        "alpha, positive, negative, else": (agreement["polarity_alpha"], 0),
        "pairs of annotators with the same emotion": (percent(agreement["pairwise"]), percent(chance["pairwise"])),
        "artworks with a dominant emotion": (percent(results["dominance"]["share"]), percent(chance["dominance"])),
    },
    orient="index",
    columns=["annotators", "chance level"],
    dtype=object,
)

# Alpha is not defined (None) for a style with too few votes. Values that round to zero become zero: no label is -0.00.
alpha = pd.Series(agreement["by_style"], dtype=float).dropna().sort_values(ascending=False, kind="stable")
alpha = alpha.rename(lambda style: style.replace("_", " ")).where(alpha.abs().to_numpy() >= 0.005, 0.0)

figure, axes = plt.subplots(figsize=(WIDTH, 0.9 + 0.22 * len(alpha)))
bars = axes.barh(alpha.index, alpha, color=BLUE)
axes.bar_label(bars, fmt="%.2f", padding=3)
axes.invert_yaxis()
axes.margins(x=0.14, y=0.02)
axes.set_xlabel("Krippendorff's alpha")
by_style = charts.chart(figure, title="Agreement by style", alt=f"Krippendorff's alpha: {charts.in_words(alpha)}")

markup.side_by_side(markup.table(agreement_table, "Agreement between annotators"), by_style)

# %% [markdown] tags=["emotions"]
# ## Styles
#
# *Entropy* is the entropy of the polarities (positive, negative, else) of all annotations of a style, in nats: 1.10 for
# equal shares, 0 for a single polarity.


# %% tags=["emotions"]
def polarity_chart(groups: dict[str, Any], title: str) -> Fragment:
    shares = 100 * pd.DataFrame({name: group["polarities"] for name, group in groups.items()}).T
    shares = shares.sort_values("positive", ascending=False, kind="stable").rename(lambda name: name.replace("_", " "))
    figure, axes = plt.subplots(figsize=(WIDTH, 1.2 + 0.22 * len(shares)))
    shares.plot.barh(
        stacked=True, color=POLARITY_COLOURS, edgecolor=GRID, linewidth=0.5, width=0.8, legend=False, ax=axes
    )
    axes.invert_yaxis()
    axes.margins(x=0)
    axes.set_xlabel("percent of annotations")
    figure.legend(loc="outside upper center", ncols=3)
    return charts.chart(figure, title, alt=f"percent positive: {charts.in_words(shares['positive'])}")


def group_table(groups: dict[str, Any], mean_lengths: dict[str, float], caption: str) -> Fragment:
    frame = pd.DataFrame.from_dict(groups, orient="index")
    frame["tokens"] = pd.Series(mean_lengths)
    frame["dominance"] = frame["dominance"].map(percent)
    frame = frame.rename(lambda name: name.replace("_", " ")).rename(columns={"polarity_entropy": "entropy"})
    return markup.table(frame[["artworks", "annotations", "tokens", "dominance", "entropy"]], caption)


def emotion_table(groups: dict[str, Any], caption: str) -> Fragment:
    shares = 100 * pd.DataFrame({name.replace("_", " "): group["emotions"] for name, group in groups.items()}).T
    return markup.table(shares.map("{:.1f}".format), f"{caption}, percent of annotations")


markup.side_by_side(
    polarity_chart(results["by_style"], "Polarity by style"),
    group_table(results["by_style"], lengths["by_style"], "Styles"),
)

# %% tags=["emotions"]
emotion_table(results["by_style"], "Emotions by style")

# %% [markdown]
# ## Genres

# %%
known = results["genres"]
share = percent(known["annotations"] / results["annotations"])
markup.note(
    f"{known['artworks']:,} artworks have a genre, with {share} of the annotations."
    if known["artworks"]
    else "No artwork has a genre: genres.csv of the dataset is empty."
)

# %% tags=["emotions"]
by_genre = results["by_genre"]
markup.side_by_side(
    polarity_chart(by_genre, "Polarity by genre"),
    group_table(by_genre, lengths["by_genre"], "Genres"),
    emotion_table(by_genre, "Emotions by genre"),
) if by_genre else None

# %% [markdown]
# ## Words

# %% [markdown] tags=["emotions"]
# The words that distinguish the utterances of an emotion from all others, in descending order: those with the largest
# log-odds ratio divided by its standard deviation, under a Dirichlet prior from the whole corpus (Monroe et al. 2008).

# %% tags=["emotions"]
keywords = {emotion: ", ".join(word["word"] for word in words) for emotion, words in results["keywords"].items()}
markup.definitions({emotion: words for emotion, words in keywords.items() if words})

# %%
# None for utterances that are not in English.
similes = results["similes"]
markup.note(
    f"{percent(similes['share'])} of the utterances ({similes['utterances']:,}) contain a simile or metaphor, "
    "found by phrases such as “looks like” and “reminds me”."
) if similes else None

# %% [markdown] tags=["something else"]
# ### Something else
#
# Annotators who chose *something else* often named an emotion in their utterance. An utterance belongs to a class of
# synonyms if it contains exactly one word of all classes.

# %% tags=["something else"]
something_else = results["something_else"]
classes = something_else["classes"]
(
    markup.note(
        f"{something_else['annotations']:,} annotations. They were not classified: "
        + ("data/raw/resources/artemis_emotion_synonyms.json does not exist." if similes else "synonyms are English.")
    )
    if classes is None
    else markup.table(
        pd.DataFrame({"annotations": classes}), f"Classes of the {something_else['annotations']:,} annotations"
    )
)
