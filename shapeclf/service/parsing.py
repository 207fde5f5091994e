"""Parse the bodies and the query parameters of requests.

The size of a body is checked before it is parsed, and parsing stops at the first error. One call of `json.loads` or
pydantic holds the interpreter's lock until it ends: 70 ms for the largest allowed body. So the sequences are parsed
point by point, which lets the event loop run in between.
"""

import codecs
import json
import math
import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any, TypeVar, final

import numpy as np
from pydantic import BaseModel, TypeAdapter, ValidationError

from shapeclf.datasets._types import FloatArray
from shapeclf.datasets.tables.table import ReadOptions, delimiter_of
from shapeclf.errors import InputError
from shapeclf.service.limits import Limits
from shapeclf.service.messages import MAX_CURVE_POINTS, AnswerOptions, RecognizeRequest

__all__ = ["READING", "NotJson", "is_request", "parse_options", "parse_query", "parse_request"]

Options = TypeVar("Options", bound=BaseModel)
T = TypeVar("T")
_READ_OPTIONS = TypeAdapter(ReadOptions)
READING = tuple(field.name for field in fields(ReadOptions) if field.name not in ("is_series", "group", "wide"))
"""Names of the options of the reader that a request may set."""

_SPACE = re.compile(r"[ \t\n\r]*")
_SPARE = 100  # lists and commas that a body may have in addition to those of its points: in options and in names
_SHOWN = 60  # characters of a wrong value in a message
_LONGEST_OPTION = 10_000  # characters; pydantic collects all errors in an option before it returns, which takes long
_REQUEST = re.compile(
    rf'\s*{{(?:\s*(?:[^\s"]|$|"(?:{"|".join(RecognizeRequest.model_fields)})")|.*"sequences"\s*:)'.encode(), re.DOTALL
)
_decode = json.JSONDecoder().raw_decode


class NotJson(Exception):
    """Raised if the body is not JSON; the text gives the reason."""


def is_request(body: bytes) -> bool:
    """Return whether a JSON body is a request for answers rather than a table.

    A request is an object that has the member ``sequences`` or begins with another member of `RecognizeRequest`.

    Example:
        >>> is_request(b'{"fit": false}'), is_request(b'{"t": [1, 2], "s": [3, 4]}'), is_request(b"[[1, 2], [3, 4]]")
        (True, False, False)
    """
    return _REQUEST.match(body.removeprefix(codecs.BOM_UTF8)) is not None


def parse_request(body: bytes, limits: Limits) -> tuple[list[FloatArray], AnswerOptions]:
    """Parse a request for answers.

    Args:
        body: A JSON object, described by `RecognizeRequest`.
        limits: Limits on the numbers of sequences and points.

    Returns:
        The sequences, each of shape (points, 2), or (points, 3) with error bars, and the options.

    Raises:
        NotJson: The body is not JSON.
        InputError: The body is too large or has a member or value that is not allowed; the text names the first one.

    Example:
        >>> sequences, options = parse_request(b'{"sequences": [[[1, 2], [2, 4]]], "fit": false}', Limits())
        >>> sequences[0].tolist(), options.fit
        ([[1.0, 2.0], [2.0, 4.0]], False)
    """
    parser = _Parser(body, limits, RecognizeRequest)
    if not parser.sequences:
        raise InputError("body.sequences: at least one sequence of points [x, y] is required")
    options = _validated(AnswerOptions.model_validate, parser.options)
    if options.curve is not None:
        wanted, most = len(parser.sequences) * options.curve.points, max(limits.points, MAX_CURVE_POINTS)
        if wanted > most:
            raise InputError(
                f"body.curve.points: the curves of one request have at most {most} points in all, "
                f"got {len(parser.sequences)} sequences of {options.curve.points}"
            )
    return parser.sequences, options


def parse_options(model: type[Options], body: bytes, limits: Limits) -> Options:
    """Parse a request without points. Arguments and errors are like those of `parse_request`."""
    return _validated(model.model_validate, _Parser(body, limits, model).options)


def parse_query(query: Sequence[tuple[str, str]], names: Sequence[str]) -> tuple[ReadOptions, AnswerOptions]:
    """Parse the query parameters of a table.

    Args:
        query: Names and values of the parameters.
        names: Names of the allowed parameters: fields of `ReadOptions` and `AnswerOptions`.

    Returns:
        The options of the reader, and those of the answer.

    Raises:
        InputError: A parameter is not allowed, is given twice or has a value that is not allowed.

    Example:
        >>> parse_query([("x", "t"), ("among", "line,sqrt")], ["x", "among"])[1].among
        ['line', 'sqrt']
    """
    given: dict[str, Any] = {}
    for name, value in query:
        if name not in names:
            raise InputError(f"query: {name[:_SHOWN]!r} is not one of {', '.join(names)}")
        if name in given:
            raise InputError(f"query: {name!r} is given twice")
        given[name] = value
    among = given.pop("among", None)
    answering = {name: given.pop(name) for name in [*given] if name not in READING}
    if "delimiter" in given:
        given["delimiter"] = delimiter_of(given["delimiter"])
    reading = _validated(_READ_OPTIONS.validate_strings, given, "query")
    options = _validated(AnswerOptions.model_validate_strings, answering, "query")
    return reading, options if among is None else options.model_copy(update={"among": among.split(",")})


def _validated(validate: Callable[[Any], T], options: dict[str, Any], source: str = "body") -> T:
    try:
        return validate(options)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in (source, *first["loc"]))
        raise InputError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None


