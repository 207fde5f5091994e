from pathlib import Path

import pytest
from matplotlib.figure import Figure

from shapeclf.errors import InputError
from shapeclf.recognition.pictures import check_picture_name, count_axis, new_figure, save_figure

MAGIC = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<?xml", ".pdf": b"%PDF-"}


def _figure() -> Figure:
    figure, (ax,) = new_figure(1)
    ax.plot([1.0, 3.0, 2.0], label="curve")
    ax.legend()
    return figure


@pytest.mark.parametrize("ending", [".png", ".svg", pytest.param(".pdf", marks=pytest.mark.slow)])
def test_the_same_figure_is_the_same_bytes(ending: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}{ending}" for name in ("one", "two")]
    for path in paths:
        save_figure(_figure(), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes().startswith(MAGIC[ending])


def test_different_figures_have_different_bytes(tmp_path: Path) -> None:
    for name, heights in (("one", [1.0, 2.0]), ("two", [2.0, 1.0])):
        figure = Figure(figsize=(1, 1))
        figure.subplots().plot(heights)
        save_figure(figure, tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() != (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("name", ["figure.jpg", "figure", ".png", "figure.png.gz"], ids=repr)
def test_other_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    message = r"figure\S*: a picture's name ends in \.pdf, \.png, \.svg$|/\.png: a picture's name ends in"
    with pytest.raises(InputError, match=message):
        check_picture_name(tmp_path / name)
    with pytest.raises(InputError, match=message):
        save_figure(Figure(figsize=(1, 1)), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["figure.png", "figure.PNG", "a.b.svg", "figure.Pdf"])
def test_known_suffixes_are_accepted(name: str, tmp_path: Path) -> None:
    check_picture_name(tmp_path / name)
    save_figure(Figure(figsize=(1, 1)), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(MAGIC[(tmp_path / name).suffix.lower()])


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        save_figure(Figure(figsize=(1, 1)), tmp_path / "nowhere" / "figure.png")


def test_a_size_that_is_too_small_is_an_error_and_writes_nothing(tmp_path: Path) -> None:
    figure, (ax,) = new_figure(1)
    ax.set_title("a\n" * 20)
    with pytest.raises(InputError, match=r"small\.png: 3 by 2 inches are too small for the labels and titles"):
        save_figure(figure, tmp_path / "small.png", (3.0, 2.0))
    assert list(tmp_path.iterdir()) == []


def test_a_size_in_inches_is_that_of_the_picture(tmp_path: Path) -> None:
    save_figure(_figure(), tmp_path / "a.svg", (4.0, 3.0))
    assert 'width="288pt" height="216pt"' in (tmp_path / "a.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("count", [1, 2, 3, 40, 1000, 200_000])
def test_numbers_of_points_have_whole_ticks_from_one_up(count: int) -> None:
    _, (ax,) = new_figure(1)
    ax.plot(range(1, count + 1, max(1, count // 100)), [0.5] * len(range(1, count + 1, max(1, count // 100))))
    count_axis(ax, count)
    low, high = ax.get_xlim()
    shown = [tick for tick in ax.get_xticks() if low <= tick <= high]
    assert shown
    assert all(tick == round(tick) >= 1 for tick in shown)
    if count > 1000:
        formatted = ax.xaxis.get_major_formatter()
        assert [formatted(tick) for tick in (1, 1000, 100_000)] == ["1", "1,000", "100,000"]
