"""Adding, moving and deleting points, by mouse, finger and keyboard; the answer follows."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import PHONE, Screenshot, click_at, counted, dots, until

pytestmark = pytest.mark.browser

LINE = [(0.2, 0.25), (0.35, 0.36), (0.5, 0.47), (0.65, 0.58), (0.8, 0.69)]


def verdict(page: Any) -> str:
    return " ".join(page.locator("#verdict").inner_text().split())


def test_clicked_points_are_recognised(page: Any, screenshot: Screenshot) -> None:
    before = page.locator("#plot .curve").get_attribute("d")
    for count, position in enumerate(LINE, start=1):
        click_at(page, position)
        counted(page, count)
    assert "a line (" in verdict(page)
    assert page.locator("#bars li.best").get_attribute("data-family") == "line"
    assert page.locator("#equation").inner_text().startswith("y = ")
    assert page.locator("#plot .curve").get_attribute("d") != before
    assert page.locator("#plot .band").count() == 1
    assert page.locator("#history .line").count() >= 2
    screenshot(page)


def test_the_first_click_replaces_the_example_and_undo_brings_it_back(page: Any) -> None:
    counted(page, 8)
    click_at(page, (0.5, 0.5))
    counted(page, 1)
    page.click("#undo")
    counted(page, 8)
    assert "a parabola (" in verdict(page)


def test_taps_add_points_on_a_phone(opened: Callable[..., Any], screenshot: Screenshot) -> None:
    page = opened(viewport=PHONE, has_touch=True, is_mobile=True)
    box = page.locator("#plot").bounding_box()
    for count, (x, y) in enumerate(LINE, start=1):
        page.touchscreen.tap(box["x"] + x * box["width"], box["y"] + (1 - y) * box["height"])
        counted(page, count)
    assert page.locator("#bars li.best").get_attribute("data-family") == "line"
    screenshot(page)


def test_a_drag_moves_a_point_and_the_answer_follows_on_the_way(page: Any, screenshot: Screenshot) -> None:
    click_at(page, *LINE)
    counted(page, 5)
    start = dots(page)
    page.mouse.move(*start[2])
    page.mouse.down()
    page.mouse.move(start[2][0], start[2][1] - 40, steps=4)
    on_the_way = page.locator("#equation").inner_text()
    page.mouse.move(start[2][0], start[2][1] - 150, steps=6)
    until(page, f"document.querySelector('#equation').textContent !== {on_the_way!r}")
    page.mouse.up()
    moved = dots(page)
    assert moved[2] == pytest.approx((start[2][0], start[2][1] - 150), abs=1.5)
    assert moved[:2] + moved[3:] == start[:2] + start[3:]
    screenshot(page)
    page.click("#undo")  # the whole movement at once
    assert dots(page)[2] == pytest.approx(start[2], abs=0.5)
    page.click("#redo")
    assert dots(page)[2] == pytest.approx(moved[2], abs=0.5)


@pytest.mark.parametrize("way", ["button", "double-click", "context-menu", "key"])
def test_points_are_deleted(page: Any, way: str) -> None:
    click_at(page, *LINE)
    counted(page, 5)
    start = dots(page)
    page.mouse.click(*start[1])
    assert page.locator("#plot .selected").get_attribute("data-index") == "1"
    if way == "button":
        page.click("#delete")
    elif way == "double-click":
        page.wait_for_timeout(500)  # longer than a double-click, which would include the click before
        page.mouse.dblclick(*start[1])
    elif way == "context-menu":
        page.mouse.click(*start[1], button="right")
    else:
        page.locator("#plot").press("Delete")
    counted(page, 4)
    assert dots(page) == start[:1] + start[2:]
    page.click("#undo")
    counted(page, 5)


def test_clear_undo_and_redo(page: Any, screenshot: Screenshot) -> None:
    page.click("#clear")
    counted(page, 0)
    assert verdict(page) == "Add a point"
    assert page.locator("#hint").inner_text() == "Click or tap to add points."
    screenshot(page)
    page.keyboard.press("Control+z")
    counted(page, 8)
    page.keyboard.press("Control+Shift+z")
    counted(page, 0)


def test_zooming(page: Any) -> None:
    start = dots(page)
    page.click("#wider")
    wider = dots(page)
    assert max(x for x, _ in wider) - min(x for x, _ in wider) < max(x for x, _ in start) - min(x for x, _ in start)
    page.click("#fit-view")
    assert dots(page) == [pytest.approx(position, abs=0.5) for position in start]


def test_the_keyboard_alone_is_enough(page: Any, screenshot: Screenshot) -> None:
    page.click("#clear")
    page.locator("#plot").focus()
    for count in range(1, 6):
        page.keyboard.press("Enter")
        counted(page, count)
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("ArrowUp")
    assert "a line (" in verdict(page)
    until(page, "document.querySelector('#spoken').textContent.startsWith('x ')")
    until(page, "document.activeElement.id === 'plot'")
    screenshot(page)
    page.keyboard.press(",")
    assert page.locator("#plot .selected").get_attribute("data-index") == "4"
    before = dots(page)
    page.keyboard.press("ArrowDown")
    assert dots(page)[4][1] > before[4][1]
    page.keyboard.press("Delete")
    counted(page, 4)
    page.keyboard.press("Escape")
    assert page.locator("#plot .selected").count() == 0
    page.keyboard.press("Control+z")
    counted(page, 5)


def test_points_as_numbers(page: Any, screenshot: Screenshot) -> None:
    page.click("#numbers summary")
    until(page, "document.querySelectorAll('#rows tr').length === 8")
    page.get_by_label("y of point 8").fill("99")
    page.get_by_label("y of point 8").press("Tab")
    until(page, "document.querySelector('#verdict').textContent.includes('none of the known laws')")
    page.get_by_label("Delete point 8").click()
    counted(page, 7)
    page.fill("#new-x", "0.8")
    page.fill("#new-y", "3.15")
    page.click("#add-form button")
    counted(page, 8)
    until(page, "/^[^;]*a parabola [(]/.test(document.querySelector('#verdict').textContent)")
    screenshot(page)
