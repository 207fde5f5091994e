"""Streams that go through the model together answer as each alone would."""

import asyncio
from typing import Any

import numpy as np
import pytest

from shapeclf import Recognizer
from shapeclf.errors import InputError
from shapeclf.service.stepper import Stepper, StreamHandle


def handle_of(stepper: Stepper, *among: str) -> StreamHandle:
    handle = stepper.open(among or None)
    assert handle is not None
    return handle


def test_points_that_share_a_call_get_the_same_answers(real: Recognizer) -> None:
    alone = [real.stream() for _ in range(9)]
    points = np.random.default_rng(3).normal(size=(5, 9, 2))

    async def all_of_them() -> None:
        stepper = Stepper(real, 9)
        handles = [handle_of(stepper) for _ in range(9)]
        for row in points.tolist():
            answers = await asyncio.gather(*(handle.update(*xy) for handle, xy in zip(handles, row, strict=True)))
            expected = [stream.update(*xy) for stream, xy in zip(alone, row, strict=True)]
            np.testing.assert_allclose(answers, expected, atol=1e-5)
        assert [handle.points for handle in handles] == [5] * 9

    asyncio.run(all_of_them())


def test_waiting_points_share_a_call(real: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def crowd() -> None:
        stepper = Stepper(real, 20)
        sizes: list[int] = []
        update = stepper.streams.update

        def counted(points: Any, which: Any) -> Any:
            sizes.append(len(which))
            return update(points, which)

        monkeypatch.setattr(type(stepper.streams), "update", lambda self, points, which: counted(points, which))
        await asyncio.gather(*(handle_of(stepper).update(1.0, 2.0) for _ in range(20)))
        assert sizes == [20]

    asyncio.run(crowd())


def test_an_invalid_point_does_not_affect_the_others(real: Recognizer) -> None:
    stream = real.stream()
    expected = [stream.update(x, 2 * x) for x in (1.0, 2.0)]

    async def three() -> None:
        stepper = Stepper(real, 3)
        good, bad, other = (handle_of(stepper) for _ in range(3))
        await asyncio.gather(*(handle.update(1.0, 2.0) for handle in (good, bad, other)))
        answers = await asyncio.gather(
            good.update(2.0, 4.0), bad.update(float("nan"), 1.0), other.update(2.0, 4.0), return_exceptions=True
        )
        assert isinstance(answers[1], InputError)
        assert str(answers[1]) == "x and y must be finite numbers"
        for answer in (answers[0], answers[2]):
            assert answer == pytest.approx(expected[1].tolist(), abs=1e-5)
        assert (good.points, bad.points) == (2, 1)

    asyncio.run(three())


def test_a_client_that_disconnects_while_waiting_is_skipped(real: Recognizer) -> None:
    async def leave() -> None:
        stepper = Stepper(real, 2)
        first, second = handle_of(stepper), handle_of(stepper)
        waiting = asyncio.create_task(first.update(1.0, 2.0))
        await asyncio.sleep(0)
        waiting.cancel()
        await second.update(1.0, 2.0)
        assert (first.points, second.points) == (0, 1)

    asyncio.run(leave())


def test_a_reused_stream_starts_from_the_initial_state(real: Recognizer) -> None:
    async def again() -> None:
        stepper = Stepper(real, 1)
        handle = handle_of(stepper)
        first = await handle.update(1.0, 2.0)
        await handle.update(-2.0, 9.0)
        assert (len(stepper), stepper.open()) == (1, None)
        handle.close()
        assert await handle_of(stepper).update(1.0, 2.0) == first

    asyncio.run(again())


def test_among_is_renormalised(real: Recognizer) -> None:
    async def some() -> None:
        stepper = Stepper(real, 2)
        whole, two = handle_of(stepper), handle_of(stepper, "sine", "sqrt")
        both = [await handle.update(1.0, 2.0) for handle in (whole, two)]
        root, sine = (both[0][real.families.index(name)] for name in ("sqrt", "sine"))
        assert both[1] == pytest.approx([sine / (root + sine), root / (root + sine)], abs=1e-6)
        assert two.families == ("sine", "sqrt")

    asyncio.run(some())


def test_a_point_outside_the_domains_of_all_families_is_refused(real: Recognizer) -> None:
    alone = real.restricted(["sqrt", "logarithm"]).stream()

    async def roots() -> None:
        handle = handle_of(Stepper(real, 1), "sqrt", "logarithm")
        for x in (1.0, 4.0):
            assert await handle.update(x, 2.0) == pytest.approx(alone.update(x, 2.0).tolist(), abs=1e-5)
        with pytest.raises(InputError, match="none of the considered families is defined at such x"):
            await handle.update(-1.0, 2.0)
        assert handle.points == 2
        assert await handle.update(0.0, 2.5) == [1.0, 0.0]  # the logarithm is defined only above 0
        assert alone.update(0.0, 2.5).tolist() == [1.0, 0.0]

    asyncio.run(roots())


@pytest.mark.parametrize("among", [[], ["spiral"], ["line", "line"]], ids=["none", "unknown", "twice"])
def test_an_unknown_family_is_refused(real: Recognizer, among: list[str]) -> None:
    stepper = Stepper(real, 1)
    with pytest.raises(InputError, match=r"among must be different families .* \(line, parabola"):
        stepper.open(among)
    assert len(stepper) == 0
