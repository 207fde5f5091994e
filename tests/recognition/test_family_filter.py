"""Families that are not defined at some x of the points have probability 0, by every method and in streams."""

import numpy as np
import pytest

from shapeclf import Recognizer
from shapeclf.datasets.families import LINE, SQRT
from shapeclf.errors import InputError
from shapeclf.recognition.family_filter import FamilyFilter, normalised, probabilities

X = np.array([3.0, 4.0, -1.0, 5.0, 6.0])
Y = 2 * X + 1
UNDEFINED = ["sqrt", "logarithm", "reciprocal", "power"]  # families that are not defined below 0


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


def test_an_excluded_family_has_probability_0_and_the_others_sum_to_1(recognizer: Recognizer) -> None:
    posterior = recognizer.recognize(X, Y).posterior
    gone = [recognizer.families.index(name) for name in UNDEFINED]
    assert (posterior[:2][:, gone] > 0).all()
    assert (posterior[2:][:, gone] == 0).all()
    assert np.isfinite(posterior).all()
    np.testing.assert_allclose(posterior.sum(axis=1), 1.0, atol=1e-12)
    kept = [index for index in range(len(recognizer.families)) if index not in gone]
    assert (posterior[2:][:, kept] > 0).all()


def test_exclusion_keeps_the_odds_of_the_other_families(recognizer: Recognizer) -> None:
    rest = [name for name in recognizer.families if name not in UNDEFINED]
    expected = recognizer.restricted(rest).recognize(X, Y).posterior[2:]
    columns = [recognizer.families.index(name) for name in rest]
    np.testing.assert_allclose(recognizer.recognize(X, Y).posterior[2:][:, columns], expected, rtol=1e-4, atol=1e-7)


def test_streams_and_sequences_agree(recognizer: Recognizer) -> None:
    stream, many = recognizer.stream(), recognizer.streams(2)
    one_by_one = np.array([stream.update(x, y) for x, y in zip(X, Y, strict=True)])
    together = np.array([many.update([(x, y), (9.0 + x, y)]) for x, y in zip(X, Y, strict=True)])
    np.testing.assert_allclose(together[:, 0], one_by_one, atol=1e-6)
    gone = [recognizer.families.index(name) for name in UNDEFINED]
    assert (one_by_one[2:][:, gone] == 0).all()
    assert (together[2:, 0][:, gone] == 0).all()
    assert (together[:, 1][:, gone] > 0).all()
    assert (recognizer.predict_proba([np.column_stack([X, Y])])[0, gone] == 0).all()


def test_where_no_family_is_left_there_is_no_answer(recognizer: Recognizer) -> None:
    roots = recognizer.restricted(["sqrt", "power"])
    with pytest.raises(InputError, match=r"^these points have no answer: none of sqrt, power is defined for x from -"):
        roots.recognize(X, Y)
    stream = roots.stream()
    stream.update(3.0, 7.0)
    with pytest.raises(InputError, match=r"none of the considered families is defined at such x$"):
        stream.update(-1.0, 2.0)
    assert stream.points == 1
    assert np.isfinite(stream.update(4.0, 9.0)).all()  # the impossible point left the stream unchanged
    with pytest.raises(
        InputError, match=r"^sequence 2 has no answer: none of sqrt, power is defined for x from -1 to -1$"
    ):
        roots.predict_proba([[(1, 1)], [(-1, 1)]])


def test_families_without_a_known_formula_are_defined_everywhere() -> None:
    names = ["line", "theirs", "sqrt"]
    assert FamilyFilter(names, names[:2], {"line": LINE}).all_defined(-1e300, 1e300)
    assert not FamilyFilter(names, names[1:], {"sqrt": SQRT}).all_defined(-1.0, 1.0)


def test_without_the_constant_its_probability_is_the_lines() -> None:
    among = FamilyFilter(["sqrt", "constant", "line"], ["line", "sqrt"], {})
    answer = np.exp(among.log_probabilities(np.log([[0.2, 0.7, 0.1]])))
    np.testing.assert_allclose(answer, [[0.8, 0.2]], rtol=1e-12)
    for families, expected in ((["constant", "line"], [0.875, 0.125]), (["constant", "sqrt"], [7 / 9, 2 / 9])):
        among = FamilyFilter(["sqrt", "constant", "line"], families, {})
        np.testing.assert_allclose(np.exp(among.log_probabilities(np.log([[0.2, 0.7, 0.1]]))), [expected], rtol=1e-12)


def test_answers_of_nan_stay_nan_without_a_warning() -> None:
    among = FamilyFilter(["sqrt", "constant", "line"], ["line", "sqrt"], {})
    assert np.isnan(among.log_probabilities(np.full((2, 3), np.nan))).all()


def test_choosing_and_excluding_are_each_renormalised() -> None:
    names = ["line", "sqrt", "theirs"]
    answers = np.log(np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]], dtype=np.float32))
    some = FamilyFilter(names, ["sqrt", "line"], {"line": LINE, "sqrt": SQRT})
    np.testing.assert_allclose(np.exp(some.log_probabilities(answers)), [[0.375, 0.625], [0.5, 0.5]], rtol=1e-6)
    excluded = some.excluded(np.array([-1.0, 0.0]), np.array([2.0, 2.0]))
    assert excluded.tolist() == [[True, False], [False, False]]
    np.testing.assert_allclose(np.exp(some.log_probabilities(answers, excluded)), [[0.0, 1.0], [0.5, 0.5]], rtol=1e-6)
    np.testing.assert_array_equal(answers[0], np.log(np.array([0.5, 0.3, 0.2], dtype=np.float32)))


def test_excluding_all_families_gives_nan_without_a_warning() -> None:
    assert np.isnan(normalised(np.full((2, 3), -np.inf, dtype=np.float32))).all()


def test_normalising_keeps_ratios_at_any_depth() -> None:
    found = normalised(np.array([[-1e9, -1e9 - 1], [-np.inf, 3.0]]))
    np.testing.assert_allclose(np.exp(found), [[1 / (1 + np.exp(-1)), 1 / (1 + np.e)], [0, 1]])
    far = normalised(
        np.array([[-200.0, -201.0]], dtype=np.float32)
    )  # their probabilities underflow to 0 in single precision
    np.testing.assert_allclose(np.exp(far), [[1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))]], rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, -800.0, 800.0, np.inf, -np.inf, np.nan], ids=repr)
def test_one_row_of_probabilities_equals_the_same_row_of_many(value: float) -> None:
    # An untrusted model may return any values, which must not cause warnings.
    row = np.array([[-1.0, value, -0.5]], dtype=np.float32)
    one, many = probabilities(row)[0], probabilities(np.repeat(row, 2, axis=0))[1]
    assert np.isnan(one).any() if np.isnan(many).any() else np.allclose(one, many, rtol=1e-12, atol=0)
