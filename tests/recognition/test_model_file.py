import hashlib
import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from shapeclf.errors import InputError
from shapeclf.recognition import ModelFile, Recognizer, read_model_file
from shapeclf.recognition.locating import shipped_models
from shapeclf.recognition.model_file import serialize_with_checksum
from shapeclf.training import settings_of

Change = Callable[[onnx.ModelProto], object]
_CHECKSUM = "shapeclf.checksum"
_CHECKSUM_ENTRY = re.compile(rb"shapeclf\.checksum\x12\x40([0-9a-f]{64})")


def _with_right_checksum(content: bytes) -> bytes:
    """Return a file with its checksum computed as the reference describes: SHA-256 with zeros for the checksum."""
    start, end = next(_CHECKSUM_ENTRY.finditer(content)).span(1)
    digest = hashlib.sha256(content[:start] + b"0" * 64 + content[end:]).hexdigest().encode()
    return content[:start] + digest + content[end:]


def _write(folder: Path, content: bytes) -> Path:
    path = folder / "other.onnx"
    path.write_bytes(content)
    return path


# Reading.


def test_a_model_file_contains_what_was_written(tiny_model: Path) -> None:
    model = read_model_file(tiny_model)
    assert model.source == str(tiny_model)
    assert model.content == tiny_model.read_bytes()
    assert model.families == ("line", "parabola", "sqrt")
    assert model.coordinates == "scaled"
    assert model.record == json.loads(json.dumps({"settings": settings_of("classic").record()}))
    assert [(state.name, state.shape, state.dtype) for state in model.state] == [
        ("hidden", (1, -1, 16), "float32"),
        ("cell", (1, -1, 16), "float32"),
    ]
    assert model.state[0].shape_for(5) == (1, 5, 16)


def test_serializing_again_gives_the_same_bytes(tiny_model: Path, altered_model: Callable[[Change], Path]) -> None:
    content = tiny_model.read_bytes()
    assert altered_model(lambda model: None).read_bytes() == content
    assert _with_right_checksum(content) == content


def test_a_file_of_another_tool_with_a_checksum_is_read(altered_model: Callable[[Change], Path]) -> None:
    def annotate(model: onnx.ModelProto) -> None:
        model.doc_string = "annotated"
        entry = model.metadata_props.add()
        entry.key, entry.value = "somebody.else", "42"

    path = altered_model(annotate)
    assert Recognizer.load(path).families == ("line", "parabola", "sqrt")


# Damaged files.


def test_every_changed_byte_is_detected(tiny_model: Path, tmp_path: Path) -> None:
    content = tiny_model.read_bytes()
    rng = random.Random(0)
    path = tmp_path / "changed.onnx"
    changed = bytearray(content)
    path.write_bytes(changed)
    assert read_model_file(path)
    with path.open("rb+", buffering=0) as file:
        for position in range(len(content)):
            file.seek(position)
            file.write(bytes([content[position] ^ rng.randrange(1, 256)]))
            with pytest.raises(InputError, match="checksum"):
                read_model_file(path)
            file.seek(position)
            file.write(content[position : position + 1])
    assert path.read_bytes() == content


def test_a_checksum_in_capitals_is_another_one(tiny_model: Path, tmp_path: Path) -> None:
    content = tiny_model.read_bytes()
    start, end = next(_CHECKSUM_ENTRY.finditer(content)).span(1)
    upper_case = content[:start] + content[start:end].upper() + content[end:]
    assert upper_case != content
    with pytest.raises(InputError, match=r"not a model file of shapeclf \(it has no checksum\)$"):
        read_model_file(_write(tmp_path, upper_case))


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.9, 0.999], ids=repr)
def test_a_truncated_file_is_detected(tiny_model: Path, tmp_path: Path, share: float) -> None:
    content = tiny_model.read_bytes()
    with pytest.raises(InputError, match="checksum"):
        read_model_file(_write(tmp_path, content[: int(share * len(content))]))


@pytest.mark.parametrize("added", [b"\x00", b"more"], ids=repr)
def test_bytes_after_the_end_are_detected(tiny_model: Path, tmp_path: Path, added: bytes) -> None:
    with pytest.raises(InputError, match="damaged or changed since it was written"):
        read_model_file(_write(tmp_path, tiny_model.read_bytes() + added))


