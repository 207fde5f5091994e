"""Is the shipped recogniser better and faster than fitting every law by hand and comparing by BIC?

By hand, `scipy.optimize.curve_fit` fits every family to the same sequences from several start values, with x and y
standardised. The lowest BIC wins. A sequence is `none` if the best law leaves more than a threshold of the variance
unexplained, or if its residuals have too few runs of one sign. The first threshold does not apply to a constant, which
explains no variance. Both thresholds are chosen for the highest accuracy on the validation split, as a careful user
would choose them on data of their own. The NLL by hand is that of the weights exp(-BIC / 2), with the rate of `none`
found on the validation split. Probabilities are at least 0.001, since otherwise one confident mistake could dominate
the mean.

Run: python -m benchmarks.by_hand --sequences 20000
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit

from shapeclf import Recognizer
from shapeclf.datasets.sequences import Split
from shapeclf.evaluation.report import training_sequences

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Law:
    """A function to fit and its start values, as a careful user would type them."""

    curve: Callable[..., Array]
    starts: Callable[[Array, Array], list[tuple[float, ...]]]
    positive: bool = False  # only x from 0 up
    shift_invariant: bool = False  # x standardised to 0..1, else divided by its largest absolute value


def _fixed(*starts: tuple[float, ...]) -> Callable[[Array, Array], list[tuple[float, ...]]]:
    return lambda x, y: list(starts)


def _sine_starts(x: Array, y: Array) -> list[tuple[float, ...]]:
    """Return start values from the three highest peaks of a periodogram."""
    frequencies = np.linspace(0.5, max(1.0, 0.45 * len(x)), 8 * len(x))
    phases = np.exp(2j * np.pi * frequencies[:, None] * x[None])
    power = np.abs(phases @ (y - y.mean()))
    best = [int(power.argmax())]
    for index in np.argsort(-power):
        if len(best) == 3:
            break
        if all(abs(frequencies[index] - frequencies[other]) > 0.7 for other in best):
            best.append(int(index))
    return [(2.0, 0.5, 2 * np.pi * frequencies[index], 0.1) for index in best]


LAWS = {
    "line": Law(lambda x, k, b: k * x + b, _fixed((1.0, 0.0))),
    "parabola": Law(lambda x, k, b: k * x**2 + b, _fixed((1.0, 0.0))),
    "sqrt": Law(lambda x, k, b: k * np.sqrt(x) + b, _fixed((1.0, 0.0)), positive=True),
    "quadratic": Law(
        lambda x, k, b, c: k * (x - c) ** 2 + b, _fixed((1, 0, 0.5), (1, 0, -0.5), (1, 0, 1.5)), shift_invariant=True
    ),
    "exponential": Law(
        lambda x, k, b, r: k * np.exp(r * x) + b,
        _fixed((1, 0, 1.0), (1, 0, -1.0), (1, 0, 4.0), (1, 0, -4.0)),
        shift_invariant=True,
    ),
    "logarithm": Law(lambda x, k, b: k * np.log(x) + b, _fixed((1.0, 0.0)), positive=True),
    "reciprocal": Law(lambda x, k, b: k / x + b, _fixed((1.0, 0.0)), positive=True),
    "power": Law(
        lambda x, k, b, p: k * x**p + b,
        _fixed((1, 0, 0.3), (1, 0, 1.5), (1, 0, 3.0), (1, 0, -0.5), (1, 0, -2)),
        positive=True,
    ),
    "sine": Law(lambda x, k, b, w, c: k * np.sin(w * (x - c)) + b, _sine_starts, shift_invariant=True),
    "logistic": Law(
        lambda x, k, b, r, c: k / (1 + np.exp(-r * (x - c))) + b,
        _fixed((2, -1, 8, 0.5), (-2, 1, 8, 0.5), (2, -1, 8, 0.2), (-2, 1, 8, 0.2), (2, -1, 20, 0.8), (-2, 1, 20, 0.8)),
        shift_invariant=True,
    ),
    "constant": Law(lambda x, b: np.full_like(x, b), _fixed((0.0,))),
    "hyperbola": Law(
        lambda x, k, b, c: k / (x + c) + b,
        _fixed((0.5, -0.5, 0.1), (-0.5, 0.5, 0.1), (1, -1, 0.7), (-1, 1, 0.7)),
        shift_invariant=True,
    ),
    "gaussian": Law(
        lambda x, k, b, c, s: k * np.exp(-0.5 * ((x - c) / s) ** 2) + b,
        _fixed(*((sign * 3, -sign, c, s) for sign in (1, -1) for c in (0.25, 0.5, 0.75) for s in (0.05, 0.15))),
        shift_invariant=True,
    ),
}


def _residuals(law: Law, x: Array, y: Array) -> tuple[Array, int] | None:
    """Return the residuals of the best fit and the number of parameters; None if the law is impossible."""
    if law.positive and (x.min() < 0 or (x.min() == 0 and law is not LAWS["sqrt"])):
        return None
    width = x.max() - x.min()
    positions = (x - x.min()) / width if law.shift_invariant else x / np.abs(x).max()
    best, parameters = None, 0
    for start in law.starts(positions, y):
        parameters = len(start)
        if parameters > len(x):
            return None
        try:
            found, _ = curve_fit(law.curve, positions, y, p0=start, maxfev=400)
        except (RuntimeError, ValueError):
            continue
        left = y - law.curve(positions, *found)
        if np.isfinite(left).all() and (best is None or left @ left < best @ best):
            best = left
    return None if best is None else (best, parameters)


def by_hand(x: Array, y: Array) -> tuple[Array, float, float]:
    """Return the BIC of every law, the share of variance that the best one leaves, and the z-score of its runs.

    The share is 0 if the best law is a constant.
    """
    spread = y.std()
    heights = (y - y.mean()) / (spread if spread > 0 else 1.0)
    bic = np.full(len(LAWS), np.inf)
    residuals = {}
    for index, law in enumerate(LAWS.values()):
        fitted = _residuals(law, x, heights)
        if fitted is not None:
            left, parameters = fitted
            n = len(x)
            bic[index] = n * np.log(left @ left / n + 1e-12) + (parameters + 1) * np.log(n)
            residuals[index] = left
    if not residuals:
        return bic, 1.0, 0.0
    best = int(bic.argmin())
    left = residuals[best][np.argsort(x, kind="stable")]
    share = 0.0 if list(LAWS)[best] == "constant" else float(left @ left / len(left))
    return bic, share, _runs(left)


def _runs(left: Array) -> float:
    """Return the z-score of the number of runs of one sign (Wald and Wolfowitz 1940)."""
    signs = left > 0
    n, above = len(left), int(signs.sum())
    below = n - above
    if above == 0 or below == 0:
        return 0.0
    expected = 2 * above * below / n + 1
    variance = (expected - 1) * (expected - 2) / max(n - 1, 1)
    return float(((np.diff(signs.astype(int)) != 0).sum() + 1 - expected) / np.sqrt(max(variance, 1e-9)))


@dataclass(frozen=True)
class ByHand:
    """Results for many sequences.

    Attributes:
        bic: BIC of each law, shape (sequences, laws).
        left: Share of the variance that the best law leaves, 0 for a constant, shape (sequences,).
        runs: z-score of the number of runs of its residuals, shape (sequences,).
    """

    bic: Array
    left: Array
    runs: Array

    def answers(self, share: float, runs: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the class of each sequence, and whether it is ``none``, for two thresholds."""
        none = (self.left > share) | (self.runs < runs)
        return np.where(none, len(LAWS), self.bic.argmin(axis=1)), none


