"""axe-core finds no barriers on the page, in any of its states."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import DESK, PHONE, click_at, counted, until

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[3] / "tools" / "node" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
  const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await axe.run({ runOnly: rules });
  return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html.slice(0, 200))]);
}"""


def clear(page: Any) -> None:
    page.click("#clear")
    counted(page, 0)


def some_points(page: Any) -> None:
    click_at(page, (0.2, 0.3), (0.35, 0.6), (0.5, 0.4), (0.65, 0.7), (0.8, 0.9))
    counted(page, 5)
    page.get_by_label("Consider the answer parabola").uncheck()
    page.locator("#bars li[data-family=sine] button").click()
    until(page, "document.querySelector('#quality').textContent.includes('drawn: sine')")


def all_opened(page: Any) -> None:
    for details in ("#numbers", "#plot-keys"):
        page.click(f"{details} summary")
    page.fill("#paste", "x,y,z\n1,2,3\n2,4,nothing\n")
    page.click("#use-paste")
    page.fill("#paste", "x,y,z\n1,2,3\n2,4,5\n")
    page.click("#use-paste")
    counted(page, 2)


def guessing(page: Any) -> None:
    page.click("#surprise")
    until(page, "document.querySelector('#game-state').textContent.startsWith('2 of 10')")


def revealed(page: Any) -> None:
    page.locator("#guesses button").first.click()
    page.locator("#next-round").wait_for()


@pytest.mark.skipif(not AXE.is_file(), reason="needs axe-core: npm ci --prefix tools/node")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_passes_the_accessibility_checks(opened: Callable[..., Any], viewport: Any, scheme: str) -> None:
    page = opened(viewport=viewport, color_scheme=scheme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = {"at first": page.evaluate(_RUN)}
    for act in (clear, some_points, all_opened, guessing, revealed):
        act(page)
        found[act.__name__] = page.evaluate(_RUN)
    assert {state: violations for state, violations in found.items() if violations} == {}
