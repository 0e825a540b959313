from stages.classifiers_report import drawing
from stages.classifiers_report.page import load_figures
from stages.images import packed
from stages.pages import markup, training

# %%

# %% tags=["parameters"]
shown = True
data_set = ""

# %% [markdown]
# All scores are of the test split, which no network learned from. Columns that say *published* hold what ArtEmis'
# authors measured on ArtEmis' own test split: they can be compared with a run on ArtEmis' data, and are context for
# any other.

# %%
found = load_figures()
text, image = found["text"], found["image"]
markup.note(f"The data set of this run: {data_set or 'dataset.yaml does not name it'}.")

# %% [markdown]
# ## From words to an emotion
#
# The text classifier reads an utterance and guesses the emotion that its annotator chose.

# %%
training.learning_curves("text_classifier")

# %% [markdown]
# ### Utterances told right
#
# *Positive, negative, else*: the guess need only be on the right side. *Positive, negative*: the same over the
# utterances whose annotators did not choose *something else*; to guess that is wrong there. TF-IDF with logistic
# regression is the baseline; *always* is the most frequent emotion of the training split.

# %%
markup.table(drawing.text_scores(text), f"Right, of {text['rows']:,} test utterances")

# %% [markdown]
# ### Utterances by emotion
#
# Precision is the share of its guesses that are right; F1 the harmonic mean of recall and precision; AUC the
# area under the ROC curve of the emotion against all others, 0.5 where probabilities tell nothing.

# %%
drawing.by_emotion(text, "utterances")

# %%
drawing.confusion(text, "utterances")

# %% [markdown]
# ### How sure it is of utterances
#
# A guess is as *confident* as its probability. Dividing all logits by one number, the temperature, which was fitted on
# the validation split, changes no guess, only how sure it is. The *expected calibration error* is the mean distance
# from the diagonal, over fifteen bins by their rows (Guo et al. 2017).

# %%
drawing.calibration(text)

# %% [markdown]
# ### The hardest utterances
#
# Those that it is most sure of and wrong about: with what their annotators chose, what was guessed, and how likely the
# classifier took either to be.

# %%
drawing.utterances(text["hardest"]) if shown else markup.note(markup.WITHHELD)

# %% [markdown]
# ## From a picture to emotions
#
# The image classifier looks at a picture and tells how its annotators' emotions are distributed.

# %%
training.learning_curves("image_classifier")

# %% [markdown]
# ### Artworks told right
#
# Annotators differ, so an artwork has an emotion only where enough of them chose the same: here by each meaning that
# ArtEmis gives to *enough*. The likeliest emotion is the guess.

# %%
markup.table(drawing.image_scores(image), f"Right, of those of {image['rows']:,} test artworks that have an emotion")

# %%
disagree = image["two_likeliest_disagree"]
markup.note(
    f"The mean divergence of its distributions from people's is {image['divergence']:.3f} nats. Its two likeliest "
    f"emotions are one positive and one negative on {markup.percent(disagree['positive_negative'])} of the artworks; "
    f"on {markup.percent(disagree['any'])} they are any two of positive, negative and something else."
)

# %% [markdown]
# ### Artworks by emotion
#
# Over the artworks of which at least half of the annotators chose the same emotion; AUC over all, each counting as much
# as the share of its annotators.

# %%
drawing.by_emotion(image, "artworks")

# %%
drawing.confusion(image, "artworks")

# %% [markdown]
# ### How sure it is of artworks
#
# A guess is as right as the share of the annotators who chose it.

# %%
drawing.calibration(image)

# %% [markdown]
# ### The hardest artworks
#
# Those whose predicted distribution is farthest from people's, by Kullback-Leibler divergence in nats. Few annotators
# who agree are a hard target too.

# %%
drawing.artworks(image["hardest"], packed.load()) if shown else markup.note(markup.WITHHELD)
