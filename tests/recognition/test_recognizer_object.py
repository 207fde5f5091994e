"""A `Recognizer` as an object: loaded by default, pickled, copied, restricted, and shown."""

import copy
import multiprocessing
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shapeclf import Recognizer
from shapeclf.datasets import Family
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError

POINTS = np.array([[1.0, 4.9], [2.0, 19.5], [3.0, 44.3], [4.0, 78.3], [5.0, 122.6]])


def cube(x: FloatArray) -> FloatArray:
    return x * x * x


CUBIC = Family("sqrt", "y = k·x³ + b", cube)


def test_no_path_is_the_default_model() -> None:
    assert (
        Recognizer.load(None).model.content == Recognizer.load().model.content == Recognizer.load("real").model.content
    )


@pytest.mark.parametrize("copied", [lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy, copy.copy])
@pytest.mark.parametrize(
    "settings",
    [{}, {"among": ["sqrt", "line"], "threads": 2, "user_families": [CUBIC]}],
    ids=["as loaded", "with settings"],
)
def test_a_copy_answers_as_the_original(tiny_model: Path, settings: dict[str, Any], copied: Any) -> None:
    original = Recognizer.load(tiny_model, **settings)
    original.stream()  # a session of the runtime cannot be pickled
    other = copied(original)
    assert (other.families, other.known, repr(other)) == (original.families, original.known, repr(original))
    assert other.classes_.tolist() == original.classes_.tolist()
    np.testing.assert_array_equal(other.predict_proba([POINTS]), original.predict_proba([POINTS]))
    np.testing.assert_array_equal(other.stream().update(1.0, 2.0), original.stream().update(1.0, 2.0))
    restricted = pickle.loads(pickle.dumps(original.restricted(["line"])))
    assert restricted.families == ("line",)


def test_a_pickle_needs_no_file(tiny_model: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(tiny_model.read_bytes())
    pickled = pickle.dumps(Recognizer.load(path))
    path.unlink()
    assert pickle.loads(pickled).predict([POINTS]) == Recognizer.load(tiny_model).predict([POINTS])


def test_a_pickle_names_only_this_package_and_partial() -> None:
    class Unpickler(pickle._Unpickler):
        """Notes every name that is looked up, which is all that a pickle can run."""

        def find_class(self, module: str, name: str) -> Any:
            found.add(f"{module}.{name}")
            return super().find_class(module, name)

    import io

    found: set[str] = set()
    Unpickler(io.BytesIO(pickle.dumps(Recognizer.load("fresh")))).load()
    assert {name for name in found if not name.startswith("shapeclf.recognition.")} == {"functools.partial"}


@pytest.mark.slow
def test_a_spawned_pool_answers() -> None:
    recognizer = Recognizer.load("fresh")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        answers = pool.map(recognizer.predict, [[POINTS], [POINTS[:2]]])
    assert [answer.tolist() for answer in answers] == [
        recognizer.predict([part]).tolist() for part in (POINTS, POINTS[:2])
    ]


def test_restricting_leaves_the_original_as_it_was(tiny_model: Path) -> None:
    original = Recognizer.load(tiny_model)
    before = original.predict_proba([POINTS])
    assert (original.classes_.tolist(), list(original.known)) == (["line", "parabola", "sqrt"],) * 2
    fewer = original.restricted(["sqrt", "line"])
    assert (fewer.classes_.tolist(), list(fewer.known), fewer.families) == (["sqrt", "line"],) * 2 + (("sqrt", "line"),)
    np.testing.assert_array_equal(original.predict_proba([POINTS]), before)
    expected = before[:, [2, 0]] / before[:, [2, 0]].sum()
    np.testing.assert_allclose(fewer.predict_proba([POINTS]), expected, atol=1e-6)
    assert fewer.model is original.model
    assert fewer.restricted(["parabola"]).families == ("parabola",)  # of the model's families, not of the few


def test_a_recognizer_shows_its_model_and_families(tiny_model: Path) -> None:
    assert repr(Recognizer.load(tiny_model)) == f"<Recognizer of {str(tiny_model)!r}: line, parabola, sqrt>"
    assert repr(Recognizer.load(tiny_model, among=["sqrt"])) == f"<Recognizer of {str(tiny_model)!r}: sqrt>"


class Frame:
    """A table of two columns, whose iterator gives the columns' names, as pandas' does."""

    shape = (5, 2)

    def __iter__(self) -> Any:
        return iter(["x", "y"])


@pytest.mark.parametrize(
    "sequences", [POINTS, POINTS.tolist(), Frame(), iter(POINTS)], ids=["array", "list", "table", "iterator"]
)
def test_one_sequence_is_to_be_wrapped_in_a_list(tiny_model: Path, sequences: Any) -> None:
    loaded = Recognizer.load(tiny_model)
    for ask in (loaded.predict, loaded.predict_proba):
        with pytest.raises(InputError, match=r"wrap a single sequence in a list, as in predict\(\[points\]\)$"):
            ask(copy.copy(sequences))
    assert loaded.predict([POINTS]).shape == loaded.predict(POINTS[None]).shape == (1,)
