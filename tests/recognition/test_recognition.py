import base64
import html
import json
import re
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.errors import InputError
from shapeclf.recognition import Recognition, Recognizer, fit_family, verdict

KNOWN = {family.name: family for family in BUILT_IN}
KEYS = [
    "family",
    "probability",
    "posterior",
    "points",
    "equation",
    "parameters",
    "standard_errors",
    "covariance",
    "r_squared",
    "residual_sd",
    "residual_test",
    "outliers",
    "quantities",
]


def _recognition(posterior: Any, names: tuple[str, ...] = ("line", "sqrt", "none")) -> Recognition:
    posterior = np.asarray(posterior, dtype=float)
    x = np.arange(1.0, len(posterior) + 1)
    return Recognition(names, posterior, np.stack([x, 2 * x + 1], axis=-1), KNOWN)


@pytest.fixture
def seen() -> Recognition:
    """Three points of a line."""
    return _recognition([[0.3, 0.3, 0.4], [0.2, 0.7, 0.1], [0.95, 0.01, 0.04]])


# The verdict.


@pytest.mark.parametrize(
    ("probabilities", "words"),
    [
        ({"line": 1.0}, "almost certainly a line (over 99.9 %)"),
        ({"line": 0.9996, "sqrt": 0.0004}, "almost certainly a line (over 99.9 %)"),
        ({"line": 0.9994, "sqrt": 0.0006}, "almost certainly a line (99.9 %)"),
        ({"line": 0.9, "sqrt": 0.1}, "very probably a line (90 %)"),
        ({"line": 0.89, "sqrt": 0.11}, "probably a line (89 %); otherwise a square root (11 %)"),
        ({"sqrt": 0.2, "line": 0.5, "none": 0.3}, "probably a line (50 %); otherwise none of the known laws (30 %)"),
        ({"line": 0.49, "sqrt": 0.3, "power": 0.21}, "unsure: a line (49 %) or a square root (30 %)"),
        ({"line": 0.41, "none": 0.39, "sqrt": 0.2}, "unsure: a line (41 %) or none of the known laws (39 %)"),
        ({"line": 0.5, "sqrt": 0.5}, "unsure: a line (50 %) or a square root (50 %)"),
        ({"none": 0.97, "sqrt": 0.03}, "very probably none of the known laws (97 %)"),
        ({"power": 0.7, "cubic": 0.2, "sqrt": 0.1}, "probably a power law (70 %); otherwise the family cubic (20 %)"),
        (
            {"line": 0.85, **{f"law{n}": 0.003 for n in range(50)}},
            "probably a line (85 %); otherwise the family law0 (under 1 %)",
        ),
        ({"none": 0.6, "sqrt": 0.4}, "probably none of the known laws (60 %); otherwise a square root (40 %)"),
    ],
    ids=[
        *("alone", "nearly certain", "not that certain", "sure", "likely", "half", "low"),
        *("a tie", "an exact tie", "none", "a family of the user", "many families", "likely none"),
    ],
)
def test_verdicts(probabilities: dict[str, float], words: str) -> None:
    assert verdict(probabilities) == words


@given(weights=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=6).filter(lambda w: sum(w) > 0.01))
def test_the_verdict_names_the_most_probable_family_and_close_ones(weights: list[float]) -> None:
    names = [f"law{n}" for n in range(len(weights))]
    probabilities = {name: weight / sum(weights) for name, weight in zip(names, weights, strict=True)}
    first, second = sorted(probabilities, key=lambda name: -probabilities[name])[:2]
    words = verdict(probabilities)
    assert first in words
    assert (second in words) == (probabilities[first] < 0.9)
    assert words.startswith("unsure") == (
        probabilities[first] < 0.9
        and (probabilities[first] < 0.5 or probabilities[first] - probabilities[second] <= 0.05)
    )
    assert "100" not in words


# The attributes.


def test_the_last_row_is_the_answer(seen: Recognition) -> None:
    assert (seen.family, seen.probability) == ("line", 0.95)
    assert list(seen.probabilities.items()) == [("line", 0.95), ("none", 0.04), ("sqrt", 0.01)]
    assert seen.verdict == "very probably a line (95 %)"


