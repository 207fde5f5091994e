"""``shapeclf families``."""

import click

from shapeclf.cli.answers import json_line
from shapeclf.cli.options import family_option, json_option, load_user_families
from shapeclf.cli.output import print_line

__all__ = ["command"]


@click.command("families")
@family_option
@json_option
def command(references: tuple[str, ...], as_json: bool) -> None:
    """List the families that can be used, with their formulas, priors and sources.

    Example: shapeclf families --json
    """
    from shapeclf.datasets.catalogue import FoundFamily, known_families
    from shapeclf.datasets.records import family_record

    user_families = {
        f.name: FoundFamily(f, reference)
        for f, reference in zip(load_user_families(references), references, strict=True)
    }
    listed = list((known_families() | user_families).values())
    if as_json:
        print_line(json_line([family_record(family) | {"source": source} for family, source in listed]))
        return
    rows = [("name", "formula", "parameters", "x", "source")]
    for family, source in listed:
        priors = ", ".join(f"{name} ~ {prior}" for name, prior in family.priors.items())
        rows.append((family.name, family.formula, priors, f"x ~ {family.x}", source))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print_line("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
