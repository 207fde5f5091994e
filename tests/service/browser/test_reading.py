"""Files and texts on the page: read by the service, shown above the plot, with menus for other columns."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shapeclf.datasets.tables.reading import read_table
from shapeclf.errors import InputError
from shapeclf.recognition.naming import Names
from tests.datasets.tables.writing import xlsx

from .conftest import DROP, PASTE, PHONE, ROOTS, Screenshot, click_at, counted, until

pytestmark = pytest.mark.browser

FILES = Path(__file__).parents[2] / "datasets" / "tables" / "files"
EVIL = "a <img src=x onerror=alert(1)> b"
VERDICT = "document.querySelector('#verdict').textContent"
NOTE = "document.querySelector('#read-note').textContent"


def note(page: Any) -> str:
    return str(page.locator("#read-note").inner_text())


def expected(path: Path) -> tuple[str, Any]:
    """Return the note on a file, and its points; no points if it is refused."""
    try:
        table = read_table(path)
    except InputError as error:
        text = str(error).replace(str(path), path.name)
        return text, None
    columns = [table.x, table.y] if table.y_error is None else [table.x, table.y, table.y_error]
    labels = [Names.of(table).label("x"), Names.of(table).label("y")]
    points = [list(point) for point in zip(*(column.tolist() for column in columns), strict=True)]
    return f"{path.name}: {table.summary()}", (points, labels)


def without_dashes(text: str) -> str:
    """Return a message of the command line with its options as parameters."""
    for option in ("y-error", "header", "delimiter", "decimal", "comment", "skip-lines", "encoding", "sheet"):
        text = text.replace(f"--{option}", option.replace("-", "_"))
    for option in ("date-format", "x-origin", "missing", "skip-bad"):
        text = text.replace(f"--{option}", option.replace("-", "_"))
    return text.replace("--x", "x").replace("--y", "y")


def test_every_file_is_read_as_the_command_line_reads_it(page: Any) -> None:
    requested: list[Any] = []
    page.on(
        "request",
        lambda request: requested.append(json.loads(request.post_data)) if request.url.endswith("/recognize") else None,
    )
    counted(page, 8)
    paths = sorted(path for path in FILES.iterdir() if path.name not in ("expected.json", "README.md"))
    for path in paths:
        text, read = expected(path)
        page.evaluate(DROP, [path.name, list(path.read_bytes())])
        until(page, f"{NOTE}.startsWith({json.dumps(path.name)})")
        assert note(page) == without_dashes(text)
        assert (page.locator("#read-note.wrong").count() == 1) == (read is None)
        if read is not None:
            points, labels = read
            until(page, f"document.querySelector('#count').textContent === '{len(points)}'")
            while requested[-1]["sequences"] != [points]:
                page.wait_for_timeout(20)  # the request before is still being answered
            assert page.locator("#plot .label").all_text_contents() == [
                label if len(label) <= 40 else label[:39] + "…" for label in labels
            ]
    assert len(paths) > 60


@pytest.mark.parametrize("way", ["drop", "paste", "box", "file"])
def test_a_csv_is_read(page: Any, way: str, tmp_path: Path) -> None:
    if way == "drop":
        page.evaluate(DROP, ["roots.csv", ROOTS])
    elif way == "paste":
        page.evaluate(PASTE, ROOTS)
    elif way == "box":
        page.fill("#paste", ROOTS)
        page.click("#use-paste")
    else:
        (tmp_path / "roots.csv").write_text(ROOTS)
        with page.expect_file_chooser() as chooser:
            page.click("#choose-file")
        chooser.value.set_files(tmp_path / "roots.csv")
    counted(page, 7)
    until(page, f"{VERDICT}.includes('a square root (')")
    assert page.locator("#equation").inner_text() == "y = 2·√x + 1"
    name = "roots.csv" if way in ("drop", "file") else "The pasted text"
    assert note(page) == f"{name}: x = x, y = y; 7 points"


def test_columns_are_chosen_and_their_names_stay_text(page: Any, screenshot: Screenshot) -> None:
    rows = "".join(f"{i / 2};{i * i / 4};{1.5 * i + 1}\n" for i in range(1, 8))
    page.fill("#paste", f"t (s);{EVIL};line (m)\n{rows}")
    page.click("#use-paste")
    counted(page, 7)
    until(page, f"{VERDICT}.includes('a parabola (')")
    assert EVIL in page.locator("#read-y").inner_text()
    page.select_option("#read-y", label="line")
    until(page, f"{VERDICT}.includes('a line (')")
    assert page.locator("#equation").inner_text() == "line = 3·t + 1"
    assert page.locator("#plot .label").all_text_contents() == ["t (s)", "line (m)"]
    assert "k in m/s, b in m" in page.locator("#quality").inner_text()
    page.select_option("#read-x", label=EVIL)
    until(page, f"{NOTE}.includes('x = a <img')")
    assert page.locator("img[src=x]").count() == 0
    screenshot(page)
    page.click("#undo")
    page.click("#undo")
    until(page, f"{VERDICT}.includes('a parabola (')")
    assert page.locator("#read-y").input_value() == "1"  # the menus follow the points


@pytest.mark.parametrize(("off", "text"), [(0, "residuals not random: Durbin-Watson"), (8, "outliers: point 17")])
def test_what_is_wrong_with_the_residuals_is_shown(page: Any, off: int, text: str) -> None:
    rows = "".join(f"{i},{5 * i + 0.05 * (i % 10 - 5) ** 2 + off * (i == 17):.3f}\n" for i in range(1, 41))
    page.evaluate(DROP, ["line.csv", f"x,y\n{rows}"])
    until(page, f"document.querySelector('#quality').textContent.includes('{text}')")
    assert "a line" in page.locator("#verdict").inner_text()


def test_error_bars_are_drawn_and_weight_the_fit(page: Any, screenshot: Screenshot) -> None:
    rows = "".join(f"{i},{3 * i + 1 + 0.2 * (-1) ** i:.2f},{0.1 * i:.1f},9\n" for i in range(1, 9))
    page.evaluate(DROP, ["bars.csv", f"U (V),I (mA),I_err (mA),spare\n{rows}"])
    until(page, "document.querySelector('#quality').textContent.includes('χ² per degree of freedom')")
    assert page.locator("#plot .bars").count() == 1
    assert page.locator("#read-y_error option:checked").inner_text() == "I_err"
    screenshot(page)
    page.select_option("#read-y_error", label="none")
    until(page, "!document.querySelector('#quality').textContent.includes('χ²')")
    assert page.locator("#plot .bars").count() == 0
    assert note(page).endswith("; the error bars are not used")
    page.select_option("#read-y_error", label="spare")
    until(page, f"{NOTE}.includes('y_error = spare')")
    click_at(page, (0.1, 0.9))  # a point without an error
    until(page, "document.querySelector('#quality').textContent.includes('error bars not used')")


def test_the_sheets_of_a_spreadsheet_can_be_chosen(page: Any) -> None:
    content = xlsx(
        {"Fall": [["t", "s"], [1.0, 2.0], [2.0, 4.0]], "Run": [["u", "v"], *([float(i), 5.0] for i in range(3))]}
    )
    page.evaluate(DROP, ["sheets.xlsx", list(content)])
    until(page, f"{NOTE}.startsWith('sheets.xlsx: x = t, y = s')")
    page.select_option("#read-sheet", label="Run")
    until(page, f"{NOTE}.startsWith('sheets.xlsx: x = u, y = v; 3 points')")
    assert page.locator("#read-sheet option:checked").inner_text() == "Run"


def test_a_column_that_is_not_certain_can_be_named(page: Any) -> None:
    page.evaluate(DROP, ["gaps.csv", "id,t,s\n1,4,2\n2,7,3\n5,10,7\n9,13,9\n"])
    page.locator("#read-note.wrong").wait_for()
    assert "give x 1 or x " in note(page)
    page.fill("[data-option=x]", "t")
    page.keyboard.press("Tab")
    until(page, f"{NOTE} .startsWith('gaps.csv: x = t, y = s; 4 points')")
    assert page.locator("#read-x option:checked").inner_text() == "t"


def test_an_option_resolves_what_is_refused(page: Any, screenshot: Screenshot) -> None:
    page.evaluate(DROP, ["comma.csv", "s\n1,35\n2,47\n3,61\n"])
    until(page, f"{NOTE}.includes('or decimal ,')")
    counted(page, 8)  # the points before stay
    screenshot(page)  # the options are open, since the text names one
    page.select_option("[data-option=decimal]", value=",")
    until(page, f"{NOTE} === 'comma.csv: x = 1, 2, 3, ..., y = s; 3 points'")
    assert page.locator("#read-note.wrong").count() == 0
    page.fill("[data-option=skip_lines]", "x")
    page.keyboard.press("Tab")
    until(page, f"{NOTE}.startsWith('query.skip_lines: ')")
    page.fill("[data-option=skip_lines]", "1")
    page.keyboard.press("Tab")
    until(page, f"{NOTE} === 'comma.csv: x = 1, 2, 3, ..., y = column 1; 3 points'")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The pasted text: it has no points"),
        ("x,y\n", "The pasted text: it has no points"),
        ("Dear all, dear others,\nsee you, then, there.\n", "The pasted text: "),
        (
            "x,y\n1,2\n2,abc\n",
            "The pasted text, line 3, column 2 (y): 'abc' is not a number; skip_bad leaves such rows out",
        ),
        (f"x,y\n1,2\n2,{EVIL}\n", f"The pasted text, line 3, column 2 (y): '{EVIL}' is not a number"),
    ],
    ids=["empty", "header", "prose", "word", "markup"],
)
def test_a_text_without_a_table_is_refused(page: Any, text: str, reason: str) -> None:
    page.fill("#paste", text)
    page.click("#use-paste")
    page.locator("#read-note.wrong").wait_for()
    assert note(page).startswith(reason)
    counted(page, 8)


def test_a_file_without_a_table_changes_nothing(page: Any, screenshot: Screenshot) -> None:
    page.fill("#paste", "t;y;z\n1;2;3\n2;4;5\n")
    page.click("#use-paste")
    counted(page, 2)
    page.evaluate(DROP, ["picture.png", list(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR,,,,")])
    page.locator("#read-note.wrong").wait_for()
    assert note(page).startswith("picture.png: this is a picture (PNG)")
    counted(page, 2)
    screenshot(page)
    page.locator("#plot").press("Delete")  # the note about the file stays while points are edited
    until(page, f"{NOTE}.startsWith('picture.png')")
    page.click("#clear")
    assert page.locator("#reading").is_hidden()


def test_the_note_fits_on_a_phone(opened: Callable[..., Any], screenshot: Screenshot) -> None:
    page = opened(viewport=PHONE, color_scheme="dark")
    path = FILES / "07_three_y.csv"
    page.evaluate(DROP, [path.name, list(path.read_bytes())])
    until(page, f"{NOTE}.startsWith('07_three_y.csv')")
    page.click("#reading summary")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    screenshot(page)