def test_the_equation_is_the_family_s_fit(seen: Recognition) -> None:
    fit = fit_family(KNOWN["line"], *seen.points.T)
    assert fit is not None
    assert (seen.equation, seen.r_squared) == (fit.equation, fit.r_squared)
    assert seen.parameters == fit.parameters == pytest.approx({"k": 2, "b": 1})
    assert seen.standard_errors == fit.standard_errors
    assert seen.fit is seen.fit  # fitted once


@pytest.mark.parametrize("name", ["none", "a-law-of-another"])
def test_without_a_formula_there_is_no_equation(name: str) -> None:
    answer = _recognition([[0.1, 0.9]], ("line", name))
    assert answer.fit is None
    assert (answer.equation, answer.parameters, answer.standard_errors, answer.r_squared) == (None, {}, {}, None)
    reported = answer.to_dict()
    assert list(reported) == KEYS + ["closest"] * (name == "none")
    assert reported["equation"] is None
    assert (
        repr(answer)
        == f"<1 point: very probably {'none of the known laws' if name == 'none' else f'the family {name}'} (90 %)>"
    )


def test_to_dict_is_valid_json(seen: Recognition) -> None:
    reported = seen.to_dict()
    assert list(reported) == KEYS
    assert json.loads(json.dumps(reported, allow_nan=False)) == reported
    assert reported["posterior"] == {"line": 0.95, "sqrt": 0.01, "none": 0.04}
    assert (reported["points"], reported["equation"]) == (3, "y = 2·x + 1")
    assert list(seen.to_dict(fit=False)) == KEYS[:4]
    assert "fit" not in vars(_recognition([[0.9, 0.1, 0.0]]).first(1))


def test_nothing_is_fitted_unless_requested(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("fitted")

    monkeypatch.setattr("shapeclf.recognition.recognition.fit_family", refuse)
    answer = _recognition([[0.9, 0.1, 0.0]])
    answer.to_dict(fit=False)
    answer.columns(fit=False)
    answer.columns(each_point=True)
    with pytest.raises(AssertionError, match="fitted"):
        repr(answer)


def test_a_row_of_a_table_equals_json(seen: Recognition) -> None:
    table, reported = seen.columns(), seen.to_dict()
    row = {name: np.asarray(column, dtype=object).tolist()[0] for name, column in table.items()}
    assert {len(column) for column in table.values()} == {1}
    assert {name: row[f"p_{name}"] for name in seen.families} == reported["posterior"]
    for name in ("family", "probability", "points", "equation", "r_squared"):
        assert row[name] == reported[name]
    for name in ("parameters", "standard_errors", "covariance"):
        assert json.loads(row[name]) == reported[name]
    assert "equation" not in seen.columns(fit=False)


def test_columns_have_a_row_for_each_point(seen: Recognition) -> None:
    table = seen.columns(each_point=True)
    assert table["points"].tolist() == [1, 2, 3]
    assert table["family"] == ["none", "sqrt", "line"]
    assert table["probability"].tolist() == [0.4, 0.7, 0.95]
    np.testing.assert_array_equal(np.stack([table[f"p_{name}"] for name in seen.families], axis=1), seen.posterior)
    assert "equation" not in table


def test_two_answers_can_be_compared(seen: Recognition) -> None:
    assert seen != _recognition(seen.posterior)
    assert seen == seen
    assert len({seen, seen}) == 1


# The answer after the first points.


def test_first_returns_the_answer_after_fewer_points(seen: Recognition) -> None:
    earlier = seen.first(2)
    assert (earlier.family, len(earlier.points)) == ("sqrt", 2)
    np.testing.assert_array_equal(earlier.posterior, seen.posterior[:2])
    assert earlier.equation != seen.equation  # fitted anew
    for points in (0, 4, -1):
        with pytest.raises(InputError, match=rf"^points must be from 1 to 3, got {points}$"):
            seen.first(points)


def _decided_by_a_loop(posterior: FloatArray, probability: float) -> int | None:
    for number, row in enumerate(posterior, start=1):
        for value in row:
            if value >= probability:
                return number
    return None


@given(
    posterior=st.lists(st.lists(st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]), min_size=3, max_size=3), min_size=1),
    probability=st.sampled_from([0.2, 0.5, 0.7, 0.9, 1.0]),
)
def test_decided_equals_a_naive_loop(posterior: list[list[float]], probability: float) -> None:
    answer = _recognition(posterior)
    assert answer.decided(probability) == _decided_by_a_loop(answer.posterior, probability)


