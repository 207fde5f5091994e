"""Lists as programs write them, ``x = [0, 1]`` above ``y = [2, 3]``."""

import json
import re
import warnings
from collections.abc import Sequence

from shapeclf._text import printable
from shapeclf.datasets.tables.text_lines import Line
from shapeclf.errors import InputError

__all__ = ["check_no_lists", "json_of_lists"]

_BEGIN = re.compile(r"(?:\s*(?:#|import\s|from\s).*\n)*\s*[^\W\d]\w*\s*=\s*(?:\w[\w.]*\()?[\[(]")
_LIST = re.compile(r"\s*[^\W\d]\w*\s*(?:=|<-)\s*(?:\[|\w[\w.]*\()[^=]*[0-9](?:[,\s]+[^=,\s]+)+[\])]\s*;?\s*")
_SHOWN = 40


def json_of_lists(text: str) -> str | None:
    r"""Return the lists that a Python program assigns, as JSON; None if the text is anything else.

    Example:
        >>> json_of_lists("x = [0, 1]\ny = np.array((2., 3))"), json_of_lists("x = [0] * 5")
        ('{"x": [0, 1], "y": [2.0, 3]}', None)
    """
    if _BEGIN.match(text) is None:
        return None
    import ast

    lists = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
        for node in body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                continue
            if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
                return None
            name, value = node.targets[0].id, node.value
            if name in lists:  # as in the lines of a log
                return None
            lists[name] = ast.literal_eval(value.args[0] if isinstance(value, ast.Call) and value.args else value)
        return json.dumps(lists)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def check_no_lists(source: str, lines: Sequence[Line]) -> None:
    """Check that the lines are not all lists of a program, whose numbers would be misread as rows.

    Raises:
        InputError: All lines are such lists.
    """
    texts = [line.text for line in lines if not line.is_comment]
    if texts and all(map(_LIST.fullmatch, texts)) and (len(texts) > 1 or len(re.split(r"[,\s]+", texts[0])) > 4):
        raise InputError(
            f"{source}: {printable(texts[0][:_SHOWN])!r} is a list in program code; write one point per line, or give "
            "the name of a file with x = [0, 1] and y = [2, 3]"
        )
