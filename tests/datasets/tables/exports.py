"""Files as instruments and programs export them, with invented numbers."""

from typing import Any

from .writing import xlsx

__all__ = ["EXPORTS", "comma_rows", "expected", "rows"]

_DATA = [(0.0, 0.012), (0.25, 0.086), (0.5, 0.214), (0.75, 0.404), (1.0, 0.667)]


def rows(form: str) -> str:
    return "".join(form.format(x, y) for x, y in _DATA)


def comma_rows(form: str) -> str:
    return "".join(form.format(str(x).replace(".", ","), str(y).replace(".", ",")) for x, y in _DATA)


def expected(
    x: str | None, y: str | None, x_unit: str | None = None, y_unit: str | None = None, **more: Any
) -> dict[str, Any]:
    want = {"x": x, "y": y, "x_unit": x_unit, "y_unit": y_unit, "first": [0, 0.012], "last": [1, 0.667], "points": 5}
    return want | {"y_error": None, "skipped": 0, "other_columns": []} | more


_TEK = [
    ("Record Length", "5", "Points"),
    ("Sample Interval", "2.5e-01", "s"),
    ("Source", "CH1", ""),
    ("", "", ""),
    ("", "", ""),
]
_CLOCK: dict[str, Any] = {"x_unit": "s", "last": [4, 0.667]}

