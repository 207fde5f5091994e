"""Find the delimiter of a table, and split its lines into cells."""

import csv
import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

from shapeclf.datasets.tables.numbers import clean, is_missing, parse_number
from shapeclf.datasets.tables.times import parse_moment
from shapeclf.errors import InputError

__all__ = [
    "BLANKS",
    "DELIMITERS",
    "CellKind",
    "choose_delimiter",
    "is_rule",
    "kind_of",
    "label_cells",
    "labels_of",
    "plain_line",
    "split_cells",
    "without_labels",
]

CellKind = Literal["number", "time", "missing", "word"]
BLANKS = " "
DELIMITERS = ("\t", ";", "|", ",", BLANKS)
"""The delimiters that are tried, in order of preference; a space stands for any run of blanks."""

_BLANK_CELLS = re.compile(r'"((?:[^"]|"")*)"|([^ \t]+)')
_RUNS = re.compile(r"[ \t]+")
_SAMPLE = 150  # lines from the beginning, the middle and the end
_RULE = re.compile(r"\s*(?:[|+][\s|:+=-]*--?[\s|:+=-]*|:?--+:?(?:\s*[|+]\s*:?--+:?)+\s*[|+]?|[-=\s]*(?:---|==)[-=\s]*)")
_TYPES = re.compile(
    r"[\s|]*(?:(?:<(?:dbl|int|chr|fct|lgl|dttm|date|time|ord)>|[fiu](?:8|16|32|64)|U?Int(?:8|16|32|64)|Float(?:32|64)"
    r"|String[0-9]*|str)[\s|]*)+"
)
_BOX = str.maketrans(dict.fromkeys("\u2502\u2506\u2551", "|") | dict.fromkeys(map(chr, range(0x2500, 0x2502)), "-"))
_BOX |= dict.fromkeys([*range(0x250C, 0x2550), *range(0x2552, 0x2580)], "+") | {0x2550: "-"}
_WITH_ERROR = re.compile(r"(?<=[0-9.)])[ \t]*(?:\u00b1|\+/-)[ \t]*(?=[0-9.])")
_BLANK_BEFORE_EXPONENT = re.compile(r"(?<=[0-9.,]) (?=[eE][+-][0-9]+(?:\s|$))")
_DATE_WITH_BLANKS = re.compile(
    r"(?<!\S)(?:[0-3]?[0-9](?:\. [01]?[0-9]\. | (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) )(?:19|20)[0-9]{2}"
    r"|(?:19|20)[0-9]{2}\. [01]?[0-9]\. [0-3]?[0-9]\.?)(?!\S)"
)
_NUMBER_AND_POINT = re.compile(r"[+-]?[0-9]+\.")
_LEADING_ZERO = re.compile(r"[+-]?0[0-9]+")
_DECIMAL_PAIRS = re.compile(r"(?=.*[0-9],[0-9])\s*[-+]?[0-9]+(?:,[0-9]+)?(?:,\s+[-+]?[0-9]+(?:,[0-9]+)?)+\s*")
_TIME_IN_FRONT = re.compile(r"\s*(?:([0-9]{1,2}:[0-9:.,]+)\s*->|\[([0-9][0-9T:.,/ +-]*)\])\s*")
_ROW_IN_BRACKETS = re.compile(r"\s*[\[({]+\s*([-+.0-9][-+.0-9eEnaif]*(?:[,;\s]+[-+.0-9eEnaif]+)+)\s*[\])}]+\s*[,;]?\s*")
_STATA = re.compile(r"(?:\s*[0-9]+\.|\s{3,})\s\|(.*)\|\s*")
_LABEL = re.compile(r"(?:^|(?<=[\s,;]))([^\W\d]\w*(?: \w+)*)\s*[:=]\s*(?=[-+.0-9])")


