"""How long does a streamed point wait for its answer, and how many sequences a second does a batch client get?

    python -m benchmarks.service_load streams --streams 200 --rate 5 --seconds 60
    python -m benchmarks.service_load batch --seconds 20
    python -m benchmarks.service_load crowd --clients 40 --seconds 30

Each command starts ``shapeclf serve`` on a port of 127.0.0.1 and ends it at the end. The latency of a point is the time
from before it is sent until its answer has been received. It is measured in this process, which shares the machine with
the service, so the delay of this process behind its schedule is printed as well. As a baseline, the same figures are
printed for a server that answers each point with as many bytes and computes nothing. Memory is that of the service's
process.

``crowd`` measures how long ``/health`` and one stream wait while many clients keep sending the largest requests that
are allowed. It also prints how long the service computed during each wait: on an otherwise idle machine, the wait would
be that long.
"""

import argparse
import asyncio
import base64
import http.client
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.datasets.experiments import ExperimentSequences

_PERCENTILES = (50, 99, 99.9, 100)
_SETTLED = 5.0  # seconds, after which memory must not grow
_IN_A_REQUEST = 500  # sequences
_POINTS = 16
_LARGEST = 100_000  # points that a request may have
_BETWEEN = 0.05  # seconds between two requests of a probe


_BASELINE = """
import asyncio, sys
async def answer(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    writer.write(b"HTTP/1.1 101 Switching Protocols\\r\\n\\r\\n")
    count = 0
    try:
        while True:
            await reader.readexactly((await reader.readexactly(6))[1] & 127)
            count += 1
            text = b'{%s "points": %d}' % (b" " * 400, count)
            writer.write(bytes((0x81, 126)) + len(text).to_bytes(2, "big") + text)
    except asyncio.IncompleteReadError:
        writer.close()
async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"baseline http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", file=sys.stderr, flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
_SERVE = ("-m", "shapeclf", "serve", "--port", "0")


@contextmanager
def service(*program: str) -> Iterator[tuple[int, int]]:
    """Yield the port and the process id of a Python program that prints its address."""
    with subprocess.Popen([sys.executable, *program], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        try:
            yield int(line.rsplit(":", 1)[1].partition("/")[0]), process.pid
        finally:
            process.terminate()


def memory(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def processor_time(pid: int) -> float:
    """Return the processor seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Stream:
    """A minimal WebSocket client: a client library would take processor time from the service."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def open(cls, port: int) -> Self:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        headers = f"Host: 127.0.0.1:{port}", "Connection: Upgrade", "Upgrade: websocket", f"Sec-WebSocket-Key: {key}"
        head = "\r\n".join(("GET /stream HTTP/1.1", *headers, "Sec-WebSocket-Version: 13", "", ""))
        writer.write(head.encode())
        if not (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101"):
            raise ConnectionError("the service accepted no stream")
        return cls(reader, writer)

    async def ask(self, text: bytes) -> bytes:
        """Send a text of less than 126 bytes and return the answer."""
        self.writer.write(bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text)  # under a mask of zeros
        while True:
            kind, length = await self.reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await self.reader.readexactly(2), "big")
            content = await self.reader.readexactly(length)
            if kind != 0x89:
                return content
            self.writer.write(bytes((0x8A, 0x80 | length, 0, 0, 0, 0)) + content)  # a pong to a ping


async def one_stream(
    stream: Stream, begin: float, period: float, count: int, latencies: list[float], late: list[float]
) -> int:
    """Send points at fixed times, wait for each answer, and return the number of wrong answers."""
    wrong = 0
    for i in range(count):
        due = begin + i * period
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        text = f"[{i * 0.1:.3f}, {(i * 0.1) ** 2 + random.gauss(0, 0.05):.5f}]".encode()
        start = time.perf_counter()
        answer = await stream.ask(text)
        latencies.append(time.perf_counter() - start)
        late.append(start - due)
        wrong += not answer.endswith(b'"points": %d}' % (i + 1))
    return wrong


async def stream_load(port: int, pid: int, streams: int, rate: float, seconds: float) -> None:
    latencies: list[float] = []
    late: list[float] = []
    opened = [await Stream.open(port) for _ in range(streams)]
    computed, began = processor_time(pid), time.perf_counter() + 0.5
    work = [
        one_stream(stream, began + random.random() / rate, 1 / rate, round(rate * seconds), latencies, late)
        for stream in opened
    ]
    sizes: list[float] = []

    async def watch() -> None:
        await asyncio.sleep(min(_SETTLED, seconds / 4))
        while True:
            sizes.append(memory(pid))
            await asyncio.sleep(1)

    watching = asyncio.create_task(watch())
    wrong = sum(await asyncio.gather(*work))
    took, computed = time.perf_counter() - began, processor_time(pid) - computed
    watching.cancel()
    for stream in opened:
        stream.writer.close()
    print(f"{streams} streams of {rate:g} points a second for {took:.1f} s: {len(latencies)} points, {wrong} errors")
    for name, values in (("latency", latencies), ("this client was late by", late)):
        shown = ", ".join(f"p{p:g} {np.percentile(values, p) * 1e3:.2f}" for p in _PERCENTILES)
        print(f"{name}, ms: {shown}")
    print(f"the service computed for {computed / took:.0%} of the time of one core")
    print(f"memory, MB: {sizes[0]:.1f} after {_SETTLED:g} s, {sizes[-1]:.1f} at the end, at most {max(sizes):.1f}")


def batch_load(port: int, pid: int, seconds: float, fit: bool) -> None:
    points = ExperimentSequences(BUILT_IN, points=_POINTS, batch_size=_IN_A_REQUEST, seed=1).batch(0).points
    body = json.dumps({"sequences": points.tolist(), "fit": fit})
    connection = http.client.HTTPConnection("127.0.0.1", port)
    times, sizes, wrong = [], [], 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        connection.request("POST", "/recognize", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answers = json.loads(response.read())["answers"]
        times.append(time.perf_counter() - start)
        wrong += response.status != 200 or len(answers) != len(points)
        sizes.append(memory(pid))
    rate = len(times) * len(points) / sum(times)
    print(
        f"{'with' if fit else 'without'} equations: {rate:.0f} sequences of {_POINTS} points a second, "
        f"{len(times)} requests of {len(points)}, {wrong} errors, median {np.median(times) * 1e3:.0f} ms a request; "
        f"memory, MB: {sizes[0]:.1f} after the first, {sizes[-1]:.1f} at the end"
    )


def _post(port: int, body: bytes) -> bytes:
    head = f"POST /recognize HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def largest_bodies() -> list[bytes]:
    """Return requests of 100,000 points: one sequence, a thousand, and one with the posterior after every point."""
    points = np.random.default_rng(1).normal(size=(_LARGEST, 2)).cumsum(axis=0).round(6)
    requests: list[dict[str, object]] = [
        {"sequences": [points.tolist()]},
        {"sequences": points.reshape(1000, -1, 2).tolist()},
        {"sequences": [points.tolist()], "each_point": True, "curve": {}},
    ]
    return [json.dumps(request).encode() for request in requests]


async def _exchange(port: int, content: bytes) -> bytes:
    """Send a request, read the answer to its end, and return the status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(content)
        status = (await reader.readline())[9:12]
        while await reader.read(2**20):
            pass
        return status
    finally:
        writer.close()


