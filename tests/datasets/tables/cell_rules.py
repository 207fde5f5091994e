"""Files that show the rules of cells, dates, columns and missing values; see ``rules``."""

from collections.abc import Sequence
from itertools import permutations
from typing import Any

from .rules import POINTS, TEXT, Case
from .writing import edited, parquet, xlsx

__all__ = ["RULES"]

_GAPS = "column 1 may be x, or an index with gaps; give --x 1 or --x t"
_T = {"x_unit": "s", "x_origin": "2024-03-01T09:00:00"}
_SPELLINGS = [
    *(("°", "deg", "degrees", "Grad"), ("dBm", "dB"), ("dBV", "dB"), ("°C", "C", "Celsius", "deg C", "K", "Kelvin")),
    *(("°F", "F"), ("s", "sec", "seconds"), ("min", "minutes"), ("h", "hr", "hours"), ("d", "day", "days")),
    *(("yr", "a", "years"), ("V", "Volt"), ("A", "Amp"), ("m/s²", "m/s^2", "m/s2", "m s⁻²"), ("cm²", "cm^2", "cm2")),
    *(("cm³", "mL"), ("m/s", "m s^-1", "m·s⁻¹"), ("\u00b5g/L", "\u03bcg/L", "ug/L", "ug/l"), ("mol/L", "mol/l", "M")),
    *(("L/min", "l/min"), ("kg/m^3", "kg/m³"), ("N/mm²", "MPa"), ("hPa", "mbar"), ("counts", "count")),
    *(("px", "pixel"), ("lux", "lx"), ("km/h", "kph"), ("Hz", "1/s", "s^-1"), ("kΩ", "kOhm"), ("J/kg K", "J/(kg K)")),
]
_WITH_ERRORS = "t,{},s,{}\n1,0.1,2,0.2\n2,0.1,4,0.2\n3,0.1,6.5,0.2\n"


def _dates(text: str) -> bytes:
    """Return a spreadsheet with a date and a text in the first column."""
    content = xlsx({"Data": [["d", "v", "w"], [0.25, 1.5, 2], [text, 2, 3.5]]})
    return edited(content, ('<c r="A2"><v>0.25</v>', '<c r="A2" t="d"><v>2024-03-01</v>'))


def _dated(above: Sequence[float | str] = (), below: Sequence[float | str] = ()) -> bytes:
    """Return a spreadsheet with three dates, and with cells above and below the table."""
    rows = [*([above] if above else []), ["d", "v"], [0.25, 20], [0.5, 20.7], [0.75, 21.4], *([below] if below else [])]
    content = xlsx({"Data": rows})
    for cell, day in enumerate(("2024-01-01", "2024-01-08", "2024-01-15"), start=3 if above else 2):
        old = f'<c r="A{cell}"><v>{(cell - (2 if above else 1)) / 4}</v>'
        content = edited(content, (old, f'<c r="A{cell}" t="d"><v>{day}</v>'))
    return content


def _errors(x: str, y: str) -> Case:
    want: dict[str, Any] = {"x": "t", "y": "s", "y_error": y, "other_columns": [x], "errors": [0.2, 0.2, 0.2]}
    return _WITH_ERRORS.format(x, y), want


