"""Compare standard errors with simulated repetitions: ``python -m benchmarks.standard_errors [REPETITIONS]``.

Each family but the constant is fitted many times at the same 40 x, with new noise of 2 % of the curve's range each
time. The x lie near zero or far from it. A good standard error is as large as the scatter of the estimates. The table
is in docs/benchmarks/fits.md.
"""

import sys

import numpy as np

from benchmarks.intervals import LAWS
from shapeclf.datasets import Family
from shapeclf.datasets._types import FloatArray
from shapeclf.recognition import fit_family

SHAPES = {
    "quadratic": {"c": 0.3},
    "exponential": {"r": -2.5},
    "power": {"p": 2.6},
    "sine": {"w": 14.0, "c": 0.52},
    "logistic": {"r": 11.0, "c": 0.45},
    "hyperbola": {"c": 0.3},
    "gaussian": {"c": 0.45, "s": 0.15},
}
OFFSETS = (0.0, 1e5, 1e6)  # in ranges of x
_NOISE = 0.02
_MIN_SHARE = 0.5  # a parameter with a standard error in at most this share of the repetitions is reported as open
_ONE_SIGMA = (15.865, 84.135)  # percentiles


def repetitions(family: Family, offset: float, count: int) -> tuple[list[str], FloatArray, FloatArray]:
    """Return the names, the estimates and the errors, NaN where there is none, of shape (repetitions, parameters)."""
    rng = np.random.default_rng(0)
    near = np.sort(rng.uniform(0.05, 1.0, 40))
    x = near + offset
    # A family that is not shift-invariant has another curve at each offset.
    origin = offset if family.shift_invariant else 0.0
    parameters = {"k": 2.0, "b": -0.7, **SHAPES.get(family.name, {})}
    truth = family.curve((x - origin)[None], **parameters)[0]
    truth = -0.7 + 2.0 * (truth - truth.min()) / np.ptp(truth)
    estimates, errors, names = [], [], ["k", "b", *family.shape]
    for _ in range(count):
        fit = fit_family(family, x, truth + _NOISE * 2.0 * rng.standard_normal(40))
        if fit is not None:
            estimates.append([fit.parameters[name] for name in names])
            errors.append([fit.standard_errors[name] or np.nan for name in names])
    return names, np.array(estimates), np.array(errors)


def main() -> None:
    """Print the median standard error of each parameter, relative to two measures of its scatter."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    scatters = ("standard deviation of the estimates", "half of their central 68 %")
    print("| family | offset / range | " + " | ".join(f"median standard error / {text}" for text in scatters) + " |")
    print("|---|---|---|---|")
    for family in LAWS:
        for offset in OFFSETS:
            names, estimates, errors = repetitions(family, offset, count)
            texts = []
            low, high = np.percentile(estimates, _ONE_SIGMA, axis=0)
            for scatter in (estimates.std(axis=0), (high - low) / 2):
                known = np.isfinite(errors).mean(axis=0) > _MIN_SHARE
                ratios = np.where(known, np.nanmedian(np.where(known, errors, 0.0), axis=0) / scatter, np.nan)
                texts.append(
                    ", ".join(f"{n} {r:.2f}" if r == r else f"{n} open" for n, r in zip(names, ratios, strict=True))
                )
            print(f"| {family.name} | {offset:g} | {' | '.join(texts)} |", flush=True)


if __name__ == "__main__":
    main()
