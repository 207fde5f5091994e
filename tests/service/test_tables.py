"""Tables in the bodies of requests: read as the command line reads them, by a process that can be killed."""

import asyncio
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from shapeclf import Recognizer
from shapeclf.cli import reading_options
from shapeclf.cli.main import main
from shapeclf.datasets.tables.reading import read_table
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError
from shapeclf.service import Limits, parsing, table_process
from shapeclf.service.app import create_app
from shapeclf.service.table_process import read_body
from shapeclf.service.tables import TableReader
from tests.datasets.tables.writing import xlsx

from .conftest import FALL

FILES = Path(__file__).parents[1] / "datasets" / "tables" / "files"
EXPECTED = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
CSV = {"Content-Type": "text/csv"}


@pytest.fixture(scope="module")
def client(real: Recognizer) -> Iterator[TestClient]:
    """A client of a service whose process that reads tables is started once."""
    with TestClient(create_app(real), base_url="http://localhost") as found:
        yield found


@pytest.mark.parametrize("name", [name for name, want in EXPECTED.items() if "refused" not in want])
def test_a_body_is_read_like_a_file(name: str) -> None:
    expected = read_table(FILES / name)
    header, points = read_body((FILES / name).read_bytes(), ReadOptions(), 1000)
    assert (header["data"], header["notes"][0]) == (expected.record(), expected.summary())
    assert points[:, :2].T.tolist() == [expected.x.tolist(), expected.y.tolist()]
    assert points.shape[1] == 2 or points[:, 2].tolist() == expected.y_error.tolist()  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [name for name, want in EXPECTED.items() if "refused" in want])
def test_a_body_is_refused_like_a_file(name: str) -> None:
    with pytest.raises(InputError) as refused:
        read_table(FILES / name)
    with pytest.raises(InputError) as found:
        read_body((FILES / name).read_bytes(), ReadOptions(), 1000)
    assert str(found.value) == str(refused.value).replace(str(FILES / name), "body")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("01_semicolon_units.csv", "text/csv; charset=utf-8"),
        ("08b_errcolumns.csv", "text/plain"),
        ("09_excel.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("10_calc.ods", "application/vnd.oasis.opendocument.spreadsheet"),
        ("11_records.json", "application/json"),
        ("11b_columns.json", "application/json"),
        ("11c_pairs.json", "application/json"),
        ("32_gz.csv.gz", "application/gzip"),
        ("23_unicode_text.txt", "application/octet-stream"),
    ],
)
def test_the_answer_is_that_of_the_command_line(client: TestClient, name: str, media_type: str) -> None:
    response = client.post("/recognize", content=(FILES / name).read_bytes(), headers={"Content-Type": media_type})
    (answer,) = response.json()["answers"]
    printed = CliRunner().invoke(main, ["predict", str(FILES / name), "--json"])
    assert [f"note: {note}".removeprefix("note: note: ") for note in answer.pop("notes")] == printed.stderr.splitlines()
    assert answer.pop("verdict")
    assert answer == json.loads(printed.stdout)


@pytest.mark.parametrize("path", ["/recognize", "/read"])
def test_the_options_of_the_reader_are_parameters(client: TestClient, path: str) -> None:
    text = b"a note\nt|s|w|err\n1|2,5|7|0,1\n2|5,0|8|0,1\n3|7,4|9|0,2\n3|x|9|0,2\n"
    wanted = {"x": "w", "y": "2", "y_error": "err", "delimiter": "bar", "decimal": ",", "header": "yes"}
    wanted |= {"skip_lines": "1", "skip_bad": "true"}
    response = client.post(path, content=text, headers=CSV, params=wanted)
    found = response.json()["answers"][0] if path == "/recognize" else response.json()
    data = found["data"]
    assert [data[key] for key in ("x", "y", "y_error", "points", "skipped")] == ["w", "s", "err", 3, 1]
    assert (data["first"], data["last"]) == ([7, 2.5], [9, 7.4])
    if path == "/read":
        assert found["points"] == [[7, 2.5, 0.1], [8, 5, 0.1], [9, 7.4, 0.2]]
        assert (found["columns"], found["chosen"]) == (["t", "s", "w", "err"], [2, 1, 3])


