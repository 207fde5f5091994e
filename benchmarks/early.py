"""How many points does an answer need? Accuracy against points used, for methods that decide when to stop.

The task is that of `benchmarks.peers`, the data set of the recipe `fresh`, in streams of 32 points in the order of
drawing. All methods read the same streams of the test split. A stream that never stops is answered after its last
point.

Stopping rules: the option ``--decide`` (stop as soon as a family is probable enough), the same with a limit of points,
tslearn's `NonMyopicEarlyClassifier`, and ml_edm's `EconomyGamma` where ml_edm is installed (it is not on PyPI:
``pip install --no-deps git+https://github.com/ML-EDM/ml_edm``). The last two take the cost of a point, in units of the
cost of a wrong answer.

Run: python -m benchmarks.early --json early.json     (needs: pip install -e '.[bench]')
"""

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.contenders import FloatArray, flattened, import_peer, summaries, task
from benchmarks.stopping import first_reaching
from shapeclf import Recognizer
from shapeclf.datasets import Batch
from shapeclf.evaluation.exact import exact_posterior

POINTS = 32
CHUNK = 1000  # sequences in one call
INTERVALS = 20  # groups of probabilities in ml_edm's rule
PROBABILITIES = (*np.arange(0.34, 0.94, 0.02).round(2), 0.94, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.995, 0.998, 0.999)
SHOWN = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)  # probabilities of the table about --decide
COSTS = (2e-4, 5e-4, 0.001, 0.002, 0.004, 0.01, 0.03, 0.1)
EXACT, NETWORK = "*exact posterior*, probability", "**shapeclf**, shipped `fresh`, probability (`--decide`)"
BUDGETS = (2, 3, 4, 6, 8, 12, 16)  # mean points at which accuracies are compared


class Result(NamedTuple):
    """What a stopping rule reaches with one setting: mean points used, accuracy, and share that stopped early."""

    setting: float
    points: float
    accuracy: float
    stopped: float = 1.0


def drawn(split: str, sequences: int, first: int = 0) -> Batch:
    """Return streams of 32 points."""
    return task(POINTS, split=split, batch_size=sequences).batch(first)


def in_chunks(answer: Callable[[FloatArray], FloatArray], points: FloatArray) -> FloatArray:
    return np.concatenate([answer(points[i : i + CHUNK]) for i in range(0, len(points), CHUNK)])


def scored(setting: float, count: Any, family: Any, labels: Any) -> Result:
    count = np.asarray(count)
    return Result(setting, float(count.mean()), float((family == labels).mean()), float((count < POINTS).mean()))


def decided(posterior: FloatArray, labels: Any, probability: float, limit: int = POINTS) -> tuple[Any, Any]:
    """Return after how many points each stream stops, and with which family, as ``--decide`` does.

    Args:
        posterior: Posterior after every point, shape (batch, points, families).
        labels: Labels, shape (batch,).
        probability: The probability that a family must reach.
        limit: Largest number of points; the stream is then answered with its most probable family.
    """
    stops, count, family = first_reaching(posterior, np.full(len(labels), limit), probability)
    return np.where(stops, count, limit), np.where(stops, family, posterior[:, limit - 1].argmax(axis=-1))


def by_threshold(posterior: FloatArray, labels: Any) -> list[Result]:
    """Stop as soon as a family reaches a probability."""
    return [scored(float(one), *decided(posterior, labels, one), labels) for one in PROBABILITIES]


def by_limit(posterior: FloatArray, labels: Any) -> list[Result]:
    """Stop as soon as a family reaches the probability 0.99, or at a limit of points."""
    return [scored(n, *decided(posterior, labels, 0.99, n), labels) for n in range(1, POINTS + 1)]


def without_rule(posterior: FloatArray, labels: Any) -> list[Result]:
    """Stop every stream after the same number of points."""
    right = posterior.argmax(axis=-1) == labels[:, None]
    return [Result(n, n, float(right[:, n - 1].mean())) for n in range(1, POINTS + 1)]


def features(series: Any) -> FloatArray:
    """Return the inputs of boosted trees from series as `series_of` gives them."""
    series = np.asarray(series)
    points = np.stack([10 + 5 * series[..., 0], np.sinh(series[..., 1])], axis=-1)
    return flattened(points) if points.shape[1] < 3 else summaries(points)