def split_cells(text: str, delimiter: str) -> list[str]:
    """Return the cells of a line, without quotes and surrounding blanks.

    Example:
        >>> split_cells('"a; b"; 2', ";"), split_cells(' "t" 1   2 ', BLANKS), split_cells("| 1 | 2 |", "|")
        (['a; b', '2'], ['t', '1', '2'], ['1', '2'])
    """
    if delimiter == BLANKS:
        text = text.strip(" \t")
        if "\u00b1" in text or "+/-" in text:
            text = _WITH_ERROR.sub("\u00b1", text)
        if "20" in text or "19" in text:
            text = _with_joined_dates(text)
        if " E" in text or " e" in text:
            text = _BLANK_BEFORE_EXPONENT.sub("", text)
        if '"' in text:
            return [
                match[1].replace('""', '"') if match[2] is None else match[2] for match in _BLANK_CELLS.finditer(text)
            ]
        return _RUNS.split(text) if text else []
    if delimiter == "|":
        text = text.strip()
        text = text.removeprefix("|")
        text = text[:-1] if text.endswith("|") else text
    if '"' not in text:
        return [cell.strip() for cell in text.split(delimiter)]
    try:
        return [
            cell.strip() for cell in next(csv.reader([text], delimiter=delimiter, skipinitialspace=delimiter != "\t"))
        ]
    except csv.Error:  # a cell of more than 128 KiB
        return [cell.strip().strip('"') for cell in text.split(delimiter)]


def _with_joined_dates(text: str) -> str:
    """Return a line without the blanks in dates such as 2024. 03. 01.

    Example:
        >>> [_with_joined_dates(line) for line in ("2024. 03. 01. 7.5", "1990. 1. 10.", "1990. 1. 10. 5.")]
        ['2024.03.01. 7.5', '1990. 1. 10.', '1990. 1. 10. 5.']
    """
    rest, dates = _DATE_WITH_BLANKS.subn("", text)
    others = rest.split()
    if dates + len(others) < 2 or any(map(_NUMBER_AND_POINT.fullmatch, others)):
        return text  # Fortran writes 1990., 1. and 10. for whole numbers
    return _DATE_WITH_BLANKS.sub(lambda match: match[0].replace(". ", ".").replace(" ", "."), text)


def is_rule(text: str) -> bool:
    """Return whether a line is a rule, as below the header of a Markdown table, or only gives types of columns.

    Example:
        >>> [is_rule(line) for line in ("|---|:--:|", "====  ====", "<dbl> <int>", "-1|2", "-- --")]
        [True, True, True, False, False]
    """
    return (("--" in text or "==" in text) and _RULE.fullmatch(text) is not None) or (
        ("<" in text or "32" in text or "64" in text or "str" in text) and _TYPES.fullmatch(text) is not None
    )


def plain_line(text: str) -> str:
    """Return a line without the marks that programs put around times and rows.

    These are the arrow that the Arduino IDE writes after a time, and brackets around a time or a row. The lines of a
    box, as Julia and Polars draw them, become vertical bars and minus signs. The box that Stata's ``list`` draws is
    removed, with the numbers of its rows.

    Example:
        >>> plain_line("12:30:01.500 -> 512"), plain_line("[09:00] 21.5;3"), plain_line("  1. | 0.5   1 |")
        ('12:30:01.500 512', '09:00;21.5;3', '0.5   1')
    """
    if not text.isascii():
        text = text.translate(_BOX)
    first = text.lstrip()[:1]
    listed = _STATA.fullmatch(text) if "|" in text else None
    if listed is not None:
        return listed[1].strip()
    if first and first in "[({":
        match = _ROW_IN_BRACKETS.fullmatch(text)
        text = text if match is None else match[1].rstrip()
    match = _TIME_IN_FRONT.match(text) if "->" in text or first == "[" else None
    if match is None:
        return text
    rest = text[match.end() :]
    return (match[1] or match[2]) + next((mark for mark in DELIMITERS if mark in rest), BLANKS) + rest


