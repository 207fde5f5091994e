"""Write an answer in one of the forms."""

from collections.abc import Callable

from shapeclf.errors import InputError
from shapeclf.recognition.recognition import Recognition
from shapeclf.recognition.reports.latex import latex
from shapeclf.recognition.reports.markdown import markdown
from shapeclf.recognition.reports.python_code import python_code

__all__ = ["FORMS", "report"]

_RENDERERS: dict[str, Callable[[Recognition, str], str]] = {
    "markdown": markdown,
    "latex": latex,
    "python": python_code,
}
FORMS = tuple(_RENDERERS)


def report(answer: Recognition, form: str, read: str = "") -> str:
    '''Return an answer in a form to paste elsewhere.

    Args:
        answer: The answer.
        form: ``markdown`` for a report; ``latex`` for the equation and a table of the parameters, which need the
            packages amsmath, booktabs and siunitx; ``python`` for a function ``y(x)``, which needs NumPy.
        read: What was read, such as the name of a file, in one line.

    Raises:
        InputError: The form is another one; or the form is not ``markdown``, and there is no equation, or its formula
            is not one of arithmetic and known functions.

    Example:
        >>> from shapeclf import Recognizer
        >>> answer = Recognizer.load().recognize([1, 2, 3, 4, 5, 6], [3, 5, 7, 9, 11, 13])
        >>> print(report(answer, "python"))
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def y(x):
            """Return y at x: y = 2·x + 1.
        <BLANKLINE>
            Almost certainly a line (99.1 %), after 6 points. R² 1.0000.
            """
            k = 2.0
            b = 1.0
            x = np.asarray(x, dtype=float)
            return k * x + b
    '''
    if form not in _RENDERERS:
        raise InputError(f"form must be one of {', '.join(FORMS)}, got {form!r}")
    return _RENDERERS[form](answer, read)