def series_of(points: FloatArray) -> FloatArray:
    """Return x and y on scales on which tslearn's clusters are useful."""
    return np.stack([(points[..., 0] - 10) / 5, np.arcsinh(points[..., 1])], axis=-1)


def boosted_trees() -> Any:
    """Return scikit-learn's boosted trees on summaries of the points, not yet trained."""
    trees = import_peer("sklearn.ensemble").HistGradientBoostingClassifier
    inputs = import_peer("sklearn.preprocessing").FunctionTransformer
    return import_peer("sklearn.pipeline").make_pipeline(
        inputs(features),
        trees(learning_rate=0.1, max_leaf_nodes=15, max_iter=500, early_stopping=True, random_state=0),
    )


def nonmyopic(classifier: Any, sequences: int) -> Any:
    """Return tslearn's early classifier, trained; its classifiers of the 32 lengths see only half of the sequences."""
    model = import_peer("tslearn.early_classification").NonMyopicEarlyClassifier(
        base_classifier=classifier, random_state=0
    )
    batch = drawn("train", sequences)
    return model.fit(series_of(batch.points), batch.labels)


def by_cost(model: Any, series: FloatArray, classes: Any, labels: Any) -> list[Result]:
    """Stop when tslearn's model expects no later stop to be cheaper.

    Args:
        model: The trained model.
        series: As `series_of` returns them.
        classes: The answers of its classifiers after every point, shape (batch, points).
        labels: Labels, shape (batch,).
    """
    found = []
    for cost in COSTS:
        model.set_params(cost_time_parameter=cost)
        # Its public methods give the same answers but call a classifier for each stream alone, 3 ms each.
        count = np.array([model._get_prediction_time(one) for one in series])
        found.append(scored(cost, count, classes[np.arange(len(series)), count - 1], labels))
    return found


def posterior_of(model: Any, series: FloatArray) -> FloatArray:
    """Return the probabilities by the classifiers of tslearn's model after every point."""
    return np.stack([model.classifiers_[n].predict_proba(series[:, :n]) for n in range(1, POINTS + 1)], axis=1)


def economy(held_out: FloatArray, held_labels: Any, posterior: FloatArray, labels: Any) -> list[Result]:
    """Stop when ml_edm's `EconomyGamma`, trained on held-out posteriors, expects no later stop to be cheaper."""
    trigger, matrices = import_peer("ml_edm.trigger").EconomyGamma, import_peer("ml_edm.cost_matrices").CostMatrices
    lengths = np.arange(1, POINTS + 1)
    found: list[Result] = []
    held_out, posterior = without_ties(held_out), without_ties(posterior)
    rule = trigger(lengths, nb_intervals=INTERVALS)
    for cost in (1e-5, 5e-5, *COSTS):
        rule.cost_matrices = matrices(lengths, 3, misclf_cost=1.0, delay_cost=list(cost * lengths))
        if not found:  # the number of intervals is fixed, so the fitted rule does not depend on the costs
            rule.fit(np.zeros(held_out.shape[:2]), held_out, held_labels, rule.cost_matrices)
        count, reading = np.full(len(labels), POINTS), np.arange(len(labels))
        for n in lengths[:-1]:
            current = posterior[reading, n - 1]
            # The rule depends only on the interval of the largest probability, so it is evaluated once for each.
            interval = np.searchsorted(rule.thresholds[n - 1], current.max(axis=-1), side="right")
            _, first, group = np.unique(interval, return_index=True, return_inverse=True)
            stop = rule.predict(np.zeros((len(first), n)), current[first], rule.cost_matrices)[group]
            count[reading[stop]] = n
            reading = reading[~stop]
            if not len(reading):
                break
        found.append(scored(cost, count, posterior[np.arange(len(labels)), count - 1].argmax(axis=-1), labels))
    return found


def without_ties(posterior: FloatArray) -> FloatArray:
    """Add noise below 1e-9, since ml_edm groups probabilities by quantiles, and ties could leave a group empty."""
    noise: FloatArray = 1e-9 * np.random.default_rng(0).random(posterior.shape)
    return posterior + noise


def accuracy_at(results: list[Result], points: float) -> float | None:
    """Return the accuracy at a mean number of points, interpolated between settings; None outside of them.

    A random choice between two settings for each stream reaches the interpolated accuracy.
    """
    known = sorted({result.points: result.accuracy for result in results}.items())
    if not known[0][0] <= points <= known[-1][0]:
        return None
    used, accuracies = np.array(known).T
    return float(np.interp(points, used, accuracies))


