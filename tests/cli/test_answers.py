import json
import re

import numpy as np
import pytest

from shapeclf.cli.answers import answer_lines, decision, fixed_parameters_note, groups_lines, json_line, point_text
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.groups import GroupChunk
from shapeclf.recognition import GroupAnswers, ModelFile, Recognition, fit_many

KNOWN = {family.name: family for family in BUILT_IN}


def _recognition(posterior: list[float], names: tuple[str, ...] = ("line", "sqrt", "none")) -> Recognition:
    x = np.arange(1.0, 5.0)
    y = 2 * x + 1 + np.array([0.1, -0.1, -0.1, 0.1])
    return Recognition(names, np.tile(posterior, (4, 1)), np.stack([x, y], axis=-1), KNOWN)


def test_the_lines_of_an_answer() -> None:
    answer = _recognition([0.7, 0.2996, 0.0004])
    verdict, equation, k, b, zero, *rows = answer_lines(answer, fit=True)
    assert verdict == "probably a line (70 %); otherwise a square root (30 %), after 4 points"
    assert equation == f"  {answer.equation}   R² {answer.r_squared:.4f}"
    assert (k, b, zero) == ("  k = 2.000 ± 0.063", "  b = 1.00 ± 0.17", "  x intercept = −0.50 ± 0.10")
    assert rows == ["  line    0.7000", "  sqrt    0.2996"]  # families with a probability below 0.001 are not listed
    assert answer_lines(answer, fit=False) == [verdict, *rows]


def test_a_parameter_without_a_standard_error_is_printed_alone() -> None:
    assert "±" not in "".join(answer_lines(_recognition([0.7, 0.2, 0.1]).first(2), fit=True))


def test_none_has_the_equation_of_the_closest_law() -> None:
    verdict, *rows = (
        "very probably none of the known laws (95 %), after 4 points",
        *("  none    0.9500", "  sqrt    0.0300", "  line    0.0200"),
    )
    answer = _recognition([0.02, 0.03, 0.95])
    of_line = answer_lines(_recognition([0.95, 0.03, 0.02]), fit=True)[1:-3]
    assert answer_lines(answer, fit=True) == [verdict, "  the closest law is a line:", *of_line, *rows]
    assert answer_lines(answer, fit=False) == [verdict, *rows]


def test_text_after_a_point_shows_the_four_most_probable_families() -> None:
    names = ("a", "b", "c", "d", "e")
    assert point_text(names, (0.1, 0.2, 0.3, 0.0, 0.4), 12, as_json=False) == (
        "    12  e 0.4000  c 0.3000  b 0.2000  a 0.1000"
    )


@pytest.mark.parametrize("decided", [None, True, False], ids=repr)
def test_json_after_a_point(decided: bool | None) -> None:
    reported = json.loads(point_text(("line", "sqrt"), (0.25, 0.75), 3, as_json=True, decided=decided))
    answer = {"family": "sqrt", "probability": 0.75, "posterior": {"line": 0.25, "sqrt": 0.75}, "points": 3}
    assert reported == answer | ({} if decided is None else {"decided": decided})


def test_the_text_of_a_decision() -> None:
    assert decision(True, 1, 0.9) == "decided after 1 point"
    assert decision(False, 12, 0.995) == "not decided: no family reached 0.995 in 12 points"


def test_groups_have_a_line_each() -> None:
    points = np.array([[[1.0, 3.0], [2.0, 5.0], [3.0, 7.0]], [[1.0, 4.0], [2.0, 3.0], [3.0, 2.0]]])
    posterior = np.array([[0.99, 0.01], [0.97, 0.03], [0.05, 0.95]])
    fits = [*fit_many(KNOWN["line"], points, np.array([3, 3])), None]
    chunk = GroupChunk(["a b", 7, "c"], np.zeros((11, 2)), np.array([3, 3, 5]))
    answers = GroupAnswers(chunk, ("line", "none"), posterior, fits, known=KNOWN)
    assert groups_lines(answers, as_json=False) == [
        "a b  almost certainly a line (99.0 %)   y = 2·x + 1   R² 1.0000",
        "7  very probably a line (97 %)   y = −1·x + 5   R² 1.0000",
        "c  very probably none of the known laws (95 %)",
    ]
    assert [json.loads(line) for line in groups_lines(answers, as_json=True)] == list(answers.rows())
    bare = GroupAnswers(chunk, ("line", "none"), posterior, None)
    assert "·" not in "".join(groups_lines(bare, as_json=False))
    assert "equation" not in "".join(groups_lines(bare, as_json=True))


def test_json_has_no_nan() -> None:
    assert json_line({"β": 1.5}) == '{"β": 1.5}'
    assert json_line({"r_squared": float("nan"), "a": [float("-inf"), 2]}) == '{"r_squared": null, "a": [null, 2]}'


@pytest.mark.parametrize(
    ("parameters", "note"),
    [
        ("fresh", None),
        (None, None),
        ({"line": {"k": 0.5, "b": 2.0}, "sqrt": {"k": 0.5, "b": 2.0}}, r"fixed parameters \(k = 0\.5, b = 2\); "),
        (
            {"line": {"k": 0.5, "b": 2.0}, "sqrt": {"k": 1, "b": 2.0}},
            r"fixed parameters \(k = 0\.5, b = 2; k = 1, b = 2\); ",
        ),
    ],
    ids=["fresh", "not recorded", "shared", "of each family"],
)
def test_fixed_parameters_are_noted(parameters: object, note: str | None) -> None:
    record = {} if parameters is None else {"settings": {"sequences": {"parameters": parameters}}}
    found = fixed_parameters_note(ModelFile("m.onnx", b"", ("line", "sqrt"), "plain", record, (), 1))
    assert found is None if note is None else found is not None and re.search(note, found)


@pytest.mark.parametrize(
    "settings",
    [
        3,
        {"sequences": 3},
        {"sequences": {"parameters": {}}},
        {"sequences": {"parameters": {"line": 3}}},
        {"sequences": {"parameters": {"line": {"k": "much"}}}},
        {"sequences": {"parameters": {"line": {"\x1b[2J": 1.0}}}},
        {"sequences": {"parameters": {"line": {"k": 10**400}}}},
    ],
    ids=["number", "no-sequences", "no-families", "no-parameters", "text", "escape", "huge"],
)
def test_a_record_of_something_else_has_no_fixed_parameters(settings: object) -> None:
    assert (
        fixed_parameters_note(ModelFile("m.onnx", b"", ("line", "sqrt"), "plain", {"settings": settings}, (), 1))
        is None
    )
