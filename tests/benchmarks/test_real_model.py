"""The counts of right answers on real tables, by the probability of the answer."""

from benchmarks.real_model import Answered, shares_right


def answered(law: str, answer: str, probability: float, clear: bool = True, among: str = "") -> Answered:
    return Answered("a table", law, clear, law == answer, answer, probability, "sine 0.01", among)


def test_answers_are_counted_by_probability_and_compared_with_its_sum() -> None:
    rows = [
        answered("line", "line", 0.99, among="line"),
        answered("power", "exponential", 0.5),
        answered("sqrt", "logarithm", 0.6, among="parabola"),
        answered("sine", "sine", 1.0, clear=False),
        answered("line", "sqrt", 0.3, clear=False, among="line"),
    ]
    found = {row[0]: row[1:] for row in shares_right(rows)}
    assert found["answers with 0 to 0.5"] == (1, 0, 0.3)
    assert found["answers with 0.5 to 0.8"] == (2, 0, 1.1)
    assert found["answers with 0.8 to 0.95"] == (0, 0, 0)
    assert found["answers with 0.95 to 1"] == (2, 2, 1.99)
    assert found["clear"] == (3, 1, 0.99 + 0.5 + 0.6)
    assert found["other"] == (2, 1, 1.3)
    assert found["all"][:2] == (5, 2)
    assert found["among line, parabola, sqrt"] == (2, 1, "")
