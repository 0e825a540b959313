"""Headless Chromium, where it is installed: a page after its scripts, or one that a test clicks and types in.

axe-core, which finds faults of accessibility, and the IIIF viewer Mirador come from npm (`make web`).
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PACKAGES = Path(__file__).with_name("node_modules")

needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")


def dom(page: str, folder: Path) -> str:
    """The document of `page` after its scripts have run; `folder` may hold files that it frames."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    # Virtual time skips idle waiting.
    flags += ["--virtual-time-budget=10000", "--dump-dom"]
    done = subprocess.run([BROWSER, *flags, file.as_uri()], capture_output=True, text=True, check=True, timeout=120)  # type: ignore[list-item]
    return done.stdout


@contextmanager
def opened(**options: Any) -> Iterator[Page]:
    """An empty tab of a new browser; `options` are those of playwright's `new_context`, such as `viewport`.

    An error of a page's script fails the test.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_context(**options).new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
        assert not errors


def from_npm(file: str) -> Path:
    """A file of a package that `make web` fetches, such as `axe-core/axe.min.js`; without it the test is skipped."""
    path = PACKAGES / file
    if not path.exists():
        pytest.skip(f"{path} is missing; `make web` fetches it")
    return path


def faults(page: Page) -> list[str]:
    """What axe-core finds wrong with a page: its rule, and the elements."""
    page.add_script_tag(path=from_npm("axe-core/axe.min.js"))
    violations = page.evaluate("axe.run().then((found) => found.violations)")
    return [f"{each['id']}: {[node['html'][:200] for node in each['nodes']]}" for each in violations]
