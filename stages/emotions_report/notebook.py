# %%
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd

from stages.annotations.tables import load_card
from stages.emotions_report.figures import gallery
from stages.images import packed
from stages.pages import charts, markup
from stages.pages.catalogue import EMOTIONS
from stages.pages.charts import BLUE, WIDTH
from stages.pages.markup import Fragment

charts.use_style()
results = EMOTIONS.load_figures()
pictures, language = packed.load(), load_card()["language"]

# %% tags=["parameters"]
pictures_shown = True

# %% [markdown]
# ## Entropy of the emotions
#
# The entropy of the emotions that the annotators of an artwork chose, in nats: 0 if all chose the same emotion, and
# the logarithm of the number of emotions (2.20 of nine) if all are equally frequent. With five annotators it is at most
# 1.61.

# %%
overall = results["all"]
markup.note(
    f"Over all {overall['artworks']:,} artworks, the mean entropy is {overall['mean']:.3f} and the median "
    f"{overall['median']:.3f}."
)


# %%
def entropy_by_group(groups: dict[str, Any], kind: str) -> Fragment:
    if not groups:
        return markup.note(f"No artwork has a {kind}.")
    frame = pd.DataFrame.from_dict(groups, orient="index").rename(lambda name: name.replace("_", " "))
    figure, axes = plt.subplots(figsize=(WIDTH, 0.9 + 0.22 * len(frame)))
    bars = axes.barh(frame.index, frame["mean"], color=BLUE)
    axes.bar_label(bars, fmt="%.2f", padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.14, y=0.02)
    axes.set_xlabel("mean entropy of an artwork")
    chart = charts.chart(
        figure,
        title=f"Entropy by {kind}, in ascending order",
        alt=f"mean entropy of an artwork: {charts.in_words(frame['mean'])}",
    )
    return markup.side_by_side(chart, markup.table(frame, f"Entropy by {kind}, in nats"))


entropy_by_group(results["by_style"], "style")

# %%
entropy_by_group(results["by_genre"], "genre")

# %% [markdown]
# ## Artworks of the lowest entropy
#
# Their annotators agree the most. Of equal entropies, artworks with more annotators come first.

# %%
gallery(results["agreed"], pictures, language) if pictures_shown else markup.note(markup.WITHHELD)

# %% [markdown]
# ## Artworks of the highest entropy
#
# Their annotators agree the least. Of equal entropies, artworks with more annotators come first.

# %%
gallery(results["divisive"], pictures, language) if pictures_shown else markup.note(markup.WITHHELD)