async def crowd_load(port: int, pid: int, clients: int, seconds: float) -> None:
    bodies, end = largest_bodies(), time.perf_counter() + seconds
    statuses: Counter[str] = Counter()
    waits: dict[str, list[float]] = {
        name: [] for name in ("/health", "a stream", "the service computed meanwhile", "this client was late by")
    }
    sizes: list[float] = []

    async def client(number: int) -> None:
        while True:
            try:
                status = await _exchange(port, _post(port, bodies[number % len(bodies)]))
            except ConnectionError:
                status = b"reset"
            statuses[status.decode()] += 1
            if status != b"200":
                await asyncio.sleep(1)  # as Retry-After says

    async def probe(name: str, ask: Callable[[], Awaitable[object]]) -> None:
        while time.perf_counter() < end:
            start, computed = time.perf_counter(), processor_time(pid)
            await ask()
            waits[name].append(time.perf_counter() - start)
            waits["the service computed meanwhile"].append(processor_time(pid) - computed)
            due = time.perf_counter() + _BETWEEN
            await asyncio.sleep(_BETWEEN)
            waits["this client was late by"].append(time.perf_counter() - due)
            sizes.append(memory(pid))

    stream = await Stream.open(port)
    health = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode()
    before = memory(pid)
    crowd = [asyncio.create_task(client(number)) for number in range(clients)]
    await asyncio.gather(
        probe("/health", lambda: _exchange(port, health)), probe("a stream", lambda: stream.ask(b"[1, 2]"))
    )
    for each in crowd:
        each.cancel()
    print(f"{clients} clients, {_LARGEST} points a request, {seconds:g} s: answers by status {dict(statuses)}")
    for name, values in waits.items():
        shown = ", ".join(f"p{p:g} {np.percentile(values, p) * 1e3:.1f}" for p in _PERCENTILES)
        print(f"{name}, ms: {shown} ({len(values)} times)")
    print(f"memory, MB: {before:.0f} before, at most {max(sizes):.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "what",
        choices=["streams", "batch", "crowd"],
        nargs="?",
        help="by default streams, then batch",
    )
    parser.add_argument("--streams", type=int, default=200, help="number of streams")
    parser.add_argument("--rate", type=float, default=5.0, help="points per second of each stream")
    parser.add_argument("--seconds", type=float, default=60.0, help="duration of the load; a third for each batch load")
    parser.add_argument("--clients", type=int, default=40, help="number of clients that send the largest requests")
    arguments = parser.parse_args()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{os.cpu_count()} cores; load of the machine before: {load}")
    for what in [arguments.what] if arguments.what else ("streams", "batch"):
        if what == "streams":
            for program in (_SERVE, ("-c", _BASELINE)):
                with service(*program) as (port, pid):
                    print("the baseline" if "-c" in program else "shapeclf serve")
                    asyncio.run(stream_load(port, pid, arguments.streams, arguments.rate, arguments.seconds))
        elif what == "crowd":
            with service(*_SERVE) as (port, pid):
                asyncio.run(crowd_load(port, pid, arguments.clients, arguments.seconds))
        else:
            with service(*_SERVE) as (port, pid):
                for fit in (False, True):
                    batch_load(port, pid, arguments.seconds / 3, fit)


if __name__ == "__main__":
    main()
