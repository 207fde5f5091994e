"""The options of ``shapeclf predict`` that say what is wanted of its answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, final

import click

from shapeclf.cli.answers import limits

if TYPE_CHECKING:
    from shapeclf.recognition.recognizer import Recognizer

__all__ = ["PredictOptions", "bad_option"]


@final
@dataclass(frozen=True)
class PredictOptions:
    """The options that apply to the answers, whatever is read."""

    fit: bool
    each_point: bool
    decide: float | None
    as_json: bool
    output: Path | None
    plot: Path | None
    quiet: bool

    def check(self, *, many: bool, stream: bool) -> None:
        """Raises BadParameter for what does not go together."""
        if self.decide is not None and self.decide > 1:
            raise bad_option("--decide", f"{self.decide:g} is no probability: above 0 and at most 1")
        given = {
            "--plot": self.plot is not None,
            "--each-point": self.each_point,
            "--decide": self.decide is not None,
        }
        for option, is_given in given.items():
            if many and is_given:
                raise bad_option(option, "works on one sequence, not with --group or --wide")
        if stream and self.plot is not None:
            raise bad_option("--plot", "a stream has no end to draw a picture at")
        if self.output is None:
            return
        from shapeclf.recognition.answer_files import check_answer_name

        check_answer_name(self.output)
        if self.as_json:
            raise bad_option("--output", "a table takes the place of JSON; leave one of the two out")
        if stream and not many:
            raise bad_option("--output", "a stream has no end to write a table at")

    def report_limits(self, recognizer: Recognizer) -> None:
        """Print on standard error what a model of fixed parameters does not know."""
        text = None if self.quiet else limits(recognizer.model)
        if text is not None:
            click.echo(text, err=True)


def bad_option(option: str, text: str) -> click.BadParameter:
    """The error of an option that cannot be used as it was given."""
    return click.BadParameter(text, param_hint=f"'{option}'")