def labels_of(text: str) -> list[str]:
    r"""Return the labels that most lines have in front of their values, as the Arduino serial plotter expects them.

    Example:
        >>> labels_of("ready\nt:0.5,v:1.5\nt:1,v:2.5"), labels_of("Rate: 5\n1 2\n3 4")
        (['t', 'v'], [])
    """
    lines = [line for line in text.splitlines() if line and not line.isspace()]
    counts = Counter(tuple(_LABEL.findall(line)) for line in lines if ":" in line or "=" in line)
    labels, count = next(iter(counts.most_common(1)), ((), 0))
    return list(labels) if count > max(1, len(lines) / 2) else []


def without_labels(text: str, labels: Sequence[str]) -> str:
    r"""Return the text with the labels removed from the lines that have all of them.

    Example:
        >>> without_labels("ready\nt:0.5,v:1.5\n", ["t", "v"])
        'ready\n0.5,1.5\n'
    """

    def bare(match: re.Match[str]) -> str:
        return _LABEL.sub("", match[0]) if _LABEL.findall(match[0]) == labels else match[0]

    return re.sub(r"[^\r\n]+", bare, text)


def label_cells(text: str, labels: Sequence[str], delimiter: str) -> list[str]:
    r"""Return a label for each cell of the first line that has all labels; it is empty for a cell without a label.

    Example:
        >>> label_cells("ready\n09:00 run no:0.5 v:1.5\n", ["run no", "v"], " ")
        ['', 'run no', 'v']
    """
    line = next(line for line in text.splitlines() if _LABEL.findall(line) == labels)
    marked = _LABEL.sub(lambda match: match[1].replace(" ", "\0") + "\0\0", line)
    cells = [cell.rpartition("\0\0")[0] for cell in split_cells(plain_line(marked), delimiter)]
    return [cell.replace("\0", " ") for cell in cells]


def kind_of(cell: str) -> CellKind:
    """Return the kind of a cell.

    Example:
        >>> [kind_of(cell) for cell in ("1,5", "2024-03-01", "NaN", "Mars")]
        ['number', 'time', 'missing', 'word']
    """
    cell = clean(cell)
    if parse_number(cell) is not None:
        return "number"
    if is_missing(cell):
        return "missing"
    return "word" if parse_moment(cell) is None else "time"


class _Score(NamedTuple):
    """Score of a delimiter: how well it splits lines into a table.

    Attributes:
        share: Share of values among the cells of a line, averaged over all lines; lines of another width count as 0.
        width: Number of cells in a line for which this mean is largest.
        zeros: Number of cells such as 05, which are more often the decimals of 1,05 than whole numbers.
    """

    share: float
    width: int
    zeros: int


def _score(texts: Sequence[str], delimiter: str) -> _Score:
    values: dict[int, float] = defaultdict(float)
    zeros = 0
    for text in texts:
        cells = split_cells(text, delimiter)
        score = 0.0
        for cell in cells:
            kind = kind_of(cell)
            if kind == "missing":
                score += 0.5
            elif kind == "time" or (kind == "number" and not (delimiter == BLANKS and cell.endswith(","))):
                zero = kind == "number" and _LEADING_ZERO.fullmatch(cell) is not None
                zeros += zero
                # 1 234 is more often two cells than one number with a thousands separator.
                score += 0.9 if zero or (kind == "number" and " " in cell) else 1.0
        values[len(cells)] += score / max(1, len(cells))
    width = max(values, key=lambda each: values[each], default=0)
    return _Score(values.get(width, 0.0) / max(1, len(texts)), width, zeros)


