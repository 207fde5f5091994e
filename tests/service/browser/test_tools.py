"""Families, noise, data, and what may be taken along."""

import gzip
import io
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import SCREENSHOTS, Look, click_at, counted, dots, until

pytestmark = pytest.mark.browser

ROOTS = "x,y\n" + "".join(f"{x},{2 * x**0.5 + 1:.4f}\n" for x in (1, 4, 9, 16, 25, 36, 49))
EVIL = "<img src=x onerror=alert(1)>"
VERDICT = "document.querySelector('#verdict').textContent"
_DROP = """([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([typeof text === "string" ? text : new Uint8Array(text)], name, { type: "text/csv" }));
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: data }));
}"""
_PASTE = """(text) => {
  const data = new DataTransfer();
  data.setData("text", text);
  document.body.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData: data }));
}"""


def test_only_some_families(page: Any, look: Look) -> None:
    page.get_by_label("parabola comes into question").uncheck()
    until(page, f"!{VERDICT}.startsWith('parabola')")
    shares = page.locator("#bars .share").all_inner_texts()
    assert shares[1] == "–"
    look(page)
    page.click("#all-families")
    until(page, f"{VERDICT}.startsWith('parabola')")
    assert page.get_by_label("parabola comes into question").is_checked()


def test_the_last_family_cannot_be_unticked(page: Any) -> None:
    ticks = page.locator("#bars input")
    for i in range(ticks.count()):
        ticks.nth(i).click()
    assert page.locator("#bars input:checked").count() == 1


def test_a_name_draws_its_curve(page: Any, look: Look) -> None:
    page.locator("#bars li[data-family=sine] button").click()
    until(page, "document.querySelector('#quality').textContent.includes('drawn: sine')")
    assert "sin(" in page.locator("#equation").inner_text()
    look(page)
    page.locator("#bars li[data-family=sine] button").click()
    until(page, "!document.querySelector('#quality').textContent.includes('drawn')")


@pytest.mark.parametrize("way", ["example", "paste", "own-points", "after-clear", "undo"])
def test_a_chosen_curve_is_not_kept_for_other_data(page: Any, way: str) -> None:
    page.evaluate(_PASTE, "".join(f"{x},{3 * x + 1}\n" for x in range(8)))
    counted(page, 8)
    if way == "own-points":  # the first example is replaced by the first point
        page.reload()
        counted(page, 8)
    page.locator("#bars li[data-family=sine] button").click()
    until(page, "document.querySelector('#quality').textContent.includes('drawn: sine')")
    if way == "example":
        page.select_option("#example", value="2")
    elif way == "paste":
        page.evaluate(_PASTE, ROOTS)
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


def test_noise_comes_and_goes(page: Any, look: Look) -> None:
    page.locator("#noise").scroll_into_view_if_needed()  # and not only when it is moved
    start = dots(page)
    page.locator("#noise").fill("20")
    assert page.locator("#noise-value").inner_text() == "20 %"
    noisy = dots(page)
    assert len(noisy) == len(start)  # none has left the view
    assert noisy != start
    look(page)
    page.locator("#noise").fill("0")
    assert dots(page) == [pytest.approx(place, abs=0.01) for place in start]


@pytest.mark.parametrize("way", ["drop", "paste", "box", "file"])
def test_a_csv_is_read(page: Any, way: str, tmp_path: Path) -> None:
    if way == "drop":
        page.evaluate(_DROP, ["roots.csv", ROOTS])
    elif way == "paste":
        page.evaluate(_PASTE, ROOTS)
    elif way == "box":
        page.fill("#paste", ROOTS)
        page.click("#use-paste")
    else:
        (tmp_path / "roots.csv").write_text(ROOTS)
        with page.expect_file_chooser() as chooser:
            page.click("#choose-file")
        chooser.value.set_files(tmp_path / "roots.csv")
    counted(page, 7)
    until(page, f"{VERDICT}.startsWith('sqrt')")
    assert page.locator("#equation").inner_text() == "y = 2·√x + 1"
    assert page.locator("#data-note").inner_text().startswith("7 points")


