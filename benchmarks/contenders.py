"""The contenders of `benchmarks.peers`: what each learns from, how it is trained, and how it answers."""

import importlib
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain import plain_sequences
from shapeclf import Recognizer
from shapeclf.datasets import ShapeSequences
from shapeclf.evaluation.exact import exact_posterior
from shapeclf.training.recipes import settings_of

__all__ = ["CONTENDERS", "LENGTHS", "Contender", "FloatArray", "Trained", "import_peer", "task"]

FloatArray = NDArray[np.float64]

LENGTHS = (4, 8, 32)  # points of the test sequences
TRIAL = 100  # updates whose time determines how many the budget allows
BAYESFLOW_BATCH = 128
BAYESFLOW_RATE = 1e-3


class Trained(NamedTuple):
    """A trained contender.

    Attributes:
        answer: Function of points (batch, points, 2) that returns (batch, families) after the last of them:
            log-probabilities, or scores, of which the largest is the answer.
        seconds: Processor seconds of training.
        setup: Further figures: updates, sequences drawn.
    """

    answer: Callable[[FloatArray], FloatArray]
    seconds: float = 0.0
    setup: Mapping[str, float] = {}


class Contender(NamedTuple):
    """A contender: one row of the table."""

    title: str
    train: Callable[[float], Trained]  # given the budget in seconds
    packages: tuple[str, ...]  # packages that it needs, by the name of their distribution
    probabilities: bool = True
    shortest: int = 1  # points


def task(points: int | None = None, **changes: Any) -> ShapeSequences:
    """Return the data set, by default its training split."""
    sequences = plain_sequences(settings_of("fresh").sequences())
    return replace(sequences, points=sequences.points if points is None else points, **changes)


