"""Surprise me: the law stays hidden until the guess, and the score is kept."""

from collections.abc import Callable
from typing import Any

import pytest

from shapeclf.datasets.families import NONE
from shapeclf.recognition.recognizer import Recognizer

from .conftest import DESK, PHONE, SCREENSHOTS, Screenshot, dots, until

pytestmark = pytest.mark.browser


def begun(page: Any) -> None:
    page.click("#surprise")
    until(page, "document.querySelector('#game-state').textContent.startsWith('2 of 10')")


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["desk-light", "desk-dark", "phone-light", "phone-dark"],
)
def test_a_round(opened: Callable[..., Any], screenshot: Screenshot, viewport: Any, scheme: str) -> None:
    page = opened(viewport=viewport, color_scheme=scheme)
    heard: list[Any] = []
    page.on("response", lambda response: heard.append(response) if "surprise" in response.url else None)
    page.locator("#noise").fill("3")
    begun(page)
    assert not page.locator("#law").is_visible()
    for count in range(3, 6):
        page.click("#next-point")
        until(page, f"document.querySelector('#game-state').textContent.startsWith('{count} of 10')")
    assert [sorted(response.json()) for response in heard] == [["id", "points"]]  # that is all that the page knows
    assert page.locator("#reveal").inner_text() == ""
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    screenshot(page, "guessing")
    page.locator("#guesses button[data-family=sine]").click()
    page.locator("#next-round").wait_for()
    law = heard[-1].json()
    shown = page.locator("#reveal").inner_text()
    assert f"It was {law['family'].replace('none', 'none of the known laws')}" in shown
    assert "You: sine, after 5 points: " + ("right, +6" if law["family"] == "sine" else "wrong") in shown
    assert "The network: " in shown
    assert page.locator("#plot .truth").count() == 1
    score = page.locator("#score dd").all_inner_texts()
    assert score[:2] == ["6" if law["family"] == "sine" else "0", "1"]
    screenshot(page, "revealed")
    page.click("#next-round")
    until(page, "document.querySelector('#game-title').textContent.startsWith('Round 2')")
    page.click("#leave-game")
    until(page, "document.querySelector('#verdict').textContent.includes('%')")
    assert page.locator("#law").is_visible()
    assert page.locator("#plot .truth").count() == 0


def test_all_points_and_only_some_families(page: Any) -> None:
    considered = ("line", "sqrt", "logarithm", "reciprocal")
    for name in {*Recognizer.load().families, "none of the known laws"} - {*considered, NONE}:
        page.get_by_label(f"Consider the answer {name}").uncheck()
    begun(page)
    assert page.locator("#guesses button").count() == len(considered)
    for count in range(3, 11):
        page.click("#next-point")
        until(page, f"document.querySelector('#game-state').textContent.startsWith('{count} of 10')")
    assert page.locator("#next-point").is_disabled()
    assert "has decided" in page.locator("#game-state").inner_text()
    page.locator("#guesses button").first.click()
    page.locator("#next-round").wait_for()
    assert page.locator("#reveal").inner_text().startswith(tuple(f"It was {name}" for name in considered))


def test_the_plot_cannot_be_changed_during_the_game(page: Any) -> None:
    begun(page)
    before = dots(page)
    box = page.locator("#plot").bounding_box()
    page.mouse.click(box["x"] + 200, box["y"] + 200)
    page.locator("#plot").press("Enter")
    assert dots(page) == before
    assert page.locator("#clear").is_disabled()


def test_the_keyboard_plays_it(page: Any) -> None:
    page.locator("#surprise").press("Enter")
    until(page, "document.querySelector('#game-state').textContent.startsWith('2 of 10')")
    until(page, "document.activeElement.id === 'next-point'")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#game-state').textContent.startsWith('3 of 10')")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    until(page, "document.activeElement.id === 'next-round'")


@pytest.mark.parametrize("height", [780, 640])
def test_on_a_phone_the_plot_stays_in_view(opened: Callable[..., Any], height: int) -> None:
    page = opened(viewport={"width": 360, "height": height})

    def in_view(*ids: str) -> None:
        for name in ids:
            box = page.locator(f"#{name}").bounding_box()
            assert box["y"] >= 0, name
            assert box["y"] + box["height"] <= height, name
            middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
            uncovered = "([x, y, id]) => document.elementFromPoint(x, y).closest(`#${id}`) !== null"
            assert page.evaluate(uncovered, [*middle, name]), name

    begun(page)
    until(page, "document.activeElement.id === 'next-point'")
    in_view("plot", "next-point")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"phone-{height}-begun.png")
    page.click("#next-point")
    until(page, "document.querySelector('#game-state').textContent.startsWith('3 of 10')")
    in_view("plot", "next-point")
    page.locator("#guesses button").last.click()
    page.locator("#next-round").wait_for()
    in_view("plot", "next-round")
    page.screenshot(path=SCREENSHOTS / f"phone-{height}-revealed.png")
    page.click("#next-round")
    until(page, "document.querySelector('#game-state').textContent.startsWith('2 of 10')")
    until(page, "document.activeElement.id === 'next-point'")
    in_view("plot", "next-point")
    page.click("#leave-game")
    assert page.locator(".toolbar").is_visible()
