import copy
import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.plain import plain_sequences
from shapeclf.datasets import (
    LINE,
    PARABOLA,
    SQRT,
    Family,
    LogUniform,
    Prior,
    ShapeSequences,
    Uniform,
    sequences_from_record,
    sequences_record,
)
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.sequences import Lengths, Parameters
from shapeclf.errors import InputError


def power(x: FloatArray, exponent: FloatArray) -> FloatArray:
    result: FloatArray = x**exponent
    return result


def cube(x: FloatArray) -> FloatArray:
    return x * x * x


POWER = Family("power", "y = k·x^exponent + b", power, shape={"exponent": Uniform(0.2, 5.0)}, domain=(0.0, math.inf))
CUBIC = Family("cubic", "y = k·x³ + b", cube)


def _priors(low: float, high: float) -> st.SearchStrategy[Prior]:
    ends = st.tuples(st.floats(low, high), st.floats(low, high)).filter(lambda pair: pair[0] < pair[1])
    kinds: list[Callable[[float, float], Prior]] = [Uniform, LogUniform] if low > 0 else [Uniform]
    return st.builds(lambda kind, pair: kind(*pair), st.sampled_from(kinds), ends)


_POSITIVE = _priors(0.01, 100.0)
_ANY = _priors(-1e6, 1e6)


_NAMED: st.SearchStrategy[Parameters] = st.sampled_from(["fixed", "fresh"])


@st.composite
def _data_sets(draw: st.DrawFn) -> ShapeSequences:
    chosen = draw(st.lists(st.sampled_from([LINE, PARABOLA, SQRT, POWER, CUBIC]), min_size=1, unique_by=id))
    families = tuple(
        replace(
            family,
            k=draw(_ANY),
            b=draw(_ANY),
            x=draw(_POSITIVE),
            shape={name: draw(_priors(0.1, 3.0)) for name in family.shape},
        )
        for family in chosen
    )
    values: st.SearchStrategy[Parameters] = st.fixed_dictionaries(
        {
            family.name: st.fixed_dictionaries({name: st.floats(0.1, 9.0) for name in family.priors})
            for family in families
        }
    )
    low = draw(st.integers(1, 20))
    return ShapeSequences(
        families,
        parameters=draw(st.one_of(_NAMED, values)),
        points=draw(st.just(low) | st.tuples(st.just(low), st.integers(low, 30))),
        x=draw(st.none() | _POSITIVE),
        noise=draw(st.just(0.0) | st.floats(0.0, 1e3)),
        lengths=draw(st.sampled_from(get_args(Lengths))),
        batch_size=5,
        seed=draw(st.integers(0, 2**64)),
    )


@given(sequences=_data_sets())
def test_a_data_set_comes_back_from_json(sequences: ShapeSequences) -> None:
    record = sequences_record(sequences)
    back = plain_sequences(
        sequences_from_record(
            json.loads(json.dumps(record)), (POWER, CUBIC), batch_size=sequences.batch_size, seed=sequences.seed
        )
    )
    assert back.families == sequences.families
    assert (back.points, back.x, back.noise) == (sequences.points, sequences.x, sequences.noise)
    assert back.lengths == sequences.lengths
    assert back.fixed_parameters == sequences.fixed_parameters
    assert (back.split, back.seed, back.batch_size) == ("test", sequences.seed, 5)
    assert sequences_record(back) == record
    for one, other in zip(back.batch(0), replace(sequences, split="test").batch(0), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_record_depends_on_the_values_not_on_how_they_were_drawn() -> None:
    sequences = ShapeSequences(seed=3)
    assert sequences.fixed_parameters is not None
    same = ShapeSequences(parameters=sequences.fixed_parameters, seed=99, batch_size=7, split="validation")
    assert sequences_record(same) == sequences_record(sequences)
    assert sequences_record(ShapeSequences(seed=4)) != sequences_record(sequences)


def test_fixed_values_do_not_depend_on_a_later_seed() -> None:
    sequences = ShapeSequences(seed=3)
    back = plain_sequences(sequences_from_record(sequences_record(sequences), seed=50))
    assert back.fixed_parameters == sequences.fixed_parameters


def test_formulas_come_from_the_catalogue_and_priors_from_the_record() -> None:
    was = replace(LINE, k=Uniform(7, 8), formula="y = b + k·x")
    (family,) = sequences_from_record(sequences_record(ShapeSequences((was,)))).families
    assert family == replace(LINE, k=Uniform(7, 8))
    assert family.basis is LINE.basis


@pytest.mark.parametrize("kind", [tuple, list, iter], ids=["tuple", "list", "iterator"])
def test_the_users_families_are_found(kind: Callable[[tuple[Family, ...]], Any]) -> None:
    record = sequences_record(ShapeSequences((CUBIC, LINE, POWER)))
    assert sequences_from_record(record, kind((POWER, CUBIC))).families == (CUBIC, LINE, POWER)


def test_an_unknown_family_is_refused() -> None:
    record = sequences_record(ShapeSequences((LINE, CUBIC)))
    with pytest.raises(InputError, match=r"^unknown family 'cubic'; there are line, parabola, sqrt"):
        sequences_from_record(record)


def test_a_family_whose_parameters_have_changed_is_refused() -> None:
    record = sequences_record(ShapeSequences((POWER,)))
    other = Family("power", "y = k·x³ + b", cube)
    message = "^family 'power' has the parameters k, b; the record has k, b, exponent$"
    with pytest.raises(InputError, match=message):
        sequences_from_record(record, (other,))


def _without(key: str) -> dict[str, Any]:
    return {name: value for name, value in sequences_record(ShapeSequences()).items() if name != key}


def _with(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(sequences_record(ShapeSequences())) | changes


@pytest.mark.parametrize(
    ("record", "message"),
    [
        *(
            pytest.param(_without(key), f"^not a data set's record: KeyError: '{key}'$", id=f"no {key}")
            for key in ("families", "parameters", "points", "x", "noise", "lengths")
        ),
        pytest.param([], "^not a data set's record: TypeError: ", id="a list"),
        pytest.param(None, "^not a data set's record: TypeError: ", id="null"),
        pytest.param(_with(families=[3]), "^not a data set's record: TypeError: ", id="a number as family"),
        pytest.param(
            _with(families=[{"name": "line"}]), "^not a data set's record: KeyError: 'priors'$", id="no priors"
        ),
        pytest.param(
            _with(families=[]), "^families must be at least one, of different names; got no family$", id="no family"
        ),
        pytest.param(_with(points=[3]), "^not a data set's record: IndexError: ", id="one end of points"),
        pytest.param(_with(points="many"), "^not a data set's record: ValueError: ", id="points as text"),
        pytest.param(_with(points=0), "^points must be from 1 up", id="no points"),
        pytest.param(_with(noise=None), "^noise must be a number, got None$", id="no noise"),
        pytest.param(_with(noise=-1), "^noise must be a finite number from 0 up", id="negative noise"),
        pytest.param(_with(x={"normal": [0, 1]}), "^a prior's record is ", id="unknown prior"),
        pytest.param(_with(parameters=None), "^parameters must be .* got None$", id="no values"),
        pytest.param(
            _with(parameters={"line": 3}), "^parameters of family 'line' must be k, b; got 3$", id="one number"
        ),
        pytest.param(_with(parameters="both"), "^parameters must be 'fixed', 'fresh' or values", id="other parameters"),
    ],
)
def test_invalid_records_are_refused(record: Any, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        sequences_from_record(record)
    assert "\n" not in str(caught.value)
