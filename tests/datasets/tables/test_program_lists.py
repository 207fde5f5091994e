"""Lists as programs write them, which are not rows."""

import io

import pytest

from shapeclf.datasets.tables.point_stream import PointStream
from shapeclf.datasets.tables.reading import read_open_table
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError

_REFUSED = (
    r"is a list in program code; write one point per line, or give the name of a file with x = \[0, 1\] and "
    r"y = \[2, 3\]$"
)
_OTHERS = {
    "MATLAB": "x = [0 1 2];\ny = [3 4 5];\n",
    "R": "x <- c(0, 1, 2)\ny <- c(3, 4, 5)\n",
    "a log": "a=[0.1, 0.2]\na=[0.3, 0.4]\n",
}


@pytest.mark.parametrize("text", _OTHERS.values(), ids=_OTHERS)
def test_other_languages_are_refused_in_files(text: str) -> None:
    with pytest.raises(InputError, match=_REFUSED):
        read_open_table("a", io.BytesIO(text.encode()), ReadOptions())


@pytest.mark.parametrize("text", [*_OTHERS.values(), "x = [0, 1, 2, 3]\ny = [4, 5, 6, 7]\n"], ids=[*_OTHERS, "Python"])
def test_lists_are_refused_in_streams(text: str) -> None:
    with pytest.raises(InputError, match=_REFUSED):
        list(PointStream("a", ReadOptions(), pytest.fail).points(text.splitlines()))


def test_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(InputError, match=r"^a: the lists have different lengths \(x 3, y 2\); "):
        read_open_table("a", io.BytesIO(b"x = [0, 1, 2]\ny = [3, 4]\n"), ReadOptions())


def test_a_setting_above_a_table_is_no_list() -> None:
    text = "range = [0, 10]\nt,s\n0,1\n1,2\n2,3\n"
    assert read_open_table("a", io.BytesIO(text.encode()), ReadOptions()).x.tolist() == [0.0, 1.0, 2.0]
    points = PointStream("a", ReadOptions(), pytest.fail).points(text.splitlines())
    assert [point.y for point in points] == [1.0, 2.0, 3.0]
