"""The page when it is opened, in each size and colour scheme: legible, and usable by keyboard."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import DESK, PHONE, Screenshot, until

pytestmark = pytest.mark.browser

SIZES = pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
COLOURS = pytest.mark.parametrize("scheme", ["light", "dark"])

# Text that is too faint: contrast below 4.5 between its colour and the first opaque background behind it.
_FAINT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = (v) => (v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => [r, g, b].map((v) => linear(v / 255))
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const background = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgb(getComputedStyle(each).backgroundColor);
      if (colour[3] > 250) return colour;
    }
    return rgb(getComputedStyle(document.documentElement).backgroundColor);
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) => element.checkVisibility()
    && !element.closest(":disabled, svg")
    && [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()));
  return texts.map((element) => {
    const pair = [rgb(getComputedStyle(element).color), background(element)].map(light).sort((a, b) => b - a);
    return [element.textContent.trim().slice(0, 30), (pair[0] + .05) / (pair[1] + .05)];
  }).filter(([, ratio]) => ratio < 4.5);
}"""
_NAMELESS = """() => [...document.querySelectorAll("button, input, select, textarea, a, summary, [tabindex]")]
  .filter((element) => element.checkVisibility() && !(element.textContent.trim() || element.getAttribute("aria-label")
    || element.labels?.length)).map((element) => element.outerHTML)"""


@SIZES
@COLOURS
def test_the_page_after_loading(opened: Callable[..., Any], screenshot: Screenshot, viewport: Any, scheme: str) -> None:
    page = opened(viewport=viewport, color_scheme=scheme)
    assert "a parabola" in page.locator("#verdict").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate(_FAINT) == []
    assert page.evaluate(_NAMELESS) == []
    screenshot(page)


def test_the_example_arrives_point_by_point(opened: Callable[..., Any]) -> None:
    page = opened(reduced_motion="no-preference")
    until(page, "document.querySelector('#count').textContent === '8'")
    until(page, "document.querySelector('#verdict').textContent.includes('a parabola (')")


def test_colours_may_be_chosen_and_are_kept(page: Any) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.click("#theme")
    page.click("#theme")
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark


def test_every_control_is_reached_by_the_tab_key(page: Any) -> None:
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
    wanted = {"plot", "delete", "clear", "fit-view", "wider", "surprise", "example", "noise", "paste", "use-paste"}
    wanted |= {"choose-file", "picture", "json", "curl", "copy-equation", "theme"}
    assert wanted <= set(reached)
    assert len([each for each in reached if each.startswith(("line", "sine"))]) >= 2


def test_a_screen_reader_announces_a_change_once(page: Any) -> None:
    announced = "output, [role=status], [role=alert], [aria-live]"
    ids = page.evaluate(f"[...document.querySelectorAll('{announced}')].map((element) => element.id)")
    assert ids == ["problem", "read-note", "game-state", "reveal", "export-note", "spoken"]


def test_a_screen_reader_announces_the_answer(page: Any) -> None:
    until(page, "document.querySelector('#spoken').textContent.includes('a parabola (9')")
    tree = page.locator("main").aria_snapshot()
    words = " ".join(page.locator("#verdict").inner_text().split())
    for said in (
        f'heading "{words}',
        'checkbox "Consider the answer line" [checked]',
        'button "Surprise me"',
        'slider "Noise',
    ):
        assert said in tree
