"""The equation and the table of an answer in LaTeX."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from shapeclf.datasets import EXPONENTIAL, LINE, PARABOLA, SQRT, Family
from shapeclf.datasets.catalogue import BUILT_IN
from shapeclf.recognition.naming import Names
from shapeclf.recognition.reports import report

from .cases import ODD, answer_of, by_name

_COMMANDS = (
    "begin end left right cdot frac sqrt exp ln sin num qty text mathrm toprule bottomrule textbackslash "
    "textasciitilde textasciicircum Omega mu surd"
)
_DOCUMENT = r"\documentclass{article}\usepackage{amsmath, booktabs, siunitx}\begin{document}"


def _check(text: str) -> None:
    """Check what pdflatex would refuse: unknown commands, unbalanced brackets, environments and dollars."""
    code = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    assert set(re.findall(r"\\([A-Za-z]+)", code)) <= set(_COMMANDS.split())
    bare = re.sub(r"\\[\\{}%&$#_,]", "", code)
    depth = 0
    for character in bare:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert not set(bare) & set("%#~")
    assert bare.count("$") % 2 == 0
    assert bare.count(r"\left") == bare.count(r"\right")
    assert re.findall(r"\\begin\{(.*?)\}", bare) == re.findall(r"\\end\{(.*?)\}", bare) == ["align*", "tabular"]
    table = code[code.index(r"\toprule") :].splitlines()[1:-2]
    assert all(len(re.findall(r"(?<!\\)&", row)) == 1 and row.endswith(r" \\") for row in table)


@by_name
def test_it_is_well_formed(family: Family) -> None:
    for names in (None, Names("t", "U", "s", "mV"), ODD):
        _check(report(answer_of(family, names), "latex", "a.csv"))


def test_the_equation_and_the_table_of_an_exponential() -> None:
    answer = answer_of(EXPONENTIAL, Names("t", "U", "s", "mV"))
    cells = []
    for value, name in zip(
        answer.values(), ["$k$", "$b$", "$r$", "half-life", "time constant", "asymptote"], strict=True
    ):
        number, error = value.text.replace("−", "-").split(" ± ")
        cells.append(rf"  {name} & \qty{{{number}({error.lstrip('0.')})}}{{{value.unit}}} \\")
    k, r, b = re.findall("[0-9.]+", str(answer.equation))
    assert report(answer, "latex", "a.csv").splitlines() == [
        "% a.csv",
        "% very probably an exponential (96 %), after 40 points",
        "% t (s), U (mV)",
        r"% \usepackage{amsmath, booktabs, siunitx}",
        r"\begin{align*}",
        r"  U &= k\,\exp\left(r\,t\right) + b \\",
        rf"  &= \num{{{k}}}\,\exp\left(-\num{{{r}}}\,t\right) + \num{{{b}}}",
        r"\end{align*}",
        r"\begin{tabular}{ll}",
        r"  \toprule",
        *cells,
        r"  \bottomrule",
        r"\end{tabular}",
    ]


@pytest.mark.parametrize(
    ("family", "equation", "shift"),
    [
        ("line", r"\num{2.0006}\,x - \num{6.02}", 0.0),
        ("sqrt", r"\num{2.004}\,\sqrt{x} + \num{0.987}", 0.0),
        ("quadratic", r"\num{1.993}\,\left(x + \num{3.02}\right)^{2} + \num{0.71}", 0.0),
        ("logarithm", r"\num{1.995}\,\ln\left(x\right) + \num{1.002}", 0.0),
        ("reciprocal", r"\frac{\num{3.03}}{x} + \num{0.99}", 0.0),
        ("logistic", r"-\frac{\num{4}}{1 + \exp\left(-\num{1.2}\,\left(x - \num{5}\right)\right)} + \num{1}", 0.0),
        ("constant", r"\num{2.00}", 0.0),
        ("hyperbola", r"\frac{\num{3}}{x + \num{2}} + \num{1}", 0.0),
        (
            "gaussian",
            r"\num{3}\,\exp\left(-\frac{\left(x - \num{4}\right)^{2}}{2 \cdot \num{1.5}^{2}}\right) + \num{1}",
            0.0,
        ),
        ("sine", r"\num{2}\,\sin\left(\num{2}\,\left(x - \num{0.7}\right)\right) + \num{1}", 0.0),
        ("line", r"\num{2.0006}\,\left(x - \num{2000000000}\right) - \num{6.02}", 2e9),
    ],
)
def test_equations_have_the_form_of_the_formula(family: str, equation: str, shift: float) -> None:
    (known,) = (each for each in BUILT_IN if each.name == family)
    line = report(answer_of(known, shift=shift), "latex").splitlines()[5]
    number = r"\\num\{[^}]*\}"
    assert re.sub(number, "#", line.strip()) == "&= " + re.sub(number, "#", equation)


def test_names_and_units_are_set_as_they_are() -> None:
    text = report(answer_of(SQRT, Names("zeit", "drop height", "s", "°C")), "latex")
    assert r"  \text{drop height} &= k\,\sqrt{\mathrm{zeit}} + b" in text
    assert r"{\text{°C/√s}}" in text.replace(r"$\surd$", "√")
    assert r"}{(m/s^{2})/s} \\" in report(answer_of(LINE, Names("t", "v", "s", "m/s²")), "latex")


@pytest.mark.parametrize(
    ("x_unit", "y_unit", "expected"),
    [
        ("s⁻¹", "m·s⁻¹", "(m.s^{-1})/(s^{-1})^{2}"),
        ("s", "kg·m⁻²", "(kg.m^{-2})/s^{2}"),
        ("mm²", "m⁴", "m^{4}/(mm^{2})^{2}"),
        ("s", "10²³", r"\text{10$^{23}$/s$^{2}$}"),
        ("m²·g⁻¹⁰", "°C", r"\text{°C/(m$^{2}$·g$^{-10}$)$^{2}$}"),
    ],
)
def test_superscripts_of_units_are_those_of_latex(x_unit: str, y_unit: str, expected: str) -> None:
    text = report(answer_of(PARABOLA, Names("q₀", "U⁺", x_unit, y_unit)), "latex")
    _check(text)
    assert rf"}}{{{expected}}} \\" in text
    assert r"  \text{U$^{+}$} &= k\,\text{q$_{0}$}^{2} + b" in text
    assert not re.search("[⁺⁻⁰-⁹₀-₉]", re.sub("%.*", "", text))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex and siunitx (texlive-science)")
def test_pdflatex_sets_the_answer_of_every_family(tmp_path: Path) -> None:
    forms = [report(answer_of(family, names), "latex", "a.csv") for family in BUILT_IN for names in (None, ODD)]
    forms += [report(answer_of(family, Names("t", "θ", "s", "m/√s")), "latex") for family in BUILT_IN]
    forms.append(report(answer_of(LINE, shift=2e9), "latex"))
    forms.append(report(answer_of(LINE, Names("q₀", "CO₂⁺", "s⁻¹", "m·s⁻¹")), "latex"))
    units = ("10²³", "m²²", "kg·m⁻¹⁰", "(s⁻¹)²", "√", "m/√(s)")
    forms += [report(answer_of(LINE, Names("t", "n", "√√s", unit)), "latex") for unit in units]
    document = "\n\n".join([_DOCUMENT, *forms, r"\end{document}"])
    (tmp_path / "a.tex").write_text(document, encoding="utf-8")
    options = ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run(["pdflatex", *options, "a.tex"], cwd=tmp_path, capture_output=True, check=False, timeout=300)
    log = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, log[-3000:]
    assert (tmp_path / "a.pdf").stat().st_size > 10_000
    assert "Missing character" not in log
