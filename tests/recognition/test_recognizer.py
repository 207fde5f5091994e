import copy
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from shapeclf.datasets import Family, ShapeSequences
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition import Recognition, Recognizer, loaded_model
from shapeclf.recognition.family_filter import FamilyFilter
from shapeclf.training.export import export
from shapeclf.training.network import ShapeNetwork

FAMILIES = ("line", "parabola", "sqrt")


class Pair(NamedTuple):
    """A network and the recogniser of its model file."""

    network: ShapeNetwork
    recognizer: Recognizer

    def torch(self, points: FloatArray) -> FloatArray:
        """The network's log-probabilities."""
        with torch.no_grad():
            answers: FloatArray = self.network(torch.from_numpy(points))[0].double().numpy()
        x = points[..., 0]  # the family sqrt is not defined below 0
        families = FamilyFilter(FAMILIES, self.recognizer.families, self.recognizer.known)
        excluded = families.excluded(np.minimum.accumulate(x, axis=1), np.maximum.accumulate(x, axis=1))
        return families.log_probabilities(answers, excluded)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param({}, id="scaled"),
        pytest.param({"coordinates": "running", "embedding": 8, "head": 8}, id="running"),
    ],
)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Large weights, so that the answers differ from each other as a trained network's do."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = ShapeNetwork(families=3, hidden_size=12, **request.param).eval()
        for weights in network.parameters():
            torch.nn.init.normal_(weights, std=0.5)
    points = ShapeSequences(parameters="fresh", noise=0.5).batch(0).points
    network.fit(points)
    with torch.no_grad():
        network.head.bias.sub_(network(torch.from_numpy(points))[0].mean(dim=(0, 1)))  # or one class would always win
    path = tmp_path_factory.mktemp("pair") / "model.onnx"
    path.write_bytes(export(network, FAMILIES, {}))
    return Pair(network, Recognizer.load(path))


# Running coordinates are products of many values: these lose digits, and overflow, far from 1.
scaled = pytest.mark.parametrize("pair", [pytest.param({}, id="scaled")], indirect=True)


def _sequences(count: int = 40, longest: int = 9) -> list[FloatArray]:
    batch = ShapeSequences(parameters="fresh", points=(1, longest), noise=0.5, batch_size=count).batch(0)
    return [points[:length] for points, length in zip(batch.points, batch.lengths, strict=True)]


# The same answers as torch.


@pytest.mark.parametrize("points", [1, 2, 8, 64], ids=repr)
def test_the_model_file_answers_as_torch_does(pair: Pair, points: int) -> None:
    batch = ShapeSequences(parameters="fresh", points=points, noise=1.0, batch_size=50).batch(0)
    answers = pair.recognizer.log_probabilities(batch.points)
    assert answers.shape == (50, points, 3)
    assert answers.dtype == np.float32
    expected = pair.torch(batch.points)
    np.testing.assert_allclose(np.exp(answers), np.exp(expected), rtol=0, atol=1e-5)
    np.testing.assert_allclose(answers, expected, rtol=1e-5, atol=1e-5)
    assert expected.std(axis=0).min() > 0.01  # a thousand tolerances; otherwise the comparison would prove little


@scaled
@given(
    points=st.lists(
        st.tuples(*[st.floats(-1e30, 1e30) | st.floats(-100, 100)] * 2),
        min_size=1,
        max_size=6,
    )
)
def test_points_of_any_scale_are_answered_as_torch_does(pair: Pair, points: list[tuple[float, float]]) -> None:
    array = np.array([points])
    np.testing.assert_allclose(np.exp(pair.recognizer.log_probabilities(array)), np.exp(pair.torch(array)), atol=1e-5)


@scaled
@pytest.mark.parametrize("size", [1e39, 1e300, -1e308], ids=repr)
def test_finite_points_have_finite_answers(pair: Pair, size: float) -> None:
    recognition = pair.recognizer.recognize([1.0, size, size, 2.0], [2.0, size, -size, 3.0])
    assert np.isfinite(recognition.posterior).all()
    np.testing.assert_allclose(recognition.posterior.sum(axis=-1), 1)


@scaled
def test_a_small_spread_is_seen_beside_a_large_value(pair: Pair, tmp_path: Path) -> None:
    # In single precision 1e9 + 1 and 1e9 are one number: the file must subtract the centre in double precision.
    points = ShapeSequences(parameters="fresh", points=5, batch_size=30).batch(0).points
    far = copy.deepcopy(pair.network)
    far.fit(ShapeSequences(parameters="fresh", noise=0.5).batch(0).points + 1e9)
    path = tmp_path / "far.onnx"
    path.write_bytes(export(far, FAMILIES, {}))
    answers = Recognizer.load(path).log_probabilities(points + 1e9)
    np.testing.assert_allclose(answers, pair.recognizer.log_probabilities(points), rtol=0, atol=1e-5)


# Batches, padding and lengths change nothing.