def test_columns_are_chosen_and_their_names_stay_text(page: Any, look: Look) -> None:
    rows = "".join(f"{i};{i * i};{3 * i + 1}\n" for i in range(1, 8))
    page.fill("#paste", f"t;{EVIL};line\n{rows}")
    page.click("#use-paste")
    until(page, f"{VERDICT}.startsWith('parabola')")
    assert EVIL in page.locator("#y-column").inner_text()
    page.select_option("#y-column", label="line")
    until(page, f"{VERDICT}.startsWith('line')")
    assert page.locator("img[src=x]").count() == 0
    look(page)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "There is no point in it."),
        ("x,y\n", "There is a header, and no point below it."),
        ("Dear all, dear others,\nsee you, then, there.\n", "There is no number in it."),
        ("x,y\n1,2\n2,abc\n", "Line 3, y: “abc” is not a number."),
        ("1,2\n3\n", "Line 2, column 2: nothing is not a number."),
        (f"x,y\n1,{EVIL}\n", f"Line 2, y: “{EVIL}” is not a number."),
    ],
    ids=["empty", "header", "prose", "word", "short", "markup"],
)
def test_what_is_no_table_is_told(page: Any, text: str, reason: str) -> None:
    page.fill("#paste", text)
    page.click("#use-paste")
    assert page.locator("#data-note.wrong").inner_text() == reason
    counted(page, 8)


def _archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet>1,2,3,4</worksheet>")
    return content.getvalue()


BINARY = {
    "readings.xlsx": _archive(),
    "readings.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + b",1,2,3,\n1,2,3\n",
    "readings.csv.gz": gzip.compress(b"x,y,z\n1,2,3\n"),
    "picture.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR,,,,",
}


@pytest.mark.parametrize("name", BINARY)
def test_a_file_that_is_no_text_leaves_all_as_it_was(page: Any, look: Look, name: str) -> None:
    page.fill("#paste", "t;y;z\n1;2;3\n2;4;5\n")
    page.click("#use-paste")
    counted(page, 2)
    page.evaluate(_DROP, [name, list(BINARY[name])])
    until(page, "document.querySelector('#data-note').className === 'wrong'")
    assert page.locator("#data-note").inner_text() == "This is not text. Export the table as CSV (UTF-8) first."
    assert page.locator("#y-column option").all_inner_texts() == ["t", "y", "z"]
    counted(page, 2)
    look(page)


@pytest.mark.parametrize(
    "text", ["3\n5\n7\n9\n11\n", "1 3\n2 5\n3 7\n4 9\n5 11\n", "\ufeff1\t3\r\n2\t5\r\n3\t7\r\n4\t9\r\n5\t11"]
)
def test_columns_of_all_kinds(page: Any, text: str) -> None:
    page.fill("#paste", text)
    page.click("#use-paste")
    counted(page, 5)
    assert page.locator("#equation").inner_text() == "y = 2·x + 1"


def test_many_points_are_a_cloud(page: Any, look: Look) -> None:
    rows = "".join(f"{i / 100},{(i / 100) ** 2 + (i * 7919 % 13) / 20}\n" for i in range(1, 5001))
    page.evaluate(_DROP, ["many.csv", rows])
    until(page, "document.querySelector('#count').textContent === '5000'")
    until(
        page,
        f"{VERDICT}.startsWith('parabola') && document.querySelector('#equation').textContent.startsWith('y = 1·x²')",
    )
    assert page.locator("#plot .cloud").count() == 1
    look(page)


@pytest.mark.parametrize("place", range(7))
def test_every_example_is_what_it_is(page: Any, place: int) -> None:
    page.select_option("#example", value=str(place))
    laws = ["parabola", "exponential", "sqrt", "logistic", "reciprocal", "sine", "none"]
    until(page, f"{VERDICT}.startsWith('{laws[place]}')")


def test_what_is_taken_along(page: Any, tmp_path: Path, look: Look) -> None:
    page.click("#copy-equation")
    until(page, "document.querySelector('#take-note').textContent === 'The equation is copied.'")
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
    assert len(held["question"]["sequences"][0]) == 8
    look(page)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_command_gives_the_same_answer(page: Any) -> None:
    page.click("#curl")
    until(page, "document.querySelector('#take-note').textContent === 'The command is copied.'")
    command = page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    (answer,) = json.loads(done.stdout)["answers"]
    assert answer["equation"] == page.locator("#equation").inner_text()


def test_a_service_that_has_stopped_is_told(
    opened: Callable[..., Any], run_service: Callable[..., Any], look: Look
) -> None:
    with run_service() as (address, process):
        page = opened(address)
        process.terminate()
        process.wait(20)
        click_at(page, (0.5, 0.5))
        until(page, "!document.querySelector('#problem').hidden")
        assert re.search("does not answer", page.locator("#problem").inner_text())
        assert page.locator("#verdict").inner_text() == "No answer"
        look(page)
        page.context.close()
