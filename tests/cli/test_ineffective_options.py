"""An option that could have no effect is refused, not ignored."""

from collections.abc import Callable
from pathlib import Path

import pytest

_CUBIC = ["--family", "my_families:CUBIC"]
_DOES_NOT_KNOW = "does not know the family 'cubic', only line, parabola, sqrt"
_REFUSED = {
    "predict": (["predict", "points.csv", "--model", "fresh", *_CUBIC], _DOES_NOT_KNOW),
    "predict-stream": (["predict", "-", "--model", "fresh", *_CUBIC], _DOES_NOT_KNOW),
    "predict-groups": (["predict", "points.csv", "--group", "x", "--model", "fresh", *_CUBIC], _DOES_NOT_KNOW),
    "eval": (["eval", "--model", "fresh", *_CUBIC], _DOES_NOT_KNOW),
    "sample": (["sample", "--model", "fresh", *_CUBIC], _DOES_NOT_KNOW),
    "serve": (["serve", "--model", "fresh", *_CUBIC], _DOES_NOT_KNOW),
    "eval-parameters": (["eval", "--model", "real", "--parameters", "fresh"], "has no parameters that can be changed"),
    "eval-x": (["eval", "--model", "real", "--x", "0:3"], "has no x that can be changed"),
    "sample-x": (["sample", "--model", "real", "--x", "own"], "has no x that can be changed"),
    "wave-x": (["wave", "train", "--x", "0:1"], "--x is for --function, which is missing"),
    "wave-dropout": (["wave", "train", "--dropout", "0.5"], "--dropout works between layers, and there is only one"),
    "wave-values": (["wave", "train", "--values", "9"], "--values is for --function, which is missing"),
}


@pytest.mark.parametrize(("words", "text"), _REFUSED.values(), ids=_REFUSED)
def test_an_option_without_effect_is_a_mistake(
    words: list[str], text: str, mistake: Callable[..., str], family_module: Path, tmp_path: Path
) -> None:
    (tmp_path / "points.csv").write_text("x,y\n1,2\n2,4\n")
    assert text in mistake(*words)


def test_resuming_refuses_a_family_that_the_run_does_not_know(
    mistake: Callable[..., str], family_module: Path, in_trained_folder: Path
) -> None:
    text = mistake("train", "--resume", in_trained_folder, *_CUBIC)
    assert "was not trained on the family 'cubic'" in text
