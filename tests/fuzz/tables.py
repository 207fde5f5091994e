"""Files of points from untrusted sources: text, containers, and valid files with damage."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from shapeclf.datasets.tables.reading import read_table
from shapeclf.datasets.tables.table import ReadOptions
from tests.datasets.tables.binary_sheets import xls
from tests.datasets.tables.writing import zipped

from .checks import check_one_line
from .drawn import any_bytes, any_json

__all__ = ["TARGETS", "any_table", "reading", "valid_tables"]

_FILES = Path(__file__).parents[1] / "datasets" / "tables" / "files"


def _read(content: bytes, options: dict[str, Any]) -> None:
    path = Path("points.table")
    path.write_bytes(content)
    table = read_table(path, ReadOptions(**options))
    assert len(table.x) == len(table.y) > 0
    assert np.isfinite(table.x).all()
    assert np.isfinite(table.y).all()
    check_one_line(table.summary())
    json.dumps(table.record(), allow_nan=False)


def table_of_text(content: bytes, options: dict[str, Any]) -> None:
    _read(content, options)


def _zip(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("points.csv", content)
    return file.getvalue()


_PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": _zip,
    "UTF-16": lambda content: content.decode("latin-1").encode("utf-16"),
}


def packed_table(content: bytes, kind: str, damage: list[tuple[int, int]]) -> None:
    _read(_damaged(_PACKED[kind](content), damage), {})


def table_of_json(value: Any) -> None:
    _read(json.dumps(value).encode(), {})


@cache
def valid_tables() -> list[bytes]:
    files = [path.read_bytes() for path in sorted(_FILES.iterdir()) if path.name not in ("README.md", "expected.json")]
    return [*files, xls([["t", "s"], [0.5, 1.25], [1.5, None], [2.5, 4.0]])]


def _damaged(content: bytes, damage: list[tuple[int, int]]) -> bytes:
    damaged = bytearray(content)
    for position, value in damage:
        if damaged:
            damaged[position % len(damaged)] = value
    return bytes(damaged)


def _damaged_member(content: bytes, damage: list[tuple[int, int]]) -> bytes:
    """Return an archive in which one member is damaged and the others are valid."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    name = sorted(members)[damage[0][0] % len(members)]
    return zipped({**members, name: _damaged(bytes(members[name]), damage)})  # type: ignore[arg-type]


def damaged_table(number: int, damage: list[tuple[int, int]], cut: int | None, options: dict[str, Any]) -> None:
    content = valid_tables()[number % len(valid_tables())]
    is_archive = content.startswith(b"PK") and bool(damage) and damage[0][1] % 2 == 1
    content = _damaged_member(content, damage) if is_archive else _damaged(content, damage)
    _read(content if cut is None else content[: cut % (len(content) + 1)], options)


_WORDS = """
    1 2 3 0.5 1,5 1.234 1,234 1.234,5 1'000 -4 5e-3 1D2 1.2(3) 1.0±0.1 ± 3% 5s 5_s inf nan NA -- #N/A x y t (s) [m] /
    id sep=; # % // 2024-03-01 01.03.2024 03/04/2024 09:30 23:59:59.5 2024-03-01T09:00Z 12:00_PM Mars "a;b" " ' err
    std 2020 {"x": [1, 2] } null t: t= -> [ ] ( ×10³ *10^3 $ € Start Increment t0=1s tInc=2s Units <dbl> │
"""
_CELLS = _WORDS.split()
_lines = st.lists(st.lists(st.sampled_from(_CELLS), max_size=6), max_size=14)
any_table = st.builds(
    lambda rows, mark, end: end.join(mark.join(row).replace("_", " ") for row in rows).encode(),
    _lines, st.sampled_from([",", ";", "\t", " ", "|", ", "]), st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
)  # fmt: skip
reading = st.fixed_dictionaries(
    {},
    optional={
        "x": st.sampled_from(["1", "2", "x", "t", ""]),
        "y": st.sampled_from(["1", "2", "3", "y"]),
        "y_error": st.sampled_from(["0.1", "5%", "#1", "#3", "err", "y"]),
        "header": st.sampled_from(["yes", "no"]),
        "delimiter": st.sampled_from([",", ";", "\t", " ", "|", "1", "x"]),
        "decimal": st.sampled_from([".", ","]),
        "comment": st.sampled_from(["!", "1", "--"]),
        "skip_lines": st.integers(0, 5),
        "encoding": st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-7", "rot13", "ascii", "idna", "punycode", "x"]),
        "sheet": st.sampled_from(["1", "2", "Sheet"]),
        "date_format": st.sampled_from(["dmy", "mdy", "ymd"]),
        "x_origin": st.sampled_from(["2024-03-01", "09:00", "0", "03/04/2024", "31.02.2024"]),
        "missing": st.sampled_from(["skip", "refuse"]),
        "skip_bad": st.booleans(),
    },
)
_damage = st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=4)

TARGETS: dict[Callable[..., None], tuple[st.SearchStrategy[Any], ...]] = {
    table_of_text: (any_table | any_bytes, reading),
    packed_table: (any_table | any_bytes, st.sampled_from(list(_PACKED)), _damage),
    table_of_json: (any_json,),
    damaged_table: (st.integers(0, 99), _damage, st.none() | st.integers(0, 2**13), reading),
}