def _all_by_hand(sequences: list[Array]) -> ByHand:
    found = [by_hand(points[:, 0], points[:, 1]) for points in sequences]
    bic, left, runs = zip(*found, strict=True)
    return ByHand(np.array(bic), np.array(left), np.array(runs))


def _thresholds(found: ByHand, labels: NDArray[np.int64]) -> tuple[float, float]:
    tried = [(s, r) for s in (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 2.0) for r in (-1.5, -2.0, -2.5, -3.0, -4.0, -99.0)]
    return max(tried, key=lambda pair: float((found.answers(*pair)[0] == labels).mean()))


def _nll(found: ByHand, labels: NDArray[np.int64], none: NDArray[np.bool_], rates: Array) -> float:
    weights = np.exp(-0.5 * (found.bic - found.bic.min(axis=1, keepdims=True)))
    weights /= weights.sum(axis=1, keepdims=True)
    rate = rates[none.astype(int)][:, None]
    probabilities = np.maximum(np.concatenate([weights * (1 - rate), rate], axis=1), 1e-3)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return float(-np.log(probabilities[np.arange(len(labels)), labels]).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sequences", type=int, default=20_000)
    parser.add_argument("--validation", type=int, default=1000, help="sequences that the thresholds are chosen on")
    parser.add_argument("--model", default="real")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore", OptimizeWarning)
    np.seterr(all="ignore")
    recognizer = Recognizer.load(arguments.model)
    data = replace(training_sequences(recognizer), batch_size=50)
    assert data.classes == (*LAWS, "none")

    def drawn(split: Split, count: int) -> tuple[list[Array], NDArray[np.int64]]:
        batches = list(replace(data, split=split).batches(count))
        return [points for batch in batches for points in batch.points], np.concatenate([b.labels for b in batches])

    sequences, labels = drawn("validation", arguments.validation)
    chosen = _all_by_hand(sequences)
    thresholds = _thresholds(chosen, labels)
    _, none = chosen.answers(*thresholds)
    rates = np.array([float((labels[none == rejected] == len(LAWS)).mean()) for rejected in (False, True)])

    sequences, labels = drawn("test", arguments.sequences)
    # The two take turns, so that other work on the machine affects both.
    parts = np.array_split(np.arange(len(sequences)), 20)
    hand_seconds = network_seconds = 0.0
    found, probabilities = [], []
    for part in parts:
        chunk = [sequences[i] for i in part]
        begun = time.perf_counter()
        probabilities.append(recognizer.predict_proba(chunk))
        between = time.perf_counter()
        found.append(_all_by_hand(chunk))
        network_seconds += between - begun
        hand_seconds += time.perf_counter() - between
    answers = np.concatenate(probabilities)
    hand = ByHand(*(np.concatenate([getattr(one, name) for one in found]) for name in ("bic", "left", "runs")))
    hand_answers, none = hand.answers(*thresholds)
    lengths = np.array([len(points) for points in sequences])
    result = {
        "sequences": len(labels),
        "thresholds by hand": {"share left": thresholds[0], "runs": thresholds[1]},
        "accuracy": {
            "network": float((answers.argmax(axis=1) == labels).mean()),
            "by hand": float((hand_answers == labels).mean()),
        },
        "accuracy of laws alone": {
            "network": float((answers[:, :-1].argmax(axis=1) == labels)[labels < len(LAWS)].mean()),
            "by hand": float((hand.bic.argmin(axis=1) == labels)[labels < len(LAWS)].mean()),
        },
        "nll": {
            "network": float(-np.log(np.maximum(answers[np.arange(len(labels)), labels], 1e-12)).mean()),
            "by hand": _nll(hand, labels, none, rates),
        },
        "milliseconds a sequence": {
            "network": 1e3 * network_seconds / len(labels),
            "by hand": 1e3 * hand_seconds / len(labels),
        },
        "times as fast": hand_seconds / network_seconds,
        "by points": {
            f"{low}-{high}": {
                "network": float((answers.argmax(axis=1) == labels)[(lengths >= low) & (lengths <= high)].mean()),
                "by hand": float((hand_answers == labels)[(lengths >= low) & (lengths <= high)].mean()),
            }
            for low, high in ((3, 8), (9, 32), (33, 256))
        },
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
