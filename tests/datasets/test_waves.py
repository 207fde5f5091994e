import numpy as np
import pytest
from scipy import stats

from shapeclf.datasets.waves import draw_shifts, shifted_sines
from shapeclf.errors import InputError


def test_a_wave_satisfies_its_equation() -> None:
    shifts, steps = np.array([-80.0, 0.0, 0.5]), np.arange(300)
    expected = np.sin((steps + shifts[:, np.newaxis]) / 20)
    np.testing.assert_allclose(shifted_sines(shifts, 300)[..., 0], expected, rtol=0, atol=1e-15)


def test_a_shift_moves_the_wave() -> None:
    first, second = shifted_sines([0, 7], 100)
    np.testing.assert_array_equal(first[7:], second[:-7])


def test_shifts_are_uniform_on_whole_steps() -> None:
    shifts = draw_shifts(16_000, np.random.default_rng(0))
    counts = np.bincount(shifts + 80, minlength=160)
    assert len(counts) == 160
    assert stats.chisquare(counts).pvalue > 0.01


def test_shifts_depend_on_the_generator_only() -> None:
    first, again, other = (draw_shifts(50, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_a_wave_without_steps_is_refused() -> None:
    with pytest.raises(InputError, match=r"^length must be from 1 up, got 0$"):
        shifted_sines([0], 0)
