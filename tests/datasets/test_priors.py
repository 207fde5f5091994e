import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from shapeclf.datasets import LogUniform, OneOf, Prior, Uniform
from shapeclf.datasets.priors import prior_from_record
from shapeclf.errors import InputError

_P = 1e-3  # smallest p-value of a test of draws against their distribution; seeds are fixed


def _ordered(low: float, high: float) -> st.SearchStrategy[tuple[float, float]]:
    ends = st.floats(low, high)
    return st.tuples(ends, ends).filter(lambda pair: pair[0] < pair[1])


_SINGLE: st.SearchStrategy[Prior] = st.one_of(
    _ordered(-1e300, 1e300).map(lambda ends: Uniform(*ends)),
    _ordered(1e-100, 1e100).map(lambda ends: LogUniform(*ends)),
    _ordered(-1e100, -1e-100).map(lambda ends: LogUniform(*ends)),
)


def _side_by_side(ends: list[int]) -> OneOf:
    """Return a mixture: log-uniform parts where zero is not between their ends, uniform ones elsewhere."""
    pairs = zip(sorted(ends)[::2], sorted(ends)[1::2], strict=True)
    return OneOf([LogUniform(low, high) if low * high > 0 else Uniform(low, high) for low, high in pairs])


_PARTS: st.SearchStrategy[Prior] = st.integers(1, 4).flatmap(
    lambda parts: st.lists(st.integers(-1000, 1000), min_size=2 * parts, max_size=2 * parts, unique=True).map(
        _side_by_side
    )
)
_PRIORS = _SINGLE | _PARTS


@pytest.mark.parametrize(
    ("prior", "law"),
    [
        pytest.param(Uniform(0, 1), stats.uniform(0, 1), id="U(0, 1)"),
        pytest.param(Uniform(-3, 12), stats.uniform(-3, 15), id="U(-3, 12)"),
        pytest.param(LogUniform(0.01, 100), stats.loguniform(0.01, 100), id="LogU(0.01, 100)"),
        pytest.param(LogUniform(2, 3), stats.loguniform(2, 3), id="LogU(2, 3)"),
    ],
)
def test_values_follow_their_distribution(prior: Prior, law: Any) -> None:
    values = prior.quantile(np.random.default_rng(1).random(20_000))
    assert stats.kstest(values, law.cdf).pvalue > _P


def test_below_zero_the_logarithm_of_the_absolute_value_is_uniform() -> None:
    values = LogUniform(-100, -0.01).quantile(np.random.default_rng(2).random(20_000))
    assert stats.kstest(-values, stats.loguniform(0.01, 100).cdf).pvalue > _P


@pytest.mark.parametrize(
    ("prior", "laws"),
    [
        pytest.param(OneOf([Uniform(2, 5)]), [stats.uniform(2, 3)], id="one part"),
        pytest.param(
            OneOf([Uniform(-3, -1), LogUniform(0.01, 1), Uniform(1, 40)]),
            [stats.uniform(-3, 2), stats.loguniform(0.01, 1), stats.uniform(1, 39)],
            id="three parts, two of them touching",
        ),
    ],
)
def test_each_part_is_as_likely_as_the_others(prior: OneOf, laws: list[Any]) -> None:
    values = prior.quantile(np.random.default_rng(3).random(20_000))

    def cdf(x: Any) -> Any:
        return np.mean([law.cdf(x) for law in laws], axis=0)

    assert stats.kstest(values, cdf).pvalue > _P
    for part, law in zip(prior.parts, laws, strict=True):  # the whole may hide one that does not hold
        low, high = part.support
        within = values[(values >= low) & (values < high)]
        assert stats.binomtest(len(within), 20_000, 1 / len(laws)).pvalue > _P
        assert stats.kstest(within, law.cdf).pvalue > _P


def test_nothing_is_drawn_between_the_parts() -> None:
    prior = OneOf([Uniform(-2, -1), Uniform(3, 4)])
    values = prior.quantile(np.random.default_rng(4).random((40, 50)))
    assert values.shape == (40, 50)
    assert np.all(((values >= -2) & (values < -1)) | ((values >= 3) & (values < 4)))
    assert prior.support == (-2, 4)