def test_the_options_of_the_answer_are_parameters_too(client: TestClient) -> None:
    params = {"among": "line,sqrt", "family": "parabola", "each_point": "true"}
    content = (FILES / "01_semicolon_units.csv").read_bytes()
    (answer,) = client.post("/recognize", content=content, headers=CSV, params=params).json()["answers"]
    assert list(answer["posterior"]) == ["line", "sqrt"]
    assert answer["equation_named"] == "s = 4.9115·t² − 0.003"
    assert len(answer["posteriors"]) == 12
    (answer,) = client.post("/recognize", content=content, headers=CSV, params={"fit": "false"}).json()["answers"]
    assert "equation" not in answer


def test_the_sheets_of_a_spreadsheet_are_named(client: TestClient) -> None:
    content = xlsx({"First": [["t", "s"], [1.0, 2.0], [2.0, 4.0]], "Second": [["u", "v"], [1.0, 7.0], [2.0, 8.0]]})
    queries: list[dict[str, str]] = [{}, {"sheet": "2"}]
    found = [client.post("/read", content=content, headers=CSV, params=query).json() for query in queries]
    assert [each["sheet"] for each in found] == ["First", "Second"]
    assert found[0]["sheets"] == ["First", "Second"]
    assert found[1]["points"] == [[1, 7], [2, 8]]


def test_error_bars_that_cannot_weight_a_fit_are_left_out(client: TestClient) -> None:
    text = b"t,s,s_err\n1,2,0.1\n2,4,0\n3,6,0.1\n"
    found = client.post("/read", content=text, headers=CSV).json()
    assert found["points"] == [[1, 2], [2, 4], [3, 6]]
    assert "that of point 2 is 0" in found["notes"][1]


LINE = b"x,y\n1,2\n2,4\n"
REFUSED: dict[str, tuple[bytes, str, dict[str, str], int, str]] = {
    "empty": (b"", "text/csv", {}, 422, "body: it has no points"),
    "word": (LINE + b"3,abc\n", "text/csv", {}, 422, "body, line 4, column 2 (y): 'abc' is not a number; skip_bad "),
    "decimal": (b"s\n1,35\n2,47\n", "text/csv", {}, 422, "give delimiter , or decimal ,"),
    "column": (LINE, "text/csv", {"y": "z"}, 422, "body: y 'z' is not a column"),
    "unknown": (LINE, "text/csv", {"colour": "red"}, 422, "query: 'colour' is not one of x, y, y_error"),
    "number": (LINE, "text/csv", {"skip_lines": "-1"}, 422, "skip_lines must be at least 0, got -1"),
    "whole": (LINE, "text/csv", {"skip_lines": "1.5"}, 422, "query.skip_lines: "),
    "date-format": (LINE, "text/csv", {"date_format": "md"}, 422, "date_format must be dmy, mdy or ymd"),
    "delimiter": (LINE, "text/csv", {"delimiter": "ab"}, 422, "'ab' is not one character"),
    "family": (LINE, "text/csv", {"family": "spiral"}, 422, "family must be one of line, "),
    "among": (LINE, "text/csv", {"among": "line,spiral"}, 422, "among must be different families"),
    "huge": (b"x,y\n1e308,2\n-1e308,4\n0,1e-300\n", "text/csv", {}, 422, "body: these points have no answer"),
    "picture": (b"\x89PNG\r\n\x1a\n", "image/png", {}, 422, "body: this is a picture (PNG)"),
    "form": (LINE, "application/x-www-form-urlencoded", {}, 415, "curl --data-binary @FILE"),
    "multipart": (b"--x\n", "multipart/form-data; boundary=x", {}, 415, "curl --data-binary @FILE"),
    "unlabelled": (LINE, "", {}, 415, "curl --data-binary @FILE"),
    "csv-as-json": (LINE, "application/json", {}, 400, "the body is not JSON: "),
    "json-table": (b'{"t": ["b"], "s": ["a"]}', "application/json", {}, 422, "body: "),
    "deep": (b"[" * 100_000, "application/json", {}, 422, "body: not valid JSON"),
    "charset": (LINE, "text/csv; charset=martian", {}, 422, "encoding 'martian'"),
}


