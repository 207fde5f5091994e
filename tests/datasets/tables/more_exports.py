"""More files as instruments and programs export them, with invented numbers and the source of each form."""

from typing import Any

from .exports import comma_rows, expected, rows

__all__ = ["EXPORTS"]

_NUMBERED = "0,0.012,\n1,0.086,\n2,0.214,\n3,0.404,\n4,0.667,\n"
_RIGOL: dict[str, Any] = {"first": [-0.5, 0.012], "last": [0.5, 0.667]}
_PLOTTED = "t:0.0{0}v:0.012\nt:0.25{0}v:0.086\nt:0.5{0}v:0.214\nt:0.75{0}v:0.404\nt:1.0{0}v:0.667\n"

EXPORTS: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    # github.com/vidavidorra/rigol-csv-analyser, src: the header of a DS1054Z.
    "Rigol DS1000Z": (
        "X,CH1,Start,Increment,\nSequence,Volt,-5.000000e-01,2.500000e-01\n" + _NUMBERED,
        expected("X", "CH1", None, "Volt", **_RIGOL),
    ),
    "Rigol DS1000Z, two channels": (
        "X,CH1,CH2,Start,Increment,\nSequence,Volt,Volt,-5.0e-01,2.5e-01\n" + _NUMBERED.replace(",\n", ",1.0e+00,\n"),
        expected("X", "CH1", None, "Volt", other_columns=["CH2"], **_RIGOL),
    ),
    "Rigol DS1000Z, digital lines": (
        "X,CH1,D7-D0,D15-D8,Start,Increment,\nSequence,Volt,,,-5.0e-01,2.5e-01\n"
        + _NUMBERED.replace(",\n", ",0x00,0x00,\n"),
        expected("X", "CH1", None, "Volt", other_columns=["D7-D0", "D15-D8"], **_RIGOL),
    ),
    "Rigol without a count": (
        "CH1,Start,Increment,\nVolt,-5.0e-01,2.5e-01\n" + rows("{1},\n"),
        expected(None, "CH1", None, "Volt", **_RIGOL),
    ),
    # Rigol MSO5000, "Save Memory"; "Save Screen" has a column Time(s).
    "Rigol MSO5000, memory": (
        "CH1(V),t0 = -0.5s, tInc = 0.25s,\n" + rows("{1},,\n"),
        expected(None, "CH1", "s", "V", **_RIGOL),
    ),
    "Rigol MSO5000, screen": ("Time(s),CH1(V)\n" + rows("{},{}\n"), expected("Time", "CH1", "s", "V")),
    # github.com/MartinCowen/SigFyCSV, README.
    "Siglent SDS1000X-E": (
        "Record Length,Analog:14000\nSample Rate,100000000.0\nVertical Scale,CH1: 0.05\nVertical Offset,CH1:0.00000\n"
        "Horizontal Scale, 0.000010000\nSecond,Volt\n" + rows("{:.11f},{:.5f}\n"),
        expected("Second", "Volt"),
    ),
    # github.com/phmarek/hantek-dso2000, doc/csv.md.
    "Hantek DSO2000": (
        "nr,time,ch1,ch2,ch1s,ch2s\n"
        + "".join(f"{n},{line}" for n, line in enumerate(rows("{},{},-0.02,48,-76\n").splitlines(True))),
        expected("time", "ch1", other_columns=["nr", "ch2", "ch1s", "ch2s"]),
    ),
    # Teledyne LeCroy, waveforms saved as ASCII.
    "LeCroy": (
        "LECROYWR620Zi,50511,Waveform\nSegments,1,SegmentSize,5\nSegment,TrigTime,TimeSinceSegment1\n"
        "#1,24-Feb-2016 16:34:36,0                 \nTime,Ampl\n" + rows("{:.7e},{}\n"),
        expected("Time", "Ampl"),
    ),
    # Tektronix MDO3000 with digital lines beside the analogue ones.
    "Tektronix MDO3014": (
        "Model,MDO3014\nFirmware Version,1.20\n\nWaveform Type,ANALOG,,Waveform Type,DIGITAL,\n"
        "Horizontal Units,s,,Horizontal Units,s,\nSample Interval,4e-09,,Sample Interval,4e-09,\n"
        "Gating,0.0% to 100.0%,,Gating,0.0% to 100.0%,\nVertical Units,V,,Vertical Units,V,V\n,,,,,\n"
        "Label,PC,,Label,,\n"
        "TIME,CH1,,TIME,D0,D1\n" + rows("{0:e},{1:e},,{0:e},0,1\n"),
        expected("TIME", "CH1", other_columns=["TIME", "D0", "D1"]),
    ),
    # manualslib.com/manual/1211909/Fluke-2680a.html?page=245, "Data File Format".
    "Fluke 2680A": (
        '"data001.csv"\r\n"03/13/2024 09:00:00"\r\n"cooling"\r\n2\r\n"101","102"\r\n"Time","V"\r\n'
        + "".join(f'"03/13/2024 09:00:0{n}.000",{line}' for n, line in enumerate(rows("{1}\r\n").splitlines(True))),
        expected("Time", "V", "s", last=[4, 0.667], x_origin="2024-03-13T09:00:00"),
    ),
    # github.com/arduino/Arduino, build/shared/ArduinoSerialPlotterProtocol.md.
    "Arduino serial plotter, tabs": (_PLOTTED.format("\t"), expected("t", "v")),
    "Arduino serial plotter, commas": (_PLOTTED.format(", "), expected("t", "v")),
    "Arduino serial plotter, one label": (
        rows("Label 1:{1}\n"),
        expected(None, "Label 1", first=[1, 0.012], last=[5, 0.667]),
    ),
    "Arduino serial plotter, labels once": ("t:\tv:\n" + rows("{}\t{}\n"), expected("t", "v")),
    # mathworks.com/help/matlab/ref/writetable.html, "Write Table to Space-Delimited Text File".
    "MATLAB writetable, blanks": (
        "Var1 Var2_1 Var2_2 Var3 Var4\n" + rows("M {} {} NY 1\n"),
        expected("Var2_1", "Var2_2", other_columns=["Var1", "Var3", "Var4"]),
    ),
    "MATLAB timetable": ("Time,Voltage\n" + rows("{} sec,{}\n"), expected("Time", "Voltage", "sec")),
    # gnuplot, "set table".
    "gnuplot set table": (
        '\n# Curve 0 of 1, 5 points\n# Curve title: "x**2"\n# x y type\n' + rows(" {:g}  {:g}  i\n") + "\n",
        expected("x", "y", other_columns=["type"]),
    ),
    # originlab.com/doc/Origin-Help/WksHeaderRow-DataSupportDisplay: long name, units, comments, F(x).
    "OriginLab, labels of rows": (
        "Long Name\tTime\tVoltage\nUnits\ts\tV\nComments\t\trun 1\nF(x)=\t\t\n"
        + "".join(f"{n}\t{line}" for n, line in enumerate(rows("{}\t{}\n").splitlines(True), start=1)),
        expected("Time", "Voltage", "s", "V", other_columns=[""]),
    ),
    "OriginLab, short names and errors": (
        "A(X)\tB(Y)\tC(yEr±)\nTime\tVoltage\tError\ns\tV\tV\n\t\t\n" + rows("{}\t{}\t0.1\n"),
        expected("Time", "Voltage", "s", "V", y_error="Error"),
    ),
    # PASCO Capstone in a locale with decimal commas.
    "PASCO Capstone, decimal commas": (
        "\ufeffTime (s) Run #1;Position (m) Run #1\n" + comma_rows("{};{}\n"),
        expected("Time (s) Run #1", "Position (m) Run #1"),
    ),
    # NIST Statistical Reference Datasets, itl.nist.gov/div898/strd: y is the column before x.
    "NIST StRD": (
        "NIST/ITL StRD\nDataset Name:  Fall\n\nData:       y          x\n" + rows("{1:>12} {0:>10}\n"),
        expected("x", "y"),
    ),
    "ngspice print": (
        "Index   time            v(out)\n-----------------------------\n"
        + "".join(f"{n}\t{line}" for n, line in enumerate(rows("{:.6e}\t{:.6e}\n").splitlines(True))),
        expected("time", "v(out)", other_columns=["Index"]),
    ),
    "LabVIEW .lvm without X_Value": (
        "LabVIEW Measurement\t\nX_Columns\tNo\n***End_of_Header***\t\n\t\nX_Dimension\tTime\t\n"
        "X0\t-0,5\t\nDelta_X\t0,250000\t\n"
        "***End_of_Header***\t\t\nX_Value\tVoltage\tComment\n" + comma_rows("\t{1}\n"),
        expected(None, "Voltage", other_columns=["X_Value"], **_RIGOL),
    ),
    "Excel in Italian, dates": (
        (
            "Data;Velocità\r\n"
            + "".join(f"{n}/03/2024;{line}" for n, line in enumerate(comma_rows("{1}\r\n").splitlines(True), start=11))
        ).encode("cp1252"),
        expected("Data", "Velocità", "d", x_origin="2024-03-11", last=[4, 0.667]),
    ),
    "Excel in English, an accounting format": (
        'Day,Price\r\n0,"$1,200.50"\r\n1,"$1,300.00"\r\n',
        expected("Day", "Price", None, "$", first=[0, 1200.5], last=[1, 1300], points=2),
    ),
    "NumPy print": (
        "[[0.   0.012]\n [0.25 0.086]\n [0.5  0.214]\n [0.75 0.404]\n [1.   0.667]]\n",
        expected(None, None),
    ),
    "R tibble": (
        "# A tibble: 3 × 2\n      t     s\n  <dbl> <dbl>\n1  0    0.012\n2  0.25 0.086\n3  1    0.667\n",
        expected("t", "s", points=3, other_columns=[""]),
    ),
    "Julia DataFrame": (
        "3×2 DataFrame\n Row │ t        s       \n     │ Float64  Float64 \n─────┼──────────────────\n"
        "   1 │    0.0     0.012\n   2 │    0.25    0.086\n   3 │    1.0     0.667\n",
        expected("t", "s", points=3, other_columns=["Row", "|"]),
    ),
    "Polars": (
        "shape: (3, 2)\n┌──────┬───────┐\n│ t    ┆ s     │\n│ ---  ┆ ---   │\n│ f64  ┆ f64   │\n╞══════╪═══════╡\n"
        "│ 0.0  ┆ 0.012 │\n│ 0.25 ┆ 0.086 │\n│ 1.0  ┆ 0.667 │\n└──────┴───────┘\n",
        expected("t", "s", points=3),
    ),
    "psql": (
        "  t   |   s   \n------+-------\n  0.0 | 0.012\n  1.0 | 0.667\n(2 rows)\n",
        expected("t", "s", points=2),
    ),
    "Stata list": (
        ". list t s\n\n     +--------------+\n     |    t       s |\n     |--------------|\n  1. |    0    .012 |\n"
        "  2. |  .25    .086 |\n  3. |   .5       . |\n     |--------------|\n"
        "  4. |    1    .667 |\n     +--------------+\n",
        expected("t", "s", points=3, skipped=1),
    ),
    "Python lists": (
        "import numpy as np\n# today\nt = np.array([0.0, 0.25, 1.0])\ns = np.array([\n    0.012, .086,\n    0.667])\n",
        expected("t", "s", points=3),
    ),
    "a Python list of pairs": ("points = [(0, 0.012), (0.25, 0.086), (1, 0.667)]\n", expected(None, None, points=3)),
    "Mathematica Export": (rows("{0:g}, {1:g}*^0\n"), expected(None, None)),
    "an ESP32's log": (
        "".join(f"[09:00:0{n}] Temp: {line}" for n, line in enumerate(rows("{1} C, Hum: 40 %\n").splitlines(True))),
        expected(None, "Temp", "s", "C", other_columns=["Hum"], x_origin="09:00:00", last=[4, 0.667]),
    ),
    "Plotly, JSON": (
        '{"layout": {}, "data": [{"x": [0, 0.25, 0.5, 0.75, 1], "y": [0.012, 0.086, 0.214, 0.404, 0.667]}]}',
        expected("x", "y"),
    ),
}
