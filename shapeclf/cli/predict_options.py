"""The options of ``shapeclf predict``: its modes, and which option is allowed in which mode."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, final

import click

from shapeclf.cli.options import check_not_read, given_parameters, load_user_families
from shapeclf.cli.output import print_note
from shapeclf.cli.values import OUTPUT_FILE

if TYPE_CHECKING:
    from shapeclf.datasets._types import FloatArray
    from shapeclf.datasets.tables.table import ReadOptions, Table
    from shapeclf.recognition.answer_pictures import Log, Only
    from shapeclf.recognition.model_file import ModelFile
    from shapeclf.recognition.recognizer import Recognizer

__all__ = [
    "MODES",
    "NEEDED",
    "NOT_ALLOWED",
    "REPORT_FORMS",
    "STREAM",
    "Mode",
    "PredictOptions",
    "check_options",
]

STREAM = "-"
_STANDARD_INPUT = 0
Mode = Literal["file", "files", "stream", "groups", "folder"]
MODES: dict[Mode, str] = {
    "file": "one sequence in a file",
    "files": "one sequence in each of several files, or several `--y`",
    "stream": "one sequence from standard input, `-`",
    "groups": "many sequences in a file or from standard input, with `--group` or `--wide`",
    "folder": "a folder of tables of many sequences",
}
"""The modes of the command, and the input of each."""

_ONE_SEQUENCE = "works on one sequence, not with --group or --wide"
_TABLES = "does not work on a folder, whose answers go into tables"
_ONE_ANSWER = "is for one answer, not for several files or several --y"
_FOLDER = "is for a folder of tables"
NOT_ALLOWED: dict[str, dict[Mode, str]] = {
    "--json": {"folder": _TABLES},
    "--format": {"folder": _TABLES},
    "--plot": {
        "files": _ONE_ANSWER,
        "stream": "a stream is answered in lines; a picture is drawn for a file",
        "groups": _ONE_SEQUENCE,
        "folder": _TABLES,
    },
    "--compare": {"groups": _ONE_SEQUENCE, "folder": _TABLES},
    "--at": {"groups": _ONE_SEQUENCE, "folder": _TABLES},
    "--each-point": {"files": _ONE_ANSWER, "groups": _ONE_SEQUENCE, "folder": _TABLES},
    "--decide": {"groups": _ONE_SEQUENCE, "folder": _TABLES},
    "--output": {"files": _ONE_ANSWER, "stream": "a stream is answered in lines; a table is written for a file"},
    "--sheet": {"stream": "a stream is text"},
    "--engine": {"files": _FOLDER, "file": _FOLDER, "stream": _FOLDER, "groups": _FOLDER},
    "--actors": {"files": _FOLDER, "file": _FOLDER, "stream": _FOLDER, "groups": _FOLDER},
}
"""The modes in which an option is refused, with the reasons, by option; all modes allow the other options."""
NEEDED: dict[Mode, dict[tuple[str, ...], str]] = {
    "folder": {
        ("--output",): "the answers of a folder need a folder to go into",
        ("--group", "--wide"): "a folder holds many sequences: name the column of their names, or give --wide",
    }
}
"""For each mode, sets of options with the reason why one option of the set must be given."""
_EXCLUSIVE: dict[tuple[str, str], str] = {
    ("--output", "--json"): "a table replaces JSON; use one of the two",
    ("--output", "--format"): "a table replaces the answer on standard output; use one of the two",
    ("--json", "--format"): "is the short form of --format json; use one of the two",
    ("--compare", "--output"): "is not written into a table; use --json",
    ("--at", "--output"): "is not written into a table; use --json",
}
REPORT_FORMS = ("markdown", "latex", "python")
"""The forms of an answer to one sequence for use in other programs."""


@final
@dataclass(frozen=True)
class PredictOptions:
    """The values of the options of `predict`."""

    ys: tuple[str, ...]
    group: str | None
    wide: bool
    model: str | None
    among: tuple[str, ...] | None
    references: tuple[str, ...]
    fit: bool
    compare: bool
    at: tuple[str, ...] | None
    each_point: bool
    decide: float | None
    form: str
    output: Path | None
    plot: Path | None
    size: tuple[float, float] | None
    log: Log | None
    only: Only | None
    extrapolate: float | None
    engine: str
    actors: int | None
    quiet: bool
    reading: ReadOptions

    @property
    def as_json(self) -> bool:
        """Whether answers are printed as JSON."""
        return self.form == "json"

    @property
    def shows_fit(self) -> bool:
        """Whether the answer to one sequence includes the equation: JSON after each point has only the posterior."""
        return self.fit and not (self.as_json and self.each_point)

    @property
    def columns(self) -> dict[str, Any]:
        """The arguments of `GroupReader`: the columns, and how the table is read."""
        x, y = self.reading.x, self.reading.y
        return {"group": self.group, "x": x, "y": y, "wide": self.wide, "options": self.reading}

    def mode(self, files: Sequence[str]) -> Mode:
        """Return the mode for files, a folder or ``-``."""
        if len(files) > 1 or len(self.ys) > 1:
            return "files"
        (file,) = files
        if os.path.isdir(file):  # noqa: PTH112  # a name that is too long is not a folder
            return "folder"
        if self.wide or self.group is not None:
            return "groups"
        return "stream" if file == STREAM else "file"

    def recognizer(self) -> Recognizer:
        """Load the model."""
        from shapeclf.recognition.recognizer import Recognizer

        found = Recognizer.load(self.model, among=self.among, user_families=load_user_families(self.references))
        self.check_y_error(found.model)
        return found

    def check_y_error(self, model: ModelFile) -> None:
        """Raise BadParameter if --y-error was given, and neither the model nor a fit uses it."""
        if self.reading.y_error is not None and not self.shows_fit and model.columns == 2:
            raise _bad_option(
                "--y-error", "weights the fit, and this answer has none (--no-fit, or --each-point with --json)"
            )

    def positions(self, table: Table) -> FloatArray | None:
        """Return the x of --at in the units of a table; None without that option."""
        if self.at is None:
            return None
        from shapeclf.datasets.tables.positions import positions_in

        return positions_in(self.at, table, "--at", self.reading.date_format)

    def report_fixed_parameters(self, recognizer: Recognizer) -> None:
        """Print a note on standard error if the model knows only fixed parameters."""
        from shapeclf.cli.answers import fixed_parameters_note

        self.note(fixed_parameters_note(recognizer.model))

    def note(self, *texts: str | None) -> None:
        """Print notes on standard error, unless --quiet was given."""
        for text in texts:
            if text is not None and not self.quiet:
                print_note(text)


def _bad_option(option: str, text: str) -> click.BadParameter:
    """Return the error for an option."""
    return click.BadParameter(text, param_hint=f"'{option}'")


def check_options(context: click.Context, files: Sequence[str], mode: Mode, options: PredictOptions) -> None:
    """Check that the options that were given are allowed in the mode and with each other.

    Raises:
        BadParameter: They are not; the text gives the option and the reason.
        UsageError: The stream ``-`` is given together with other files, or with several ``--y``.
        InputError: The name of the table does not end in .csv or .parquet.
        FileNotFoundError: There is no folder for the table.
    """
    given = {option for parameter in given_parameters(context) for option in parameter.opts}
    for option, reasons in NOT_ALLOWED.items():
        if option in given and mode in reasons:
            raise _bad_option(option, reasons[mode])
    for alternatives, reason in NEEDED.get(mode, {}).items():
        if given.isdisjoint(alternatives):
            raise _bad_option(alternatives[0], reason)
    for (option, other), reason in _EXCLUSIVE.items():
        if {option, other} <= given:
            raise _bad_option(option, reason)
    if mode == "files":
        if STREAM in files:
            raise click.UsageError("- reads a stream: give no other FILE, and at most one --y")
        if options.wide or options.group is not None:
            raise _bad_option("--wide" if options.wide else "--group", "takes one file or folder, and one --y")
    if options.form in REPORT_FORMS:
        _check_report(mode, options)
    if options.decide is not None and options.decide > 1:
        raise _bad_option("--decide", f"{options.decide:g} is not a probability above 0 and at most 1")
    shows_fit = options.fit if mode == "stream" else options.shows_fit
    for option, wanted in (("--compare", options.compare), ("--at", options.at is not None)):
        if wanted and options.form in ("latex", "python"):
            raise _bad_option(option, "is for --format text, json and markdown")
        if wanted and not shows_fit:
            raise _bad_option(
                option, "fits the laws, and this answer has no fit (--no-fit, or --each-point with --json)"
            )
    if options.extrapolate is not None and (not options.fit or options.only == "posterior"):
        raise _bad_option("--extrapolate", "draws predicted y together with the fit, and this picture has no fit")
    if options.actors is not None and options.engine == "one":
        raise _bad_option("--actors", "needs --engine ray")
    from shapeclf.recognition.locating import DEFAULT_MODEL, locate_model

    read = [_STANDARD_INPUT if files[0] == STREAM else files[0], locate_model(options.model or DEFAULT_MODEL)]
    for option, target in (("--output", options.output), ("--plot", options.plot)):
        check_not_read(read, option, target)
    if options.output is not None:
        _check_output(context, mode, options.output)


def _check_report(mode: Mode, options: PredictOptions) -> None:
    """Check the options of a report: ``--format markdown``, ``latex`` or ``python``."""
    if mode in ("stream", "groups"):
        raise _bad_option("--format", f"{options.form} is for files of one sequence; this input is answered in lines")
    if options.each_point:
        raise _bad_option("--each-point", f"prints a line for each point, not {options.form}")
    if not options.fit:
        raise _bad_option("--no-fit", f"leaves out the equation, which {options.form} shows")


def _check_output(context: click.Context, mode: Mode, output: Path) -> None:
    from shapeclf.recognition.answer_files import check_answer_name

    if mode == "folder":
        if output.exists() and not output.is_dir():
            raise _bad_option("--output", f"{output} is a file; the answers of a folder go into a folder")
        return
    if output.is_dir():
        raise _bad_option("--output", f"{output} is a folder")
    check_answer_name(output)
    OUTPUT_FILE.convert(output, None, context)