def choose_delimiter(texts: Sequence[str], decimal: str | None = None) -> str:
    r"""Return the delimiter that gives lines of one width with the most values in them.

    Args:
        texts: The lines, without comments.
        decimal: The decimal mark, if the user gives it.

    Raises:
        InputError: The commas may be delimiters or decimal marks.

    Example:
        >>> choose_delimiter(["t, s", "0,05\t1,5", "0,10\t2,5"]), choose_delimiter(["1,5 3,2", "2,5 5,1"])
        ('\t', ' ')
    """
    if len(texts) > 3 * _SAMPLE:
        middle = len(texts) // 2
        texts = [*texts[:_SAMPLE], *texts[middle : middle + _SAMPLE], *texts[-_SAMPLE:]]
    scores = {mark: _score(texts, mark) for mark in DELIMITERS if mark == BLANKS or any(mark in text for text in texts)}
    if "\t" in scores and scores["\t"].share >= scores[BLANKS].share / 2 and scores["\t"].width > 1:
        del scores[BLANKS]
        if "," in scores and scores["\t"].share >= 0.7 * scores[","].share:
            del scores[","]  # they are decimal commas; an empty column may lower the share of tabs
    elif "," in scores and scores[BLANKS].width == 1:
        if decimal == ",":
            del scores[","]
        elif decimal == "." or not scores[","].zeros:  # 1,05 is not a pair of numbers; 1,5 may be one
            _check_one_column(texts, scores[","], decimal)
            del scores[BLANKS]
    half = scores[BLANKS].share / 2 if BLANKS in scores else math.inf
    if any(mark in scores and scores[mark].share >= half and _splits_most(texts, mark) for mark in ";,"):
        del scores[BLANKS]
    best = max(scores, key=lambda mark: (round(scores[mark].share, 3), scores[mark].width > 1))
    pairs = [text for text in texts if "," in text and kind_of(text.partition(",")[0]) != "word"]
    if best == "," and decimal is None and pairs and all(map(_DECIMAL_PAIRS.fullmatch, pairs)):
        raise InputError(
            f"{pairs[0].strip()!r} may hold decimal commas, with commas and blanks between cells; write semicolons "
            "between them, or --decimal . if every comma separates two cells"
        )
    return best


def _splits_most(texts: Sequence[str], delimiter: str) -> bool:
    """Return whether a delimiter divides most lines into one number of cells, so that blanks are within cells.

    In each of these lines it must be outside of numbers and times, since a comma may be a decimal mark.
    """
    widths = [len(split_cells(text, delimiter)) for text in texts]
    width, count = Counter(widths).most_common(1)[0]
    return (
        width > 1
        and count >= 0.75 * len(texts)
        and all(_has_blanks_within(text, delimiter) for text, each in zip(texts, widths, strict=True) if each == width)
    )


def _has_blanks_within(text: str, delimiter: str) -> bool:
    """Return whether the blanks of a line seem to be within the cells that a delimiter separates.

    Example:
        >>> _has_blanks_within("1. 3. 2024;0,5", ";"), _has_blanks_within("0,5 19,8 Haus,Hof", ",")
        (True, False)
        >>> _has_blanks_within("10:00 20.05 C, 50 %", ",")
        False
    """
    cells = split_cells(text, BLANKS)
    kinds = [kind_of(cell) for cell in cells if delimiter in cell]
    if "word" not in kinds or "number" in kinds:
        return False
    has_values = kind_of(cells[0]) in ("number", "time") and "number" in map(kind_of, cells[1:])
    return not has_values or kind_of(split_cells(text, delimiter)[0]) != "word"


def _check_one_column(texts: Sequence[str], comma: _Score, decimal: str | None) -> None:
    """Check that pairs of whole numbers, such as 1,5, are not below a header of one cell.

    Raises:
        InputError: The pairs may be numbers with decimal commas.
    """
    values = [text for text in texts if parse_number(clean(text)) is not None]
    names = [text for text in texts if "," not in text and kind_of(text) == "word" and text.strip('" ')]
    if decimal is None and names and comma.width == 2 and len(values) + len(names) == len(texts):
        raise InputError(
            f"{values[0].strip()!r} may be two columns or a number with a decimal comma; "
            "give --delimiter , or --decimal ,"
        )
