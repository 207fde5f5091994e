import math
from pathlib import Path

import numpy as np
import pytest
import torch

from shapeclf.datasets import ShapeSequences
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError
from shapeclf.recognition import Recognizer, Stream
from shapeclf.training.export import export
from shapeclf.training.network import ShapeNetwork, State


@pytest.fixture(
    scope="module",
    params=[
        pytest.param({}, id="scaled"),
        pytest.param({"coordinates": "running", "embedding": 8, "head": 8}, id="running"),
    ],
)
def network(request: pytest.FixtureRequest) -> ShapeNetwork:
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
    return network


@pytest.fixture(scope="module")
def recognizer(network: ShapeNetwork, tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    path = tmp_path_factory.mktemp("stream") / "model.onnx"
    path.write_bytes(export(network, ("line", "parabola", "sqrt"), {}))
    return Recognizer.load(path)


def _points(count: int) -> FloatArray:
    points: FloatArray = ShapeSequences(parameters="fresh", points=count, noise=0.5, batch_size=1).batch(0).points[0]
    return points


def _state(stream: Stream) -> dict[str, FloatArray]:
    return {name: array.copy() for name, array in _arrays(stream).items()}


def _arrays(stream: Stream) -> dict[str, FloatArray]:
    return dict(zip((s.name for s in stream._streams._loaded.model.state), stream._streams._state, strict=True))


def test_step_by_step_equals_all_at_once(recognizer: Recognizer) -> None:
    points = _points(64)
    stream = recognizer.stream()
    answers = np.array([stream.update(x, y) for x, y in points.tolist()])
    assert answers.dtype == np.float64
    np.testing.assert_allclose(answers, recognizer.recognize(*points.T).posterior, rtol=0, atol=1e-6)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-12)
    assert (stream.points, stream.families) == (64, ("line", "parabola", "sqrt"))
    assert np.ptp(answers, axis=0).max() > 0.1  # otherwise the comparison would prove little


def test_step_by_step_equals_torch_from_an_intermediate_state(network: ShapeNetwork, recognizer: Recognizer) -> None:
    points = _points(20)
    stream = recognizer.stream()
    for x, y in points[:12].tolist():
        stream.update(x, y)
    with torch.no_grad():
        _, state = network(torch.from_numpy(points[None, :12]))
        assert not torch.equal(state.hidden, torch.zeros_like(state.hidden))
        expected, _ = network(torch.from_numpy(points[None, 12:]), state)
    for name, array in _state(stream).items():
        np.testing.assert_allclose(array, getattr(state, name).numpy(), rtol=1e-9, atol=1e-5)
    answers = [stream.update(x, y) for x, y in points[12:].tolist()]
    np.testing.assert_allclose(answers, expected[0].exp().numpy(), rtol=0, atol=1e-5)


def test_a_stream_continues_from_any_state(network: ShapeNetwork, recognizer: Recognizer) -> None:
    # The state after other points, with its recurrent part replaced by random numbers.
    generator = torch.Generator().manual_seed(3)
    points = _points(9)
    stream = recognizer.stream()
    with torch.no_grad():
        _, reached = network(torch.from_numpy(points[None, ::-1].copy()))
        hidden, cell = (torch.randn(reached.hidden.shape, generator=generator) for _ in range(2))
        state = State(reached.coordinates, hidden, cell)
        expected, _ = network(torch.from_numpy(points[None]), state)
    for name, array in _arrays(stream).items():
        array[:] = getattr(state, name).numpy()
    answers = [stream.update(x, y) for x, y in points.tolist()]
    np.testing.assert_allclose(answers, expected[0].exp().numpy(), rtol=0, atol=1e-5)


def test_streams_do_not_share_their_state(recognizer: Recognizer) -> None:
    points = _points(10)
    one, other = recognizer.stream(), recognizer.stream()
    alone = [one.update(x, y) for x, y in points.tolist()]
    one = recognizer.stream()
    between = []
    for x, y in points.tolist():
        between.append(one.update(x, y))
        other.update(y, x)
    np.testing.assert_array_equal(between, alone)


def test_an_answer_is_not_overwritten_by_later_points(recognizer: Recognizer) -> None:
    stream, same = recognizer.stream(), recognizer.stream()
    first = stream.update(6.0, 3.0)
    copy = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(stream.update(7.0, 4.0), [same.update(6.0, 3.0), same.update(7.0, 4.0)][1])
    assert copy.sum() == pytest.approx(1)


def test_memory_is_constant(recognizer: Recognizer) -> None:
    stream = recognizer.stream()
    before = {name: (array.shape, array.dtype) for name, array in _state(stream).items()}
    attributes = set(vars(stream._streams))
    for x, y in np.random.default_rng(0).normal(size=(2000, 2)).tolist():
        stream.update(x, y)
    assert {name: (array.shape, array.dtype) for name, array in _state(stream).items()} == before
    assert set(vars(stream._streams)) == attributes
    assert {name: array.shape for name, array in _state(stream).items()} == {
        state.name: state.shape_for(1) for state in recognizer.model.state
    }
    assert stream.points == 2000


@pytest.mark.parametrize(
    ("x", "y"),
    [(math.nan, 1.0), (1.0, math.nan), (math.inf, 1.0), (1.0, -math.inf)],
    ids=["NaN x", "NaN y", "infinite x", "infinite y"],
)
def test_a_point_that_is_not_finite_leaves_the_stream_as_it_was(recognizer: Recognizer, x: float, y: float) -> None:
    stream, untouched = recognizer.stream(), recognizer.stream()
    for point in _points(3).tolist():
        stream.update(*point)
        untouched.update(*point)
    before = _state(stream)
    with pytest.raises(InputError, match=rf"^x and y must be finite numbers, got {x!r} and {y!r}$"):
        stream.update(x, y)
    assert stream.points == 3
    assert all(np.array_equal(before[name], array) for name, array in _state(stream).items())
    np.testing.assert_array_equal(stream.update(7.0, 9.0), untouched.update(7.0, 9.0))


@pytest.mark.parametrize("fails", [True, False], ids=["the runtime fails", "no number comes out"])
def test_a_point_that_cannot_be_computed_with_leaves_the_stream_as_it_was(
    recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    stream, untouched = recognizer.stream(), recognizer.stream()
    for point in _points(3).tolist():
        stream.update(*point)
        untouched.update(*point)
    streams = stream._streams
    session = streams._loaded.runtime

    class Session:
        """The model's session, which fails or returns NaN."""

        def run_with_iobinding(self, binding: object) -> None:
            session.run_with_iobinding(binding)
            if fails:
                raise RuntimeError("out of range")
            streams._answers[:] = np.nan

        def run(self, outputs: object, feeds: object) -> None:
            raise RuntimeError("out of range")

    with monkeypatch.context() as patch:
        patch.setattr(streams._loaded, "runtime", Session())
        with pytest.raises(InputError, match=r"^after this point there is no answer: the numbers are too large, or"):
            stream.update(7.0, 9.0)
    assert stream.points == 3
    np.testing.assert_array_equal(stream.update(7.0, 9.0), untouched.update(7.0, 9.0))


def test_a_stream_of_the_shared_model(tiny_model: Path) -> None:
    recognizer = Recognizer.load(tiny_model)
    points = _points(5)
    stream = recognizer.stream()
    last = [stream.update(x, y) for x, y in points.tolist()][-1]
    np.testing.assert_allclose(last, recognizer.posteriors(points, np.array([5]))[0], atol=1e-6)
