"""Notes on the answer to the points of a table, for the command line and the page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeclf._text import counted
from shapeclf.datasets._types import FloatArray
from shapeclf.errors import InputError

if TYPE_CHECKING:
    from shapeclf.recognition.recognizer import Recognizer

__all__ = ["averaging_notes", "error_bar_notes", "logarithm_notes", "order_notes", "usable_error_bars"]


def usable_error_bars(y_error: FloatArray | None) -> tuple[FloatArray | None, list[str]]:
    """Return the error bars of a table if all of them can weight a fit, and a note if they cannot.

    Args:
        y_error: Standard deviation of each reading, shape (points,); None if there are none.

    Example:
        >>> import numpy as np
        >>> usable_error_bars(np.array([0.1, 0.0]))[1]
        ['the error bars are not used: that of point 2 is 0, and a fit needs all of them above 0']
    """
    if y_error is None or (y_error > 0).all():
        return y_error, []
    point = int((y_error > 0).argmin()) + 1
    return None, [f"the error bars are not used: that of point {point} is 0, and a fit needs all of them above 0"]


def error_bar_notes(recognizer: Recognizer, *, fit: bool) -> list[str]:
    """Return a note if the model does not use error bars for the probabilities.

    Args:
        recognizer: The recogniser, to which error bars were given.
        fit: Whether the answer includes a fit, which the error bars weight.
    """
    if recognizer.model.columns == 3:
        return []
    if fit:
        return ["the error bars weight the fit; this model does not use them for the probabilities"]
    return ["the error bars are not used: they weight the fit, and this answer has none"]


def order_notes(so_far: str, finished: str) -> list[str]:
    """Return a note if the answers for a stream and for the finished set of the same points differ.

    Args:
        so_far: The most probable family after the last point of the stream.
        finished: The most probable family for the finished set.

    Example:
        >>> order_notes("none", "constant")[0].partition(":")[0]
        'the answer for the finished set of points, constant, differs from the last one of the stream, none'
    """
    if so_far == finished:
        return []
    return [
        f"the answer for the finished set of points, {finished}, differs from the last one of the stream, {so_far}: a "
        "stream may continue, and the order of its points matters; a finished set is sorted by x"
    ]


def logarithm_notes(points: FloatArray, axes: str) -> list[str]:
    """Return a note if some points cannot be drawn on logarithmic axes.

    Args:
        points: (x, y) of each point, shape (points, 2).
        axes: Names of the logarithmic axes: ``"x"``, ``"y"`` or ``"xy"``.

    Raises:
        InputError: No point can be drawn.

    Example:
        >>> import numpy as np
        >>> logarithm_notes(np.array([[0.0, 2.0], [1.0, 3.0]]), "x")
        ['the picture leaves out 1 point whose x is not above 0: it has no logarithm']
    """
    drawn = (points[:, ["xy".index(axis) for axis in axes]] > 0).all(axis=1)
    named, missing = " or ".join(axes), int((~drawn).sum())
    if not drawn.any():
        raise InputError(f"--log {axes}: no point can be drawn, because {named} is not above 0 anywhere")
    has = "it has no logarithm" if missing == 1 else "they have no logarithm"
    return [f"the picture leaves out {counted(missing)} whose {named} is not above 0: {has}"] if missing else []


def averaging_notes(recognizer: Recognizer, points: int) -> list[str]:
    """Return a note if there are more points than the model was trained on."""
    if recognizer.longest is None or points <= recognizer.longest:
        return []
    return [
        f"the model was trained on up to {recognizer.longest} points; to recognise the family, "
        "neighbouring points are averaged to that number; the equation is fitted to all points"
    ]
