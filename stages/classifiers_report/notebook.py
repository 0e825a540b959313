# %%
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_rgba

from stages.annotations.tables import load_emotions
from stages.classifiers_report import gallery
from stages.classifiers_report.figures import IMAGE, TEXT, published
from stages.images import packed
from stages.pages import charts, markup
from stages.pages.catalogue import CLASSIFIERS
from stages.pages.charts import AMBER, BLUE, GREY, WIDTH
from stages.pages.markup import Fragment, percent
from stages.pages.training import learning_curves

charts.use_style()

# %% tags=["parameters"]
shown = True
dataset = ""
language = "en"

# %% [markdown]
# All scores are of the test split, which is excluded from training. Columns named *published* are results of ArtEmis'
# authors on ArtEmis' own test split. Compare them with a run on ArtEmis' data only.

# %%
figures = CLASSIFIERS.load_figures()
text, image = figures["text"], figures["image"]
emotions = list(load_emotions())
markup.note(f"Data set of this run: {dataset or 'not named in dataset.yaml'}.")

# %% [markdown]
# ## Emotion from an utterance
#
# The text classifier reads an utterance and predicts the emotion that its annotator chose. With
# `text_classifier.lstm.label_smoothing` the training loss is that of the smoothed labels, and never near zero.

# %%
learning_curves("text_classifier")

# %% [markdown]
# ### Accuracy on utterances
#
# *Positive, negative, else*: label and prediction have the same polarity. *Positive, negative*: the same, without the
# utterances whose label is neither; predicting such a label (*something else*) for one of the others is an error. The
# classifier mixes the probabilities of its network with those of its baseline, unless `text_classifier.ensemble` is
# false. The baselines are logistic regression on TF-IDF features of words, pairs of words and parts of words, tuned on
# the val split, and the most frequent emotion of the training split (*always*).

# %%
ACCURACIES = {
    "accuracy": "all emotions",
    "ternary": "positive, negative, else",
    "binary": "positive, negative",
}
scores = pd.DataFrame(text["scores"]).reindex(list(ACCURACIES))
scores.columns = ["classifier", "its network", "TF-IDF", f"always {text['commonest']}"]
scores = scores.map(percent, na_action="ignore").join(published(TEXT)).rename(index=ACCURACIES)
markup.table(scores, f"Accuracy on {text['rows']:,} test utterances")

# %%
further = text["left_out"]
markup.note(
    f"On {further['rows']:,} further utterances of the test split, which are shorter or longer than those that it "
    f"learned from, the classifier is right in {percent(further['accuracy'])}."
) if further else None

# %% [markdown]
# ### Scores by emotion
#
# Precision is the share of the predictions of an emotion that are correct, recall the share of its utterances that are
# found, and F1 the harmonic mean of both; macro F1 is the mean of F1 over the emotions that occur. AUC is the area
# under the ROC curve of the emotion against all others; 0.5 is chance level.


# %%
def scores_by_emotion(figures: dict[str, Any], rows: str) -> Fragment:
    columns = {"rows": rows, "recall": "recall", "precision": "precision", "f1": "F1", "auc": "AUC"}
    scores = pd.DataFrame.from_dict(figures["by_emotion"], orient="index")
    scores = scores[list(columns)].rename(columns=columns)
    return markup.table(scores, f"Scores by emotion (macro F1: {markup.text(figures['macro_f1'])})")


scores_by_emotion(text, "utterances")

# %%
# From transparent, which shows the page's background, to a blue on which the numbers stay readable.
SHADES = LinearSegmentedColormap.from_list("shades", [to_rgba(BLUE, 0), to_rgba(BLUE, charts.DEEPEST)])


def confusion_chart(counts: pd.DataFrame, rows: str) -> Fragment:
    percents = (100 * counts.div(counts.sum(axis="columns").clip(lower=1), axis="index")).to_numpy()
    figure, axes = plt.subplots(figsize=(WIDTH, WIDTH))
    axes.pcolormesh(percents, cmap=SHADES, vmin=0, vmax=100)
    for row, column in np.argwhere(percents > 0):
        axes.text(column + 0.5, row + 0.5, f"{percents[row, column]:.0f}", ha="center", va="center", fontsize=8)
    ticks = np.arange(len(emotions)) + 0.5
    axes.set_xticks(ticks, emotions, rotation=90)
    axes.set_yticks(ticks, emotions)
    axes.tick_params(length=0)
    axes.set(xlabel="prediction", ylabel="label", aspect="equal")
    axes.invert_yaxis()
    recall = ", ".join(f"{emotion} {share:.2f}" for emotion, share in zip(emotions, percents.diagonal(), strict=True))
    return charts.chart(figure, f"Percent of each label's {rows}", f"percent on the diagonal: {recall}")


# %%
def confusion(figures: dict[str, Any], rows: str) -> Fragment:
    counts = pd.DataFrame(figures["confusion"], index=emotions, columns=emotions)
    return markup.side_by_side(
        confusion_chart(counts, rows), markup.table(counts, f"Number of {rows} (columns: prediction)")
    )


confusion(text, "utterances")

# %% [markdown]
# ### Calibration on utterances
#
# The *confidence* of a prediction is its probability. Temperature scaling divides all logits by one number, which was
# fitted on the validation split; it changes the confidence, not the prediction. Where network and baseline are mixed,
# the weight of the baseline was fitted with it, and there are no probabilities from before. The *expected calibration
# error* is the mean distance from the diagonal over fifteen bins, weighted by their rows (Guo et al. 2017).


