"""Write an answer as Markdown, LaTeX or Python code."""

from collections.abc import Callable

from numpy.typing import ArrayLike

from shapeclf.errors import InputError
from shapeclf.recognition.recognition import Recognition
from shapeclf.recognition.reports.latex import latex
from shapeclf.recognition.reports.markdown import markdown
from shapeclf.recognition.reports.python_code import python_code

__all__ = ["FORMS", "report"]

_EQUATIONS: dict[str, Callable[[Recognition, str], str]] = {"latex": latex, "python": python_code}
FORMS = ("markdown", *_EQUATIONS)


def report(
    answer: Recognition, form: str, source: str = "", *, compare: bool = False, at: ArrayLike | None = None
) -> str:
    '''Return an answer in a format for another program.

    Args:
        answer: The answer.
        form: ``markdown`` for a report; ``latex`` for the equation and a table of the parameters, which needs the
            packages amsmath, booktabs and siunitx; ``python`` for a function ``y(x)``, which needs NumPy.
        source: What the points were read from, such as the name of a file, in one line.
        compare: Whether a report has the comparison of all families.
        at: Values of x at which a report has predicted y, shape (x,).

    Raises:
        InputError: The form is unknown. Or it is not ``markdown``, and there is no equation, or the equation has other
            operations than arithmetic and known functions.

    Example:
        >>> from shapeclf import Recognizer
        >>> answer = Recognizer.load().recognize([1, 2, 3, 4, 5, 6], [3, 5, 7, 9, 11, 13])
        >>> print(report(answer, "python"))  # doctest: +ELLIPSIS
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def y(x):
            """Return y at x: y = 2·x + 1.
        <BLANKLINE>
            Almost certainly a line (99... %), after 6 points. R² 1.0000.
            """
            k = 2.0
            b = 1.0
            x = np.asarray(x, dtype=float)
            return k * x + b
    '''
    if form == "markdown":
        return markdown(answer, source, compare=compare, at=at)
    if form not in _EQUATIONS:
        raise InputError(f"form must be one of {', '.join(FORMS)}, got {form!r}")
    if compare or at is not None:
        raise InputError(f"compare and at are for the form markdown, not {form}")
    return _EQUATIONS[form](answer, source)