def tables(methods: dict[str, list[Result]]) -> str:
    """Return two Markdown tables: accuracy at the same mean number of points, and the settings of ``--decide``."""
    lines = ["| mean points used | " + " | ".join(map(str, BUDGETS)) + " |", "|---|" + "---:|" * len(BUDGETS)]
    for title, results in methods.items():
        accuracies = [accuracy_at(results, n) for n in BUDGETS]
        cells = " | ".join("-" if one is None else f"{one:.3f}" for one in accuracies)
        lines.append(f"| {title} | {cells} |")
    lines += ["", "| `--decide` | " + " | ".join(map(str, SHOWN)) + " |", "|---|" + "---:|" * len(SHOWN)]
    for title in (EXACT, NETWORK):
        shown = [result for result in methods[title] if result.setting in SHOWN]
        for what, form in (("points", ".1f"), ("accuracy", ".3f"), ("stopped", ".3f")):
            cells = " | ".join(format(getattr(one, what), form) for one in shown)
            lines.append(f"| {title.partition(',')[0]}, {what} | {cells} |")
    return "\n".join(lines)


def compared(streams: int, trained: int, neighbours: int, held: int) -> dict[str, Any]:
    """Return the results of all methods, and processor seconds."""
    sequences, recognizer = task(), Recognizer.load("fresh")
    seconds: dict[str, float] = {}
    start = time.process_time()

    def step(what: str) -> None:
        seconds[what] = time.process_time() - start - sum(seconds.values())
        print(f"{what}: {seconds[what]:.0f} s", file=sys.stderr, flush=True)

    def exact_posteriors(points: FloatArray) -> FloatArray:
        return np.exp(exact_posterior(sequences, points))

    def network(points: FloatArray) -> FloatArray:
        return np.exp(recognizer.log_probabilities(points, final=False).astype(np.float64))

    test = drawn("test", streams)
    series = series_of(test.points)
    exact = in_chunks(exact_posteriors, test.points)
    ours = in_chunks(network, test.points)
    step("exact posterior and shapeclf")
    model = nonmyopic(boosted_trees(), trained)
    step("tslearn with boosted trees, training")
    trees = posterior_of(model, series)
    methods = {
        EXACT: by_threshold(exact, test.labels),
        NETWORK: by_threshold(ours, test.labels),
        "shapeclf, probability 0.99 or a limit of points": by_limit(ours, test.labels),
        "shapeclf, a fixed number of points": without_rule(ours, test.labels),
        "boosted trees, probability": by_threshold(trees, test.labels),
        "boosted trees, tslearn's rule": by_cost(model, series, trees.argmax(axis=-1), test.labels),
    }
    step("boosted trees, answers")
    if importlib.util.find_spec("ml_edm"):
        other = drawn("validation", held)
        for title, held_out, posterior in (
            ("*exact posterior*, ml_edm's Economy rule", in_chunks(exact_posteriors, other.points), exact),
            ("boosted trees, ml_edm's Economy rule", posterior_of(model, series_of(other.points)), trees),
            ("shapeclf, ml_edm's Economy rule", in_chunks(network, other.points), ours),
        ):
            methods[title] = economy(held_out, other.labels, posterior, test.labels)
            step(title)
    model = nonmyopic(None, neighbours)
    classes = posterior_of(model, series).argmax(axis=-1)
    methods["tslearn's defaults: nearest neighbour"] = by_cost(model, series, classes, test.labels)
    step("tslearn's defaults")
    return {"methods": methods, "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", type=int, default=5000, help="test streams (5000)")
    parser.add_argument("--trained", type=int, default=20_000, help="training streams of boosted trees (20000)")
    parser.add_argument("--neighbours", type=int, default=4000, help="training streams of nearest neighbours (4000)")
    parser.add_argument("--held", type=int, default=5000, help="streams that train ml_edm's rule (5000)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all results to this file")
    options = vars(parser.parse_args())
    file = options.pop("json")
    found = compared(**options)
    if file:
        rows = {title: [one._asdict() for one in results] for title, results in found["methods"].items()}
        file.write_text(json.dumps(options | {"seconds": found["seconds"], "methods": rows}, indent=2) + "\n")
    print(tables(found["methods"]))


if __name__ == "__main__":
    main()