RULES: dict[str, list[Case]] = {
    # Cells
    "tab, semicolon, vertical bar, comma, blanks between cells": [
        *((TEXT.replace(",", mark), POINTS) for mark in ("\t", ";", "|", ",", "  ", " \t ", ", ", " ; ")),
        (TEXT.replace(",", ":"), POINTS, {"delimiter": ":"}),
        ("t, s; a\n0,5 0,25;2\n", "only one row"),
        *((f"run 1\nt{mark}s\n" + f"0.5{mark}1.25 +0.3 -0.2\n" * 5, "s holds '1.25 +0.3 -0.2'") for mark in ",;"),
        *((f"{names}\n0,5 1,25\n1,5 2,75\n2,5 4,0\n", POINTS) for names in ("t, s", "t, s, v")),
        *((f"{names}0,5 1,25 a,b\n1,5 2,75 c,d\n2,5 4,0 a,c\n", POINTS) for names in ("t s note\n", "")),
        ("Zeit Temp Ort\n0,5 1,25 Haus,Hof\n1,5 2,75 Haus,Hof\n2,5 4,0 Haus,Hof\n", POINTS),
        (
            "2024-03-01 10:00:00 20.05 C, 50 %\n2024-03-01 10:00:10 20.15 C, 51 %\n2024-03-01 10:00:20 20.35 C, 51 %\n",
            [(0, 20.05), (10, 20.15), (20, 20.35)],
        ),
    ],
    "quotes": [
        ('"t\n(s)","s"\n0.5,"1.25"\n1.5,2.75\n', {"x": "t", "x_unit": "s", "first": [0.5, 1.25]}),
        ('"t, a";"s; b"\n"0.5";"1.25"\n1.5;2.75\n', {"x": "t, a", "y": "s; b", "first": [0.5, 1.25]}),
        ('"say ""t""",s\n0.5,1.25\n1.5,2.75\n', {"x": 'say "t"'}),
    ],
    "decimal point": [("1.234;2.345\n3.456;4.567\n", [(1.234, 2.345), (3.456, 4.567)])],
    "decimal comma, `0,5;1,5`": [
        ("t;s\n0,05 s;0,12 m\n0,13 s;0,86 m\n", {"first": [0.05, 0.12], "x_unit": "s"}),
        *((TEXT.replace(",", mark).replace(".", ","), POINTS) for mark in (";", "\t", " ", "|")),
        ("1.234,5;7\n2.345,5;8\n", [(1234.5, 7), (2345.5, 8)]),
        ('"0,5","1,25"\n"1,5","2,75"\n"2,5","4,0"\n', POINTS),
        ("t;s\n1,234;2\n2,345;3\n", [(1.234, 2), (2.345, 3)], {"decimal": ","}),
        ("0.5;1,5\n0.6;1,6\n", "has a decimal comma, but '0.5' elsewhere a decimal point; give --decimal"),
        ("1,05\n2,40\n3,35\n", [(1, 1.05), (2, 2.4), (3, 3.35)]),
    ],
    "`1,35` below one name": [
        (
            "volt\n1,35\n2,47\n",
            ": '1,35' may be two columns or a number with a decimal comma; give --delimiter , or --decimal ,",
        )
    ],
    "`1,5, 2,5` in every line": [
        ("1,5, 2,5\n2,5, 3,5\n", "'1,5, 2,5' may hold decimal commas, with commas and blanks between cells; write"),
        ("1,5, 2,5\n2,5, 3,5\n3,5, 5,5\n", [(1, 5), (2, 5), (3, 5)], {"decimal": "."}),
        ("a, b, c, d\n1, 5, 2, 5\n2, 5, 3, 6\n", [(1, 5), (2, 5)]),
        ("t, s\n1,5, 2\n2,5, 3\n", "'1,5, 2' may hold decimal commas"),
    ],
    "thousands: `1 234`, `1'234`, `1,234,567`, `1.234,5`": [
        ("1;1 234\n2;12 345 678\n", [(1, 1234), (2, 12345678)]),
        ("1;1'234\n2;12’345’678\n", [(1, 1234), (2, 12345678)]),
        ('1,"1,234"\n2,"1,234,567"\n', [(1, 1234), (2, 1234567)]),
        ("0.5;1,234\n1.5;2,345\n", [(0.5, 1234), (1.5, 2345)]),
        ("1;1.234,5\n2;2.345,0\n", [(1, 1234.5), (2, 2345)]),
    ],
    "`1,234` alone": [
        (
            "1;1,234\n2;2,345\n",
            ", line 1, column 2: '1,234' may be 1.234 or 1234; give --decimal , if the comma is a decimal mark",
        ),
        ("1;1,234\n2;2,345\n", [(1, 1234), (2, 2345)], {"decimal": "."}),
    ],
    "`1.234` alone": [
        ("1;1.234\n2;2.345\n", [(1, 1.234), (2, 2.345)]),
        ("500;1.234\n600;2.345\n", [(500, 1.234), (600, 2.345)]),
        ("500.5;1.234\n600;234\n", [(500.5, 1.234), (600, 234)]),
    ],
    "`1.234` above or below `500`": [
        (
            "t;s\n1;500\n2;1.234\n",
            ", line 3, column 2 (s): '1.234' may be 1.234 or 1234; give --decimal . if the point is a decimal mark, or "
            "--decimal , if it separates thousands",
        ),
        ("t;s\n1;500\n2;1.234\n", [(1, 500), (2, 1.234)], {"decimal": "."}),
        ("t;s\n1;500\n2;1.234\n", [(1, 500), (2, 1234)], {"decimal": ","}),
        *(
            (
                "t;s\n" + "".join(f"{n};{value}\n" for n, value in enumerate(values.split())),
                f"column 2 (s): '{unsure}' may",
            )
            for values, unsure in [
                ("500 1.000 1.500", "1.000"),
                ("950 1.020 1.100", "1.020"),
                ("1.100 1.250 980 1.400", "1.100"),
                ("8500 9500 10.500", "10.500"),
                ("5 10 100 1.000 10.000", "1.000"),
            ]
        ),
        *(
            (
                "t;s\n" + "".join(f"{n};{value}\n" for n, value in enumerate(values.split())),
                [(n, float(value)) for n, value in enumerate(values.split())],
            )
            for values in (
                "1000 999.703 998.207 995.652",
                "1.125 12.500 125.250 1500",
                "1.008 7 12.011 15.999 98 207 232.038",
                "-1.125 -500 -1500",
            )
        ),
    ],
    "exponents: `1e3`, `1E3`, `1D3`, `1.5 E-04`, `2.0×10³`, `2*10^3`, `10⁻⁶`, `2.*^3`": [
        ("1e3,1E-3\n1d3,-1D+3\n", [(1000, 0.001), (1000, -1000)]),
        ("1,2.0×10³\n2,2.5x10^3\n3,3*10^{-3}\n4,4.*^6\n", [(1, 2000), (2, 2500), (3, 0.003), (4, 4e6)]),
        ("x,10^3 y\n1,-10^3\n2,10^{4}\n", {"y": "10^3 y", "first": [1, -1000], "last": [2, 1e4]}),
        ("1.5 E-04,10⁻⁶\n2.5 E04,10^3\n", [(1.5e-4, 1e-6), (2.5e4, 1000)]),
        ("1.5 E-04  10⁻⁶\n2.5 E+04  10³\n", [(1.5e-4, 1e-6), (2.5e4, 1000)]),
        ("1 E5 2\n3 E6 4\n", [(1, 2), (3, 4)]),
        ("t,s\n1,2.0 \\pm 0.5\n2,2.5 \\pm 0.5\n", {"errors": [0.5, 0.5], "y_error": "s ±"}),
    ],
    "`$1,200.50`, `CHF 1'200.50`, `1.200,50 €`": [
        ('t,s\n1,"$1,200.50"\n2,"$1,300.00"\n', {"y_unit": "$", "last": [2, 1300]}),
        ("t;s\n1;CHF 1'200.50\n2;CHF 1'300.00\n", {"y_unit": "CHF", "last": [2, 1300]}),
        ("t;s\n1;1.200,50 €\n2;1.300,00 €\n", {"y_unit": "€", "last": [2, 1300]}),
        *(
            (f"{names}\n{first}\n{second}\n", {"x": "t", "y": "s"})
            for names, first, second in [
                ("t,gene,s", "0,GBP1,2.0", "1,GBP2,3.1"),
                ("gene,t,s", "GBP1,0,2.0", "GBP2,1,3.1"),
            ]
        ),
    ],
    "`1/3`, `(200.5)`, `2.2k`, `1 min 30 s`, `PT90S`, `28 Feb`, `2024-W09` in every cell of a column": [
        *(
            (f"t,s\n{first},2\n{second},3\n", f": t holds '{first}', which cannot be read as a number; ")
            for first, second in [
                ("1/2", "1/3"),
                ("(200.5)", "(300.5)"),
                ("2024-W09", "2024-W10"),
                ("2023 Q1", "2023 Q2"),
                ("1k", "2.2k"),
                ("(3)", "(4)"),
                ("CHF 1200.—", "CHF 1300.—"),
                ("28 Feb", "1 Mar"),
                ("2024-03-01 09:00 CET", "2024-03-01 09:10 CET"),
                ("Day 1", "Day 7"),
                ("~5", "~10"),
                ("Feb 2024", "Mar 2024"),
                ("0 min 30 s", "1 min 30 s"),
                ("PT0M30S", "PT1M30S"),
            ]
        ),
        ("t,s\n1/2,2\n1/3,3\n", [(1, 2), (2, 3)], {"y": "s"}),
        ("t,s,v\n1/2,2,3\n1/3,3,4\n", [(2, 3), (3, 4)]),
    ],
    "Unicode: `−4`, no-break blanks": [("−4,\u00a05\n3,1\u202f000\n", [(-4, 5), (3, 1000)])],
    "`1.0 ± 0.1`, `1.0 +/- 0.1`, `1.234(5)`": [
        (
            "t,s\n1.0 ± 0.1,2.0 ± 0.2\n2,4 +/- 0.3\n3,4+-0.3\n",
            {"y_error": "s ±", "errors": [0.2, 0.3, 0.3], "other_columns": ["t ±"]},
        ),
        ("t s\n1.0 ± 0.1 2.0 ± 0.2\n2.0 ± 0.1 4.0 ± 0.3\n", {"y_error": "s ±", "errors": [0.2, 0.3]}),
        (
            "t,s\n1,1.234(5)\n2,12.3(12)\n3,120(5)\n4,1.5(1)e3\n",
            {"y_error": "s ±", "errors": [0.005, 1.2, 5, 100], "last": [4, 1500]},
        ),
        ("t;s\n1,5;1,234(5)\n2,5;2,345(6)\n", {"y_error": "s ±", "errors": [0.005, 0.006], "first": [1.5, 1.234]}),
        ("1,2.0 ± 0.2\n2,4.0 ± 0.3\n", {"y_error": "±", "y": None}),
        (
            "t,s\n1,2.5 ± 5%\n2,4.0 ± 5 %\n",
            ", line 2, column 2: '2.5 ± 5%' may be in percent, or only its error; write",
        ),
        ("t,s\n1,(2.5 ± 0.5) %\n2,4.0(5) %\n", {"y_unit": "%", "errors": [0.5, 0.5]}),
        ("t,s\n1,2.5 ± 5%\n2,4.0 ± 5%\n", {"errors": [0.125, 0.2]}, {"y_error": "5%"}),
    ],
    "subnormal numbers, whole numbers above 2⁵³": [("5e-324,9007199254740993\n1.5,2\n", [(5e-324, 2.0**53), (1.5, 2)])],
    "underscores, `1_000`": [("1;2\n1_000;3\n", ", line 2, column 1: '1_000' is not a number")],
    # Dates and times
    "`2024-03-01T09:00:00.5+01:00`, `2024/03/01 09:00`, `01.03.2024`, `1. 3. 2024`, `2024. 03. 01.`, `1 Mar 2024`": [
        ("t,s\n2024-03-01 09:00:00,1\n2024-03-01 09:00:01.5,2\n", _T | {"last": [1.5, 2]}),
        ("t,s\n2024/03/01 09:00,1\n2024/03/01 09:01,2\n", _T | {"last": [60, 2]}),
        (
            "t,s\n2024-03-01T09:00:00+01:00,1\n2024-03-01T08:30:00Z,2\n",
            {"x_origin": "2024-03-01T09:00:00+01:00", "last": [1800, 2]},
        ),
        ("t;s\n02.03.2024 09:00;1\n01.03.2024 09:00;2\n", _T | {"first": [86400, 1]}),
        ("t;s\n1. 3. 2024 09:00;0,5\n01. 03. 2024 09:01;1,5\n", _T | {"last": [60, 1.5]}),
        *(
            (f"t s\n{first} 1\n{second} 2\n", {"x_origin": "2024-02-29", "last": [1, 2]})
            for first, second in [
                ("29. 2. 2024", "01. 03. 2024"),
                ("2024. 02. 29.", "2024. 03. 01."),
                ("29 Feb 2024", "1 Mar 2024"),
            ]
        ),
        ("x y e\n1900. 41. 1.\n2000. 12. 1.\n2050. 9. 1.\n", [(1900, 41), (2000, 12), (2050, 9)]),
        ("# year n\n1990. 1. 10.\n1991. 2. 12.\n", [(1990, 1), (1991, 2)]),
        ("1990. 1. 10. 5.\n1991. 2. 12. 6.\n1992. 3. 9. 7.\n", [(1990, 1), (1991, 2), (1992, 3)]),
        ("t;s\n2024. 02. 29.;0,5\n2024. 03. 01.;1,5\n", {"x_origin": "2024-02-29", "last": [1, 1.5]}),
        ("t,s\n1 Mar 2024 09:00,1\n01-Mar-2024 09:00:10,2\n", _T | {"last": [10, 2]}),
        (
            "t,s\n2024-03-01 09:00:00,1\n2024-03-01 09:00:01,2\n",
            {"x_origin": "2024-03-01T00:00:00", "first": [32400, 1]},
            {"x_origin": "2024-03-01T00:00:00"},
        ),
        ("1,2\n3,4\n", "--x-origin is for dates and times, but x holds numbers", {"x_origin": "2024-03-01"}),
        ("t,s\n2024-02-01,1\n2024-02-30,2\n", ", line 3, column 1 (t): '2024-02-30' is not a date or time"),
    ],
    "dates alone, `2024-03` too": [
        ("t,s\n2024-02,1\n2024-03,2\n", {"x_unit": "d", "x_origin": "2024-02-01", "last": [29, 2]}),
        ("t,s\n2024-02-28,1\n2024-03-01,2\n", {"x_unit": "d", "x_origin": "2024-02-28", "last": [2, 2]}),
    ],
    "times of day, `09:00:00`, `9:30 PM`": [
        ("t,s\n09:00:00,1\n09:01:00.5,2\n", {"x_unit": "s", "x_origin": "09:00:00", "last": [60.5, 2]}),
        ("t,s\n23:59,1\n00:01,2\n", {"x_origin": "23:59:00", "last": [120, 2]}),
        ("t,s\n11:59 AM,1\n12:01 PM,2\n", {"x_origin": "11:59:00", "last": [120, 2], "remarks": []}),
        ("t,s\n0:00,1\n0:30,2\n", {"last": [1800, 2], "remarks": ["times of two numbers are hours:minutes"]}),
    ],
    "`1:30` below `time (mm:ss)` or `Zeit [min:s]`": [
        *(
            (
                f"{t},s\n0:30,1\n59:30,2\n1:00:00,3\n",
                {"first": [0, 1], "last": [3570, 3], "x_origin": "00:00:30", "remarks": []},
            )
            for t in ("time (mm:ss)", "Zeit [min:s]", "t (M:SS)")
        ),
        ("time (hh:mm:ss),s\n0:30,1\n1:30,2\n", {"last": [3600, 2]}),
    ],
    "a column of dates beside one of times of day": [
        ("Date,Time,s\n2024-03-01,09:00,1\n2024-03-02,09:01,2\n", {"x": "Date Time", "last": [86460, 2]}),
        ("2024-03-01 09:00 1\n2024-03-02 09:01 2\n", [(0, 1), (86460, 2)]),
    ],
    "`03/04/2024`": [
        (
            "t,s\n03/04/2024,1\n03/05/2024,2\n",
            "'03/04/2024' may begin with the day or the month; give --date-format dmy or --date-format mdy",
        ),
        ("t,s\n03/04/2024,1\n03/05/2024,2\n", {"x_origin": "2024-04-03", "last": [30, 2]}, {"date_format": "dmy"}),
        ("t,s\n03/04/2024,1\n03/05/2024,2\n", {"x_origin": "2024-03-04", "last": [1, 2]}, {"date_format": "mdy"}),
        ("t,s\n03/04/2024,1\n13/04/2024,2\n", {"x_origin": "2024-04-03", "last": [10, 2]}),
        (
            "t,s\n03/04/2024,1\n",
            "'03/04/2024' does not begin with a year of two digits",
            {"date_format": "ymd", "y": "s"},
        ),
    ],
    "`24/03/01`, `24.03.01`": [
        *(
            (
                f"t;s\n24{mark}03{mark}01;1\n24{mark}03{mark}05;2\n",
                f"'24{mark}03{mark}01' may begin with the year or the day; give --date-format ymd or --date-format dmy",
            )
            for mark in "/.-"
        ),
        *(
            (
                f"t;s\n24{mark}03{mark}01;1\n24{mark}03{mark}05;2\n",
                {"last": [last, 2], "x_origin": day},
                {"date_format": order},
            )
            for mark in "/."
            for order, last, day in [("ymd", 4, "2024-03-01"), ("dmy", 1461, "2001-03-24")]
        ),
        ("t;s\n01.03.24;1\n02.03.24;2\n03.03.24;3\n", {"x_origin": "2024-03-01", "last": [2, 3]}),
        *(
            (f"t;s\n{day}19;1,5\n{day}20;2\n{day}21;3\n", {"x_origin": origin, "last": [731, 3]})
            for day, origin in [
                ("31.12.", "2019-12-31"),
                ("31/12/", "2019-12-31"),
                ("01.01.", "2019-01-01"),
                ("30.06.", "2019-06-30"),
            ]
        ),
        ("t;s\n31.12.19;10,5\n31.12.20;11,2\n", {"x_origin": "2019-12-31", "last": [366, 11.2]}),
        ("t;s\n31/12/08;10,5\n31/12/09;11,2\n", {"x_origin": "2008-12-31", "last": [365, 11.2]}),
        ("t;s\n01.11.23;1\n01.12.23;2\n01.01.24;3\n01.02.24;4\n", {"x_origin": "2023-11-01", "last": [92, 4]}),
        ("t,s\n03/15/24,1\n03/16/24,2\n", {"x_origin": "2024-03-15", "last": [1, 2]}),
    ],
    "`13/04/2024` as text below dates, in a spreadsheet": [
        (
            _dates("13/03/2024"),
            ", row 3, column 1 (d): '13/03/2024' is text, other cells are dates, whose day and month",
        ),
        (_dates("13/03/2024"), {"x": "v", "y": "w"}, {"x": "v", "y": "w"}),
        (_dated(), {"points": 3, "last": [14, 21.4]}),
        (_dated(above=["12.03.2024 Labor 3"]), {"points": 3, "last": [14, 21.4]}),
        (_dated(above=["12/03/2024"]), {"points": 3, "last": [14, 21.4]}),
        (_dated(below=["12.03.2024 Sensor getauscht"]), {"points": 3, "last": [14, 21.4]}),
        (
            _dated(below=["13/03/2024 00:10", 22]),
            "row 5, column 1 (d): '13/03/2024 00:10' is text, other cells are dates",
        ),
        (_dates("2024-03-13"), {"x_origin": "2024-03-01", "last": [12, 2]}),
    ],
    "`year` and `month` in two columns, `20240301` below `date`": [
        (
            "year,month,s\n2023,11,1\n2023,12,2\n2024,1,3\n",
            ": year and month are parts of a date; write dates as in 2024-03",
        ),
        ("year,month,t,s\n2023,11,1,5\n2023,12,2,6\n", {"x": "t", "y": "s"}, {"x": "t", "y": "s"}),
        (
            "date,s\n20240229,1\n20240301,2\n",
            ": date holds '20240229', a date or a number; write dates as in 2024-03-01",
        ),
        ("MESS_DATUM;s\n2024030100;1\n2024030101;2\n", ": MESS_DATUM holds '2024030100', a date or a number"),
        ("date,s\n20240229,1\n20240301,2\n", [(20240229, 1), (20240301, 2)], {"x": "date"}),
        ("time,s\n20240229,1\n20249999,2\n", [(20240229, 1), (20249999, 2)]),
        ("year,s\n2023,1\n2024,2\n", {"x": "year"}),
        ("year,temp,mm\n1990,9.1,812\n1991,9.3,790\n1992,9.2,851\n", {"x": "year", "y": "temp"}),
        ("year,mm\n1990,812\n1991,790\n1992,851\n", {"x": "year", "y": "mm"}),
        ("year,month\n1,1\n2,4\n3,9\n", {"x": "year", "y": "month"}),
        ("year,month\n2001,1.5\n2002,4.5\n2003,9.5\n", {"x": "year", "y": "month"}),
        (
            parquet({"year": [2023, 2023, 2024], "month": [11, 12, 1], "s": [1.5, 2, 3]}),
            ": year and month are parts of a date",
        ),
        (parquet({"year": [2023, 2024], "mm": [812, 790]}), {"x": "year", "y": "mm"}),
    ],
    "a date beside elapsed time in numbers": [
        (
            "When,Time (s),s\n2024-03-01 09:00,0.5,1\n2024-03-01 09:01,60,2\n",
            {"x": "Time", "y": "s", "other_columns": ["When"]},
        ),
        ("When,T (s),s\n2024-03-01 09:00,0.5,1\n2024-03-01 09:01,60,2\n", {"x": "T", "y": "s"}),
        ("date,T,status\n" + "".join(f"2024-01-0{n},5,{n % 2}\n" for n in range(1, 5)), {"x": "date", "y": "T"}),
    ],
    # Columns
    "`--x`, `--y`": [
        ("a,b,c\n1,2,3\n4,5,6\n", [(3, 2), (6, 5)], {"x": "C", "y": "2"}),
        ("a,b,c\n1,2,3\n4,5,6\n", [(1, 3), (4, 6)], {"y": "c"}),
        ("2,3,1\n1,2,3\n4,5,6\n", [(2, 3), (5, 6)], {"x": "#2", "y": "#3", "header": "yes"}),
        ("a (m),b\n1,2\n4,5\n", [(2, 1), (5, 4)], {"x": "b", "y": "a (m)"}),
        ("a,b\n1,2\n4,5\n", ": --x 'c' is not a column: there are 1 to 2 (a, b)", {"x": "c"}),
        ("a,b\n1,2\n4,5\n", ": --y '1' is the column of --x already", {"x": "a", "y": "1"}),
        ("a,b\n1,p\n4,q\n", ", line 2, column 2 (b): 'p' is not a number", {"y": "b"}),
    ],
    "columns called x and y": [
        ("Y,k,X\n1,2,3\n4,5,6\n", [(3, 1), (6, 4)]),
        ("a,y,b\n1,2,3\n4,5,6\n", {"x": "a", "y": "y"}),
    ],
    "other names, or none": [
        ("a,b,c\n1,2,3\n4,5,6\n", [(1, 2), (4, 5)]),
        ("v,when\n1,09:00\n2,09:01\n", {"x": "when", "y": "v"}),
    ],
    "columns of words": [
        ("who,t,s,note\nA,1,2,ok\nB,3,4,5\n", {"x": "t", "y": "s", "other_columns": ["who", "note"]}),
        *((f"n,who\n1.5,{who}1\n2.5,{who}2\n", {"y": "n"}) for who in ("P", "Mark ", "Run ")),
        ("n,body\n1.5,1 Ceres\n2.5,2 Pallas\n", {"y": "n"}),
    ],
    "an index: no name, `Unnamed: 0`, `index`, `no`, `id` and the like, with 1, 2, 3, ...": [
        *(
            (f"{name},t,s\n0,5,6\n1,7,8\n", {"x": "t", "y": "s", "other_columns": [name]})
            for name in ("", "Unnamed: 0", "Index", "No.", "id")
        ),
        (",s\n0,6\n1,8\n", {"x": None, "y": "s", "other_columns": [], "last": [1, 8]}),
    ],
    "an index named `reading`, `measurement`, `Messung`, `№`, `entry_id` and the like": [
        *(
            (f"{name},t,s\n1,5,6\n2,7,8\n3,9,9\n", {"x": "t", "y": "s", "other_columns": [name]})
            for name in (
                "Reading",
                "Messung",
                "\u2116",
                "Punkt",
                "Mess-Nr.",
                "measurement",
                "RecNo",
                "Entry",
            )
        ),
        ("reading,t,s\n5,5,6\n9,7,8\n", {"x": "reading", "y": "t"}),
        ("Reading,V\n1,5\n2,7\n", {"x": "Reading", "y": "V"}),
    ],
    "`n`, `i`, `j`, `k`, `step`, `cycle`, `trial`, `scan` with 1, 2, 3, ... in the first column": [
        *(
            (f"{name},t,s\n1,5,6\n2,7,8\n", f": {name} may be x, or an index; give --x 1 or --x t")
            for name in ("n", "i", "step", "trial", "scan")
        ),
        ("n;t;s\n1;9,5;6\n2;10,5;8\n", ": n may be x, or an index; give --x 1 or --x t"),
        ("n,when,s\n1,2024-03-01,6\n2,2024-03-02,8\n", ": n may be x, or an index; give --x 1 or --x when"),
        (parquet({"n": [1, 2, 3], "t": [0.5, 1, 2], "s": [1.5, 2, 3]}), ": n may be x, or an index; give --x 1"),
        (parquet({"n": [1, 2, 3], "t": [0.5, 1, 0.7], "s": [1.5, 2, 3]}), {"x": "n", "y": "t"}),
        ("n,t,s\n1,5,6\n2,7,8\n", {"x": "n", "y": "t"}, {"x": "1"}),
        ("n,t,s\n1,5,6\n2,7,8\n", {"x": "t", "y": "s"}, {"x": "t"}),
        *(
            (f"{names}\n1,2.31,0.11\n2,1.98,0.31\n3,2.02,0.29\n", {"x": x, "y": y})
            for names, x, y in [
                ("step,loss,accuracy", "step", "loss"),
                ("cycle,capacity (mAh),efficiency (%)", "cycle", "capacity"),
                ("k,inertia,silhouette", "k", "inertia"),
                ("trial,RT,accuracy", "trial", "RT"),
                ("Scan,RT,accuracy", "Scan", "RT"),
            ]
        ),
        ("n,lambda (nm),E (eV)\n3,656,1.89\n4,486,2.55\n5,434,2.86\n", {"x": "n", "y": "lambda"}),
        ("I,U,P\n1,2.1,2.1\n2,4.2,8.4\n3,6.1,18.3\n", {"x": "I", "y": "U"}),
        ("when,n,s\n2024-03-01,1,6\n2024-03-02,2,8\n", {"x": "when", "y": "s", "other_columns": ["n"]}),
        ("when,n\n2024-03-01,1\n2024-03-02,2\n", {"x": "when", "y": "n"}),
        ("date,leaves,height (cm)\n2024-04-01,1,2.1\n2024-04-05,2,3.0\n", {"x": "date", "y": "leaves"}),
        ("n,T,dT\n1,5,0.1\n2,7,0.1\n", {"x": "n", "y": "T", "y_error": "dT"}),
        ("n,t,s\n2,5,6\n4,7,8\n", {"x": "n", "y": "t"}),
    ],
    "whole numbers below `site`, `station`, `sensor_id`, `serial no` in the first column": [
        *(
            (
                f"{name},t,s\n" + "".join(f"44,{n}.5,{n * n}\n" for n in range(4)),
                {"x": "t", "y": "s", "other_columns": [name]},
            )
            for name in ("site", "Station", "patient_id", "STATIONS_ID", "sensor no", "serial no")
        ),
        ("no,site,t,s\n" + "".join(f"{n},44,{n}.5,{n * n}\n" for n in range(4)), {"x": "t", "y": "s"}),
        ("site,t,s\n" + "".join(f"44,{n}.5,{n * n}\n" for n in range(4)), {"x": "t", "y": "s"}, {"x": "t"}),
        ("site,t,s\n" + "".join(f"44,{n}.5,{n * n}\n" for n in range(4)), {"x": "site", "y": "t"}, {"x": "site"}),
        ("site,t,s\n44,0.5,1\n45,1.5,3\n44,2.5,4\n", {"x": "t", "y": "s"}),
        ("probe,t,s\n" + "".join(f"0.5,{n}.5,{n * n}\n" for n in range(4)), {"x": "probe", "y": "t"}),
        ("site,s\n" + "".join(f"44,{n * n}\n" for n in range(4)), {"x": "site", "y": "s"}),
        *(
            (f"{names}\n" + "".join(f"{row}\n" for row in rows.split()), {"x": x, "y": y})
            for names, rows, x, y in [
                ("t,T,RH", "0,21.5,40 1,21.5,41 2,21.5,43 3,21.5,44", "t", "T"),
                ("no,m,g", "1,0.5,9.81 2,1.0,9.81 3,1.5,9.81 4,2.0,9.81", "m", "g"),
                ("m,F,t", "1,9.81,3.1 1,9.85,3.4 1,9.79,3.3 1,9.84,3.2", "m", "F"),
                ("dose,survival,n", "1,100,48 2,100,50 4,100,47 8,100,51", "dose", "survival"),
            ]
        ),
        ("t,s,v\n" + "".join(f"{n},5,{n * n}\n" for n in range(4)), {"x": "t", "y": "s"}, {"y": "s"}),
        ("x,y,v\n" + "".join(f"{n},5,{n * n}\n" for n in range(4)), {"x": "x", "y": "y"}),
        ("t,s\n" + "".join(f"{n},5\n" for n in range(4)), {"x": "t", "y": "s"}),
    ],
    "an index with gaps": [
        (",t,s\n0,5,6\n2,7,8\n", _GAPS),
        (",t,s\n0,5,6\n2,7,8\n", {"x": "t", "y": "s"}, {"x": "t"}),
        (",t,s\n0.5,5,6\n0.7,7,8\n", {"x": None, "y": "t"}),
    ],
    "one column of numbers": [
        ("1.5\n2.5\n4\n", [(1, 1.5), (2, 2.5), (3, 4)]),
        ("who,s\nA,5\nB,\nC,7\n", [(1, 5), (3, 7)]),
    ],
    "`Start` and `Increment`, or `t0 = -1s` and `tInc = 0.5s`, above a table without x": [
        ("X,V,Start,Increment,\nSequence,Volt,-1,0.5\n0,1,\n1,,\n2,4,\n", {"y": "V", "y_unit": "Volt", "last": [0, 4]}),
        ("V,W,Start,Increment,\nVolt,Volt,-1,0.5\n3,1,\n4,2,\n4.5,4,\n", [(-1, 3), (-0.5, 4), (0, 4.5)]),
        ("U(V),t0 = -1s, tInc = 0.5s,\n3.5,,\n4.5,,\n", {"x_unit": "s", "y_unit": "V", "last": [-0.5, 4.5]}),
        ("X0;-1,0\nDelta_X;0,5\n\nU;\n3,5;\n4,5;\n5,5;\n6,25;\n", {"y": "U", "last": [0.5, 6.25]}),
        ("X0,5\nDelta_X,0.5\nt,s\n1,2\n3,4\n", [(1, 2), (3, 4)]),
        ("X,V,Start,Increment\nSequence,Volt,-1,0.5\n0,1\n1,2\n", [(0, 1), (1, 2)], {"x": "1"}),
        ("Start,Increment\n1,2\n3,4\n", {"x": "Start", "y": "Increment", "first": [1, 2]}),
    ],
    "two columns with the requested name": [
        ("t,s,t\n1,2,3\n4,5,6\n", "columns 1 and 3 have this name; give the number, as in --x 1", {"x": "t"}),
        ("t,s,t\n1,2,3\n4,5,6\n", [(3, 2), (6, 5)], {"x": "3"}),
    ],
    "columns of errors: `y_err`, `yerr`, `dy`, `sigma_y`, `σ_y`, `u(y)`, `±`, `std`, `uncertainty`": [
        *(
            _errors(x, y)
            for x, y in [("t_err", "s_err"), ("terr", "serr"), ("dt", "ds"), ("sigma_t", "sigma_s"), ("u(t)", "u(s)")]
        ),
        *(
            _errors(x, y)
            for x, y in [("σ_t", "σ_s"), ("±", "±"), ("t std", "s std"), ("Δt", "Δs"), ("error", "uncertainty")]
        ),
        _errors("x_err", "y_err"),
        *(
            _errors(name.format("t"), name.format("s"))
            for name in ("std({})", "standard error of {}", "err{}", "{} +/-", "{} stderr", "erreur {}")
        ),
        *(_errors("t sd", name) for name in ("s.e.", "Std. Dev.", "standard deviation", "u_s")),
        ("Spannung U,Fehler U,Strom I,Fehler I\n1,2,3,4\n2,2,4,4\n", {"y": "Strom I", "y_error": "Fehler I"}),
        ("t,std conc,Fe conc\n1,2,3\n2,3,4\n", {"y": "std conc", "y_error": None}),
        ("err,t,s\n1,2,3\n2,3,4\n", {"x": "err", "y": "t", "y_error": None}),
        ("when,err,s\n2024-03-01,2,3\n2024-03-02,3,4\n", {"x": "when", "y": "s", "y_error": None}),
        *(
            (f"{names}\n0,0.01,0.02\n5,0.21,0.20\n10,0.40,0.41\n20,0.81,0.79\n", {"x": "Std", "y": y, "y_error": None})
            for names, y in [("Std (mg/L),Abs 1,Abs 2", "Abs 1"), ("Std,Abs,Temp", "Abs")]
        ),
        ("no,Std,Abs 1,Abs 2\n1,0,0.1,0.2\n2,5,0.2,0.3\n", {"x": "Std", "y": "Abs 1", "y_error": None}),
        *(
            (f"{x},{y}\n1,0.4\n2,0.9\n3,1.1\n", {"x": x, "y": y, "y_error": None, "remarks": []})
            for x, y in [("dx", "dy"), ("\u0394x", "\u0394y"), ("ux", "uy"), ("dX", "dY")]
        ),
        ("dx,dy\n3.1,0.1\n6.0,0.2\n9.2,0.3\n12.1,0.4\n", {"x": "dx", "y": "dy", "y_error": None}),
        ("ux,uy\n1,40\n2,90\n3,110\n4,120\n", {"x": "ux", "y": "uy", "y_error": None}),
        ("t,dx,dy\n0,1,0.2\n1,2,0.3\n2,4,0.4\n", {"x": "t", "y": "dx", "y_error": None}),
        ("t,T,dT\n1,2,3\n2,4,3\n", {"y": "T", "y_error": "dT", "remarks": []}),
        ("t,T,dt\n1,2,3\n2,4,3\n", {"y": "T", "y_error": None, "remarks": ["errors of x are not used (dt)"]}),
        ("depth,Fe,Se\n1,2,3\n2,4,3\n", {"y": "Fe", "y_error": None}),
        ("x,y,y_err\n1,2,0.1\n2,3,-0.1\n", ", line 3, column 3 (y_err): '-0.1' is a negative standard deviation"),
        ("t,T,dT\n1,2,0.1\n2,3,-0.1\n", {"y": "T", "y_error": None}),
        ("y,dy\n1,2\n3,4\n", {"x": None, "y": "y", "y_error": "dy"}),
        *((f"{x},{y}\n1,2\n3,4\n", {"x": x, "y": y, "y_error": None}) for x, y in [("x", "dx"), ("t", "dT")]),
        ("T,sigma\n1,2\n3,4\n", {"x": "T", "y": "sigma", "y_error": None}),
        ("dose,response\n1,2\n3,4\n", {"x": "dose", "y": "response", "y_error": None}),
    ],
    "`s (m)` and `s_err (mm)`, `s_err (%)`": [
        *(
            (f"t,s ({unit}),s_err ({other})\n1,-2,1\n2,4,3\n", {"y_unit": unit, "errors": errors, "remarks": [remark]})
            for unit, other, errors, remark in [
                ("m", "mm", [0.001, 0.003], "s_err is in mm, converted to m"),
                ("mV", "V", [1000, 3000], "s_err is in V, converted to mV"),
                ("m", "%", [0.02, 0.12], "s_err is in percent of s"),
                ("mm²", "m^2", [1e6, 3e6], "s_err is in m^2, converted to mm²"),
                ("mL", "L", [1000, 3000], "s_err is in L, converted to mL"),
                ("C", "mC", [0.001, 0.003], "s_err is in mC, converted to C"),
                ("kPa", "mbar", [0.1, 0.3], "s_err is in mbar, converted to kPa"),
                ("s", "min", [60, 180], "s_err is in min, converted to s"),
                ("h", "minutes", [1 / 60, 0.05], "s_err is in minutes, converted to h"),
                ("m/s", "cm/s", [0.01, 0.03], "s_err is in cm/s, converted to m/s"),
                ("m/s", "m/s^2", [1, 3], "s_err is in m/s^2, s in m/s: not converted"),
                ("a.u.", "counts", [1, 3], "s_err is in counts, s in a.u.: not converted"),
                ("V", "A", [1, 3], "s_err is in A, s in V: not converted"),
                ("%", "m", [1, 3], "s_err is in m, s in %: not converted"),
                ("fs^-99", "s^-99", [1, 3], "s_err is in s^-99, s in fs^-99: not converted"),
            ]
        ),
        *(
            (f"t,s ({unit}),s_err ({other})\n1,-2,1\n2,4,3\n", {"y_unit": unit, "errors": [1, 3], "remarks": []})
            for spellings in _SPELLINGS
            for unit, other in permutations(spellings, 2)
        ),
        ("t,s,s_err (%)\n1,-2,1\n2,4,3\n", {"errors": [0.02, 0.12]}),
        ("t,s (%),s_err (%)\n1,-2,1\n2,4,3\n", {"errors": [1, 3], "remarks": []}),
        ("t,T (°C),T_err (K)\n1,-2,1\n2,4,3\n", {"errors": [1, 3], "remarks": []}),
        ("t,s (m),s_err (1 sigma)\n1,2,1\n2,4,3\n", {"errors": [1, 3], "remarks": []}),
        ("t,s (m),std(s)\n1,2,1\n2,4,3\n", {"errors": [1, 3], "y_unit": "m"}),
        *(
            (
                f"t,s ({unit}),s_err ({other})\n1,2,1\n2,4,3\n",
                f": s_err is in {other}, s in {unit}; write both in one unit, or give --y-error NUMBER",
            )
            for unit, other in [
                ("m", "ft"),
                ("°C", "F"),
                ("kPa", "mmHg"),
                ("deg", "mrad"),
                ("d", "years"),
                ("kg", "lb"),
            ]
        ),
        ("t,s (m),s_err (ft)\n1,2,1\n2,4,3\n", {"errors": [0.5, 0.5]}, {"y_error": "0.5"}),
        ("t,s,rel_err\n1,2,1\n2,4,3\n", ": rel_err may be relative to s; give --y-error NUMBER%, or --y-error '#3' if"),
        ("t,s,rel_err\n1,2,1\n2,4,3\n", {"errors": [1, 3]}, {"y_error": "#3"}),
    ],
    "`error`, `se`, `sigma` or `delta` larger than y": [
        *(
            (
                f"t,strain,{name}\n" + "".join(f"{n},0.00{n},{n * 50}\n" for n in range(1, 6)),
                f": {name} may be the errors of strain or another quantity: it is larger than strain; give ",
            )
            for name in ("sigma", "\u03c3", "SE", "s.e.", "error", "delta")
        ),
        *(
            (f"{names}\n1,0.2,1.9\n2,0.4,2.1\n3,-0.3,1.8\n6,0.7,2.2\n", {"y": y, "errors": [1.9, 2.1, 1.8, 2.2]})
            for names, y in [
                ("t,y,dy", "y"),
                ("month,change (kg),SD (kg)", "change"),
                ("n,O-C (min),Fehler (min)", "O-C"),
                ("t,change (kg),SE (kg)", "change"),
                ("t,change,std", "change"),
                ("t,change,\u00b1", "change"),
            ]
        ),
        ("t,s,error\n1,5,1\n2,5,1\n3,5,1\n4,5,1\n", {"errors": [1, 1, 1, 1]}),
    ],
    "errors of x": [("t,dt,s\n1,0.1,2\n3,0.1,4\n", {"y_error": None, "remarks": ["errors of x are not used (dt)"]})],
    "`--y-error COLUMN`, `NUMBER`, `NUMBER%`": [
        ("t,s,e\n1,2,3\n3,4,3\n", {"y_error": "e", "errors": [3, 3]}, {"y_error": "E"}),
        ("t,s,e\n1,2,3\n3,4,3\n", {"y_error": "e", "errors": [3, 3]}, {"y_error": "#3"}),
        ("t,s,e\n1,2,3\n3,4,3\n", {"y_error": "0.5", "errors": [0.5, 0.5]}, {"y_error": "0.5"}),
        ("t,s,e\n1,2,3\n3,-4,3\n", {"y_error": "5%", "errors": [0.1, 0.2]}, {"y_error": "5%"}),
        ("t,s,e\n1,2,-3\n3,4,3\n", ", line 2, column 3 (e): '-3' is a negative standard deviation", {"y_error": "e"}),
    ],
    # Values that are missing or bad
    "empty, NaN, NA, N/A, #N/A, null, `1.#QNAN`, `.`, -, --, ---": [
        (
            "t,s\n"
            + "".join(
                f"{n},{cell}\n"
                for n, cell in enumerate(["1", "", "NaN", "NA", "N/A", "#N/A", "null", ".", "-", "--", "---", "2"])
            ),
            {"points": 2, "skipped": 10, "last": [11, 2]},
        ),
        ("t,s,r\n1,2,\n3,4,NA\n", {"points": 2, "skipped": 0}),
        ("t,s\n1,2\n2,1.#QNAN\n3,-1.#IND00\n4,1.# NaN\n", {"points": 2, "skipped": 2, "last": [4, 1]}),
        ("1 2\n2 -1.#IND\n3 4\n", {"points": 2, "skipped": 1}),
        (
            "t,s\n1,2\n3,NA\n",
            ", line 3, column 2 (s): there is no value; --missing skip leaves such rows out",
            {"missing": "refuse"},
        ),
    ],
    "words or infinities in a column that is used": [
        ("t,s\n1,2\n3,four\n5,6\n", ", line 3, column 2 (s): 'four' is not a number; --skip-bad"),
        ("t,s\nfour,2\n3,4\n5,6\n", ", line 2, column 1 (t): 'four' is not a number"),
        ("t,s\n1,2\noff,off\n5,6\n", ", line 3, column 1 (t): 'off' is not a number"),
        ("t,s\n1,2\n3,-inf\n5,6\n", ", line 3, column 2 (s): '-inf' is not finite; --skip-bad"),
        ("t,s\n1,2\n3,1e999\n5,6\n", "'1e999' is not finite"),
        ("t,s\n1,2\n3,-1.#INF\n5,6\n", "'-1.#INF' is not finite"),
        ("t,s\n1,2\n3,four\n5,inf\n7,8\n", {"points": 2, "skipped": 2, "last": [7, 8]}, {"skip_bad": True}),
    ],
    "a row with too many cells": [
        ("t,s\n1,2\n3,4,5\n5,6\n", ", line 3: 3 cells, but the header has 2; --skip-bad"),
        ("t,s\n1,2\n3,4,5\n5,6\n", {"points": 2, "skipped": 1}, {"skip_bad": True}),
        ("t,s\n1,2\n3,4,,\n", [(1, 2), (3, 4)]),
    ],
    "a row with too few cells": [
        ("1,2\n3\n5,6\n", ", line 2: 1 cell, but the table has 2; --skip-bad"),
        ("t,s,note\n1,2,a\n3,4\n5,6,b\n", [(1, 2), (3, 4), (5, 6)]),
        ("t  s  note\n1  2  a\n3  4\n5  6  b\n", [(1, 2), (3, 4), (5, 6)]),
        ("t   s   p\n1   2   7\n2       8\n3   6   9\n", ", line 3: 2 cells, but the header has 3; --skip-bad"),
        ("1   2   7\n2       8\n3   6   9\n", ", line 2: 2 cells, but the table has 3; --skip-bad"),
        ("t   s   p\n1   2   7\n2       8\n3   6   9\n", [(1, 2), (3, 6)], {"skip_bad": True}),
    ],
    "repeated x, all x equal, all y equal, negative x": [
        ("1,2\n1,3\n", [(1, 2), (1, 3)]),
        ("-2,2\n-1,2\n", [(-2, 2), (-1, 2)]),
    ],
    "`1e308`": [("1e308,1e308\n-1e308,1e308\n", [(1e308, 1e308), (-1e308, 1e308)])],
}