def log_softmax(scores: FloatArray) -> FloatArray:
    shifted: FloatArray = scores - scores.max(axis=-1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return shifted


def by_x(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return x and y, each (batch, points), in the order of x, since the order of drawing contains no information."""
    order = np.argsort(points[..., 0], axis=1)
    x, y = np.moveaxis(np.take_along_axis(points, order[..., None], axis=1), -1, 0)
    return x, y


def shapeclf(budget: float) -> Trained:
    """Train the recipe with as many updates as the budget allows; its learning rate falls to 0 at the last."""
    from shapeclf.training import train

    with tempfile.TemporaryDirectory() as folder:

        def seconds_of(updates: int) -> tuple[float, Path]:
            # Its validations are small and thirty at most: they select nothing.
            settings = settings_of(
                "fresh", max_updates=updates, round_updates=max(TRIAL, updates // 30), test_sequences=1000
            )
            start = time.process_time()
            run = train(settings, output=folder, quiet=True)
            return time.process_time() - start, run.path

        seconds_of(2)  # imports modules on first use
        updates = max(1, int(0.95 * budget * TRIAL / seconds_of(TRIAL)[0]))
        seconds, path = seconds_of(updates)
        recognizer = Recognizer.load(path)
    sequences = updates * settings_of("fresh").batch_size
    return Trained(
        lambda points: recognizer.log_probabilities(points)[:, -1].astype(np.float64),
        seconds,
        {"updates": updates, "sequences": sequences},
    )


def bayesflow(budget: float) -> Trained:
    """Train a model comparison with a set transformer, with the optimiser and schedule of BayesFlow's workflow."""
    import torch

    bf, keras = import_peer("bayesflow"), import_peer("keras")
    torch.set_num_threads(1)
    drawn = task(lengths="batch", batch_size=BAYESFLOW_BATCH)
    families = len(drawn.families)
    approximator = bf.approximators.ModelComparisonApproximator(
        num_models=families,
        summary_network=bf.networks.SetTransformer(summary_dim=32, dropout=0.0),  # training data never repeat
        classifier_network=bf.networks.MLP(widths=(64, 64), dropout=0.0),
    )

    def fit(updates: int, rate: Any, first: int) -> float:
        indices = iter(range(first, first + updates + 1))  # one more: the first fit builds the network on a batch

        def draw(shape: tuple[int, ...]) -> dict[str, NDArray[np.float32]]:
            batch = drawn.batch(next(indices))
            return set_inputs(batch.points) | {"inference_variables": np.eye(families, dtype=np.float32)[batch.labels]}

        simulator = bf.simulators.LambdaSimulator(draw, is_batched=True)
        batches = bf.datasets.OnlineDataset(simulator, BAYESFLOW_BATCH, updates, adapter=None)
        approximator.compile(optimizer=keras.optimizers.Adam(rate, clipnorm=1.5))
        start = time.process_time()
        approximator.fit(dataset=batches, epochs=1, verbose=0)
        return time.process_time() - start

    fit(5, 1e-5, 0)  # builds the network, and imports modules on first use
    updates = max(1, int(0.95 * budget * TRIAL / fit(TRIAL, 1e-5, 10)))
    warm_up = updates // 20
    rate = keras.optimizers.schedules.CosineDecay(
        0.1 * BAYESFLOW_RATE, updates - warm_up, warmup_target=BAYESFLOW_RATE, warmup_steps=warm_up
    )
    seconds = fit(updates, rate, 1000)

    def answer(points: FloatArray) -> FloatArray:
        logits = approximator.predict(conditions=set_inputs(points), probs=False)
        return log_softmax(np.asarray(logits, dtype=np.float64))

    return Trained(answer, seconds, {"updates": updates, "sequences": updates * BAYESFLOW_BATCH})


def set_inputs(points: FloatArray) -> dict[str, NDArray[np.float32]]:
    """Return the inputs of BayesFlow: y standardised within the set and as it is, and the moments of the set."""
    x, y = points[..., 0], points[..., 1]
    mean, spread = y.mean(axis=1, keepdims=True), y.std(axis=1, keepdims=True) + 0.01
    number = np.full((len(points), 1), np.log(points.shape[1]))
    of_points = [(x - 10) / 3, (y - mean) / spread, np.arcsinh(y), np.arcsinh(y - mean)]
    moments = [np.arcsinh(mean), np.log(spread), x.mean(axis=1, keepdims=True) / 10, x.std(axis=1, keepdims=True)]
    return {
        "summary_variables": np.stack(of_points, axis=-1).astype(np.float32),
        "inference_conditions": np.concatenate([number, *moments], axis=-1).astype(np.float32),
    }


def boosting(budget: float, features: Callable[[FloatArray], FloatArray]) -> Trained:
    """Train scikit-learn's gradient boosting: a model for each length, with early stopping."""
    model = import_peer("sklearn.ensemble").HistGradientBoostingClassifier
    sequences = max(1000, min(300_000, int(500 * budget)))
    models, start = {}, time.process_time()
    for length in LENGTHS:
        batch = task(length, batch_size=sequences).batch(0)
        models[length] = model(
            learning_rate=0.05, max_leaf_nodes=63, max_iter=2000, early_stopping=True, random_state=0
        ).fit(features(batch.points), batch.labels)
    return Trained(
        lambda points: np.log(models[points.shape[1]].predict_proba(features(points))),
        time.process_time() - start,
        {"sequences": len(LENGTHS) * sequences} | {f"trees_{n}": models[n].n_iter_ for n in LENGTHS},
    )


def flattened(points: FloatArray) -> FloatArray:
    """Return all x, then all y, both in the order of x, shape (batch, 2 * points)."""
    return np.concatenate(by_x(points), axis=1)


def summaries(points: FloatArray) -> FloatArray:
    """Return summaries as one would choose them by hand, shape (batch, 17): moments, ends, fits of line and parabola.

    The parabola has a linear term, as in ``np.polyfit``; the formulas of the families are not used.
    """
    x, y = by_x(points)
    columns = [x.mean(axis=1), y.mean(axis=1), x.std(axis=1), y.std(axis=1), x[:, 0], x[:, -1], y[:, 0], y[:, -1]]
    columns.append((y[:, -1] - y[:, 0]) / (x[:, -1] - x[:, 0]))
    for degree in (1, 2):
        powers = ((x - 10) / 5)[..., None] ** np.arange(degree + 1)  # (batch, points, degree + 1)
        transposed = np.swapaxes(powers, 1, 2)
        # The tiny ridge keeps the matrix invertible where points nearly coincide.
        matrix = transposed @ powers + 1e-9 * np.eye(degree + 1)
        fit = np.linalg.solve(matrix, transposed @ y[..., None])
        columns += [*fit[..., 0].T, np.log(((y - (powers @ fit)[..., 0]) ** 2).mean(axis=1) + 1e-6)]
    columns.append(fit[:, 2, 0] / fit[:, 1, 0])
    return np.stack(columns, axis=-1)


def minirocket(budget: float) -> Trained:
    """Train MiniRocket of aeon for sequences of 32 points, with y interpolated on a regular grid of x."""
    model = import_peer("aeon.classification.convolution_based").MiniRocketClassifier
    sequences = max(500, min(100_000, int(100_000 / 600 * budget)))
    start = time.process_time()
    batch = task(LENGTHS[-1], batch_size=sequences).batch(0)
    trained = model(n_kernels=2000, random_state=0).fit(on_grid(batch.points), batch.labels)
    return Trained(
        lambda points: trained.predict_proba(on_grid(points)), time.process_time() - start, {"sequences": sequences}
    )


def on_grid(points: FloatArray) -> NDArray[np.float32]:
    """Return y interpolated at evenly spaced x, shape (batch, 1, points)."""
    x, y = by_x(points)
    grid = np.linspace(5, 15, points.shape[1])
    # One by one: numpy interpolates one table at a time.
    return np.stack([np.interp(grid, *row) for row in zip(x, y, strict=True)])[:, None].astype(np.float32)


def curve_fit(budget: float) -> Trained:
    """Fit each family with `scipy.optimize.curve_fit`; the probabilities are Akaike weights."""
    from scipy import optimize

    formulas: tuple[Callable[[Any, float, float], Any], ...] = (
        lambda x, k, b: k * x + b,
        lambda x, k, b: k * x**2 + b,
        lambda x, k, b: k * np.sqrt(x) + b,
    )

    def aic(formula: Callable[[Any, float, float], Any], x: FloatArray, y: FloatArray) -> float:
        try:
            parameters, _ = optimize.curve_fit(formula, x, y)
        except RuntimeError:  # no fit was found
            return np.inf
        residual = float(((y - formula(x, *parameters)) ** 2).sum())
        return len(x) * float(np.log(residual / len(x) + 1e-300)) + 2 * 3  # k, b and the noise

    def answer(points: FloatArray) -> FloatArray:
        found = [[aic(formula, *sequence.T) for formula in formulas] for sequence in points]
        return log_softmax(-0.5 * np.array(found))

    return Trained(answer)


def exact(budget: float) -> Trained:
    sequences = task()
    return Trained(lambda points: exact_posterior(sequences, points)[:, -1])


CONTENDERS = {
    "shapeclf": Contender("**shapeclf**, recipe `fresh`", shapeclf, ("shapeclf", "torch", "onnxruntime")),
    "bayesflow": Contender("BayesFlow 2, set transformer", bayesflow, ("bayesflow", "keras", "torch"), shortest=2),
    "boosting": Contender(
        "scikit-learn boosting, points", lambda budget: boosting(budget, flattened), ("scikit-learn",), shortest=2
    ),
    "boosting-summaries": Contender(
        "scikit-learn boosting, summaries", lambda budget: boosting(budget, summaries), ("scikit-learn",), shortest=3
    ),
    "minirocket": Contender("aeon MiniRocket", minirocket, ("aeon", "numba", "scikit-learn"), False, shortest=9),
    "curve_fit": Contender("curve_fit and AIC", curve_fit, ("scipy",), shortest=2),
    "exact": Contender("*exact posterior*", exact, ("numpy",)),
}


def import_peer(module: str) -> Any:
    """Import a package that only this benchmark needs; it has no type annotations."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise SystemExit(f"benchmarks.peers: {error}; pip install -e '.[bench]'") from None
