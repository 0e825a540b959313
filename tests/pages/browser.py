"""Headless Chromium, where it is installed."""

import shutil
import subprocess
from pathlib import Path

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def dom(page: str, folder: Path) -> str:
    """The document of `page` after its scripts have run; `folder` may hold files that it frames."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    flags = ["--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    # Virtual time skips idle waiting.
    flags += ["--virtual-time-budget=10000", "--dump-dom"]
    done = subprocess.run([BROWSER, *flags, file.as_uri()], capture_output=True, text=True, check=True, timeout=120)  # type: ignore[list-item]
    return done.stdout
