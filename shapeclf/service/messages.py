"""What the service is asked and what it answers, as JSON; the OpenAPI description is made of these."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

__all__ = [
    "MOST_CURVE_POINTS",
    "Answer",
    "AnswerOptions",
    "Answers",
    "Curve",
    "CurveWanted",
    "Families",
    "FamilyFound",
    "Health",
    "Problem",
    "RecognizeRequest",
    "Surprise",
    "SurpriseAnswer",
    "SurpriseRequest",
]


def _whole(value: object) -> object:
    """JSON knows one kind of number: 90.0 is as whole as 90."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _check_errors(points: list[list[float]]) -> list[list[float]]:
    """Check that all points of a sequence have an error above 0, or none has one."""
    if len({len(point) for point in points}) != 1 or any(not point[2] > 0 for point in points if len(point) > 2):
        raise ValueError("either all points of a sequence have a third number, y_error, above 0, or none has one")
    return points


MOST_CURVE_POINTS = 2000

Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Point = Annotated[list[Number], Field(min_length=2, max_length=3)]
Sequence = Annotated[list[Point], Field(min_length=1), AfterValidator(_check_errors)]
Names = Annotated[list[str], Field(min_length=1, json_schema_extra={"uniqueItems": True})]

_FALL: list[JsonValue] = [[1, 4.9], [2, 19.6], [3, 44.1], [4, 78.5], [5, 122.4], [6, 176.5]]
_RUN: list[JsonValue] = [[1, 3.1], [2, 5.0], [3, 6.9], [4, 9.1]]


class _Asked(BaseModel):
    """Numbers are numbers, not text, and what is not known is refused rather than passed over."""

    model_config = ConfigDict(strict=True, extra="forbid")


class CurveWanted(_Asked):
    """Where the fitted curve is wanted, and how fine."""

    start: Number | None = Field(default=None, description="First place on the x axis; by default the lowest x.")
    end: Number | None = Field(default=None, description="Last place; by default the highest x.")
    points: Whole = Field(default=200, ge=2, le=MOST_CURVE_POINTS, description="How many places, evenly spaced.")
    level: float = Field(default=0.95, ge=0.01, le=0.999, description="Probability that the band covers the curve.")


class AnswerOptions(_Asked):
    """The options of a request: all but its points."""

    among: Names | None = Field(default=None, description="Consider only these families; by default all.")
    fit: bool = Field(default=True, description="Whether equations are fitted; some take milliseconds each.")
    family: str | None = Field(default=None, description="Fit this one rather than the most probable one.")
    curve: CurveWanted | None = Field(default=None, description="The fitted curve with its band, at these x.")
    y_error: Annotated[Number, Field(gt=0)] | None = Field(
        default=None, description="Standard deviation of every y, where the points have none. It weights the fit."
    )
    each_point: bool = Field(default=False, description="Whether the posterior after every point is wanted too.")


class RecognizeRequest(AnswerOptions):
    """One or many sequences of points, and what is wanted of them."""

    sequences: Annotated[list[Sequence], Field(min_length=1)] = Field(
        description="Each a list of points [x, y], or of points [x, y, y_error] whose errors weight the fit; of any "
        "lengths, in any units, sorted or not."
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"sequences": [_FALL]},
                {"sequences": [_FALL, _RUN], "among": ["line", "parabola", "sqrt"], "fit": False},
                {"sequences": [_FALL], "curve": {"start": 0, "end": 8, "points": 5}, "each_point": True},
                {"sequences": [[[1, 3.1, 0.1], [2, 5.0, 0.1], [3, 6.9, 0.2], [4, 9.1, 0.2]]]},
            ]
        }
    )


class Curve(BaseModel):
    """A fitted curve; null where it does not exist."""

    x: list[float | None]
    y: list[float | None]
    lower: list[float | None] | None = Field(description="Lower end of the band; null where the points leave it open.")
    upper: list[float | None] | None


class Answer(BaseModel):
    """What is said of one sequence; the fields of ``shapeclf predict --json``."""

    family: str = Field(description="The most probable family.")
    probability: float = Field(ge=0, le=1)
    posterior: dict[str, float] = Field(description="The probability of every family after the last point.")
    points: int
    verdict: str = Field(description="The answer in words.")
    equation: str | None = Field(default=None, description="Missing with fit false; null for none.")
    parameters: dict[str, float | None] | None = None
    standard_errors: dict[str, float | None] | None = None
    covariance: list[list[float | None]] | None = Field(
        default=None, description="Of the parameters, in their order; null where the points do not determine it."
    )
    r_squared: float | None = None
    chi_squared: float | None = Field(default=None, description="Missing or null without error bars.")
    reduced_chi_squared: float | None = Field(default=None, description="Chi-squared per degree of freedom.")
    p_value: float | None = Field(
        default=None, description="Probability of a chi-squared at least as large if the law and the errors are right."
    )
    curve: Curve | None = Field(default=None, description="Where it was asked for; null without an equation.")
    posteriors: list[list[float]] | None = Field(
        default=None, description="With each_point: after every point, in the order of families."
    )


class Answers(BaseModel):
    """An answer for each sequence, in their order."""

    families: list[str]
    answers: list[Answer]


class FamilyFound(BaseModel):
    """One family that the model tells apart."""

    name: str
    formula: str | None = Field(description="Null for none, and where it is not known here.")
    priors: dict[str, Any] = Field(description="Of each parameter, by name.")


class Families(BaseModel):
    """The families that the model tells apart, in the order of all answers."""

    families: list[FamilyFound]


class Health(BaseModel):
    """That the service answers, with which model, and how busy it is."""

    status: str
    version: str
    model: str
    streams: int = Field(description="Open now.")
    limits: dict[str, float] = Field(description="What it does for one client at most.")


class Problem(BaseModel):
    """Why there is no answer, in one line."""

    detail: str


class SurpriseRequest(_Asked):
    """How the hidden function is to be drawn."""

    points: Whole = Field(default=10, ge=3, le=100, description="How many.")
    noise: float | None = Field(
        default=0.03,
        ge=0,
        le=0.5,
        description="Standard deviation in units of the curve's range; null draws it too.",
    )
    among: Names | None = Field(default=None, description="It is one of these; by default any that the model knows.")

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"points": 12, "among": ["line", "sqrt"]}]})


class Surprise(BaseModel):
    """Points of a hidden function; what it is can be asked for by its id."""

    id: str
    points: list[list[float]]


class SurpriseAnswer(BaseModel):
    """What the hidden function was."""

    family: str
    equation: str | None = Field(description="Null for none.")
    curve: Curve = Field(description="Without its noise.")