@pytest.mark.parametrize("probability", [0.0, -0.1, 1.1, float("nan")], ids=repr)
def test_decided_refuses_what_is_not_a_probability(seen: Recognition, probability: float) -> None:
    with pytest.raises(InputError, match=r"^probability must be above 0 and at most 1, got "):
        seen.decided(probability)


# Representations.


def test_the_repr_shows_the_verdict_and_the_equation(seen: Recognition) -> None:
    assert repr(seen) == "<3 points: very probably a line (95 %); y = 2·x + 1; R² 1.0000>"


def test_the_html_for_notebooks_has_a_picture() -> None:
    name = "<b>&'\"</b>"
    answer = _recognition([[0.1, 0.9]], ("line", name))
    found = re.fullmatch(
        r'<p>([^<>]*)</p><img alt="([^"<>]*)" src="data:image/png;base64,([^"<>]*)">', answer._repr_html_()
    )
    assert found is not None
    text, alternative, picture = found.groups()
    assert html.unescape(text) == html.unescape(alternative) == f"1 point: very probably the family {name} (90 %)"
    assert base64.b64decode(picture).startswith(b"\x89PNG")


def test_the_picture_in_a_notebook_is_that_of_the_answer() -> None:
    one, other = (_recognition([[p, 1 - p]], ("line", "none"))._repr_html_() for p in (0.7, 0.8))
    assert one == _recognition([[0.7, 0.3]], ("line", "none"))._repr_html_()
    assert one.partition("src")[2] != other.partition("src")[2]


# Odd points.

ODD = {
    "one point": ([3.0], [4.0]),
    "two points": ([3.0, 5.0], [4.0, 1.0]),
    "one point twice": ([3.0, 3.0], [4.0, 4.0]),
    "zeros": ([0.0] * 4, [0.0] * 4),
    "all x equal": ([2.0] * 5, [1.0, 2.0, 3.0, 5.0, 4.0]),
    "all y equal": ([1.0, 2.0, 3.0, 4.0], [7.0] * 4),
    "x from 0": ([0.0, 1.0, 2.0, 3.0, 4.0], [9.0, 4.0, 2.0, 1.3, 1.0]),
    "x below 0": ([-2.0, -1.0, 0.0, 1.0, 2.0], [4.0, 1.0, 0.0, 1.1, 4.1]),
    "descending": ([5.0, 4.0, 3.0, 2.0], [1.0, 2.0, 3.1, 4.0]),
    "tiny": ([1e-300, 2e-300, 3e-300, 4e-300], [1e-300, 4e-300, 9e-300, 1e-299]),
    "subnormal": ([5e-324, 1e-323, 1.5e-323], [1.0, 2.0, 3.0]),
    "huge": ([1e300, 2e300, 3e300, 4e300], [-1e300, 2e300, -3e300, 4e300]),
    "far": ([1e15, 1e15 + 1, 1e15 + 2, 1e15 + 3], [1e15, 1e15 + 2, 1e15 + 4, 1e15 + 6]),
    "alternating": ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, -1.0, 1.0, -1.0, 1.0, -1.0]),
}


@pytest.fixture(scope="module")
def real() -> Recognizer:
    return Recognizer.load()


@pytest.mark.parametrize(("x", "y"), ODD.values(), ids=ODD.keys())
def test_odd_points_get_an_answer_and_no_warning(real: Recognizer, x: list[float], y: list[float]) -> None:
    answer = real.recognize(x, y)
    assert np.isfinite(answer.posterior).all()
    np.testing.assert_allclose(answer.posterior.sum(axis=1), 1.0)
    reported = json.dumps(answer.to_dict(comparison=True), allow_nan=False)
    assert answer.family in reported
    with suppress(InputError):  # the points may determine no law
        json.dumps(answer.predict_y([1.0, 6.0, 1e300]).records(), allow_nan=False)
    assert repr(answer).startswith(f"<{len(x)} point")
    for family in set(real.families) - {"none"}:  # whichever it had been
        chosen = Recognition((family,), np.ones((len(x), 1)), answer.points, real.known)
        json.dumps(chosen.to_dict(), allow_nan=False)


def test_twenty_exact_points_of_a_line_are_a_line(real: Recognizer) -> None:
    x = np.linspace(0.5, 10.0, 20)
    answer = real.recognize(x, -3 * x + 2)
    assert (answer.family, answer.equation, answer.r_squared) == ("line", "y = −3·x + 2", 1.0)
    assert answer.probability > 0.9