def _in_given_order(recognizer: Recognizer, sequences: list[FloatArray]) -> FloatArray:
    return recognizer.posteriors(np.concatenate(sequences), np.array([len(points) for points in sequences]))


@pytest.mark.parametrize("at_once", [1, 7, 20, 64, 16_384], ids=repr)  # fewer points than a sequence has, and more
def test_answers_to_many_sequences_equal_single_answers(
    pair: Pair, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded_model, "_NUMBERS_AT_ONCE", at_once * loaded_model._MIN_NUMBERS)
    monkeypatch.delitem(vars(pair.recognizer._loaded), "points_at_once", raising=False)
    sequences = _sequences()
    together = _in_given_order(pair.recognizer, sequences)
    alone = [pair.recognizer.recognize(points[:, 0], points[:, 1]).posterior[-1] for points in sequences]
    assert together.shape == (40, 3)
    assert together.dtype == np.float64
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)
    np.testing.assert_allclose(together.sum(axis=1), 1, rtol=1e-12)
    expected = [np.exp(pair.torch(points[None]))[0, -1] for points in sequences]
    np.testing.assert_allclose(together, expected, rtol=0, atol=1e-5)


def test_padding_after_the_end_changes_no_answer(pair: Pair) -> None:
    points = ShapeSequences(points=8, batch_size=30).batch(0).points
    cut = pair.recognizer.log_probabilities(points[:, :3])
    for filling in (0.0, 1e12, -5.0):
        other = points.copy()
        other[:, 3:] = filling
        np.testing.assert_allclose(pair.recognizer.log_probabilities(other)[:, :3], cut, rtol=0, atol=1e-6)


def test_a_sequence_of_many_points(pair: Pair) -> None:
    long = np.random.default_rng(0).normal(size=(20_000, 2))
    short = long[:3]
    probabilities = _in_given_order(pair.recognizer, [long, short])
    np.testing.assert_allclose(probabilities[1], _in_given_order(pair.recognizer, [short])[0], atol=1e-6)
    np.testing.assert_allclose(probabilities[0], np.exp(pair.torch(long[None])[0, -1]), atol=1e-5)


@pytest.mark.parametrize("at_once", [1, 3, 10, 11, 64], ids=repr)
def test_a_long_sequence_is_computed_in_parts(pair: Pair, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(2).normal(size=(3, 11, 2))
    whole = pair.recognizer.log_probabilities(points)
    monkeypatch.setitem(vars(pair.recognizer._loaded), "points_at_once", at_once)
    np.testing.assert_allclose(pair.recognizer.log_probabilities(points), whole, rtol=0, atol=1e-5)
    last = _in_given_order(pair.recognizer, list(points))
    np.testing.assert_allclose(last, np.exp(whole[:, -1]), rtol=0, atol=1e-5)


def test_threads_change_no_answer(tiny_model: Path) -> None:
    sequences = _sequences()
    one, two = (Recognizer.load(tiny_model, threads=threads).predict_proba(sequences) for threads in (1, 2))
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-6)


# The interface of scikit-learn.


def test_predictions_are_the_most_probable_classes(pair: Pair) -> None:
    sequences = _sequences(100)
    assert pair.recognizer.families == FAMILIES
    assert pair.recognizer.classes_.tolist() == list(FAMILIES)
    predicted = pair.recognizer.predict(sequences)
    assert predicted.shape == (100,)
    assert predicted.tolist() == [FAMILIES[row.argmax()] for row in pair.recognizer.predict_proba(sequences)]
    assert len(set(predicted.tolist())) > 1


def test_no_sequences_have_no_answers(pair: Pair) -> None:
    assert pair.recognizer.predict_proba([]).shape == (0, 3)
    real = Recognizer.load()
    assert real.predict_proba([]).shape == (0, len(real.classes_)) == real.predict_proba([[(1, 2)]])[:0].shape
    assert pair.recognizer.predict(iter([])).shape == (0,)


@pytest.mark.parametrize("kind", [list, tuple, iter], ids=["list", "tuple", "iterator"])
def test_sequences_of_any_kind(pair: Pair, kind: Any) -> None:
    sequences: list[Any] = [[[1, 2], [3, 4]], ((5.0, 6.0),), np.array([[1, 2]], dtype=np.int32)]
    expected = pair.recognizer.predict_proba([np.array(sequence, dtype=float) for sequence in sequences])
    np.testing.assert_array_equal(pair.recognizer.predict_proba(kind(sequences)), expected)


def test_strided_sequences_are_read_as_they_are(pair: Pair) -> None:
    points = np.random.default_rng(1).normal(size=(4, 2))
    strided = np.asfortranarray(np.repeat(points, 2, axis=0)[::2])
    np.testing.assert_array_equal(pair.recognizer.predict_proba([strided]), pair.recognizer.predict_proba([points]))
    whole = np.asfortranarray(np.stack([points, points]))
    np.testing.assert_array_equal(
        pair.recognizer.log_probabilities(whole)[0], pair.recognizer.log_probabilities(points[None])[0]
    )


