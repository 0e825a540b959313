"""Which picture belongs to which artwork: `<art_style>/<painting>.<suffix>` in the inventory."""

import re
from collections.abc import Iterable

import pandas as pd

from stages.common.errors import UserError
from stages.demo.inventory import Picture

KEY = ["art_style", "painting"]
# Surrogates stand for bytes that are not UTF-8: no annotation has such a name, and no table can hold it.
PATH = re.compile(r"([^/\ud800-\udfff]+)/([^/\ud800-\udfff]+)\.[^./]+")


def match(inventory: Iterable[Picture], annotations: pd.DataFrame) -> pd.DataFrame:
    """The inventory's rows (path, bytes, digest) of annotated artworks, with art_style and painting.

    Raises:
        UserError: two files claim the same artwork (`a.jpg` beside `a.png`).
    """
    named = [(*found.groups(), *picture) for picture in inventory if (found := PATH.fullmatch(picture.path))]
    files = pd.DataFrame(named, columns=[*KEY, *Picture._fields]).astype(dict.fromkeys(KEY, "str"))
    pictures = files.merge(annotations[KEY].drop_duplicates(), on=KEY)
    twins = pictures.loc[pictures.duplicated(KEY, keep=False)].sort_values(KEY)["path"]
    if not twins.empty:
        raise UserError(f"two pictures for one artwork: {' and '.join(twins[:2])}; keep one of them")
    return pictures
