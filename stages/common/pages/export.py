"""A notebook as one self-contained page: no script, no font, no style sheet from elsewhere."""

from pathlib import Path

from nbconvert import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from stages.common.pages.markup import TEMPLATES
from stages.common.tables import save_with


def to_html(notebook: NotebookNode, title: str) -> str:
    """The page, by the template `index.html.j2`; `conf.json` tells nbconvert that its folder is one.

    nbconvert's own templates load scripts from the network, and its `HTMLExporter`
    parses and rewrites what a template made; this one leaves it as it is.
    """
    exporter = TemplateExporter(  # type: ignore[no-untyped-call]
        extra_template_basedirs=[str(TEMPLATES.parent)],
        template_name=TEMPLATES.name,
        file_extension=".html",
        filters={"markdown2html": _markdown},
    )
    page: str = exporter.from_notebook_node(notebook, resources={"page": {"title": title}})[0]
    return page


def _markdown(source: str) -> str:
    """Markdown cells are our own words: HTML in them stays. Headings get an id, but no link of their own."""
    html: str = MarkdownWithMath(IPythonRenderer(escape=False, exclude_anchor_links=True)).render(source)
    return html


def save(page: str, path: Path) -> None:
    save_with(lambda beside: beside.write_text(page, encoding="utf-8"), path)