def test_a_recognition_names_the_most_probable_family() -> None:
    points = np.array([[1.0, 2.0], [4.0, 3.0]])
    recognition = Recognition(("line", "sqrt"), np.array([[0.9, 0.1], [0.25, 0.75]]), points, {})
    assert (recognition.family, recognition.probability) == ("sqrt", 0.75)


def test_a_recognition_is_the_posterior_after_every_point(pair: Pair) -> None:
    points = ShapeSequences(points=6, batch_size=1).batch(0).points
    recognition = pair.recognizer.recognize(points[0, :, 0].tolist(), points[0, :, 1])
    assert recognition.families == FAMILIES
    np.testing.assert_allclose(recognition.posterior, np.exp(pair.torch(points))[0], rtol=0, atol=1e-5)
    np.testing.assert_allclose(recognition.posterior.sum(axis=1), 1, rtol=1e-12)
    ascending = points[0, np.argsort(points[0, :, 0])]
    answer = np.exp(pair.torch(ascending[None]))[0, -1]
    assert list(recognition.probabilities.values()) == pytest.approx(sorted(answer, reverse=True), abs=1e-5)


# Fewer families.


def test_among_is_the_full_answer_renormalised(pair: Pair) -> None:
    sequences = _sequences(60)
    whole = _in_given_order(pair.recognizer, sequences)
    for among in (("sqrt", "line"), ("parabola",), FAMILIES[::-1]):
        fewer = Recognizer(pair.recognizer.model, among=among)
        columns = [FAMILIES.index(name) for name in among]
        expected = whole[:, columns] / whole[:, columns].sum(axis=1, keepdims=True)
        assert fewer.families == tuple(fewer.classes_.tolist()) == among
        np.testing.assert_allclose(_in_given_order(fewer, sequences), expected, rtol=0, atol=1e-6)
        x, y = sequences[7].T
        np.testing.assert_allclose(fewer.recognize(x, y).posterior[-1], expected[7], rtol=0, atol=1e-6)
        stream = fewer.stream()
        last = [stream.update(*point) for point in sequences[7].tolist()][-1]
        np.testing.assert_allclose(last, expected[7], rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("among", "got"),
    [
        pytest.param(["line", "cubic"], "line, cubic", id="unknown"),
        pytest.param([], "no name", id="no family"),
        pytest.param(["line", "line"], "line, line", id="twice"),
    ],
)
def test_families_that_cannot_be_chosen(tiny_model: Path, among: list[str], got: str) -> None:
    message = rf"^among must be different families .* \(line, parabola, sqrt\); got {got}$"
    with pytest.raises(InputError, match=message):
        Recognizer.load(tiny_model, among=among)


def test_only_known_formulas_are_fitted(tiny_model: Path) -> None:
    own = Family("sqrt", "y = k·x³ + b", np.cbrt)
    assert list(Recognizer.load(among=["none", "sine", "line"]).known) == ["sine", "line"]
    assert Recognizer.load(tiny_model, user_families=[own]).known["sqrt"] is own


# The end of a sequence.


@pytest.fixture(scope="module")
def real() -> Recognizer:
    return Recognizer.load()


def test_the_last_answer_is_that_of_a_sequence_which_ends(real: Recognizer) -> None:
    points = np.random.default_rng(5).normal(size=(4, 12, 2)).cumsum(axis=1)
    whole, not_final = real.log_probabilities(points), real.log_probabilities(points, final=False)
    np.testing.assert_array_equal(whole[:, :-1], not_final[:, :-1])
    assert np.abs(np.exp(whole[:, -1]) - np.exp(not_final[:, -1])).max() > 0.01
    np.testing.assert_allclose(_in_given_order(real, list(points)), np.exp(whole[:, -1]), rtol=0, atol=1e-6)
    # Later points change no answer, and a stream gives the same answers as one call.
    np.testing.assert_allclose(real.log_probabilities(points[:, :5], final=False), not_final[:, :5], rtol=0, atol=1e-4)
    stream = real.stream()
    streamed = [stream.update(*point) for point in points[0].tolist()]
    # The unit of x follows from the first two different x. Before the second of them, an input coordinate contains this
    # unit in one call, but not in a stream; so the tolerance is larger.
    np.testing.assert_allclose(streamed, np.exp(not_final[0]), rtol=0, atol=5e-3)


def test_answers_to_sequences_of_unequal_lengths_equal_single_answers(real: Recognizer) -> None:
    rng = np.random.default_rng(6)
    sequences = [rng.normal(size=(length, 2)).cumsum(axis=0) for length in (1, 40, 2, 7, 1000, 3, 7)]
    together = _in_given_order(real, sequences)
    alone = [real.recognize(*points.T).posterior[-1] for points in sequences]
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)
