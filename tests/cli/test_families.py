"""``shapeclf families``."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from shapeclf.datasets.catalogue import BUILT_IN

NAMES = ["line", "parabola", "sqrt", "quadratic", "exponential", "logarithm", "reciprocal", "power", "sine", "logistic"]
NAMES += ["constant", "hyperbola", "gaussian"]


def test_json_lists_name_formula_priors_and_source(shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("families", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    records = {record.pop("name"): record for record in json.loads(result.stdout)}
    assert list(records) == NAMES
    priors = {"k": {"uniform": [0.0, 1.0]}, "b": {"uniform": [0.0, 5.0]}}
    for name, formula, highest in [("line", "k·x", 15.0), ("parabola", "k·x²", 15.0), ("sqrt", "k·√x", 10.0)]:
        assert records[name] == {
            "formula": f"y = {formula} + b",
            "priors": priors,
            "x": {"uniform": [5.0, highest]},
            "source": "built in",
        }
    for family in BUILT_IN:
        assert records[family.name] == {
            "formula": family.formula,
            "priors": {name: prior.record() for name, prior in family.priors.items()},
            "x": family.x.record(),
            "source": "built in",
        }
    assert records["exponential"]["priors"]["r"] == {
        "one of": [{"loguniform": [-10.0, -0.3]}, {"loguniform": [0.3, 10.0]}]
    }


def _listed(text: str) -> dict[str, str]:
    """Each family's text by name, with its line breaks removed."""
    assert max(map(len, text.splitlines())) <= 80
    blocks = re.findall(r"^(\S+)((?: .*\n)+)", text, re.MULTILINE)
    return {name: " ".join(block.split()) for name, block in blocks}


def test_the_text_equals_json_and_fits_80_columns(shapeclf: Callable[..., Result]) -> None:
    result = shapeclf("families")
    assert (result.exit_code, result.stderr) == (0, "")
    listed = _listed(result.stdout)
    assert list(listed) == NAMES
    for family in BUILT_IN:
        priors = ", ".join(f"{name} ~ {prior}" for name, prior in family.priors.items())
        priors = priors.removeprefix("k ~ U(0, 1), ") if family.name == "constant" else priors
        assert listed[family.name] == f"{family.formula} {priors}, x ~ {family.x}; built in"
    assert listed["constant"] == "y = b b ~ U(0, 5), x ~ U(0, 1); built in"
    assert listed["sqrt"] == "y = k·√x + b k ~ U(0, 1), b ~ U(0, 5), x ~ U(5, 10); built in"


def test_a_family_of_the_users_own_is_listed_with_its_source(
    shapeclf: Callable[..., Result], family_module: Path
) -> None:
    result = shapeclf("families", "--family", "my_families:CUBIC")
    assert result.exit_code == 0
    assert list(_listed(result.stdout).items())[-1] == (
        "cubic",
        "y = k·x³ + b k ~ U(0, 1), b ~ U(0, 5), x ~ U(5, 15); my_families:CUBIC",
    )
    records = json.loads(shapeclf("families", "--family", "my_families:CUBIC", "--json").stdout)
    assert [record["source"] for record in records] == ["built in"] * len(NAMES) + ["my_families:CUBIC"]
    assert records[-1]["formula"] == "y = k·x³ + b"


def test_a_long_family_fits_80_columns(shapeclf: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "my_families_with_a_long_name.py").write_text(
        "from shapeclf.datasets import Family, Uniform\n"
        "def total(x, **shape):\n    return sum(shape.values()) * x\n"
        "LONG = Family('a' * 100, 'y = k·(' + ' + '.join('rate_%d' % i for i in range(30)) + ')·x + b', total,"
        " shape={'rate_%d' % i: Uniform(0, 1) for i in range(30)})\n",
        encoding="utf-8",
    )
    text = shapeclf("families", "--family", "my_families_with_a_long_name:LONG").stdout
    assert max(map(len, text.splitlines())) == 80
    assert "rate_29 ~ U(0, 1), x ~ U(5, 15);" in " ".join(text.split())
    assert text.endswith("my_families_with_a_long_name:LONG\n")


def test_a_user_family_replaces_one_of_the_same_name(shapeclf: Callable[..., Result], family_module: Path) -> None:
    records = json.loads(shapeclf("families", "--family", "my_families:LINE", "--json").stdout)
    assert [record["name"] for record in records] == NAMES
    assert records[0]["source"] == "my_families:LINE"
    assert records[0]["priors"]["k"] == {"uniform": [2.0, 3.0]}


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("CUBIC", "a family is named module:NAME, as in my_families:CUBIC; got 'CUBIC'"),
        (":CUBIC", "a family is named module:NAME, as in my_families:CUBIC; got ':CUBIC'"),
        ("my_families:", "a family is named module:NAME, as in my_families:CUBIC; got 'my_families:'"),
        ("my_families:QUARTIC", "family 'my_families:QUARTIC': module 'my_families' has no 'QUARTIC'"),
        ("my_families:NUMBER", "family 'my_families:NUMBER' is of type int, not a shapeclf.datasets.Family"),
    ],
    ids=["no-module", "empty-module", "empty-name", "unknown-name", "no-family"],
)
def test_a_reference_to_no_family_is_a_mistake(
    reference: str, text: str, mistake: Callable[..., str], family_module: Path
) -> None:
    assert mistake("families", "--family", reference) == text
