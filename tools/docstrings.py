"""For the site's reference: docstrings as the house writes them, told to griffe, which reads them."""

import re

import griffe

__all__ = ["HouseDocstrings"]


class HouseDocstrings(griffe.Extension):
    """Reads ``Example:`` as griffe's ``Examples:``, so that the section is shown as code."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring is not None:
            obj.docstring.value = re.sub(r"(?m)^(\s*)Example:$", r"\1Examples:", obj.docstring.value)
