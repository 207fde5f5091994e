import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shapeclf.recognition.fitting.equations import equation_text, number_text, parameter_text


@pytest.mark.parametrize(
    ("formula", "values", "origin", "expected"),
    [
        pytest.param("y = k·x² + b", {"k": 4.9, "b": 0.02}, 0, "y = 4.9·x² + 0.02", id="plus"),
        pytest.param("y = k·x² + b", {"k": 4.9, "b": -0.3}, 0, "y = 4.9·x² − 0.3", id="minus"),
        pytest.param("y = k·x² + b", {"k": -4.9, "b": 0.0}, 0, "y = −4.9·x²", id="no offset"),
        pytest.param("y = k·x + b", {"k": 0.0, "b": 0.0}, 0, "y = 0·x", id="all zero"),
        pytest.param("y = k/x + b", {"k": -2.0, "b": 1.0}, 0, "y = −2/x + 1", id="negative scale"),
        pytest.param("y = k·exp(r·x) + b", {"k": 2, "b": 1, "r": -0.5}, 0, "y = 2·exp(−0.5·x) + 1", id="rate"),
        pytest.param(
            "y = k·exp(r·x) + b", {"k": 2, "b": 1, "r": 0.3}, 1990, "y = 2·exp(0.3·(x − 1990)) + 1", id="origin"
        ),
        pytest.param(
            "y = k·exp(r·x) + b", {"k": 2, "b": 1, "r": 0.3}, -0.1, "y = 2·exp(0.3·(x + 0.1)) + 1", id="origin below 0"
        ),
        pytest.param("y = k·(x − c)² + b", {"k": 2, "b": -1, "c": -3.0}, 0, "y = 2·(x + 3)² − 1", id="position"),
        pytest.param("y = k·(x − c)² + b", {"k": 2, "b": -1, "c": 0.0}, 0, "y = 2·x² − 1", id="position at zero"),
        pytest.param(
            "y = k·f(x − c) + b", {"k": 2, "b": 1, "c": 0.0}, 0, "y = 2·f(x) + 1", id="a function keeps its brackets"
        ),
        pytest.param(
            "y = k·(x − c)² + b",
            {"k": 2, "b": 0, "c": 5.0},
            7,
            "y = 2·((x − 7) − 5)²",
            id="position from an origin",
        ),
        pytest.param("y = k·x^p + b", {"k": 2, "b": 1, "p": -1.5}, 0, "y = 2·x^(−1.5) + 1", id="negative exponent"),
        pytest.param(
            "y = k/(1 + exp(−r·(x − c))) + b",
            {"k": 7, "b": 0, "r": 0.2, "c": 3},
            0,
            "y = 7/(1 + exp(−0.2·(x − 3)))",
            id="a minus of the formula",
        ),
        pytest.param(
            "y = k/(1 + exp(−r·(x − c))) + b",
            {"k": 7, "b": 1, "r": -0.2, "c": 3},
            0,
            "y = 7/(1 + exp(0.2·(x − 3))) + 1",
            id="minus minus",
        ),
        pytest.param("y = b - k*x", {"k": -2.0, "b": 3.0}, 0, "y = 3 + 2*x", id="hyphens"),
        pytest.param("y = b + k*x", {"k": 0.0, "b": 3.0}, 0, "y = 3 + 0*x", id="a zero that something follows"),
        pytest.param("y = p^x·k + b", {"k": 2, "b": 1, "p": -3}, 0, "y = (−3)^x·2 + 1", id="negative base"),
        pytest.param(
            "y = k·x + b^2 − c³", {"k": 2, "b": -1, "c": -3}, 0, "y = 2·x + (−1)^2 − (−3)³", id="powers of signed terms"
        ),
        pytest.param("y = -k·x + b", {"k": -2, "b": 1}, 0, "y = 2·x + 1", id="minus minus at the start"),
        pytest.param("y = -k·x + b", {"k": 2, "b": 1}, 0, "y = -2·x + 1", id="the formula's own minus"),
        pytest.param("y = b + k·exp(−x)", {"k": 2, "b": 1}, 5, "y = 1 + 2·exp(−(x − 5))", id="minus x"),
        pytest.param(
            "y = k·bump(x; omega) + b", {"k": 2, "b": 1, "omega": 3}, 0, "y = 2·bump(x; 3) + 1", id="a long name"
        ),
        pytest.param("y = k·ω_0x + kx + b", {"k": 2, "b": 1}, 0, "y = 2·ω_0x + kx + 1", id="names within names"),
        pytest.param(
            "a bump", {"k": 2, "b": -1, "p": 3}, 0, "a bump, k = 2, b = −1, p = 3", id="names not in the formula"
        ),
    ],
)
def test_numbers_in_a_formula(formula: str, values: dict[str, float], origin: float, expected: str) -> None:
    assert equation_text(formula, {name: (value, 3) for name, value in values.items()}, origin) == expected


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0.0, 3, "0"),
        (-0.0, 3, "0"),
        (-0.0, None, "0"),
        (1.0, 3, "1"),
        (-2.50001, 3, "−2.5"),
        (9.99996, 3, "10"),
        (123456.7, 0, "123457"),
        (123456.7, -2, "123500"),
        (999999.9, 0, "1000000"),
        (999999.9, -2, "1e6"),
        (1234567.0, -3, "1.235e6"),
        (1234567.0, 0, "1234567"),
        (1234567.0, None, "1234567"),
        (1990.0, None, "1990"),
        (0.000123456, 7, "0.0001235"),
        (-0.0000123456, 8, "−1.235e−5"),
        (1e300, -297, "1e300"),
        (1e300, 5, "1e300"),
        (100.0, 3, "100"),
        (0.1, 25, "0.1"),
        (1e22, None, "1e22"),
        (0.0004, 2, "0"),
        (-0.0004, 2, "0"),
    ],
)
def test_numbers(value: float, decimals: int | None, expected: str) -> None:
    assert number_text(value, decimals) == expected


