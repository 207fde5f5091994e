"""An extension of griffe, which reads the docstrings for the site's reference."""

import re

import griffe

__all__ = ["ExampleSections"]


class ExampleSections(griffe.Extension):
    """Read the section ``Example:`` as griffe's ``Examples:``, so that the site shows it as code."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        if obj.docstring is not None:
            obj.docstring.value = re.sub(r"(?m)^(\s*)Example:$", r"\1Examples:", obj.docstring.value)