def test_parts_may_be_any_sequence_and_are_copied() -> None:
    parts: list[Prior] = [Uniform(0, 1), Uniform(1, 2)]
    prior = OneOf(parts)
    parts.append(Uniform(5, 6))
    assert prior.parts == (Uniform(0, 1), Uniform(1, 2))
    assert hash(prior) == hash(OneOf((Uniform(0, 1), Uniform(1, 2))))


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((Uniform(0, 2), Uniform(1, 3)), id="overlap"),
        pytest.param((Uniform(2, 3), Uniform(0, 1)), id="from right to left"),
        pytest.param((Uniform(0, 1), Uniform(2, 5), LogUniform(3, 4)), id="one within another"),
    ],
)
def test_overlapping_or_unordered_parts_are_refused(parts: tuple[Prior, ...]) -> None:
    with pytest.raises(InputError, match=r"^OneOf: parts must lie from left to right without overlap, got ") as caught:
        OneOf(parts)
    assert str(caught.value).endswith(f"got {parts[-2]} before {parts[-1]}")


def test_a_mixture_of_no_priors_is_refused() -> None:
    message = r"^OneOf: parts must be priors, at least one, got "
    for parts in ((), (3,), (Uniform(0, 1), None)):
        with pytest.raises(InputError, match=message):
            OneOf(parts)  # type: ignore[arg-type]


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
def test_invalid_ends_are_refused(kind: type[Uniform] | type[LogUniform], low: float, high: float) -> None:
    with pytest.raises(InputError, match=rf"^{kind.__name__}: low and high must be .*got {low!r} and {high!r}$"):
        kind(low, high)


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.0, 1.0), (-1.0, 1.0), (-1.0, 0.0)],
    ids=["from zero", "across zero", "up to zero"],
)
def test_log_uniform_stays_on_one_side_of_zero(low: float, high: float) -> None:
    with pytest.raises(
        InputError, match=rf"^LogUniform: low must be above 0, or high below 0; got {low!r} and {high!r}$"
    ):
        LogUniform(low, high)


def test_an_interval_too_wide_for_a_float_is_refused() -> None:
    with pytest.raises(InputError, match=r"^Uniform: .*too far apart"):
        Uniform(-1e308, 1e308)
    with pytest.raises(InputError, match=r"^LogUniform: .*too far apart"):
        LogUniform(1e-300, 1e300)
    with pytest.raises(InputError, match=r"^LogUniform: .*too far apart"):
        LogUniform(-1e300, -1e-300)


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
        pytest.param({"uniform": [0, 10**400]}, id="an end beyond floating point"),
        pytest.param({"uniform": [0, 1], "loguniform": [1, 2]}, id="two kinds"),
    ],
)
def test_invalid_records_are_refused(record: object) -> None:
    with pytest.raises(
        InputError, match=r"^a prior's record is \{kind: \[low, high\]\}, kind one of uniform, loguniform"
    ):
        prior_from_record(record)


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"one of": None}, id="no list"),
        pytest.param({"one of": [{"uniform": [0, 1]}, 3]}, id="a part that is not a record"),
        pytest.param({"one of": [{"normal": [0, 1]}]}, id="a part of unknown kind"),
    ],
)
def test_invalid_records_of_mixtures_are_refused(record: object) -> None:
    with pytest.raises(InputError, match=r"^a prior's record is \{kind: \[low, high\]\}"):
        prior_from_record(record)


def _nested(depth: int) -> dict[str, Any]:
    record: dict[str, Any] = {"uniform": [0, 1]}
    for _ in range(depth):
        record = {"one of": [record]}
    return record


def test_a_prior_of_many_priors_is_bounded_however_they_are_nested() -> None:
    side_by_side = [{"uniform": [low, low + 1]} for low in range(32)]
    assert prior_from_record({"one of": side_by_side[:31]}).quantile(np.array([30.5 / 31])) == pytest.approx(30.5)
    assert prior_from_record(_nested(31)).support == (0, 1)
    too_many = r"^OneOf: at most 31 priors, those of nested ones included"
    for record in ({"one of": side_by_side}, {"one of": [*side_by_side[:30], _nested(1)]}, _nested(40)):
        with pytest.raises(InputError, match=too_many):
            prior_from_record(record)
    with pytest.raises(InputError, match=r"^a prior's record is"):
        prior_from_record(_nested(5000))


def test_a_record_with_invalid_ends_is_refused() -> None:
    with pytest.raises(InputError, match="Uniform: low and high must be finite"):
        prior_from_record({"uniform": [3, 1]})
    with pytest.raises(InputError, match="Uniform: low and high must be finite"):
        prior_from_record({"one of": [{"uniform": [3, 1]}]})
    with pytest.raises(InputError, match="OneOf: parts must lie from left to right"):
        prior_from_record({"one of": [{"uniform": [2, 3]}, {"uniform": [0, 1]}]})


def test_priors_as_text() -> None:
    assert (str(Uniform(5, 15)), str(LogUniform(0.01, 100))) == ("U(5, 15)", "LogU(0.01, 100)")
    assert str(OneOf([LogUniform(-8, -1), Uniform(0, 2)])) == "LogU(-8, -1) or U(0, 2)"
