from stages.emotions_report import drawing
from stages.emotions_report.page import load_figures
from stages.images import packed
from stages.pages import markup

# %%

# %% tags=["parameters"]
pictures_shown = True

# %% [markdown]
# ## How divided people are
#
# The entropy of the emotions that an artwork's annotators chose, in nats: 0 where all chose the same, 2.20 where all
# nine are as frequent. With five annotators it is at most 1.61.

# %%
found = load_figures()
markup.note(
    f"Over all {found['all']['artworks']:,} artworks the mean entropy is {found['all']['mean']:.3f}, "
    f"the median {found['all']['median']:.3f}."
)

# %%
drawing.spreads(found["by_style"], "style")

# %%
drawing.spreads(found["by_genre"], "genre")

# %% [markdown]
# ## The artworks that people agree on most
#
# Those of the lowest entropy; of equal ones those with the most annotators.

# %%
pictures = packed.load()
drawing.gallery(found["agreed"], pictures) if pictures_shown else markup.note(markup.WITHHELD)

# %% [markdown]
# ## The artworks that divide people most
#
# Those of the highest entropy; of equal ones those with the most annotators.

# %%
drawing.gallery(found["divisive"], pictures) if pictures_shown else markup.note(markup.WITHHELD)
