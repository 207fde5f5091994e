import importlib.metadata
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from shapeclf.datasets import (
    LINE,
    PARABOLA,
    SQRT,
    Family,
    Uniform,
    catalogue,
    find_families,
    known_families,
    load_family,
)
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError

MODULE = """
import numpy as np
from shapeclf.datasets import Family
def cube(x):
    return x**3
CUBIC = Family("cubic", "y = k·x³ + b", cube)
NUMBER = 3
LINE = Family("line", "y = x", cube)
"""
Write = Callable[[str, str], None]


def cube(x: FloatArray) -> FloatArray:
    result: FloatArray = x**3
    return result


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a module that can be imported until the test ends."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def write(name: str, text: str) -> None:
        monkeypatch.setitem(sys.modules, name, None)  # so that it is gone afterwards
        del sys.modules[name]
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: Write) -> Callable[[str], None]:
    """Installs a distribution ``cubics`` whose entry points are these lines."""

    def install(lines: str) -> None:
        module("cubics_of_others", MODULE)
        folder = tmp_path / "cubics-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: cubics\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[shapeclf.families]\n{lines}\n")

    return install


def test_a_family_of_a_module(module: Write) -> None:
    module("my_cubics", MODULE)
    family = load_family("my_cubics:CUBIC")
    assert (family.name, family.formula) == ("cubic", "y = k·x³ + b")
    assert load_family("shapeclf.datasets.families:SQRT") is SQRT


@pytest.mark.parametrize("reference", ["", "line", ":", "my_cubics:", ":CUBIC"], ids=repr)
def test_malformed_references_are_refused(reference: str) -> None:
    with pytest.raises(
        InputError, match=rf"^a family is named module:NAME, as in my_families:CUBIC; got {reference!r}$"
    ):
        load_family(reference)


@pytest.mark.parametrize(
    ("text", "reference", "message"),
    [
        pytest.param(
            None,
            "no_such_module:X",
            "family 'no_such_module:X': importing 'no_such_module' failed: "
            "ModuleNotFoundError: No module named 'no_such_module'",
            id="no module",
        ),
        pytest.param(
            "raise RuntimeError('first\\n  second')",
            "my_cubics:CUBIC",
            "family 'my_cubics:CUBIC': importing 'my_cubics' failed: RuntimeError: first second",
            id="a module that raises",
        ),
        pytest.param(
            MODULE, "my_cubics:QUARTIC", "family 'my_cubics:QUARTIC': module 'my_cubics' has no 'QUARTIC'", id="no name"
        ),
        pytest.param(
            MODULE,
            "my_cubics:NUMBER",
            "family 'my_cubics:NUMBER' is of type int, not a shapeclf.datasets.Family",
            id="no family",
        ),
    ],
)
def test_modules_without_a_usable_family_are_refused(
    module: Write, text: str | None, reference: str, message: str
) -> None:
    if text is not None:
        module("my_cubics", text)
    with pytest.raises(InputError) as caught:  # the whole text is compared below
        load_family(reference)
    assert str(caught.value) == message


def test_a_module_with_bad_syntax_is_reported_in_one_line(module: Write) -> None:
    module("my_cubics", "def broken(:\n")
    with pytest.raises(InputError, match=r"^family 'my_cubics:X': importing 'my_cubics' failed: SyntaxError: [^\n]*$"):
        load_family("my_cubics:X")


def test_built_in_families_are_known() -> None:
    known = known_families()
    assert [found.family for found in known.values()][:3] == [LINE, PARABOLA, SQRT]
    assert {known[name].source for name in ("line", "parabola", "sqrt")} == {"built in"}


def test_installed_families_are_known_with_their_source(installed: Callable[[str], None]) -> None:
    installed("cubic = cubics_of_others:CUBIC")
    found = known_families()["cubic"]
    assert (found.family.formula, found.source) == ("y = k·x³ + b", "cubics")
    assert find_families(["cubic", "line"]) == (found.family, LINE)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(
            "n = cubics_of_others:NUMBER",
            "^family 'cubics_of_others:NUMBER' of cubics is of type int, not a shapeclf.datasets.Family$",
            id="no family",
        ),
        pytest.param(
            "n = cubics_of_others:NOTHING",
            "^family 'cubics_of_others:NOTHING' of cubics cannot be loaded: AttributeError: ",
            id="no such name",
        ),
        pytest.param(
            "n = not_installed_here:X",
            "^family 'not_installed_here:X' of cubics cannot be loaded: ModuleNotFoundError: ",
            id="no module",
        ),
        pytest.param(
            "n = cubics_of_others:LINE",
            "^family 'line' of cubics: another family has this name \\(built in\\)$",
            id="taken name",
        ),
    ],
)
def test_installed_families_that_cannot_be_used_are_refused(
    installed: Callable[[str], None], line: str, message: str
) -> None:
    installed(line)
    with pytest.raises(InputError, match=message):
        known_families()


def test_an_entry_point_without_a_distribution(monkeypatch: pytest.MonkeyPatch, module: Write) -> None:
    module("cubics_of_others", MODULE)
    entry = EntryPoint("cubic", "cubics_of_others:CUBIC", catalogue.ENTRY_POINT_GROUP)
    monkeypatch.setattr(
        importlib.metadata, "entry_points", lambda group: [entry] if group == "shapeclf.families" else []
    )
    assert known_families()["cubic"].source == "cubics_of_others:CUBIC"


def test_installed_packages_are_searched_only_for_unknown_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(group: str) -> None:
        raise AssertionError(group)

    monkeypatch.setattr(importlib.metadata, "entry_points", refuse)
    assert find_families(["sqrt", "line"]) == (SQRT, LINE)
    with pytest.raises(AssertionError, match=r"shapeclf\.families"):
        find_families(["cubic"])


def test_families_are_returned_in_the_requested_order() -> None:
    assert find_families(["sqrt", "line", "parabola"]) == (SQRT, LINE, PARABOLA)
    assert find_families(iter(["sqrt"])) == (SQRT,)
    assert find_families([]) == ()


def test_the_users_families_replace_others_of_the_same_name() -> None:
    own = Family("line", "y = k·x³ + b", cube, x=Uniform(1, 2))
    assert find_families(["line", "sqrt"], iter([own])) == (own, SQRT)


def test_an_unknown_name_is_refused_with_those_that_exist() -> None:
    own = Family("cubic", "y = k·x³ + b", cube)
    with pytest.raises(InputError, match=r"^unknown family 'spline'; there are line, parabola, sqrt(, .*)?, cubic$"):
        find_families(["line", "spline"], [own])


def test_a_duplicate_name_is_refused() -> None:
    with pytest.raises(InputError, match=r"^families must differ from each other, got line, sqrt, line$"):
        find_families(["line", "sqrt", "line"])
