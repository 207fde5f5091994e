import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from shapeclf.errors import InputError
from shapeclf.recognition import Recognizer, locating
from shapeclf.recognition.locating import (
    locate_model,
    locate_newest_run,
    newest_run,
    run_versions,
    shipped_models,
)

Make = Callable[..., Path]


@pytest.fixture
def make_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes ``runs/NAME`` in the current folder, complete or not."""
    monkeypatch.chdir(tmp_path)

    def make(name: str, *, complete: bool = True) -> Path:
        folder = Path("runs") / name
        folder.mkdir(parents=True)
        if complete:
            (folder / "model.onnx").write_bytes(b"")
        return folder

    return make


def test_versions_are_numbers(make_run: Make) -> None:
    for name in ("version_10", "version_9", "version_0", "version_x", "version_-1", "wave", "version_3_old"):
        make_run(name)
    assert list(run_versions(Path("runs"))) == [0, 9, 10]
    assert newest_run() == Path("runs/version_10")


def test_the_newest_run_is_a_complete_one(make_run: Make) -> None:
    older = make_run("version_2")
    make_run("version_3", complete=False)
    (make_run("version_4", complete=False) / "model.onnx").mkdir()
    assert newest_run() == older
    assert locate_newest_run() == older / "model.onnx"
    assert locate_model("runs") == older / "model.onnx"


def test_a_version_is_newer_by_its_number_not_its_date(make_run: Make) -> None:
    newest = make_run("version_5")
    os.utime(newest, (0, 0))
    make_run("version_1")
    assert newest_run() == newest


def test_runs_of_another_folder(tmp_path: Path) -> None:
    run = tmp_path / "elsewhere" / "version_0"
    run.mkdir(parents=True)
    (run / "model.onnx").touch()
    assert newest_run(run.parent) == run


@pytest.mark.parametrize("incomplete", [False, True], ids=["no runs", "an unfinished run"])
def test_an_error_without_a_run_explains_how_to_make_one(make_run: Make, incomplete: bool) -> None:
    if incomplete:
        make_run("version_0", complete=False)
    message = "^there is no finished run in runs/ here: make one with 'shapeclf train', or name one with --model$"
    assert newest_run() is None
    with pytest.raises(InputError, match=message):
        locate_newest_run()


def test_runs_may_be_a_file(make_run: Make) -> None:
    Path("runs").write_text("not a folder")
    assert run_versions(Path("runs")) == {}


def test_a_model_is_located_by_its_file_or_its_run(make_run: Make) -> None:
    run = make_run("version_0")
    assert locate_model(str(run)) == run / "model.onnx"
    assert locate_model("runs/version_0/model.onnx") == run / "model.onnx"


def test_a_folder_without_a_model(make_run: Make) -> None:
    make_run("version_0", complete=False)
    with pytest.raises(InputError, match=r"^runs/version_0: a folder without model\.onnx; a finished run has one$"):
        locate_model("runs/version_0")


def test_a_missing_model_is_reported(make_run: Make) -> None:
    with pytest.raises(InputError, match=r"^nothing\.onnx: there is no such model file or run"):
        locate_model("nothing.onnx")


def test_shipped_models_have_the_name_of_their_recipe(
    make_run: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("real.onnx", "classic.onnx", "notes.txt"):
        (tmp_path / "models").mkdir(exist_ok=True)
        (tmp_path / "models" / name).write_bytes(b"")
    monkeypatch.setattr(locating, "files", lambda package: tmp_path)
    assert shipped_models() == {name: tmp_path / "models" / f"{name}.onnx" for name in ("classic", "real")}
    assert locate_model("real") == tmp_path / "models" / "real.onnx"
    message = r"^sines: there is no such model file or run, nor a shipped model of that name \(classic, real\)$"
    with pytest.raises(InputError, match=message):
        locate_model("sines")
    for here in ("real", "classic"):  # the name precedes a file of the same name; ./name is a path
        Path(here).mkdir() if here == "real" else Path(here).write_bytes(b"")
    assert locate_model("real") == tmp_path / "models" / "real.onnx"
    assert locate_model("./classic") == locate_model(Path("classic")) == Path("classic")
    with pytest.raises(InputError, match=r"^\./real: a folder without model\.onnx"):
        locate_model("./real")


def test_shipped_models_are_sound() -> None:
    for path in shipped_models().values():
        assert Recognizer.load(path).families


def test_a_recognizer_loads_what_is_located(tiny_model: Path, make_run: Make) -> None:
    run = make_run("version_0")
    shutil.copy(tiny_model, run / "model.onnx")
    for path in (run, str(run), "runs", tiny_model):
        assert Recognizer.load(path).families == ("line", "parabola", "sqrt")


def test_without_a_name_it_is_the_shipped_model_of_real_points() -> None:
    assert locate_model() == shipped_models()["real"]
    assert Recognizer.load().families[-1] == "none"
