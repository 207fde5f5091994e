"""Bodies of requests: what pydantic accepts is accepted, in bounded memory, while other requests are answered."""

import asyncio
import json
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from shapeclf.errors import InputError
from shapeclf.service import Limits
from shapeclf.service.json_response import JsonResponse
from shapeclf.service.messages import RecognizeRequest, SurpriseRequest
from shapeclf.service.parsing import NotJson, parse_options, parse_request

_NUMBER = st.floats() | st.integers(-(10**400), 10**400) | st.booleans() | st.none() | st.just("1")
_POINT = st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=2)
_WITH_ERROR = st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(-0.1, 9)).map(list)
_SEQUENCES = st.lists(
    st.lists(_POINT, min_size=1, max_size=3) | st.lists(_WITH_ERROR, min_size=1, max_size=3), min_size=1, max_size=3
)
_ODD = st.recursive(_NUMBER, lambda inner: st.lists(inner, max_size=3), max_leaves=12)
_BODY = st.fixed_dictionaries(
    {"sequences": _SEQUENCES | _ODD | st.lists(st.lists(_POINT | _WITH_ERROR | _ODD, max_size=3), max_size=3)},
    optional={
        "y_error": st.floats(-1, 1),
        "fit": st.booleans() | _NUMBER,
        "among": st.lists(st.text(max_size=3), max_size=2),
        "odd": st.none(),
    },
)


@settings(max_examples=50, deadline=None)
@given(_BODY, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_a_request_is_accepted_if_and_only_if_the_schema_allows_it(
    value: dict[str, Any], indent: Any, ascii_only: bool
) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode(errors="backslashreplace")
    try:
        expected = RecognizeRequest.model_validate(json.loads(body))
    except ValidationError:
        with pytest.raises(InputError):
            parse_request(body, Limits())
        return
    sequences, options = parse_request(body, Limits())
    assert [sequence.tolist() for sequence in sequences] == expected.sequences
    assert options.model_dump() == expected.model_dump(exclude={"sequences"})


@given(st.text('[]{},:.-+eE0123456789 \n"ntf', max_size=20) | st.binary(max_size=20).map(lambda b: b.decode("latin-1")))
def test_what_is_not_json_is_reported(text: str) -> None:
    body = b'{"sequences": [[[1, 2' + text.encode("latin-1", "replace")
    try:
        json.loads(body)
    except ValueError:
        with pytest.raises((NotJson, InputError)):
            parse_request(body, Limits())


HOSTILE = {
    "empty-points": b'{"sequences":[[' + b"[]," * 1_300_000 + b"[]]]}",
    "empty-sequences": b'{"sequences":[' + b"[]," * 1_300_000 + b"[]]}",
    "objects": b'{"sequences":[[' + b"{}," * 1_300_000 + b"{}]]}",
    "numbers": b'{"sequences":[[[' + b"1," * 2_000_000 + b"1]]]}",
    "names": b'{"among":[' + b"0," * 2_000_000 + b"0]}",
    "members": b"{" + b'"":0,' * 700_000 + b'"":0}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_too_large_a_body_is_refused_before_it_is_parsed(body: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match=r"100000 points in 1000 sequences|is not one of"):
            parse_request(body, Limits())
        assert tracemalloc.get_traced_memory()[1] < 3 * len(body)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ([[[1, 2], [1]] + [[]] * 50_000], "body.sequences.0.1"),
        ([[[1, 2]], []] + [[]] * 900, "body.sequences.1"),
    ],
    ids=["points", "sequences"],
)
def test_the_first_error_is_reported(body: Any, where: str) -> None:
    with pytest.raises(InputError, match=f"^{where}: "):
        parse_request(json.dumps({"sequences": body}).encode(), Limits())


def test_the_largest_request_is_accepted() -> None:
    body = json.dumps(
        {"sequences": [[[1.5, -2]] * 100] * 1000, "among": ["line"] * 50, "curve": {"points": 100}}
    ).encode()
    sequences, options = parse_request(body, Limits())
    assert np.array(sequences).shape == (1000, 100, 2)
    assert (options.among, options.curve is not None) == (["line"] * 50, True)


