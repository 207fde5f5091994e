"""Measure the test of residuals: false alarms and power of each law: ``python -m benchmarks.residuals [SEQUENCES]``.

A false alarm is the report that the residuals are not random, for a fit of the true law to readings with random
noise. These sequences are those of `benchmarks.intervals`: 5 to 100 points with noise of 0.5 to 5 % of the range of the
curve. The power is the share of sequences with this report if the readings drift from their law: 32 points, noise
of 0.2 % and a drift with a standard deviation of 1 % of the range, of four slow waves. Both are also measured with
error bars, with which chi-squared is a further test. The table is in docs/benchmarks/fits.md.
"""

import sys

import numpy as np

from benchmarks.intervals import LAWS, NOISE, draw_case
from shapeclf.datasets import Family
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.recognition import fit_family

_DEFAULT = 1000  # sequences of each family
_DRIFTING_POINTS, _DRIFT, _DRIFTING_NOISE = 32, 0.01, 0.002  # sizes relative to the range of the curve
_WAVES = np.arange(1, 5)[:, None]  # half periods over the range of x


def drift(x: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return a sum of slow waves with the standard deviation `_DRIFT`, shape (points,)."""
    phases, sizes = rng.uniform(0, 2 * np.pi, (4, 1)), rng.standard_normal((4, 1))
    waves = (sizes / _WAVES * np.sin(_WAVES * np.pi * (x - x.min()) / np.ptp(x) + phases)).sum(axis=0)
    return np.asarray(_DRIFT * (waves - waves.mean()) / waves.std())


def alarm(family: Family, x: FloatArray, y: FloatArray, y_error: float | None = None) -> bool | None:
    """Return whether the fit of a law reports that its residuals are not random; None where it has no test of them."""
    fit = fit_family(family, x, y, y_error)
    test = None if fit is None else fit.residuals().test
    return None if test is None else not test.random


def alarms(family: Family, count: int) -> list[list[bool | None]]:
    """Return the alarms at random noise and with a drift, each without and with error bars, (sequences, 4)."""
    rng = np.random.default_rng([1, BUILT_IN.index(family)])
    rows = []
    for _ in range(count):
        x, y = draw_case(family, rng, noise=0.0).points.T
        noise = float(NOISE.quantile(rng.random(1))[0])
        readings = y + noise * rng.standard_normal(len(x))
        row = [alarm(family, x, readings), alarm(family, x, readings, noise)]
        x, y = draw_case(family, rng, _DRIFTING_POINTS, 0.0).points.T
        readings = y + drift(x, rng) + _DRIFTING_NOISE * rng.standard_normal(len(x))
        rows.append([*row, alarm(family, x, readings), alarm(family, x, readings, _DRIFTING_NOISE)])
    return rows


def show(name: str, rows: list[list[bool | None]]) -> None:
    """Print the share of alarms among the fits with a test, and the number of these fits."""
    cells = [name]
    for column in zip(*rows, strict=True):
        tested = [found for found in column if found is not None]
        cells.append(f"{100 * np.mean(tested):.1f} % of {len(tested)}")
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print a table with a row for each family and one for all."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else _DEFAULT
    print("| family | false alarms | with error bars | power | with error bars |")
    print("|---|---|---|---|---|")
    every = []
    for family in LAWS:
        rows = alarms(family, count)
        show(family.name, rows)
        every += rows
    show("all", every)


if __name__ == "__main__":
    main()
