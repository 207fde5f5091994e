"""The page in Debian's Chromium; screenshots go to the folder that SHAPECLF_SCREENSHOTS names."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not there: pip install 'shapeclf[browser]'")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
if CHROMIUM is None:
    pytest.skip("there is no Chromium: apt-get install chromium", allow_module_level=True)

SCREENSHOTS = Path(os.environ.get("SHAPECLF_SCREENSHOTS", "test-artefacts/browser"))
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT = 30  # seconds
ROOTS = "x,y\n" + "".join(f"{x},{2 * x**0.5 + 1:.4f}\n" for x in (1, 4, 9, 16, 25, 36, 49))
DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([typeof text === "string" ? text : new Uint8Array(text)], name, { type: "text/csv" }));
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
}"""
PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text", text);
  document.body.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData: data }));
}"""
# What the browser reports of a service that has stopped, and of a table that was refused.
EXPECTED = ("net::ERR_CONNECTION_REFUSED", "the server responded with a status of 422")
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 360, "height": 780}
Screenshot = Callable[..., None]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Any, served: str) -> Iterator[Callable[..., Any]]:
    """Opens the page: ``opened(viewport=PHONE)``; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(address: str = served, **options: Any) -> Any:
        options = {
            "viewport": DESK,
            "reduced_motion": "reduce",
            "permissions": ["clipboard-read", "clipboard-write"],
        } | options
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(1000 * TIMEOUT)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: None if _ours(request.url, address) else complaints.append(request.url))
        page.goto(address)
        page.locator("#plot .curve").wait_for(state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [text for text in complaints if not any(known in text for known in EXPECTED)] == []


def _ours(url: str, address: str) -> bool:
    return url.startswith((address, address.replace("http", "ws", 1), "data:", "blob:"))


@pytest.fixture
def page(opened: Callable[..., Any]) -> Any:
    """The page in a desktop window, in light colours."""
    return opened()


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Screenshot:
    """Saves a screenshot of the whole page under the test's name."""

    def save(page: Any, name: str = "") -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        words = "".join(letter if letter.isalnum() else "-" for letter in request.node.name.removeprefix("test_"))
        page.screenshot(path=SCREENSHOTS / f"{words}{'-' if name else ''}{name}.png", full_page=True)

    return save


def until(page: Any, script: str) -> None:
    """Waits until a JavaScript expression is true; the page's policy keeps Playwright from waiting in the page."""
    end = time.monotonic() + TIMEOUT
    while not page.evaluate(script):
        assert time.monotonic() < end, f"still not: {script}"
        page.wait_for_timeout(20)


def click_at(page: Any, *positions: tuple[float, float]) -> None:
    """Click at positions in the plot, as fractions of its width and height from the lower left corner."""
    box = page.locator("#plot").bounding_box()
    for x, y in positions:
        page.mouse.click(box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"])


def dots(page: Any) -> list[tuple[float, float]]:
    """Return the positions of the points on the screen."""
    return [
        (float(circle["x"]), float(circle["y"]))
        for circle in page.evaluate(
            "[...document.querySelectorAll('#plot .dot')].map(d => {const b = d.getBoundingClientRect();"
            " return {x: b.x + b.width / 2, y: b.y + b.height / 2}})"
        )
    ]


def counted(page: Any, points: int) -> None:
    """Waits until there are this many points, and an answer to them."""
    until(page, f"document.querySelector('#count').textContent === '{points}'")
    if points:
        label = f"{points} point{'' if points == 1 else 's'}"
        until(page, f"document.querySelector('#history').textContent.includes('{label}')")
