"""A family that does not exist where there are points has probability 0: in every way of asking."""

import numpy as np
import pytest

from shapeclf import Recognizer
from shapeclf.datasets.families import LINE, SQRT
from shapeclf.errors import InputError
from shapeclf.recognition.domains import Domains, normalised

X = np.array([3.0, 4.0, -1.0, 5.0, 6.0])
Y = 2 * X + 1
GONE = ["sqrt", "logarithm", "reciprocal", "power"]  # they exist from 0 or above it


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer.load()


def test_it_is_0_from_the_point_on_and_the_others_sum_to_1(recognizer: Recognizer) -> None:
    posterior = recognizer.recognize(X, Y).posterior
    gone = [recognizer.families.index(name) for name in GONE]
    assert (posterior[:2][:, gone] > 0).all()
    assert (posterior[2:][:, gone] == 0).all()
    assert np.isfinite(posterior).all()
    np.testing.assert_allclose(posterior.sum(axis=1), 1.0, atol=1e-12)
    kept = [index for index in range(len(recognizer.families)) if index not in gone]
    assert (posterior[2:][:, kept] > 0).all()


def test_the_others_keep_their_odds(recognizer: Recognizer) -> None:
    rest = [name for name in recognizer.families if name not in GONE]
    expected = recognizer.restricted(rest).recognize(X, Y).posterior[2:]
    columns = [recognizer.families.index(name) for name in rest]
    np.testing.assert_allclose(recognizer.recognize(X, Y).posterior[2:][:, columns], expected, rtol=1e-4, atol=1e-7)


def test_streams_and_sequences_agree(recognizer: Recognizer) -> None:
    stream, many = recognizer.stream(), recognizer.streams(2)
    one_by_one = np.array([stream.update(x, y) for x, y in zip(X, Y, strict=True)])
    together = np.array([many.update([(x, y), (9.0 + x, y)]) for x, y in zip(X, Y, strict=True)])
    np.testing.assert_allclose(together[:, 0], one_by_one, atol=1e-6)
    gone = [recognizer.families.index(name) for name in GONE]
    assert (one_by_one[2:][:, gone] == 0).all()
    assert (together[2:, 0][:, gone] == 0).all()
    assert (together[:, 1][:, gone] > 0).all()
    assert (recognizer.predict_proba([np.column_stack([X, Y])])[0, gone] == 0).all()


def test_where_no_family_is_left_there_is_no_answer(recognizer: Recognizer) -> None:
    roots = recognizer.restricted(["sqrt", "power"])
    with pytest.raises(InputError, match=r"^these points have no answer: none of sqrt, power exists for x from -"):
        roots.recognize(X, Y)
    stream = roots.stream()
    stream.update(3.0, 7.0)
    with pytest.raises(InputError, match=r"no family in question exists for such x$"):
        stream.update(-1.0, 2.0)
    assert stream.points == 1
    assert np.isfinite(stream.update(4.0, 9.0)).all()  # the point that could not be was not taken in
    with pytest.raises(InputError, match=r"^sequence 2 has no answer: none of sqrt, power exists for x from -1 to -1$"):
        roots.predict_proba([[(1, 1)], [(-1, 1)]])


def test_families_of_others_exist_everywhere() -> None:
    domains = Domains(["line", "theirs"], {"line": LINE})
    assert domains.everywhere(-1e300, 1e300)
    assert not Domains(["theirs", "sqrt"], {"sqrt": SQRT}).everywhere(-1.0, 1.0)


def test_nothing_left_is_nan_without_a_warning() -> None:
    assert np.isnan(normalised(np.full((2, 3), -np.inf, dtype=np.float32))).all()
