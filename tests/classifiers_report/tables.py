"""Tables of a page, read back from its HTML."""

import re
from xml.etree import ElementTree

import pandas as pd


def table(page: str, caption: str) -> pd.DataFrame:
    """The table whose caption starts with `caption`; cells are text."""
    found = [ElementTree.fromstring(html) for html in re.findall("<table>.*?</table>", page, re.DOTALL)]
    (root,) = (one for one in found if one.findtext("caption", "").startswith(caption))
    rows = {row.findtext("th"): [cell.text or "" for cell in row.findall("td")] for row in root.iterfind("tbody/tr")}
    columns = [head.text for head in root.iterfind("thead/tr/th")]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)
