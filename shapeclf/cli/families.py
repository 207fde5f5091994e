"""``shapeclf families``."""

import re
import textwrap

import click

from shapeclf._text import printable
from shapeclf.cli.answers import json_line
from shapeclf.cli.options import family_option, json_option, load_user_families
from shapeclf.cli.output import print_line, print_lines

__all__ = ["command"]

_WIDTH = 80
_PAIR = re.compile(r"(\(\S+,) (\S+\))")
_NAME_WIDTH = 11
_INDENT = 4


@click.command("families")
@family_option
@json_option
def command(references: tuple[str, ...], as_json: bool) -> None:
    """List the families that can be used, with their formulas, priors and sources.

    Example: shapeclf families --json
    """
    from shapeclf.datasets.catalogue import FoundFamily, known_families
    from shapeclf.datasets.laws import CONSTANT
    from shapeclf.datasets.records import family_record

    user_families = {
        f.name: FoundFamily(f, reference)
        for f, reference in zip(load_user_families(references), references, strict=True)
    }
    listed = list((known_families() | user_families).values())
    if as_json:
        print_line(json_line([family_record(family) | {"source": source} for family, source in listed]))
        return
    for family, source in listed:
        priors = {**family.priors, "x": family.x}
        if family.basis is CONSTANT.basis:
            del priors["k"]  # it has no effect on the curve
        named = ", ".join(f"{name} ~ {prior}" for name, prior in priors.items())
        print_lines(_wrapped(f"{family.name:<{_NAME_WIDTH}}  {family.formula}", hanging=_NAME_WIDTH + 2))
        print_lines(_wrapped(f"{' ' * _INDENT}{named}; {source}", hanging=_INDENT))


def _wrapped(text: str, hanging: int) -> list[str]:
    whole = _PAIR.sub("\\1\xa0\\2", printable(text))  # no line break between the ends of a range
    lines = textwrap.wrap(whole, _WIDTH, subsequent_indent=" " * hanging, break_on_hyphens=False)
    return [line.replace("\xa0", " ") for line in lines]