def test_two_models_in_one_file(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a model file of shapeclf"):
        read_model_file(_write(tmp_path, 2 * tiny_model.read_bytes()))


@given(data=st.data())
@settings(max_examples=2 * settings().max_examples)
def test_damage_under_a_right_checksum_gives_a_model_or_one_line(
    tiny_model: Path, tmp_path: Path, data: st.DataObject
) -> None:
    content = bytearray(tiny_model.read_bytes())
    checksum_span = range(*next(_CHECKSUM_ENTRY.finditer(bytes(content))).span())
    for _ in range(data.draw(st.integers(1, 4))):
        # Weights fill most of the file; damage in the graph before and in the metadata after them matters more.
        near = st.integers(0, 1500) | st.integers(len(content) - 2500, len(content) - 1)
        position = data.draw(near.filter(lambda index: index not in checksum_span))
        content[position] = data.draw(st.integers(0, 255))
    path = _write(tmp_path, _with_right_checksum(bytes(content)))
    try:
        assert isinstance(read_model_file(path), ModelFile)
    except InputError as error:
        reported = str(error)
        assert "\n" not in reported  # most damage is refused, some is harmless


@given(before=st.binary(max_size=30), after=st.binary(max_size=30))
def test_random_bytes_around_a_valid_checksum_are_refused(tmp_path: Path, before: bytes, after: bytes) -> None:
    entry = b"\x0a\x11" + _CHECKSUM.encode() + b"\x12\x40" + b"0" * 64
    path = _write(tmp_path, _with_right_checksum(before + entry + after))
    with pytest.raises(InputError, match=r"other\.onnx: "):
        read_model_file(path)


# Files that are not model files.


def test_a_missing_file_is_reported(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^\S*no-such\.onnx: there is no such file$"):
        read_model_file(tmp_path / "no-such.onnx")
    with pytest.raises(InputError, match=r"^\S*model\.onnx/below: there is no such file$"):
        read_model_file(tiny_model / "below")
    with pytest.raises(InputError, match=r": a folder, not a file$"):
        read_model_file(tmp_path)


def test_a_file_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "large.onnx"
    with path.open("wb") as file:
        file.truncate(64 * 2**20 + 1)  # takes no room on the disk
    with pytest.raises(InputError, match=r"large\.onnx: larger than any model file may be \(64 MiB\)$"):
        read_model_file(path)


def _foreign() -> onnx.ModelProto:
    """Return a valid ONNX model that is not one of shapeclf."""
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Neg", ["a"], ["b"])],
        "foreign",
        [value("a", TensorProto.FLOAT, [1])],
        [value("b", TensorProto.FLOAT, [1])],
    )
    return helper.make_model(graph)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", r"not a model file of shapeclf \(it has no checksum\)$", id="empty"),
        pytest.param(b"x,y\n1,2\n", r"not a model file of shapeclf \(it has no checksum\)$", id="CSV"),
        pytest.param(
            _foreign().SerializeToString(), r"not a model file of shapeclf \(it has no checksum", id="a foreign model"
        ),
        pytest.param(
            serialize_with_checksum(_foreign()),
            "written in model format ''; this version of shapeclf reads 1 and 2$",
            id="a foreign model under our checksum",
        ),
    ],
)
def test_files_of_other_tools_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_model_file(_write(tmp_path, content))


@pytest.mark.parametrize("name", ["fresh", "real"])
@pytest.mark.parametrize(
    ("flips", "cuts"), [(20, 5), pytest.param(1000, 200, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_a_shipped_model_that_is_damaged_is_not_loaded(name: str, flips: int, cuts: int, tmp_path: Path) -> None:
    content = shipped_models()[name].read_bytes()
    generator = random.Random(f"{name} {flips}")
    positions = [generator.randrange(len(content)) for _ in range(flips)]
    damaged = [
        content[:at] + bytes([content[at] ^ generator.randrange(1, 256)]) + content[at + 1 :] for at in positions
    ]
    damaged += [content[: generator.randrange(len(content))] for _ in range(cuts)]
    for changed in damaged:
        with pytest.raises(InputError, match=r"^\S*other\.onnx: [^\n]+$"):
            Recognizer.load(_write(tmp_path, changed))
