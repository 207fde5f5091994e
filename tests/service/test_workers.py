import asyncio
import threading

import pytest

from shapeclf.service.workers import Busy, Workers


def test_the_number_of_waiting_requests_is_limited() -> None:
    async def crowd() -> None:
        workers, gate = Workers(waiting=2), threading.Event()

        async def answer() -> bool:
            with workers.reserve():
                return await workers.run(lambda: gate.wait(10))

        working = [asyncio.create_task(answer()) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await answer()
        gate.set()
        assert await asyncio.gather(*working) == [True, True]
        assert await answer()
        workers.close()

    asyncio.run(crowd())


def test_a_failed_request_is_no_longer_counted() -> None:
    async def twice() -> None:
        workers = Workers(waiting=1)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError), workers.reserve():
                await workers.run(lambda: 1 / 0)
        workers.close()

    asyncio.run(twice())


def test_a_cancelled_computation_is_still_reported() -> None:
    async def given_up() -> list[bool]:
        workers, begun, gate = Workers(waiting=1), threading.Event(), threading.Event()

        def work() -> None:
            begun.set()
            gate.wait(10)

        answer = asyncio.create_task(workers.run(work))
        await asyncio.to_thread(begun.wait, 10)
        answer.cancel()
        workers.close()
        seen = [workers.computing]
        gate.set()
        for _ in range(1000):
            await asyncio.sleep(0.01 if workers.computing else 0)
        return [*seen, workers.computing]

    assert asyncio.run(given_up()) == [True, False]
