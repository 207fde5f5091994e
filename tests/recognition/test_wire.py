import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto

from shapeclf.recognition.locating import shipped_models
from shapeclf.recognition.wire import structure_bytes


@pytest.mark.parametrize("name", ["fresh", "real"])
def test_structure_is_what_remains_without_the_weights_data(name: str) -> None:
    content = shipped_models()[name].read_bytes()
    model = onnx.load_model_from_string(content)
    data = sum(len(tensor.raw_data) for tensor in model.graph.initializer)
    assert structure_bytes(content, len(content)) == len(content) - data


def test_data_elsewhere_is_structure() -> None:
    model = onnx.ModelProto()
    model.graph.initializer.append(TensorProto(name="a", raw_data=bytes(1000), float_data=[1.0] * 100))
    model.graph.node.add().attribute.add().t.raw_data = bytes(500)
    content = model.SerializeToString()
    assert structure_bytes(content, len(content)) == len(content) - 1000


def test_counting_stops_at_the_limit() -> None:
    model = onnx.ModelProto()
    model.graph.node.extend([onnx.NodeProto()] * 10_000)
    assert 100 < structure_bytes(model.SerializeToString(), 100) < 200


@pytest.mark.parametrize(
    "content",
    [b"\x0a\x05abc", b"\x80", b"\xff" * 11, b"\x0b", b"\x09\x00", b"\x3a\x04\x2a\x05ab", b"\x0d\x00\x00"],
    ids=["cut-off", "half-a-number", "long-number", "group", "half-a-double", "longer-than-its-whole", "half-a-float"],
)
def test_bytes_that_are_not_a_message_are_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^a "):
        structure_bytes(content, 1000)


@given(st.binary(max_size=200))
def test_any_bytes_are_counted_or_refused(content: bytes) -> None:
    try:
        assert 0 <= structure_bytes(content, 10**6) <= len(content)
    except ValueError as error:
        assert str(error).startswith("a ")  # noqa: PT017