# %%
WHEN = {"before": "before temperature scaling", "after": "after temperature scaling"}


def times(calibration: dict[str, Any]) -> list[str]:
    """Those of WHEN that there are figures of."""
    return [when for when in WHEN if when in calibration]


def reliability_diagram(calibration: dict[str, Any]) -> Fragment:
    figure, axes = plt.subplots(figsize=(WIDTH, 3.4))
    axes.plot([0, 1], [0, 1], ":", color=GREY, linewidth=1)
    points = {}
    for when in times(calibration):
        colour, line = {"before": (BLUE, "--"), "after": (AMBER, "-")}[when]
        bins = pd.DataFrame(calibration[when]["bins"])
        axes.plot(bins["confidence"], bins["accuracy"], line, color=colour, label=WHEN[when], linewidth=1.2)
        axes.scatter(bins["confidence"], bins["accuracy"], 4 + 120 * bins["rows"] / bins["rows"].sum(), color=colour)
        points[when] = ", ".join(f"{row.accuracy:.2f} at {row.confidence:.2f}" for row in bins.itertuples())
    axes.set(xlim=(0, 1), ylim=(-0.03, 1.03), xlabel="confidence", ylabel="accuracy")
    axes.legend(loc="upper left")
    alt = "accuracy at each confidence, " + "; ".join(f"{WHEN[when]}: {values}" for when, values in points.items())
    return charts.chart(figure, "Reliability diagram (size of a point: rows in its bin)", alt)


# %%
def calibration(figures: dict[str, Any]) -> Fragment:
    calibration = figures["calibration"]
    rows = {
        "error": "expected calibration error",
        "cross_entropy": "cross-entropy, nats",
        "confidence": "mean confidence",
        "accuracy": "accuracy",
    }
    scores = pd.DataFrame(calibration).loc[list(rows), times(calibration)].rename(index=rows, columns=WHEN)
    return markup.side_by_side(
        reliability_diagram(calibration),
        markup.table(scores, f"Calibration, temperature {calibration['temperature']:.2f}"),
    )


calibration(text)

# %% [markdown]
# ### The hardest utterances
#
# The errors with the highest confidence: the label and the prediction, each with its probability.

# %%
gallery.utterances(text["hardest"], language) if shown else markup.note(markup.WITHHELD)

# %% [markdown]
# ## Emotions from a picture
#
# The image classifier predicts the distribution of the emotions that the annotators of a picture chose.

# %%
learning_curves("image_classifier")

# %% [markdown]
# ### Accuracy on artworks
#
# Annotators disagree, so an artwork has a label only where enough of them chose the same emotion. The rows are ArtEmis'
# definitions of *enough*. The prediction is the emotion with the highest probability.

# %%
DEFINITIONS = {
    "more_than_half": "more than half of the annotators",
    "at_least_half": "at least half",
    "at_least_half_untied": "at least half, no tie",
    "largest_untied": "more than any other emotion",
}
scores = pd.DataFrame.from_dict(image["scores"], orient="index").reindex(list(DEFINITIONS))
shares = scores.reindex(columns=["share", *ACCURACIES, "always"]).map(percent, na_action="ignore")
table = scores[["artworks"]].join(shares).join(published(IMAGE))
table = table.rename(index=DEFINITIONS, columns=ACCURACIES | {"always": f"always {image['commonest']}"})
markup.table(table, f"Accuracy on the artworks that have a label, of {image['rows']:,} test artworks")

# %%
disagree = image["two_likeliest_disagree"]
markup.note(
    f"The mean Kullback-Leibler divergence of the predictions from the annotations is {image['divergence']:.3f} nats. "
    f"The two most probable emotions are one positive and one negative for {percent(disagree['positive_negative'])} of "
    f"the artworks; they differ in polarity (positive, negative, else) for {percent(disagree['any'])}."
)

# %% [markdown]
# ### Scores by emotion of artworks
#
# For the artworks with an emotion that at least half of the annotators chose. AUC is over all artworks, each weighted
# by the share of its annotators.

# %%
scores_by_emotion(image, "artworks")

# %%
confusion(image, "artworks")

# %% [markdown]
# ### Calibration on artworks
#
# The accuracy of a prediction is the share of the annotators who chose that emotion.

# %%
calibration(image)

# %% [markdown]
# ### The hardest artworks
#
# The artworks with the largest Kullback-Leibler divergence of the prediction from the annotations, in nats. Artworks
# whose few annotators agree are among them for that reason alone.


# %%
def people_and_classifier(artwork: dict[str, Any]) -> Fragment:
    shares = 100 * pd.DataFrame(artwork)[["people", "classifier"]].loc[emotions]
    figure, axes = plt.subplots(figsize=(WIDTH, 3.2))
    rows = np.arange(len(shares))
    axes.barh(rows - 0.2, shares["people"], height=0.38, color=GREY, label="people")
    axes.barh(rows + 0.2, shares["classifier"], height=0.38, color=BLUE, label="classifier")
    axes.set_yticks(rows, shares.index)
    axes.invert_yaxis()
    axes.set(xlim=(0, 100), xlabel="percent")
    figure.legend(loc="outside upper center", ncols=2)
    values = ", ".join(f"{row.Index} {row.people:.0f} and {row.classifier:.0f}" for row in shares.itertuples())
    return charts.chart(figure, "Emotions: people and classifier", f"percent, people and classifier: {values}")


if shown:
    hardest = [people_and_classifier(artwork) for artwork in image["hardest"]]
gallery.artworks(image["hardest"], packed.load(), hardest) if shown else markup.note(markup.WITHHELD)
