import threading

import numpy as np
import pytest
from scipy import stats

from shapeclf.datasets._streams import keyed_generator, keyed_integers

Key = tuple[int | str, ...]


def _first(*key: int | str, size: int = 8) -> list[float]:
    numbers: list[float] = keyed_generator(*key).random(size).tolist()
    return numbers


def test_streams_are_the_same_on_every_machine() -> None:
    # The first draws must never change, since models and records depend on them.
    assert _first(0, "train", 0, "x", size=3) == [0.5867214310990165, 0.24855182320189662, 0.2246984271738377]
    assert keyed_generator(0, "train", 0, "families").integers(3, size=8).tolist() == [2, 2, 2, 1, 0, 0, 1, 0]


def test_the_same_key_is_the_same_stream_from_its_start() -> None:
    first = _first(7, "test", 3, "noise")
    _first("another")
    assert _first(7, "test", 3, "noise") == first


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((0, "train", 0, "x"), (1, "train", 0, "x"), id="seed"),
        pytest.param((0, "train", 0, "x"), (0, "test", 0, "x"), id="split"),
        pytest.param((0, "train", 0, "x"), (0, "train", 1, "x"), id="batch"),
        pytest.param((0, "train", 0, "x"), (0, "train", 0, "noise"), id="name"),
        pytest.param((1, 23), (12, 3), id="digits shift"),
        pytest.param(("ab", "c"), ("a", "bc"), id="letters shift"),
        pytest.param(("a",), ("a", ""), id="an empty part"),
    ],
)
def test_another_key_is_another_stream(one: Key, other: Key) -> None:
    assert not set(_first(*one, size=100)) & set(_first(*other, size=100))


def test_a_stream_begins_without_the_unused_half_of_an_earlier_draw() -> None:
    # 32-bit draws take half a step of the generator and keep the other half.
    keyed_generator("a").integers(0, 128, size=3, dtype=np.uint32)
    after_odd = keyed_generator("b").integers(0, 128, size=5, dtype=np.uint32).tolist()
    keyed_generator("a").integers(0, 128, size=4, dtype=np.uint32)
    assert keyed_generator("b").integers(0, 128, size=5, dtype=np.uint32).tolist() == after_odd


def test_streams_of_neighbouring_keys_are_independent() -> None:
    draws = np.array([_first(0, "train", index, "x") for index in range(2000)])  # (streams, draws)
    assert stats.kstest(draws[:, 0], stats.uniform().cdf).pvalue > 1e-3
    correlation = np.corrcoef(draws[:-1].ravel(), draws[1:].ravel())[0, 1]
    assert abs(correlation) < 4 / np.sqrt(draws.size)  # four standard errors
    between = np.corrcoef(draws.T) - np.eye(8)
    assert np.abs(between).max() < 5 / np.sqrt(len(draws))


def test_threads_do_not_disturb_each_other() -> None:
    expected = {index: _first("thread", index, size=100) for index in range(2)}
    drawn: dict[int, list[float]] = {}
    barrier = threading.Barrier(2)

    def draw(index: int) -> None:
        generator = keyed_generator("thread", index)
        numbers = []
        for _ in range(100):
            barrier.wait(10)  # one draw of each thread in turn
            numbers.append(float(generator.random()))
        drawn[index] = numbers

    threads = [threading.Thread(target=draw, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert drawn == expected


@pytest.mark.parametrize("size", [1, 2, 7, 256], ids=repr)
@pytest.mark.parametrize("below", [1, 2, 3, 10, 1000, 3 * 2**29, 2**31 - 1, 2**31], ids=repr)  # some reject a fourth
def test_whole_numbers_of_many_keys_are_those_of_each(below: int, size: int) -> None:
    keys: list[Key] = [(1, index, "families") for index in range(5)]
    found = keyed_integers(keys, below, size)
    assert found.dtype == np.int64
    expected = [keyed_generator(*key).integers(below, size=size).tolist() for key in keys]
    assert found.tolist() == expected
