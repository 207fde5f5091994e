import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from shapeclf.datasets import LINE, PARABOLA, SQRT, Family, ShapeSequences
from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.experiments import ExperimentSequences
from shapeclf.datasets.writing import SUFFIXES, write_csv, write_sequences
from shapeclf.errors import InputError

Row = tuple[int, str, float, float]
NAMES = ["line", "parabola", "sqrt"]


def _rows(sequences: ShapeSequences, count: int) -> list[Row]:
    """Return the expected content of a file of ``count`` sequences, by a naive loop over batches of a thousand."""
    sequences = replace(sequences, batch_size=min(1000, count))
    rows: list[Row] = []
    number = 0
    for index in range(count):
        batch = sequences.batch(index)
        for points, length, label in zip(batch.points, batch.lengths, batch.labels, strict=True):
            if number == count:
                return rows
            rows += [(number, NAMES[label], float(x), float(y)) for x, y in points[:length]]
            number += 1
    return rows


def _csv_rows(text: Iterator[str]) -> list[Row]:
    header, *rows = csv.reader(text)
    assert header == ["sequence", "family", "x", "y"]
    return [(int(number), family, float(x), float(y)) for number, family, x, y in rows]


def _read(path: Path) -> list[Row]:
    if path.suffix == ".csv":
        return _csv_rows(iter(path.read_text(encoding="utf-8").splitlines()))
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        assert table.column_names == ["sequence", "family", "x", "y"]
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    with np.load(path, allow_pickle=False) as arrays:
        points, lengths, labels, families = (arrays[name] for name in ("points", "lengths", "labels", "families"))
        assert np.all(points[np.arange(points.shape[1]) >= lengths[:, None]] == 0)
        return [
            (number, str(families[labels[number]]), float(x), float(y))
            for number in range(len(points))
            for x, y in points[number, : lengths[number]]
        ]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("count", [1, 7, 1000, 2003], ids=repr)
def test_a_file_holds_the_sequences_to_the_last_digit(tmp_path: Path, suffix: str, count: int) -> None:
    sequences = ShapeSequences(parameters="fresh", points=(1, 3), noise=0.1, seed=2, batch_size=17)
    path = tmp_path / f"sample{suffix}"
    write_sequences(path, sequences, count)
    rows = _read(path)
    assert rows == _rows(sequences, count)
    assert len({number for number, *_ in rows}) == count


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_error_bars_are_a_further_column(tmp_path: Path, suffix: str) -> None:
    sequences = ExperimentSequences((LINE, PARABOLA, SQRT), points=4, error_bars=0.5, batch_size=9)
    path = tmp_path / f"sample{suffix}"
    write_sequences(path, sequences, 9)
    if suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            found = arrays["points"].reshape(-1, 3).tolist()
    elif suffix == ".csv":
        header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
        assert header == ["sequence", "family", "x", "y", "y_error"]
        found = [[float(cell) for cell in row[2:]] for row in rows]
    else:
        table = pq.read_table(path).select(["x", "y", "y_error"])
        found = np.stack([column.to_numpy() for column in table.columns], axis=1).tolist()
    expected = sequences.batch(0).points.reshape(-1, 3)
    assert found == expected.tolist()
    assert 0 < (expected[:, 2] > 0).mean() < 1


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_fixed_parameters_are_those_of_the_seed(tmp_path: Path, suffix: str) -> None:
    sequences = ShapeSequences(seed=5, points=2)
    assert sequences.fixed_parameters is not None
    path = tmp_path / f"sample{suffix}"
    write_sequences(path, sequences, 30)
    families = {family.name: family for family in (LINE, PARABOLA, SQRT)}
    for _, name, x, y in _read(path):
        expected = families[name].curve(np.array([[x]]), **sequences.fixed_parameters[name])
        assert y == pytest.approx(float(expected[0, 0]), rel=1e-14)


def test_csv_to_an_open_file() -> None:
    file = io.StringIO()
    sequences = ShapeSequences(points=3)
    write_csv(file, sequences, 5)
    assert _csv_rows(iter(file.getvalue().splitlines())) == _rows(sequences, 5)
    assert "\r" not in file.getvalue()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_sequences_are_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    paths = [tmp_path / f"{name}{suffix}" for name in ("one", "two")]
    for path in paths:
        write_sequences(path, ShapeSequences(points=(1, 3)), 50)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"sample{suffix}"
    path.write_bytes(b"old")
    drawn = []

    def interrupting(x: FloatArray) -> FloatArray:
        drawn.append(len(x))
        if len(drawn) > 1:  # the first of them is being written
            raise KeyboardInterrupt
        return x

    family = Family("interrupting", "y = k·x + b", interrupting)
    with pytest.raises(KeyboardInterrupt):
        write_sequences(path, ShapeSequences((family,), points=1), 40_000)
    assert 0 < drawn[0] < 40_000
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("name", ["sample", "sample.txt", "sample.csv.gz", ".csv"], ids=repr)
def test_other_suffixes_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r": the name must end in \.csv, \.npz, \.parquet$"):
        write_sequences(tmp_path / name, ShapeSequences(), 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [0, -1])
def test_a_file_without_sequences_is_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(InputError, match=f"^count must be from 1 up, got {count}$"):
        write_sequences(tmp_path / "sample.csv", ShapeSequences(), count)


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_sequences(tmp_path / "nowhere" / "sample.csv", ShapeSequences(), 1)
