"""Experiments: the definition of `none`, drifts, designs and priors."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from shapeclf.datasets import LINE, SQRT, Family, Uniform, experiments
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.designs import ANYWHERE, RARELY_FAR, X_IS_SET, draw_designs
from shapeclf.datasets.disturbances import NOISE, draw_drifts, falling_rates
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.families import NONE
from shapeclf.datasets.law_distance import NEAR, law_distances
from shapeclf.datasets.negative_examples import NEGATIVE_EXAMPLES
from shapeclf.datasets.records import sequences_from_record, sequences_record

_P = 1e-3
CLASSES = [family.name for family in BUILT_IN]


def experiments_of(points: int = 24, **changes: object) -> ExperimentSequences:
    return ExperimentSequences(BUILT_IN, points=points, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "kind",
    [None, *(pytest.param(kind, marks=pytest.mark.slow) for kind in NEGATIVE_EXAMPLES if kind != "white noise")],
)
@pytest.mark.parametrize("error_bars", [0.0, 1.0], ids=["without errors", "with errors"])
def test_no_law_comes_near_to_a_curve_of_none(
    kind: str | None, error_bars: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = experiments_of(batch_size=80, error_bars=error_bars, seed=4)
    if kind is not None:
        data._curves.__dict__["_weights"] = {kind: 1.0}  # only curves of this kind
    accepted, curves = [], []

    def spied(families, between, low, width, limits):  # type: ignore[no-untyped-def]
        found = law_distances(families, between, low, width, limits)
        far = found.min(axis=1) > limits
        accepted.extend(limits[far])
        curves.extend(between[far])
        return found

    monkeypatch.setattr(experiments, "law_distances", spied)
    batch = data.batch(0)
    none = batch.labels == len(CLASSES)
    assert none.sum() == len(accepted)
    assert len(accepted) > 0
    if not error_bars:
        assert set(accepted) == {NEAR}
    # Laws that hold for every x: their nearest curve does not depend on the design.
    families = [family for family in BUILT_IN if family.shift_invariant]
    for curve, limit in zip(curves, accepted, strict=True):
        assert _polynomial_distance(curve, 1) > limit
        assert law_distances(families, curve[None], np.zeros((1, 1)), np.ones((1, 1)), np.array([limit])).min() > limit


def _polynomial_distance(curve: FloatArray, degree: int) -> float:
    grid = np.linspace(0, 1, len(curve))
    left = curve - np.polyval(np.polyfit(grid, curve, degree), grid)
    return float(np.sqrt((left**2).mean()) / np.ptp(curve))


def test_class_frequencies_are_the_declared_shares() -> None:
    data = experiments_of(batch_size=400, error_bars=0.4)
    labels = np.concatenate([data.batch(index).labels for index in range(3)])
    counts = np.bincount(labels, minlength=len(data.classes))
    assert data.classes == (*CLASSES, NONE)
    assert stats.chisquare(counts, 1200 * data.shares).pvalue > _P


def test_none_is_more_frequent_among_sequences_with_error_bars() -> None:
    data = experiments_of(points=8, batch_size=5000, error_bars=0.4)
    batch = data.batch(0)
    stated = batch.points[:, 0, 2] > 0
    for share, rows in ((0.17, ~stated), (0.22, stated)):
        # Negative examples that stay too near to a law are replaced by curves of laws: 1 % of those with error bars.
        none = batch.labels[rows] == len(CLASSES)
        assert none.mean() == pytest.approx(share, abs=0.02)
    assert data.shares[-1] == pytest.approx(0.6 * 0.17 + 0.4 * 0.22)


def test_about_three_fifths_of_the_sequences_without_error_bars_drift() -> None:
    data = experiments_of(points=10, batch_size=4000)
    drifting = (data.drift_sizes(0) > 0) & (data.batch(0).labels != CLASSES.index("constant"))
    set_x = [label for label, code in enumerate(data.lowest_x) if code & X_IS_SET]
    share = 0.8 * (1.0 - data.shares[CLASSES.index("constant")] - 0.8 * data.shares[set_x].sum())
    assert share == pytest.approx(0.6, abs=0.01)
    assert drifting.mean() == pytest.approx(share, abs=0.02)


def test_four_fifths_of_the_sequences_get_a_drift_of_at_most_three_per_cent() -> None:
    drifts = draw_drifts(np.random.default_rng(0), 40, 3000)
    sizes = np.sqrt((drifts**2).mean(axis=1))
    drifting = int((sizes > 0).sum())
    assert stats.binomtest(drifting, 3000, 0.8).pvalue > _P
    assert stats.kstest(sizes[sizes > 0] / 0.03, "uniform").pvalue > _P
    readings = (drifts != 0).sum(axis=1)
    few = (readings > 0) & (readings <= 4)
    assert stats.binomtest(int(few.sum()), drifting, 0.2).pvalue > _P
    # Smooth drifts change little from one reading to the next; autocorrelated ones change by √(2 − 2·correlation).
    change = np.sqrt((np.diff(drifts[sizes > 0], axis=1) ** 2).mean(axis=1)) / sizes[sizes > 0]
    assert ((change < 0.3).mean() > 0.4, (change < 0.7).mean() > 0.7) == (True, True)


def test_half_of_the_smooth_drifts_are_functions_of_the_curve_and_independent_readings_have_outliers_only() -> None:
    u = np.linspace(0, 1, 41)
    curves = np.tile((2 * u - 1) ** 2, (2000, 1))  # each value but one occurs twice
    independent = np.arange(2000)[:, None] % 2 == 1
    drifts = draw_drifts(np.random.default_rng(0), 41, 2000, curves, independent)
    drifting = np.abs(drifts).max(axis=1) > 0
    assert stats.binomtest(int(drifting[::2].sum()), 1000, 0.8).pvalue > _P
    assert stats.binomtest(int(drifting[1::2].sum()), 1000, 0.16).pvalue > _P
    assert ((drifts[1::2] != 0).sum(axis=1) <= 5).all()
    symmetric = drifting & (np.abs(drifts - drifts[:, ::-1]).max(axis=1) < 1e-12)
    assert stats.binomtest(int(symmetric[::2].sum()), 1000, 0.2).pvalue > _P


def test_falling_rates_are_the_first_order_of_a_decay_that_depends_more_than_linearly_on_its_level() -> None:
    t = np.sort(np.random.default_rng(3).uniform(size=(6, 20)), axis=1)
    rates = -np.geomspace(0.5, 8.0, 6)[:, None]
    found = falling_rates(t, rates)
    power = 1e-4  # y' = r·y^(1 + power) has the solution (1 − power·r·t)^(−1/power)
    change = (1.0 - power * rates * t) ** (-1.0 / power) - np.exp(rates * t)
    for row in range(6):
        curve = np.exp(rates[row] * t[row])
        explained = np.stack([np.ones(20), curve, t[row] * curve], axis=1)
        left = change[row] - explained @ np.linalg.lstsq(explained, change[row], rcond=None)[0]
        correlation = left @ found[row] / np.linalg.norm(left) / np.linalg.norm(found[row])
        assert correlation == pytest.approx(-np.sign(rates[row, 0]), abs=1e-4)
    three = np.array([[0.0, 0.5, 0.5, 1.0]])
    assert not falling_rates(three, np.array([[-2.0]])).any()


def test_the_smooth_drift_of_a_decay_is_its_falling_rate() -> None:
    t = np.tile(np.linspace(0.0, 1.0, 30), (4000, 1))
    curves = np.exp(-3.0 * t)
    of_rates = falling_rates(t, np.full((4000, 1), -3.0))
    drifts = draw_drifts(np.random.default_rng(0), 30, 4000, curves, None, of_rates)
    sizes = np.sqrt((drifts**2).mean(axis=1))
    shapes = drifts[sizes > 0] / sizes[sizes > 0, None]
    falling = np.abs(shapes - of_rates[0] / np.sqrt((of_rates[0] ** 2).mean())).max(axis=1) < 1e-9
    assert stats.binomtest(int(falling.sum()), len(falling), 0.5).pvalue > _P


def test_evenly_spaced_concentrations_begin_at_half_a_step_or_later_and_times_just_after_zero() -> None:
    first_steps = {}
    for law in ("hyperbola", "exponential"):
        code = experiments_of().lowest_x[CLASSES.index(law)]
        x = draw_designs(np.random.default_rng(4), 20, np.full(4000, code)).x
        x = x[(x[:, 0] > 0) & (np.ptp(np.diff(x, axis=1), axis=1) < 1e-9)]
        first_steps[law] = x[:, 0] / (x[:, 1] - x[:, 0])
    assert first_steps["hyperbola"].min() > 0.47  # (n − 1) / 2n: half a step of a design that begins there
    within = (first_steps["exponential"] < 0.47).mean()
    assert 0.15 < within < 0.45


def test_a_batch_may_be_without_a_curve_of_none() -> None:
    data = experiments_of(batch_size=1, error_bars=0.5)
    labels = [int(data.batch(index).labels[0]) for index in range(12)]
    assert 0 < sum(label == len(CLASSES) for label in labels) < 12


def test_the_size_of_the_drift_is_reported_and_constants_have_none() -> None:
    data = experiments_of(points=30, batch_size=1500, error_bars=0.4)
    batch, drifts, noise = data.batch(0), data.drift_sizes(0), data.noise_sizes(0)
    assert not drifts[batch.points[:, 0, 2] > 0].any()
    exact = noise == 0
    line, constant = (batch.labels == CLASSES.index(name) for name in ("line", "constant"))
    assert (np.ptp(batch.points[constant & exact, :, 1], axis=1) == 0).all()
    for (x, y, _), size in zip(batch.points[line & exact].transpose(0, 2, 1), drifts[line & exact], strict=True):
        u = (x - x.min()) / np.ptp(x)
        slope, shift = np.polyfit(u, y, 1)
        left = np.sqrt(np.mean((y - slope * u - shift) ** 2)) / abs(slope)
        assert left <= size * 1.2 + 0.04 / 2  # rounding moves a reading by at most half a step, which is below 4 %


@pytest.mark.parametrize("error_bars", [0.0, 1.0])
def test_laws_have_noise_of_up_to_half_of_their_range_and_none_of_less(error_bars: float) -> None:
    data = experiments_of(points=8, batch_size=3000, error_bars=error_bars)
    sizes, is_none = data.noise_sizes(0), data.batch(0).labels == len(CLASSES)
    low = NOISE.support[0]
    for chosen, highest in ((sizes[is_none & (sizes > 0)], 0.15), (sizes[~is_none & (sizes > 0)], 0.5)):
        assert 0.7 * highest < chosen.max() <= highest
        uniform = np.log(chosen / low) / np.log(highest / low)
        # Curves of none whose error bars are large may lie near a law, so curves of laws replace them.
        assert error_bars or stats.kstest(uniform, "uniform").pvalue > _P


def test_no_difference_is_smaller_than_instruments_resolve() -> None:
    y = experiments_of(points=40, noise=0.0, batch_size=600).batch(0).points[..., 1]
    spread = np.ptp(y, axis=1, keepdims=True)
    steps = np.abs(np.diff(y, axis=1)) / np.where(spread > 0, spread, 1.0)
    assert steps[steps > 0].min() > 1e-14


def test_constants_are_noise_about_a_mean() -> None:
    batch = experiments_of(points=40, noise=0.1, batch_size=600).batch(0)
    y = batch.points[batch.labels == CLASSES.index("constant"), :, 1]
    standard = (y - y.mean(axis=1, keepdims=True)) / y.std(axis=1, ddof=1, keepdims=True)
    assert len(y) > 20
    assert stats.kstest(standard.ravel(), "norm").pvalue > _P


def test_laws_relative_to_zero_are_rarely_measured_far_from_it() -> None:
    codes = dict(zip((*CLASSES, NONE), experiments_of().lowest_x.tolist(), strict=True))
    assert {name for name, code in codes.items() if code & RARELY_FAR} == {
        "parabola",
        "sqrt",
        "logarithm",
        "reciprocal",
        "power",
    }
    for flag, share in ((0, 0.1), (RARELY_FAR, 0.02)):
        designs = draw_designs(np.random.default_rng(1), 8, np.full(4000, ANYWHERE | flag))
        far = (designs.range < 0.2 / 1.0 + 1e-12) & (designs.low * (designs.low + designs.range) > 0)
        above = (
            ((0.43 if flag else 0.38) + 0.25 * 0.34) * np.log(1.25 / 1.2) / np.log(400 / 1.2)
        )  # ratios of 1.2 to 1.25 of designs that begin above zero, or at a first step without equal steps
        assert abs(far.mean() - share - above) < 4 * np.sqrt(share / 4000)


@pytest.mark.parametrize(
    ("law", "from_zero", "even", "by_factors"),
    [
        ("line", 0.15, 0.4, 0.12),
        ("exponential", 0.23, 0.44, 0.08),
        ("hyperbola", 0.1, 0.2, 0.4),
        ("power", 0.1, 0.2, 0.4),
        ("sqrt", 0.1, 0.2, 0.4),
    ],
)
def test_times_begin_at_zero_in_equal_steps_and_concentrations_increase_by_factors(
    law: str, from_zero: float, even: float, by_factors: float
) -> None:
    code = experiments_of().lowest_x[CLASSES.index(law)]
    x = draw_designs(np.random.default_rng(2), 8, np.full(3000, code)).x
    x = x[((x[:, 0] >= 0) | (x[:, -1] <= 0)) & (np.diff(x, axis=1).min(axis=1) > 0)]
    x = np.sort(np.abs(x), axis=1)
    steps, factors = np.diff(x, axis=1), x[:, 2:] / x[:, 1:-1]
    assert abs((x[:, 0] == 0).mean() - from_zero) < 0.08  # the layouts named "from zero", of those left here
    # 15 % of the x are rounded, so that their steps and factors are no longer equal.
    assert abs((np.ptp(steps, axis=1) < 1e-9).mean() - even) < 0.11
    assert abs((np.ptp(factors, axis=1) < 1e-9 * factors[:, 0]).mean() - 0.85 * by_factors) < 0.1


def test_every_law_is_measured_at_1_2_3_and_so_on() -> None:
    shares = []
    for code in experiments_of().lowest_x:
        x = draw_designs(np.random.default_rng(3), 8, np.full(4000, code)).x
        shares.append(np.isclose(x, x[:, :1] * np.arange(1, 9), atol=0).all(axis=1).mean())
    # These x are the commonest of all, so they must not say much about the law.
    assert min(shares) > 0.02
    assert max(shares) < 6 * min(shares)


def test_a_data_set_comes_back_from_json() -> None:
    data = experiments_of(error_bars=0.4, batch_size=5, seed=3, split="test")
    record = json.loads(json.dumps(sequences_record(data)))
    assert record["experiments"] == 2
    assert sequences_from_record(record, batch_size=5, seed=3) == data


def _cube(x: FloatArray, c: FloatArray) -> FloatArray:
    return (x - c) ** 3


def test_families_of_the_user_define_none_as_built_in_ones_do() -> None:
    cubic = Family(
        "cubic", "y = k·(x − c)³ + b", _cube, shape={"c": Uniform(0.2, 0.8)}, shift_invariant=True, units={"c": 1}
    )
    families = (LINE, cubic, replace(SQRT, domain=(5.0, np.inf)))
    data = ExperimentSequences(families, points=20, noise=0.0, batch_size=120)
    batch = data.batch(0)
    assert data.classes == ("line", "cubic", "sqrt", "none")
    share = (batch.labels == 3).mean()
    assert stats.binomtest(int(share * 120), 120, 0.2).pvalue > _P
    x, y = batch.points[batch.labels == 3].transpose(2, 0, 1)
    # No curve of none is a straight line; many are curves of the built-in laws that are not among the families.
    left = [
        np.ptp(y_ - np.polyval(np.polyfit(x_ - x_.mean(), y_, 1), x_ - x_.mean())) for x_, y_ in zip(x, y, strict=True)
    ]
    assert (np.array(left) > 0.02 * np.ptp(y, axis=1)).all()