@pytest.mark.parametrize(("body", "media_type", "params", "status", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_table_that_cannot_be_answered_is_one_line(
    client: TestClient, body: bytes, media_type: str, params: dict[str, str], status: int, reason: str
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    response = client.post("/recognize", content=body, headers=headers, params=params)
    assert (response.status_code, list(response.json())) == (status, ["detail"])
    assert reason in response.json()["detail"]
    assert "\n" not in response.json()["detail"]


def test_the_parameters_are_the_options_of_the_command_line() -> None:
    assert {f"--{name.replace('_', '-')}" for name in parsing.READING} == {"--x", "--y", *reading_options.READING}


def test_twice_the_same_parameter_and_parameters_of_json_are_refused(client: TestClient) -> None:
    assert client.post("/recognize?x=1&x=2", content=LINE, headers=CSV).json() == {
        "detail": "query: 'x' is given twice"
    }
    useless = client.post("/recognize?fit=false", json={"sequences": [FALL]})
    assert useless.json()["detail"].startswith("query: parameters are for tables")


def test_the_charset_of_the_content_type_is_the_encoding(client: TestClient) -> None:
    content = "t;größe\n1;2\n2;4\n".encode("utf-16-le")
    response = client.post("/read", content=content, headers={"Content-Type": "text/csv; charset=utf-16-le"})
    assert response.json()["data"]["y"] == "größe"


def _read(limits: Limits, *bodies: bytes) -> list[str]:
    """Read tables one after the other; return what was read of each, or why it was refused."""

    async def read() -> list[str]:
        reader, found = TableReader(limits), []
        for body in bodies:
            try:
                found.append((await reader.read(body, ReadOptions()))[0]["notes"][0])
            except InputError as error:
                found.append(str(error))
        reader.close()
        return found

    return asyncio.run(read())


@pytest.mark.slow
def test_a_table_that_takes_too_long_ends_its_process_alone() -> None:
    many = b"1.5,2.5\n" * 2**22
    found = _read(Limits(reading=0.3), many, b"t (s),s (m)\n1,2\n2,4\n")
    assert found == ["body: reading it takes longer than 0.3 s", "x = t (s), y = s (m); 2 points"]


def test_a_process_is_kept_however_much_memory_the_service_uses() -> None:
    used = np.ones(2**26)  # 512 MiB; the largest memory of a new process counts that of the one which started it
    reader = TableReader(Limits())
    asyncio.run(reader.read(b"1,2\n2,4\n", ReadOptions()))
    assert len(reader._idle) == 1
    reader.close()
    assert used[-1] == 1


@pytest.mark.slow
def test_a_table_that_takes_too_much_memory_is_refused() -> None:
    zeros = pa.table({name: np.zeros(2**20) for name in "xy"})
    with pq.ParquetWriter(file := io.BytesIO(), zeros.schema, compression="zstd") as writer:
        for _ in range(30):
            writer.write_table(zeros)
    assert len(file.getvalue()) < 2**20  # it holds 480 MiB
    usual = b"1.5,2.5\n" * 2**21  # needs the memory that the file before used
    found = _read(Limits(points=2**26, reading=300), file.getvalue(), usual)
    assert re.fullmatch(
        r"body: (reading it takes too much memory|.*\(.*alloc of size .*\))", found[0]
    )  # the second text is Arrow's
    assert found[1] == "x = column 1, y = column 2; 2097152 points"


def test_a_table_has_no_more_points_than_a_request() -> None:
    with pytest.raises(InputError, match=r"^body: at most 2 points are answered at once, got 3$"):
        read_body(b"1,2\n2,4\n3,6\n", ReadOptions(), 2)


def test_a_fault_of_the_reader_is_no_mistake_of_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(table_process, "read_body", fail)
    header, points = table_process._answer(b"", {}, 1)
    assert "ZeroDivisionError" in header["fault"]
    assert points.shape == (0, 2)