@given(value=st.floats(allow_nan=False, allow_infinity=False), decimals=st.integers(-300, 300))
def test_a_number_is_rounded_to_its_decimals(value: float, decimals: int) -> None:
    assume(value == 0 or 1e-300 < abs(value) < 1e300)
    read = float(number_text(value, decimals).replace("−", "-"))
    assert read == pytest.approx(value, rel=2e-16, abs=0.5000001 * 10.0**-decimals)


@pytest.mark.parametrize(
    ("value", "error", "decimals", "error_decimals", "expected"),
    [
        pytest.param(4.91432, 0.0231, 3, 3, "4.914 ± 0.023", id="the decimals of the error"),
        pytest.param(4.91, 0.0231, 3, 3, "4.910 ± 0.023", id="zeros at the end"),
        pytest.param(-0.003, 0.0531, 3, 3, "−0.003 ± 0.053", id="smaller than its error"),
        pytest.param(0.0, 0.0531, 3, 3, "0.000 ± 0.053", id="zero"),
        pytest.param(-1e-9, 0.0531, 3, 3, "0.000 ± 0.053", id="no minus zero"),
        pytest.param(1.5, 0.0996, 2, 2, "1.50 ± 0.10", id="an error that rounds up"),
        pytest.param(12345.6, 230.0, -1, -1, "12350 ± 230", id="tens"),
        pytest.param(1234567.0, 2300.0, -2, -2, "(1.2346 ± 0.0023)e6", id="large"),
        pytest.param(1.2345e-7, 2.3e-9, 10, 10, "(1.234 ± 0.023)e−7", id="small"),
        pytest.param(2459080.1234, 0.0137, 4, 4, "2459080.1234 ± 0.0137", id="far from zero"),
        pytest.param(0.0123456827, 2.7e-9, 10, 10, "0.0123456827 ± 0.0000000027", id="precise"),
        pytest.param(-30368.72141, 5.23, 4, 1, "−30368.7214 ± 5.2", id="more digits for the curve"),
        pytest.param(2.5, None, 3, 0, "2.5", id="no error"),
        pytest.param(2.5, 0.0, 3, 0, "2.5", id="exact"),
    ],
)
def test_parameters_with_errors(
    value: float, error: float | None, decimals: int, error_decimals: int, expected: str
) -> None:
    assert parameter_text(value, error, decimals, error_decimals) == expected
