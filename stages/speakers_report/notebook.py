# %%
from typing import Any

import pandas as pd

from stages.annotations.tables import load_card, load_emotions
from stages.captions import attention
from stages.common.artworks import ARTWORK
from stages.common.captions_table import load_captions, origin
from stages.common.scripts import written
from stages.images import packed
from stages.metrics import joint_table
from stages.metrics.tables import (
    CAPTIONING,
    captions_source,
    load_details,
    load_metrics,
    pictures_file,
    read_pictures,
    scored,
)
from stages.pages import charts, markup
from stages.pages.markup import Fragment, percent
from stages.pages.training import learning_curves, numbers
from stages.speakers_report.captions import (
    best_and_worst,
    emotion_dependence,
    nearest_utterances,
    new_ngrams,
    no_comparison,
    one_text_each,
)
from stages.speakers_report.gallery import (
    Caption,
    attended_words,
    captions_by_emotion,
    captions_by_system,
    cards,
    render_cards,
    sample_artworks,
)
from stages.speakers_report.scores import PARTS, published
from stages.utterances.tables import load_utterances

charts.use_style()

# %% tags=["parameters"]
gallery = 12
seed = 2021
pictures_shown = True

# %% [markdown]
# ## Scores of all systems
#
# Captions are compared with people's utterances about the same artwork, the references. *People* are scored like a
# system: each utterance against the others of its artwork. To give systems the same number of references, one reference
# at a time is left out, and the scores are averaged. The *shuffled* rows score the same captions after they were
# randomly reassigned to other pictures; only the difference from these rows comes from the picture. Brackets hold 95 %
# bootstrap intervals over pictures. The text classifier predicts the emotion of a caption, and its TF-IDF baseline
# gives a second prediction; the rows on people's utterances show the accuracy of both.
#
# The *published* columns are results of ArtEmis' authors for their emotionally grounded speaker and for people, on
# ArtEmis' own test split. Compare them with a run on ArtEmis' data only.

# %%
metrics = {system: load_metrics(system) for system in scored()}
details = {system: load_details(system) for system in metrics}
dataset = load_card()
markup.note(f"Data set of this run: {dataset['name'] or 'not named in dataset.yaml'}.")

# %%
tables = {part: joint_table.joint(metrics | published(), names, details) for part, names in PARTS.items()}
# Without rows that only published systems have, and without empty columns.
ours = [joint_table.LABELS[system] for system in metrics]
known = {part: table != joint_table.MISSING for part, table in tables.items()}
tables = {part: table.loc[known[part][ours].any(axis=1), known[part].any()] for part, table in tables.items()}
markup.side_by_side(*(markup.table(table, part) for part, table in tables.items() if len(table)))

# %%
external = origin(captions_source("external_captions"))
markup.note(
    f"The external captions are by {external}, with the prompt: {external.prompt or 'none'}."
) if external else None

# %% [markdown]
# ### Differences from chance level
#
# How far each system scores above its own captions shuffled among all pictures, among pictures of the same style and,
# if it is conditioned on an emotion, among pictures with the same emotion. *p* is the probability of a difference this
# large by chance.

# %%
markup.table(joint_table.margins(details), "Differences from shuffled captions")

# %% [markdown]
# ### Weakest slices
#
# The style, genre and emotion with the lowest score of each system, among those with at least five pictures.

# %%
markup.table(joint_table.weakest(details).T, "Slice with the lowest score")

# %% [markdown]
# ## Training of the speaker
#
# The curves end where early stopping ended the training. *nll* is the negative log-likelihood of people's utterances,
# in nats a word. *nll swapped* is measured after each test picture was exchanged for another one: the difference shows
# how much the speaker uses the picture.

# %%
markup.side_by_side(learning_curves("speaker"), numbers("speaker"))

# %% [markdown]
# ## Captions
#
# A random sample of the captioned pictures. Below each picture are the speaker's attention maps, one for each word: the
# picture is clear where the attention was high, and dark where it was low. Below each caption of the speaker is the
# training utterance with the longest common subsequence of tokens.

# %%
systems = {system: load_captions(captions_source(system)) for system in scored(CAPTIONING)}
utterances = load_utterances("deep_nets")
training = utterances.loc[utterances["split"] == "train", "utterance_spelled"].tolist()
pictures = packed.load()

chosen = sample_artworks(systems["captions"], pictures, gallery, seed)
best, worst = best_and_worst(read_pictures(pictures_file("captions")), 2)
nearest = nearest_utterances(pd.concat([chosen, best, worst])["caption"].tolist(), training)


# %%
def show(artworks: pd.DataFrame, captions: list[list[Caption]], **details: Any) -> Fragment:
    shown = cards(artworks, captions, packed=pictures, utterances=utterances, **details)
    return render_cards(shown, dataset["language"])


captions = captions_by_system(chosen, systems, nearest)
words = attended_words(chosen, attention.load())
show(chosen, captions, words=words) if pictures_shown else markup.note(markup.WITHHELD)

# %% [markdown]
# ## Best captions
#
# The speaker's two best captions by each metric of single captions, with the scores that selected them.

# %%
speaker = {"captions": systems["captions"]}
captions = captions_by_system(best, speaker, nearest)
show(best, captions, scores=best["scores"].tolist()) if pictures_shown else markup.note(markup.WITHHELD)

# %% [markdown]
# ## Worst captions
#
# The two worst by each metric. A low score does not make a caption wrong: people may have written about something else
# in the picture.

# %%
captions = captions_by_system(worst, speaker, nearest)
show(worst, captions, scores=worst["scores"].tolist()) if pictures_shown else markup.note(markup.WITHHELD)

# %% [markdown] tags=["emotions"]
# ## Captions by emotion
#
# Captions of the same picture by the speaker, conditioned on different emotions. Words shared by two captions are
# measured by the Jaccard index.

# %% tags=["emotions"]
by_emotion = (
    systems["captions"]
    .dropna(subset=["grounding_emotion"])
    .sort_values(["config", "rank"], kind="stable")
    .drop_duplicates([*ARTWORK, "grounding_emotion"])
    .pivot(index=ARTWORK, columns="grounding_emotion", values="caption")
    .reindex(columns=list(load_emotions()))
)
by_emotion = by_emotion[by_emotion.count(axis="columns") > 1]
dependence = emotion_dependence(by_emotion).map(percent).to_frame("value")
markup.note(no_comparison(systems["captions"])) if by_emotion.empty else markup.table(
    dependence, "Effect of the emotion"
)

# %% tags=["emotions"]
some = chosen[ARTWORK].merge(by_emotion.reset_index(), on=ARTWORK).head(4)
captions = captions_by_emotion(some)
show(some, captions) if pictures_shown or by_emotion.empty else markup.note(markup.WITHHELD)

# %% [markdown]
# ## Repetition and novelty
#
# A speaker that has learned little gives many pictures the same caption; an overfitted one repeats training utterances.
# The first table has the share of distinct words and n-grams that occur in no training utterance.

# %%
texts = one_text_each(systems, utterances, seed)
markup.table(new_ngrams(texts, training).map(percent), "New words and n-grams")

# %%
generated = pd.Series(map(written, texts["speaker"]), name="caption")
# Sorted by text first, so that ties have a fixed order.
frequent = generated.value_counts().sort_index().sort_values(ascending=False, kind="stable").head(10)
table = pd.DataFrame({"artworks": frequent, "share": (frequent / len(generated)).map(percent)})
markup.table(table, "Most frequent captions of the speaker") if pictures_shown else markup.note(markup.WITHHELD)
