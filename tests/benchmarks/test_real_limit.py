"""The exact posterior with falling rates, which `benchmarks.real_limit` compares with the model on real tables."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.real_limit import FALLING, WAYS, comparisons, exact_posteriors, summary
from shapeclf import Recognizer
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.laws import EXPONENTIAL

DATA = ExperimentSequences(BUILT_IN)
NAMES = [family.name for family in DATA.families]
X = np.linspace(0.0, 30.0, 16)


def cooling(size: float) -> FloatArray:
    """Return the readings of a body whose rate of cooling falls; shape (points, 2)."""
    t = X / X.max()
    curve = FALLING.basis(t[None], r=np.full((1, 1), -2.8), size=np.full((1, 1), size))[0]
    return np.stack([X, 90.0 * curve + 20.0 + np.random.default_rng(5).normal(0.0, 0.2, len(X))], axis=1)


def test_a_falling_rate_of_size_zero_is_an_exponential() -> None:
    t = np.linspace(0.0, 1.0, 9)[None]
    curve = FALLING.basis(t, r=np.array([[-2.0]]), size=np.zeros((1, 1)))
    expected = (np.exp(-2.0 * t) - np.exp(-2.0)) / (1.0 - np.exp(-2.0))
    np.testing.assert_allclose(curve, expected, rtol=1e-12)


def test_a_body_that_cools_faster_at_first_is_an_exponential_only_if_its_rate_may_fall() -> None:
    exact, with_falling = exact_posteriors(DATA, cooling(0.02))
    index = NAMES.index(EXPONENTIAL.name)
    assert exact[index] < 0.01
    assert with_falling[index] > 0.9
    np.testing.assert_allclose([exact.sum(), with_falling.sum()], 1.0)


def test_with_error_bars_no_rate_falls() -> None:
    points = np.column_stack([cooling(0.02), np.full(len(X), 0.2)])
    exact, with_falling = exact_posteriors(DATA, points)
    np.testing.assert_array_equal(exact, with_falling)


def test_clear_tables_and_others_are_counted_apart(tmp_path: Path) -> None:
    tables = {"cooling": cooling(0.02), "straight": np.stack([X, 3.0 * X + 1.0], axis=1), "steps": cooling(0.0)}
    for name, points in tables.items():
        rows = "\n".join(f"{x!r},{y!r}" for x, y in points.tolist())
        (tmp_path / f"{name}.csv").write_text(f"x,y\n{rows}\n", encoding="utf-8")
    laws = {"cooling": ("exponential", True), "straight": ("line", False), "steps": ("other", True)}
    index = [{"name": name, "law": law, "ambiguous": not is_clear} for name, (law, is_clear) in laws.items()]
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    found = list(comparisons(Recognizer.load("real"), DATA, tmp_path))
    assert [each.of.name for each in found] == ["cooling", "straight"]  # the third follows no law
    kinds, numbers, ways, right, surprise = zip(*summary(found, NAMES), strict=True)
    assert kinds == ("clear",) * 3 + ("others",) * 3
    assert (set(numbers), ways) == ({1}, WAYS * 2)
    assert right == (0, 1, 1, 1, 1, 1)
    assert surprise[0] == 5.0  # the largest that counts
    assert surprise[3] == pytest.approx(0.0, abs=0.05)