@final
class _Parser:
    """A parser that parses one body in its constructor.

    Args:
        body: A JSON object.
        limits: Limits on the numbers of sequences and points.
        model: Model whose fields are the allowed members.
    """

    def __init__(self, body: bytes, limits: Limits, model: type[BaseModel]) -> None:
        _check_size(body, limits)
        try:
            self._text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise NotJson(f"byte {error.start} is not UTF-8") from None
        self._limits = limits
        self._names = model.model_fields
        self._seen: set[str] = set()
        self._points_left = limits.points
        self._points, self._width = array("d"), 0
        self.sequences: list[FloatArray] = []
        self.options: dict[str, Any] = {}
        start = self._skip_space(0)
        end = (
            self._parse_items(start, "}", self._member) if self._text.startswith("{", start) else self._value(start)[1]
        )
        if end < len(self._text):
            raise NotJson(f"unexpected text at character {end}")
        if not self._text.startswith("{", start):
            raise InputError(f"body: an object is expected, got {self._shown(start, end)}")

    def _shown(self, start: int, end: int) -> str:
        return repr(self._text[start:end].rstrip()[:_SHOWN])

    def _skip_space(self, position: int) -> int:
        """Return the position after white space that begins at a position."""
        space = _SPACE.match(self._text, position)
        assert space is not None  # the pattern also matches the empty text
        return space.end()

    def _value(self, position: int) -> tuple[Any, int]:
        """Return the value that begins at a position, and the position after it and the white space that follows."""
        try:
            value, position = _decode(self._text, position)
        except json.JSONDecodeError as error:
            raise NotJson(f"{error.msg} at character {error.pos}") from None
        except RecursionError:
            raise NotJson("it is nested too deeply") from None
        except ValueError:
            raise NotJson("a number has too many digits") from None
        return value, self._skip_space(position)

    def _parse_items(self, position: int, closing: str, parse: Callable[[int], int]) -> int:
        """Parse the items of an array or object with ``parse``, and return the position after the array or object."""
        text = self._text
        position = self._skip_space(position + 1)
        if text.startswith(closing, position):
            return self._skip_space(position + 1)
        while True:
            position = parse(position)
            mark = text[position : position + 1]
            if mark == closing:
                return self._skip_space(position + 1)
            if mark != ",":
                raise NotJson(f"',' or '{closing}' is expected at character {position}")
            position = self._skip_space(position + 1)

    def _member(self, position: int) -> int:
        name, position = self._value(position)
        if not isinstance(name, str) or not self._text.startswith(":", position):
            raise NotJson(f"a name and ':' are expected before character {position}")
        if name not in self._names:
            raise InputError(f"body: {name[:_SHOWN]!r} is not one of {', '.join(self._names)}")
        if name in self._seen:
            raise InputError(f"body: {name!r} is given twice")
        self._seen.add(name)
        position = self._skip_space(position + 1)
        if name == "sequences":
            return self._array(position, self._sequence, "body.sequences: a list of sequences is expected")
        self.options[name], end = self._value(position)
        if end - position > _LONGEST_OPTION:
            raise InputError(f"body.{name}: at most {_LONGEST_OPTION} characters are allowed, got {end - position}")
        return end

    def _array(self, position: int, parse: Callable[[int], int], expected: str) -> int:
        if self._text.startswith("[", position):
            return self._parse_items(position, "]", parse)
        _, end = self._value(position)
        raise InputError(f"{expected}, got {self._shown(position, end)}")

    def _sequence(self, position: int) -> int:
        number = len(self.sequences)
        if number == self._limits.sequences:
            raise InputError(f"at most {number} sequences are answered at once, got more")
        self._points, self._width = array("d"), 0
        position = self._array(position, self._point, f"body.sequences.{number}: a list of points [x, y] is expected")
        if not self._points:
            raise InputError(f"body.sequences.{number}: at least one point [x, y] is required")
        self._points_left -= len(self._points) // self._width
        self.sequences.append(np.frombuffer(self._points).reshape(-1, self._width))
        return position

    def _point(self, position: int) -> int:
        point, end = self._value(position)
        if type(point) is list and len(point) in (2, 3):
            self._width = self._width or len(point)
            if len(point) == self._width and all(map(_is_finite, point)) and (len(point) == 2 or point[2] > 0):
                if len(self._points) == self._width * self._points_left:
                    raise InputError(f"at most {self._limits.points} points are answered at once, got more")
                self._points.extend(point)
                return end
        where = f"body.sequences.{len(self.sequences)}.{len(self._points) // (self._width or 2)}"
        expected = "[x, y] of two finite numbers"
        if self._width == 3:
            expected = "[x, y, y_error] of three finite numbers, the last above 0,"
        raise InputError(f"{where}: a point {expected} is expected, got {self._shown(position, end)}")


def _is_finite(value: object) -> bool:
    try:
        return type(value) in (float, int) and math.isfinite(value)  # type: ignore[arg-type]  # not bool, which is an int
    except OverflowError:  # a whole number beyond all floats
        return False


def _check_size(body: bytes, limits: Limits) -> None:
    """Raise InputError where a body has more lists or values than its sequences and points can need."""
    marks = np.frombuffer(body or b" ", dtype=np.uint8)
    containers, commas = (sum(np.count_nonzero(marks == ord(mark)) for mark in which) for which in ("[{", ","))
    if containers > limits.points + limits.sequences + _SPARE or commas > 3 * limits.points + _SPARE:
        raise InputError(
            f"at most {limits.points} points in {limits.sequences} sequences are answered at once; "
            f"the body has {containers} lists and {commas} commas, more than these need"
        )
