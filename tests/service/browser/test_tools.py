"""Families, noise, examples, and what is exported."""

import json
import math
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shapeclf import Recognizer
from shapeclf.recognition.naming import Names

from .conftest import DROP, PASTE, ROOTS, SCREENSHOTS, Screenshot, click_at, counted, dots, until

pytestmark = pytest.mark.browser

VERDICT = "document.querySelector('#verdict').textContent"


def test_only_some_families(page: Any, screenshot: Screenshot) -> None:
    page.get_by_label("Consider the answer parabola").uncheck()
    until(page, f"!{VERDICT}.includes('a parabola (')")
    shares = page.locator("#bars .share").all_inner_texts()
    assert shares[1] == "–"
    screenshot(page)
    page.click("#all-families")
    until(page, f"{VERDICT}.includes('a parabola (')")
    assert page.get_by_label("Consider the answer parabola").is_checked()


def test_the_last_family_cannot_be_unticked(page: Any) -> None:
    ticks = page.locator("#bars input")
    for i in range(ticks.count()):
        ticks.nth(i).click()
    assert page.locator("#bars input:checked").count() == 1


def test_a_name_draws_its_curve(page: Any, screenshot: Screenshot) -> None:
    page.locator("#bars li[data-family=sine] button").click()
    until(page, "document.querySelector('#quality').textContent.includes('drawn: sine')")
    assert "sin(" in page.locator("#equation").inner_text()
    screenshot(page)
    page.locator("#bars li[data-family=sine] button").click()
    until(page, "!document.querySelector('#quality').textContent.includes('drawn')")


@pytest.mark.parametrize("way", ["example", "paste", "own-points", "after-clear", "undo"])
def test_a_chosen_curve_is_not_kept_for_other_data(page: Any, way: str) -> None:
    page.evaluate(PASTE, "".join(f"{x},{3 * x + 1}\n" for x in range(8)))
    until(page, "document.querySelector('#equation').textContent === 'y = 3·x + 1'")
    if way == "own-points":  # the first example is replaced by the first point
        page.reload()
        counted(page, 8)
    page.locator("#bars li[data-family=sine] button").click()
    until(page, "document.querySelector('#quality').textContent.includes('drawn: sine')")
    if way == "example":
        page.select_option("#example", value="2")
    elif way == "paste":
        page.evaluate(PASTE, ROOTS)
    elif way == "undo":
        page.click("#undo")
    else:
        if way == "after-clear":
            page.click("#clear")
        click_at(page, (0.2, 0.2), (0.4, 0.4), (0.6, 0.6), (0.8, 0.8))
        counted(page, 4)
    until(page, "!document.querySelector('#quality').textContent.includes('drawn')")
    assert page.locator("#bars button[aria-pressed=true]").count() == 0
    assert "sin(" not in page.locator("#equation").inner_text()


def test_noise_can_be_added_and_removed(page: Any, screenshot: Screenshot) -> None:
    page.locator("#noise").scroll_into_view_if_needed()  # now: a later scroll would move the dots
    start = dots(page)
    page.locator("#noise").fill("20")
    assert page.locator("#noise-value").inner_text() == "20 %"
    noisy = dots(page)
    assert len(noisy) == len(start)  # none has left the view
    assert noisy != start
    screenshot(page)
    page.locator("#noise").fill("0")
    assert dots(page) == [pytest.approx(position, abs=0.01) for position in start]


def test_many_points_are_a_cloud(page: Any, screenshot: Screenshot) -> None:
    rows = "".join(f"{i / 100},{(i / 100) ** 2 + (i * 7919 % 13) / 20}\n" for i in range(1, 5001))
    page.evaluate(DROP, ["many.csv", rows])
    until(page, "document.querySelector('#count').textContent === '5000'")
    until(
        page,
        f"{VERDICT}.includes('a parabola (') && document.querySelector('#equation').textContent.startsWith('y = 1·x²')",
    )
    assert page.locator("#plot .cloud").count() == 1
    screenshot(page)


def test_the_closest_law_is_dashed_where_no_law_holds(page: Any, screenshot: Screenshot) -> None:
    points = [(float(x), abs(x - 15) + 3 * math.sin(3 * x) ** 2) for x in range(30)]
    closest = Recognizer.load().recognize(*zip(*points, strict=True)).closest
    assert closest is not None
    page.evaluate(DROP, ["kinked.csv", "t,v\n" + "".join(f"{x},{y}\n" for x, y in points)])
    until(page, f"{VERDICT}.includes('none of the known laws')")
    assert page.locator("#equation").inner_text() == Names("t", "v").equation(closest)
    quality = page.locator("#quality").inner_text()
    assert quality.startswith(f"the closest law: {closest.family} · R² {closest.r_squared:.4f}")
    assert "residuals not random: Durbin-Watson" in quality
    assert page.locator("#plot .curve.dashed").count() == 1
    screenshot(page)


@pytest.mark.parametrize("index", range(7))
def test_every_example_is_recognized(page: Any, index: int, screenshot: Screenshot) -> None:
    page.select_option("#example", value=str(index))
    laws = [
        "a parabola",
        "an exponential",
        "a square root",
        "a logistic curve",
        "a reciprocal",
        "a sine",
        "none of the",
    ]
    until(page, f"{VERDICT}.includes('{laws[index]}')")
    screenshot(page)


def test_what_is_exported(page: Any, tmp_path: Path, screenshot: Screenshot) -> None:
    page.click("#copy-equation")
    until(page, "document.querySelector('#export-note').textContent === 'The equation is copied.'")
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#equation").inner_text()
    with page.expect_download() as download:
        page.click("#picture")
    picture = tmp_path / "picture.png"
    download.value.save_as(picture)
    assert download.value.suggested_filename == "shapeclf.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    shown = page.locator("#plot").bounding_box()
    assert int.from_bytes(picture.read_bytes()[16:20], "big") == pytest.approx(2 * shown["width"], abs=2)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    shutil.copy(picture, SCREENSHOTS / "picture.png")
    with page.expect_download() as download:
        page.click("#json")
    download.value.save_as(tmp_path / "answer.json")
    held = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))
    assert held["answer"]["family"] == "parabola"
    assert len(held["request"]["sequences"][0]) == 8
    screenshot(page)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_command_gives_the_same_answer(page: Any) -> None:
    page.click("#curl")
    until(page, "document.querySelector('#export-note').textContent === 'The command is copied.'")
    command = page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    (answer,) = json.loads(done.stdout)["answers"]
    assert answer["equation"] == page.locator("#equation").inner_text()


def test_a_service_that_has_stopped_is_reported(
    opened: Callable[..., Any], run_service: Callable[..., Any], screenshot: Screenshot
) -> None:
    with run_service() as (address, process):
        page = opened(address)
        process.terminate()
        process.wait(20)
        click_at(page, (0.5, 0.5))
        until(page, "!document.querySelector('#problem').hidden")
        assert re.search("does not answer", page.locator("#problem").inner_text())
        assert page.locator("#verdict").inner_text() == "No answer"
        screenshot(page)
        page.context.close()