EXPORTS: dict[str, tuple[str | bytes, dict[str, Any]]] = {
    "Keysight InfiniiVision": (
        "x-axis,1\nsecond,Volt\n" + rows("{:+.5E},{:+.5E}\n"),
        expected("x-axis", "1", "second", "Volt"),
    ),
    "Keysight, two channels": (
        "x-axis,1,3\nsecond,Volt,Volt\n" + rows("{:E},{:E},1.0E-01\n"),
        expected("x-axis", "1", "second", "Volt", other_columns=["3"]),
    ),
    "Keysight, Bode plot": (
        "#,Frequency (Hz),Amplitude (Vpp),Gain (dB)\n"
        + "".join(f"{n},{x},{y},-3.0\n" for n, (x, y) in enumerate(_DATA)),
        expected("Frequency", "Amplitude", "Hz", "Vpp", other_columns=["", "Gain"]),
    ),
    "Tektronix TDS, settings beside the data": (
        "".join(",".join(left) + f",,{x:.4f},{y:.5f},\n" for left, (x, y) in zip(_TEK, _DATA, strict=True))
        + "".join(f",,,,{1 + n / 4:.4f},{0.667 + n / 10:.5f},\n" for n in range(1, 40)),
        expected(None, None, points=44, last=[10.75, 4.567], other_columns=[None, None, None]),
    ),
    "Tektronix MDO": (
        "Model,MDO3024\nFirmware Version,1.30\n\nWaveform Type,ANALOG\nPoint Format,Y\nHorizontal Units,s\n"
        "Sample Interval,0.25\nRecord Length,5\nVertical Units,V\nLabel,\nTIME,CH1\n" + rows("{:e},{:e}\n"),
        expected("TIME", "CH1"),
    ),
    "Siglent SDS": (
        "Record Length,Analog:5\nSample Interval,Analog:0.250000\nVertical Units,V\nHorizontal Units,s\n"
        "Model Number,SDS1104X-E\n"
        "Serial Number,SDS1\nSoftware Version,8.2\nSource,CH1\nSecond,Volt\n" + rows("{:.10f},{:.5f}\n"),
        expected("Second", "Volt"),
    ),
    "Rohde & Schwarz RTB": ("in s,C1 in V\n" + rows("{:.6E},{:.6E}\n"), expected("in s", "C1", None, "V")),
    "GW Instek GDS": (
        "Format,1.0B,\nMemory Length,5,\nSource,CH1,\nVertical Units,V,\nHorizontal Units,S,\n"
        "Sampling Period,2.5E-01,\n"
        "Waveform Data,\n" + rows("{:.6E},{:.6E},\n"),
        expected(None, None),
    ),
    "PicoScope": ("Time,Channel A\n(s),(V)\n\n" + rows("{:.8f},{:.8f}\n"), expected("Time", "Channel A", "s", "V")),
    "PicoScope in German": (
        "Zeit;Kanal A\n(ms);(mV)\n\n" + comma_rows("{};{}\n"),
        expected("Zeit", "Kanal A", "ms", "mV"),
    ),
    "Analog Discovery (WaveForms)": (
        "#Digilent WaveForms Oscilloscope Acquisition\n#Device Name: Discovery2\n#Date Time: 2024-03-01 09:00:00.123\n"
        "#Sample rate: 4Hz\n#Samples: 5\n\nTime (s),Channel 1 (V)\n" + rows("{},{}\n"),
        expected("Time", "Channel 1", "s", "V"),
    ),
    "LabVIEW .lvm": (
        "LabVIEW Measurement\t\nWriter_Version\t2\nReader_Version\t2\nSeparator\tTab\nDecimal_Separator\t.\n"
        "Multi_Headings\tNo\n"
        "X_Columns\tOne\nTime_Pref\tRelative\nOperator\tAB\nDate\t2024/03/01\nTime\t09:00:00.938945\n***End_of_Header***\t\n\t\n"
        "Channels\t1\t\nSamples\t5\t\nDate\t2024/03/01\t\nTime\t09:00:00.938945\t\nX_Dimension\tTime\t\n"
        "X0\t0.0000000000000000E+0\t\nDelta_X\t0.250000\t\n***End_of_Header***\t\t\nX_Value\tVoltage\tComment\n"
        + rows("{:.6f}\t{:.6f}\n"),
        expected("X_Value", "Voltage"),
    ),
    "LabVIEW .lvm in German": (
        "LabVIEW Measurement\t\nWriter_Version\t2\nDecimal_Separator\t,\n***End_of_Header***\t\n\t\nChannels\t2\t\t\n"
        "Samples\t5\t5\t\nX0\t0,0E+0\t0,0E+0\t\nDelta_X\t0,25\t0,25\t\n***End_of_Header***\t\t\t\nX_Value\tU\tI\tComment\n"
        + comma_rows("{}\t{}\t1,5\n"),
        expected("X_Value", "U", other_columns=["I"]),
    ),
    "Vernier Graphical Analysis": (
        "Latest: Time (s),Latest: Potential (V)\n" + rows("{},{}\n"),
        expected("Latest: Time", "Latest: Potential", "s", "V"),
    ),
    "Vernier Logger Pro": (
        "Vernier Format 2\nfall.cmbl 03/01/2024 09:00:00 .\nRun 1\nTime\tPosition\nt\tx\ns\tm\n\n" + rows("{}\t{}\n"),
        expected("t", "x", "s", "m"),
    ),
    "PASCO Capstone": (
        "Date and Time (Run 1),Time (s) Run #1,Position (m) Run #1\n"
        + "".join(f"2024-03-01 09:00:0{n},{x},{y}\n" for n, (x, y) in enumerate(_DATA)),
        expected("Time (s) Run #1", "Position (m) Run #1", other_columns=["Date and Time (Run 1)"]),
    ),
    "phyphox": (
        '"Time (s)","Acceleration x (m/s^2)","Absolute acceleration (m/s^2)"\n' + rows("{:.9E},{:.9E},9.81E0\n"),
        expected("Time", "Acceleration x", "s", "m/s^2", other_columns=["Absolute acceleration"]),
    ),
    "Arduino serial monitor": (
        "".join(f"09:00:0{n}.000 -> {y}\n" for n, (_, y) in enumerate(_DATA)),
        expected(None, None, x_origin="09:00:00", **_CLOCK),
    ),
    "Arduino, millis and a reading": (
        "CLEARDATA\nLABEL,ms,adc\n" + rows("DATA,{},{}\n"),
        expected("ms", "adc", other_columns=["LABEL"]),
    ),
    "PuTTY log": (
        "=~=~=~=~=~=~=~= PuTTY log 2024.03.01 09:00:00 =~=~=~=~=~=~=~=\nready\n" + rows("{} {}\r\n"),
        expected(None, None),
    ),
    "Campbell Scientific TOA5": (
        '"TOA5","Hill","CR1000X","12345","CR1000X.Std.03.02","CPU:a.CR1X","59064","Min"\n"TIMESTAMP","RECORD","AirTC"\n'
        '"TS","RN","Deg C"\n"","","Avg"\n'
        + "".join(f'"2024-03-01 09:00:0{n}",{n + 7},{y}\n' for n, (_, y) in enumerate(_DATA)),
        expected(
            "TIMESTAMP",
            "AirTC",
            "s",
            "Deg C",
            x_origin="2024-03-01T09:00:00",
            last=[4, 0.667],
            other_columns=["RECORD"],
        ),
    ),
    "Onset HOBO": (
        '"Plot Title: cooling"\n"#","Date Time, GMT+00:00","Temp, °C (LGR S/N: 1, SEN S/N: 2)","Host Connected"\n'
        + "".join(f"{n + 1},02/28/24 09:00:0{n} AM,{y},\n" for n, (_, y) in enumerate(_DATA)),
        expected(
            "Date Time, GMT+00:00",
            "Temp, °C (LGR S/N: 1, SEN S/N: 2)",
            x_origin="2024-02-28T09:00:00",
            other_columns=["#", "Host Connected"],
            **_CLOCK,
        ),
    ),
    "Gamry .DTA": (
        "EXPLAIN\nTAG\tCHRONOA\nCURVE\tTABLE\t5\n\tPt\tT\tVf\n\t#\ts\tV vs. Ref.\n"
        + "".join(f"\t{n}\t{x}\t{y}\n" for n, (x, y) in enumerate(_DATA)),
        expected("T", "Vf", other_columns=["Pt"]),
    ),
    "Ocean Optics spectrum": (
        "Data from fall Node\n\nDate: Fri Mar 01 09:00:00 CET 2024\nUser: ab\nNumber of Pixels in Spectrum: 5\n"
        ">>>>>Begin Spectral Data<<<<<\n" + rows("{}\t{}\n") + ">>>>>End Spectral Data<<<<<\n",
        expected(None, None),
    ),
    "OriginLab ASCII": (
        "Time\tVoltage\nsec\tV\n\tsample 1\n" + rows("{}\t{}\n"),
        expected("Time", "Voltage", "sec", "V"),
    ),
    "Igor text": (
        "IGOR\nWAVES/D\ttime0, volt0\nBEGIN\n"
        + rows("\t{}\t{}\n")
        + 'END\nX SetScale/P x 0,1,"", time0; SetScale y 0,0,"", time0\n',
        expected(None, None),
    ),
    "gnuplot": ("# Fall\n# t [s] s [m]\n" + rows(" {:<8g} {:<8g}\n") + "\n\n", expected("t", "s", "s", "m")),
    "MATLAB save -ascii": (rows("  {:.7e}  {:.7e}\n"), expected(None, None)),
    "MATLAB writetable": ("Var1,Var2\n" + rows("{},{}\n"), expected("Var1", "Var2")),
    "R write.csv": (
        '"","t","s"\n' + "".join(f'"{n}",{x},{y}\n' for n, (x, y) in enumerate(_DATA, 1)),
        expected("t", "s", other_columns=[""]),
    ),
    "R write.csv2": (
        '"";"t";"s"\n' + "".join(f'"{n}";{x};{y}\n'.replace(".", ",") for n, (x, y) in enumerate(_DATA, 1)),
        expected("t", "s", other_columns=[""]),
    ),
    "R print": (
        "     t     s\n" + "".join(f"{n} {x:5.2f} {y:5.3f}\n" for n, (x, y) in enumerate(_DATA, 1)),
        expected("t", "s", other_columns=[""]),
    ),
    "LTspice": ("time\tV(n001)\n" + rows("{:.15e}\t{:.6e}\n"), expected("time", "V(n001)")),
    "COMSOL": (
        "% Model:              fall.mph\n% Version:            COMSOL 6.1\n% Dimension:          0\n"
        "% Description:        Height\n"
        "% t (s)                   y (m)\n" + rows("{:<26g}{:<10g}\n"),
        expected("t", "y", "s", "m"),
    ),
    "Excel in German": ("sep=;\r\nZeit (s);Höhe (m)\r\n" + comma_rows("{};{}\r\n"), expected("Zeit", "Höhe", "s", "m")),
    "Excel in French": (
        ("Temps (s);Débit (L/s)\r\n" + comma_rows("{};{}\r\n")).encode("cp1252"),
        expected("Temps", "Débit", "s", "L/s"),
    ),
    "Excel in English, Unicode text": (
        ("Time (s)\tHeight (m)\r\n" + rows("{}\t{}\r\n")).encode("utf-16"),
        expected("Time", "Height", "s", "m"),
    ),
    "Excel, a title and an empty column": (
        xlsx(
            {
                "Fall": [
                    ["Fall, run 2"],
                    [],
                    [None, "t (s)", "s (m)"],
                    *([None, x, y] for x, y in _DATA),
                    [None, None, "mean"],
                ]
            }
        ),
        expected("t", "s", "s", "m"),
    ),
}
