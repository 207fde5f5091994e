"""The answers are those of the library, however they are requested."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from shapeclf import Recognizer
from shapeclf.datasets import LINE
from shapeclf.recognition import fit_family
from shapeclf.service.answers import answer_request
from shapeclf.service.json_response import JsonResponse
from shapeclf.service.messages import AnswerOptions, Answers

from .conftest import FALL

ROOT = [[x, 2 * x**0.5 + 1] for x in (1.0, 4.0, 9.0, 16.0, 25.0, 36.0, 49.0)]
WAVE = [[x, float(np.sin(x))] for x in np.linspace(0, 12, 24).tolist()]
WANDERING = [[float(i), y] for i, y in enumerate([0, 5, 1, 7, 2, 9, -3, 4, 0, 8, -5, 6])]
Ask = Callable[..., Any]


def test_an_answer_is_that_of_predict(real: Recognizer, recognize: Ask) -> None:
    seen = real.recognize(*np.array(FALL).T)
    (answer,) = recognize(FALL)["answers"]
    assert answer.pop("verdict") == seen.verdict
    assert answer["posterior"] == pytest.approx(seen.to_dict()["posterior"], rel=1e-5)
    assert {key: answer[key] for key in ("family", "points", "equation", "parameters", "standard_errors")} == {
        key: seen.to_dict()[key] for key in ("family", "points", "equation", "parameters", "standard_errors")
    }


@pytest.mark.parametrize("options", [{}, {"each_point": True}], ids=["together", "one by one"])
def test_error_bars_weight_the_fit(real: Recognizer, recognize: Ask, options: dict[str, Any]) -> None:
    errors = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    bars = [[*point, error] for point, error in zip(FALL, errors, strict=True)]
    chi_squared = ("chi_squared", "reduced_chi_squared", "p_value")
    x, y = np.array(FALL).T
    for sequences, given, y_error in (([bars, FALL], {}, errors), ([FALL], {"y_error": 0.25}, 0.25)):
        answer, *plain = recognize(*sequences, **given, **options)["answers"]
        expected = real.recognize(x, y, y_error).to_dict()
        for name in ("equation", "parameters", "standard_errors", "covariance", *chi_squared):
            assert answer[name] == expected[name]
        assert [other.get(name) for other in plain for name in chi_squared] == [None] * 3 * len(plain)


@pytest.mark.parametrize("fit", [True, False], ids=["fit", "no-fit"])
def test_a_batch_and_single_sequences_get_equal_answers(recognize: Ask, fit: bool) -> None:
    sequences = [FALL, ROOT, WAVE, WANDERING, FALL[:2]]
    together = recognize(*sequences, fit=fit)["answers"]
    for sequence, answer in zip(sequences, together, strict=True):
        (alone,) = recognize(sequence, fit=fit, each_point=True)["answers"]
        posteriors = alone.pop("posteriors")
        assert len(posteriors) == len(sequence)
        assert set(answer) == set(alone)
        assert answer["posterior"] == pytest.approx(alone["posterior"], abs=1e-5)
        assert answer.get("equation") == alone.get("equation")
        assert answer.get("parameters", {}) == pytest.approx(alone.get("parameters", {}), rel=1e-6)


def test_the_curve_and_its_band_are_those_of_the_fit(real: Recognizer, recognize: Ask) -> None:
    (answer,) = recognize(FALL, curve={"start": 0, "end": 8, "points": 5, "level": 0.9})["answers"]
    fit = fit_family(real.known["parabola"], *np.array(FALL).T)
    assert fit is not None
    band = fit.band(answer["curve"]["x"], 0.9)
    assert band is not None
    assert answer["curve"]["x"] == [0, 2, 4, 6, 8]
    assert answer["curve"]["y"] == fit.curve(answer["curve"]["x"]).tolist()
    assert [answer["curve"]["lower"], answer["curve"]["upper"]] == [end.tolist() for end in band]


def test_the_curve_begins_and_ends_with_the_points(recognize: Ask) -> None:
    (answer,) = recognize(FALL, curve={"points": 2})["answers"]
    assert answer["curve"]["x"] == [1, 6]


def test_a_curve_is_null_where_it_is_not_defined(recognize: Ask) -> None:
    (answer,) = recognize(ROOT, among=["sqrt"], curve={"start": -2, "end": 2, "points": 3})["answers"]
    assert answer["curve"]["y"] == [None, pytest.approx(1.0), pytest.approx(1 + 2 * 2**0.5)]


def test_a_curve_without_an_end_is_null(recognize: Ask) -> None:
    (answer,) = recognize(FALL, curve={"start": -1e308, "end": 1e308, "points": 3})["answers"]
    assert answer["curve"]["x"] == [None, None, 1e308] or None in answer["curve"]["y"]


def test_points_that_leave_the_band_open_have_none(recognize: Ask) -> None:
    (answer,) = recognize([[3.0, y] for y in (1.0, 2.0, 4.0)], among=["line"], curve={})["answers"]
    assert answer["curve"]["lower"] is answer["curve"]["upper"] is None
    assert answer["standard_errors"] == {"k": None, "b": None}


def test_none_has_no_equation_but_the_closest_law_and_its_curve(recognize: Ask) -> None:
    (answer,) = recognize(WANDERING, among=["none", "quadratic"], curve={"points": 3}, names={"y": "s"})["answers"]
    assert answer["family"] == "none"
    assert answer["equation"] is answer["r_squared"] is None
    assert answer["parameters"] == answer["standard_errors"] == {}
    (law,) = recognize(WANDERING, family="quadratic", curve={"points": 3}, names={"y": "s"})["answers"]
    assert answer["closest"]["family"] == "quadratic"
    assert {name: law[name] for name in answer["closest"] if name != "family"} == {
        name: value for name, value in answer["closest"].items() if name != "family"
    }
    assert answer["curve"] == law["curve"]


def test_the_curve_of_another_family_can_be_requested(recognize: Ask) -> None:
    (answer,) = recognize(FALL, family="line", curve={"points": 2})["answers"]
    assert answer["family"] == "parabola"
    assert answer["equation"].startswith("y = 34.3")


@pytest.mark.parametrize(("family", "begins"), [("line", "y = 34.3"), ("none", None)])
def test_a_family_that_is_not_considered_can_be_fitted(recognize: Ask, family: str, begins: str | None) -> None:
    (answer,) = recognize(FALL, family=family, among=["sqrt", "parabola"])["answers"]
    assert answer["family"] == "parabola"
    assert answer["equation"] is None if begins is None else answer["equation"].startswith(begins)


def test_whole_numbers_may_be_written_as_floats(recognize: Ask) -> None:
    assert len(recognize(FALL, curve={"points": 3.0})["answers"][0]["curve"]["x"]) == 3


def test_among_renormalises(recognize: Ask) -> None:
    (whole,) = recognize(FALL)["answers"]
    found = recognize(FALL, among=["sqrt", "line"])
    (answer,) = found["answers"]
    assert found["families"] == list(answer["posterior"]) == ["sqrt", "line"]
    line, root = whole["posterior"]["line"] + whole["posterior"]["constant"], whole["posterior"]["sqrt"]
    assert answer["posterior"] == pytest.approx({"line": line / (line + root), "sqrt": root / (line + root)}, rel=1e-4)


def test_without_fit_there_is_no_equation(recognize: Ask) -> None:
    (answer,) = recognize(FALL, fit=False, curve={})["answers"]
    assert not {"equation", "parameters", "curve"} & set(answer)


def test_answers_have_the_described_form(real: Recognizer) -> None:
    options = AnswerOptions.model_validate({"curve": {}, "each_point": True})
    sequences = [np.array(sequence, dtype=float) for sequence in (FALL, WANDERING)]
    Answers.model_validate_json(bytes(JsonResponse(answer_request(real, sequences, options)).body))


def test_the_equation_contains_the_names(recognize: Ask) -> None:
    (answer,) = recognize(FALL, names={"x": "t", "y": "drop height", "x_unit": "s", "y_unit": "m"})["answers"]
    assert answer["equation"].startswith("y = 4.9")
    assert answer["equation_named"].startswith('"drop height" = 4.9')
    assert answer["parameter_units"] == {"k": "m/s²", "b": "m"}
    (answer,) = recognize(FALL, family="line", names={"x_unit": "s", "y_unit": "m"})["answers"]
    (zero,) = fit_family(LINE, *np.array(FALL).T).quantities.values()  # type: ignore[union-attr]
    assert answer["quantities"] == {"x intercept": zero._replace(unit="s")._asdict()}
