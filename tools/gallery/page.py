"""The page of ``shapeclf serve``, with a file that was dropped on it; it needs Playwright and Chromium."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

__all__ = ["page"]

# Amount of yeast in a culture: T. Carlson 1913, Über Geschwindigkeit und Größe der Hefevermehrung in Würze. Errors of
# 20 are added here, so that the picture has visible error bars.
_YEAST = (9.6, 18.3, 29.0, 47.2, 71.1, 119.1, 174.6, 257.3, 350.7, 441.0, 513.3, 559.7, 594.8, 629.4, 640.8, 651.1)
_READINGS = np.array(_YEAST) + 20 * np.random.default_rng(8).standard_normal(len(_YEAST))
_FILE = "t (h),amount (mg),amount_err (mg)\n" + "".join(f"{t},{mg:.0f},20\n" for t, mg in enumerate(_READINGS))


def page(folder: Path) -> None:
    """Take a picture of the page after it has answered for a file with error bars."""
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "shapeclf", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as service:
        try:
            address = next(found[0] for line in service.stdout or () if (found := re.search(r"http://\S+", line)))
            with sync_playwright() as playwright:
                chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
                shown = browser.new_page(viewport={"width": 1180, "height": 740}, reduced_motion="reduce")
                shown.goto(address)
                shown.locator("#plot .curve").wait_for(state="attached")
                file = shown.locator("input[type=file]").first
                file.set_input_files({"name": "yeast.csv", "mimeType": "text/csv", "buffer": _FILE.encode()})
                shown.get_by_text(f"{len(_YEAST)} points").first.wait_for()
                shown.wait_for_load_state("networkidle")
                shown.evaluate("window.scrollTo(0, 0)")
                shown.screenshot(path=folder / "page.png")
                browser.close()
        finally:
            service.terminate()