@pytest.mark.parametrize(("points", "most"), [(100_000, 100_000), (5, 2000)])
def test_the_points_of_all_curves_are_bounded(points: int, most: int) -> None:
    def body(count: int, curve: int) -> bytes:
        return json.dumps({"sequences": [[[1, 2]]] * count, "curve": {"points": curve}}).encode()

    limits = Limits(points=points)
    assert len(parse_request(body(1, 2000), limits)[0]) == 1  # the longest curve of one sequence is always drawn
    assert len(parse_request(body(5, most // 5 if most == 2000 else 2000), limits)[0]) == 5
    with pytest.raises(InputError, match=rf"body\.curve\.points: .* at most {most} points in all, got \d+ sequences"):
        parse_request(body(5, most // 5 + 1) if most == 2000 else body(1000, 101), limits)


@pytest.mark.parametrize(
    ("points", "text"),
    [
        (
            [[1, 2, 0.1], [2, 4]],
            r"0\.1: a point \[x, y, y_error\] of three finite numbers, the last above 0, is expected",
        ),
        ([[1, 2], [2, 4, 0.1]], r"0\.1: a point \[x, y\] of two finite numbers is expected, got '\[2, 4, 0\.1\]'"),
        ([[1, 2, 0]], r"0\.0: a point \[x, y, y_error\] of three finite numbers, the last above 0, is expected"),
        ([[1, 2, 3, 4]], r"0\.0: a point \[x, y\] of two finite numbers is expected, got '\[1, 2, 3, 4\]'"),
    ],
    ids=["without", "with", "zero", "four"],
)
def test_a_sequence_has_error_bars_or_none(points: Any, text: str) -> None:
    with pytest.raises(InputError, match=rf"^body\.sequences\.{text}"):
        parse_request(json.dumps({"sequences": [points]}).encode(), Limits())


def test_points_with_error_bars_count_once() -> None:
    body = json.dumps({"sequences": [[[1, 2, 0.5]] * 3, [[1, 2]] * 2]}).encode()
    sequences, _ = parse_request(body, Limits(points=5))
    assert [sequence.shape for sequence in sequences] == [(3, 3), (2, 2)]
    with pytest.raises(InputError, match="at most 4 points are answered at once"):
        parse_request(body, Limits(points=4))


@pytest.mark.parametrize("name", ["sequences", "fit"])
def test_a_member_that_is_given_twice_is_refused(name: str) -> None:
    member = {"sequences": b'"sequences": [[[1, 2]]]', "fit": b'"fit": true'}[name]
    with pytest.raises(InputError, match=f"^body: '{name}' is given twice$"):
        parse_request(b"{" + member + b", " + member + b"}", Limits())


def test_other_options_are_parsed_alike() -> None:
    assert parse_options(SurpriseRequest, b'{"points": 5.0}', Limits()).points == 5
    with pytest.raises(InputError, match=r"body\.points: "):
        parse_options(SurpriseRequest, b'{"points": 1}', Limits())
    with pytest.raises(InputError, match="body: 'sequences' is not one of points, noise, among"):
        parse_options(SurpriseRequest, b'{"sequences": []}', Limits())


_LARGE = json.dumps({"sequences": [[[1.5, -2.25]] * 10_000]}).encode()
_POSTERIORS = np.full((10_000, 11), 1 / 11)


@pytest.mark.parametrize(
    "work",
    [lambda: parse_request(_LARGE, Limits()), lambda: JsonResponse({"answers": [{"posteriors": _POSTERIORS}]})],
    ids=["parse", "encode"],
)
def test_the_event_loop_is_not_blocked(work: Callable[[], Any]) -> None:
    async def iterations() -> int:
        task, count = asyncio.create_task(asyncio.to_thread(work)), 0
        while not task.done():
            await asyncio.sleep(0)
            count += 1
        await task
        return count

    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0001)
    try:
        assert asyncio.run(iterations()) > 20  # one long call of a parser or an encoder leaves time for two or three
    finally:
        sys.setswitchinterval(interval)
