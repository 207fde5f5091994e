import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from shapeclf.datasets import LogUniform, Prior, Uniform
from shapeclf.datasets.priors import prior_from_record
from shapeclf.errors import InputError

_P = 1e-3  # a fixed seed whose Kolmogorov-Smirnov test gives less than this is a law that does not hold


def _ordered(low: float, high: float) -> st.SearchStrategy[tuple[float, float]]:
    ends = st.floats(low, high)
    return st.tuples(ends, ends).filter(lambda pair: pair[0] < pair[1])


_PRIORS: st.SearchStrategy[Prior] = st.one_of(
    _ordered(-1e300, 1e300).map(lambda ends: Uniform(*ends)),
    _ordered(1e-100, 1e100).map(lambda ends: LogUniform(*ends)),
)


@pytest.mark.parametrize(
    ("prior", "law"),
    [
        pytest.param(Uniform(0, 1), stats.uniform(0, 1), id="U(0, 1)"),
        pytest.param(Uniform(-3, 12), stats.uniform(-3, 15), id="U(-3, 12)"),
        pytest.param(LogUniform(0.01, 100), stats.loguniform(0.01, 100), id="LogU(0.01, 100)"),
        pytest.param(LogUniform(2, 3), stats.loguniform(2, 3), id="LogU(2, 3)"),
    ],
)
def test_values_follow_the_law(prior: Prior, law: Any) -> None:
    values = prior.quantile(np.random.default_rng(1).random(20_000))
    assert stats.kstest(values, law.cdf).pvalue > _P


@given(prior=_PRIORS, shares=st.lists(st.floats(0, 1, exclude_max=True), min_size=2, max_size=5))
def test_quantiles_rise_within_the_support(prior: Prior, shares: list[float]) -> None:
    u = np.sort(np.array(shares))
    values = prior.quantile(u)
    low, high = prior.support
    assert np.all(np.diff(values) >= 0)
    assert values[0] >= low
    assert values[-1] <= high + 1e-12 * max(abs(low), abs(high))  # the last digits may be rounded past the end
    assert prior.quantile(np.zeros(1))[0] == pytest.approx(low, rel=1e-15, abs=0)


@given(prior=_PRIORS)
def test_a_prior_comes_back_from_its_record(prior: Prior) -> None:
    assert prior_from_record(json.loads(json.dumps(prior.record()))) == prior


@pytest.mark.parametrize(
    ("low", "high"),
    [
        pytest.param(1.0, 1.0, id="empty"),
        pytest.param(2.0, 1.0, id="the wrong way round"),
        pytest.param(math.nan, 1.0, id="NaN low"),
        pytest.param(0.5, math.nan, id="NaN high"),
        pytest.param(0.5, math.inf, id="infinite high"),
        pytest.param(-math.inf, 1.0, id="infinite low"),
    ],
)
@pytest.mark.parametrize("kind", [Uniform, LogUniform], ids=["Uniform", "LogUniform"])
def test_bad_ends(kind: type[Uniform] | type[LogUniform], low: float, high: float) -> None:
    with pytest.raises(InputError, match=rf"^{kind.__name__}: low and high must be .*got {low!r} and {high!r}$"):
        kind(low, high)


@pytest.mark.parametrize("low", [0.0, -1.0], ids=["zero", "negative"])
def test_log_uniform_starts_above_zero(low: float) -> None:
    with pytest.raises(InputError, match=rf"^LogUniform: low must be above 0, got {low!r}$"):
        LogUniform(low, 1.0)


def test_an_interval_too_wide_for_a_float_is_refused() -> None:
    with pytest.raises(InputError, match=r"^Uniform: .*too far apart"):
        Uniform(-1e308, 1e308)
    with pytest.raises(InputError, match=r"^LogUniform: .*too far apart"):
        LogUniform(1e-300, 1e300)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(None, id="none"),
        pytest.param("uniform", id="text"),
        pytest.param([1, 2], id="list"),
        pytest.param({}, id="empty"),
        pytest.param({"normal": [0, 1]}, id="unknown kind"),
        pytest.param({"uniform": [0]}, id="one end"),
        pytest.param({"uniform": [0, 1, 2]}, id="three ends"),
        pytest.param({"uniform": ["a", "b"]}, id="texts as ends"),
        pytest.param({"uniform": [None, 1]}, id="no low"),
        pytest.param({"uniform": [0, 1], "loguniform": [1, 2]}, id="two kinds"),
    ],
)
def test_bad_records(record: object) -> None:
    with pytest.raises(
        InputError, match=r"^a prior's record is \{kind: \[low, high\]\}, kind one of uniform, loguniform"
    ):
        prior_from_record(record)


def test_a_record_with_bad_ends_says_so() -> None:
    with pytest.raises(InputError, match="Uniform: low and high must be finite"):
        prior_from_record({"uniform": [3, 1]})


def test_priors_as_people_read_them() -> None:
    assert (str(Uniform(5, 15)), str(LogUniform(0.01, 100))) == ("U(5, 15)", "LogU(0.01, 100)")
