"""Points, model files, checkpoints, records and families from untrusted sources."""

import hashlib
import io
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from shapeclf.cli.answers import fixed_parameters_note
from shapeclf.datasets import Family, LogUniform, ShapeSequences, Uniform
from shapeclf.datasets.groups import GroupReader
from shapeclf.datasets.records import sequences_from_record
from shapeclf.datasets.tables.point_stream import PointStream
from shapeclf.datasets.tables.reading import read_table
from shapeclf.datasets.tables.stream_lines import stream_lines
from shapeclf.datasets.tables.table import ReadOptions
from shapeclf.errors import InputError
from shapeclf.recognition import Recognizer, read_model_file
from shapeclf.recognition.locating import shipped_models
from shapeclf.recognition.model_file import ModelFile

from .checks import check_one_line
from .drawn import any_bytes, any_json, any_number

__all__ = ["TARGETS", "recognizer"]

_CHECKSUM = re.compile(rb"shapeclf\.checksum\x12\x40([0-9a-f]{64})")


@cache
def recognizer() -> Recognizer:
    """Return the recognizer of the shipped model, loaded once."""
    return Recognizer.load()


def points_file(content: bytes) -> None:
    path = Path("points.csv")
    path.write_bytes(content)
    table = read_table(path)
    json.dumps(recognizer().recognize(table.x, table.y).to_dict(fit=True), allow_nan=False)


def grouped_file(content: bytes, wide: bool, group: str | None) -> None:
    path = Path("groups.csv")
    path.write_bytes(content)
    for chunk in GroupReader(path, group, wide=wide):
        posteriors = recognizer().posteriors(chunk.points, chunk.lengths[chunk.lengths > 0])
        json.dumps(chunk.records(), allow_nan=False)
        assert (np.isnan(posteriors).all(axis=1) | np.isclose(posteriors.sum(axis=1), 1)).all()


def parquet_file(content: bytes) -> None:
    path = Path("points.parquet")
    path.write_bytes(b"PAR1" + content + b"PAR1")
    read_table(path)


def stream(content: bytes) -> None:
    reader, stream = PointStream("stream", ReadOptions(), check_one_line), recognizer().stream()
    try:
        for point in reader.points(stream_lines("stream", io.BytesIO(content))):
            assert np.isfinite(stream.update(point.x, point.y)).all()
    except InputError as error:
        check_one_line(str(error))


def model_file(changes: list[tuple[int, int]], variant: int) -> None:
    """Change bytes of a shipped model and make its checksum match them."""
    content = bytearray(shipped_models()["fresh" if variant % 2 else "real"].read_bytes())
    for position, value in changes:
        # The graph is at both ends of the file, with the weights between them.
        content[position % min(len(content), 6000) * (1 if variant % 3 else -1)] = value
    checksums = [match.span(1) for match in _CHECKSUM.finditer(bytes(content))]
    if len(checksums) == 1:
        start, end = checksums[0]
        content[start:end] = b"0" * 64
        content[start:end] = hashlib.sha256(content).hexdigest().encode()
    path = Path("model.onnx")
    path.write_bytes(content)
    recognizer = Recognizer(read_model_file(path))
    recognizer.recognize([1.0, 2.0, 4.0], [1.0, 2.5, 4.0])
    recognizer.stream().update(1.0, 2.0)


def record(value: Any) -> None:
    fixed_parameters_note(ModelFile("m", b"", ("line", "sqrt"), "scaled", {"settings": {"sequences": value}}, (), 1))
    if isinstance(value, dict):
        sequences_from_record(value)


def family(name: str, ends: list[float], log: bool, domain: tuple[float, float], power: float) -> None:
    prior = LogUniform if log else Uniform
    user_family = Family(
        name,
        "y = ?",
        lambda x: x**power,
        k=prior(ends[0], ends[1]),
        b=Uniform(ends[2], ends[3]),
        x=prior(ends[4], ends[5]),
        domain=domain,
    )
    with np.errstate(all="ignore"):  # a basis is the user's own code
        batch = ShapeSequences(
            (user_family, Family("line", "y = k·x + b", lambda x: x)), batch_size=4, parameters="fresh"
        ).batch(0)
    assert np.isfinite(batch.points).all()


_changes = st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), min_size=1, max_size=4)
TARGETS: dict[Callable[..., None], tuple[st.SearchStrategy[Any], ...]] = {
    points_file: (any_bytes,),
    grouped_file: (any_bytes, st.booleans(), st.none() | st.sampled_from(["1", "2", "g"])),
    parquet_file: (st.binary(max_size=300),),
    stream: (any_bytes,),
    model_file: (_changes, st.integers(0, 5)),
    record: (any_json,),
    family: (
        st.sampled_from(["own", "x y", ""]),
        st.lists(any_number, min_size=6, max_size=6),
        st.booleans(),
        st.tuples(any_number, any_number),
        st.sampled_from([0.0, 0.5, 1.0, 3.0, -1.0]),
    ),
}
