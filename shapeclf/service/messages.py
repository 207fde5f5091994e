"""Models of the requests and answers in JSON, from which the OpenAPI description is generated."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue

__all__ = [
    "MAX_CURVE_POINTS",
    "Answer",
    "AnswerOptions",
    "Answers",
    "AxisNames",
    "Curve",
    "CurveOptions",
    "Families",
    "FamilyRecord",
    "Health",
    "Problem",
    "ReadTable",
    "RecognizeRequest",
    "Surprise",
    "SurpriseAnswer",
    "SurpriseRequest",
]


def _whole(value: object) -> object:
    """Return 90.0 as 90, since JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _check_error_bars(points: list[list[float]]) -> list[list[float]]:
    """Check that all points of a sequence have a y_error above 0, or none has one."""
    if len({len(point) for point in points}) != 1 or any(not point[2] > 0 for point in points if len(point) > 2):
        raise ValueError("either all points of a sequence have a third number, y_error, above 0, or none has one")
    return points


MAX_CURVE_POINTS = 2000

Whole = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Point = Annotated[list[Number], Field(min_length=2, max_length=3)]
Sequence = Annotated[list[Point], Field(min_length=1), AfterValidator(_check_error_bars)]
Names = Annotated[list[str], Field(min_length=1, json_schema_extra={"uniqueItems": True})]

_FALL: list[JsonValue] = [[1, 4.9], [2, 19.6], [3, 44.1], [4, 78.5], [5, 122.4], [6, 176.5]]
_RUN: list[JsonValue] = [[1, 3.1], [2, 5.0], [3, 6.9], [4, 9.1]]
_WITH_ERRORS: list[JsonValue] = [[1, 3.1, 0.1], [2, 5.0, 0.1], [3, 6.9, 0.2], [4, 9.1, 0.2]]


class _Strict(BaseModel):
    """A model that accepts no number as text and no unknown member."""

    model_config = ConfigDict(strict=True, extra="forbid")


class CurveOptions(_Strict):
    """The x at which the fitted curve is returned."""

    start: Number | None = Field(default=None, description="The first x; by default the lowest of the points.")
    end: Number | None = Field(default=None, description="The last x; by default the highest of the points.")
    points: Whole = Field(default=200, ge=2, le=MAX_CURVE_POINTS, description="Number of x, evenly spaced.")
    level: float = Field(default=0.95, ge=0.01, le=0.999, description="Probability that the band covers the curve.")


class AxisNames(_Strict):
    """Names and units of x and y, for the equation and the units of its parameters."""

    x: str | None = None
    y: str | None = None
    x_unit: str | None = None
    y_unit: str | None = None


class AnswerOptions(_Strict):
    """The options of a request for answers."""

    among: Names | None = Field(default=None, description="Consider only these families; by default all.")
    fit: bool = Field(default=True, description="Fit equations. Some fits take milliseconds each.")
    family: str | None = Field(default=None, description="Fit this family instead of the most probable one.")
    curve: CurveOptions | None = Field(default=None, description="Return the fitted curve with its band.")
    y_error: Annotated[Number, Field(gt=0)] | None = Field(
        default=None,
        description="Standard deviation of every y in sequences without error bars. It weights the fit; a model file "
        "of format 2, whose points have a y_error, uses it for the probabilities, too.",
    )
    comparison: bool = Field(default=False, description="Return the fit to every family, too.")
    at: list[Number] | None = Field(
        default=None, min_length=1, max_length=MAX_CURVE_POINTS, description="Predict y at these x."
    )
    each_point: bool = Field(default=False, description="Return the posterior after every point, too.")
    names: AxisNames | None = Field(default=None, description="Return the equation with these names, too.")


class RecognizeRequest(AnswerOptions):
    """One or many sequences of points, and the options of their answers."""

    sequences: Annotated[list[Sequence], Field(min_length=1)] = Field(
        description="Each a list of points [x, y], or of [x, y, y_error] with the standard deviation of y; of any "
        "lengths and units, sorted or not."
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"sequences": [_FALL]},
                {"sequences": [_FALL, _RUN], "among": ["line", "parabola", "sqrt"], "fit": False},
                {"sequences": [_FALL], "curve": {"start": 0, "end": 8, "points": 5}, "each_point": True},
                {"sequences": [_WITH_ERRORS]},
            ]
        }
    )


class Curve(BaseModel):
    """A fitted curve. Its values are null where it is not defined."""

    x: list[float | None]
    y: list[float | None]
    lower: list[float | None] | None = Field(
        description="Lower end of the band; null if the points do not determine a band."
    )
    upper: list[float | None] | None


class QuantityRecord(BaseModel):
    """A quantity that follows from the parameters of the curve."""

    value: float
    standard_error: float | None
    unit: str | None


class Predicted(BaseModel):
    """Predicted y at one x, with 95 % intervals; null where no law is defined."""

    x: float
    y: float | None = Field(description="Median of the mixture of the laws' curves, weighted by their probabilities.")
    low: float | None = Field(description="Lower end of the interval of the curve.")
    high: float | None
    reading_low: float | None = Field(description="Lower end of the interval of a new reading.")
    reading_high: float | None
    left_out: list[str] = Field(description="Laws that are not defined at this x or need more points.")


class Answer(BaseModel):
    """The answer to one sequence: the fields of ``shapeclf predict --json``, the verdict, and what the options add."""

    family: str = Field(description="The most probable family.")
    probability: float = Field(ge=0, le=1)
    posterior: dict[str, float] = Field(description="The probability of every family for the finished set of points.")
    points: int
    verdict: str = Field(description="The answer in words.")
    equation: str | None = Field(default=None, description="Missing if fit is false; null if the family has no fit.")
    parameters: dict[str, float | None] | None = None
    standard_errors: dict[str, float | None] | None = None
    covariance: list[list[float | None]] | None = Field(
        default=None, description="Covariance matrix of the parameters; null if the points do not determine it."
    )
    r_squared: float | None = None
    residual_sd: float | None = None
    residual_test: dict[str, str | float | bool | None] | None = Field(
        default=None, description="Whether the residuals are random: name, statistic, p_value, systematic, random."
    )
    outliers: list[int] | None = Field(default=None, description="Numbers, from 1, of the points far from the curve.")
    quantities: dict[str, QuantityRecord] | None = Field(
        default=None, description="Quantities that follow from the parameters, such as a half-life, by name."
    )
    chi_squared: float | None = Field(default=None, description="Missing or null without error bars.")
    reduced_chi_squared: float | None = Field(default=None, description="Chi-squared per degree of freedom.")
    p_value: float | None = Field(
        default=None, description="Probability of a chi-squared at least as large if the law and the errors are right."
    )
    equation_named: str | None = Field(
        default=None, description="The equation with the names of the request or of the table."
    )
    parameter_units: dict[str, str] | None = Field(
        default=None, description="Units of the parameters, as far as known."
    )
    closest: dict[str, Any] | None = Field(
        default=None,
        description="If fit is true and the family is none: the fit of the law with the lowest BIC, if any.",
    )
    comparison: list[dict[str, Any]] | None = Field(
        default=None, description="If comparison is true: a row for each family that can be fitted."
    )
    at: list[Predicted] | None = Field(default=None, description="If at is given: predicted y at each of these x.")
    curve: Curve | None = Field(
        default=None, description="If curve is given; null if there is no fit, not even of the closest law."
    )
    posteriors: list[list[float]] | None = Field(
        default=None, description="If each_point is true: posterior after every point, in the order of families."
    )
    data: dict[str, Any] | None = Field(default=None, description="For a table: what was read.")
    model: dict[str, Any] | None = Field(default=None, description="For a table: the model that answered.")
    notes: list[str] | None = Field(default=None, description="For a table: what was read, in words, and remarks.")


class Answers(BaseModel):
    """An answer for each sequence, in their order."""

    families: list[str]
    answers: list[Answer]


class ReadTable(BaseModel):
    """The points of a table, and what was read."""

    data: dict[str, Any] = Field(description="What was read, as in an answer.")
    notes: list[str] = Field(description="What was read, in words, and remarks.")
    columns: list[str | None] = Field(description="Names of all columns; null for one without a header.")
    chosen: list[int | None] = Field(description="Indices from 0 of the columns of x, y and y_error.")
    sheets: list[str] = Field(description="Names of the sheets of a spreadsheet.")
    sheet: str | None = Field(description="The sheet that was read.")
    points: list[list[float]] = Field(description="Each [x, y] or [x, y, y_error], in the order of the file.")


class FamilyRecord(BaseModel):
    """One family that the model knows."""

    name: str
    formula: str | None = Field(description="Null for the class none, and for a family without a known formula.")
    priors: dict[str, Any] = Field(description="The prior of each parameter, by name.")


class Families(BaseModel):
    """The families that the model knows, in the order of all answers."""

    families: list[FamilyRecord]


class Health(BaseModel):
    """The state of the service."""

    status: str
    version: str
    model: str
    streams: int = Field(description="Number of open streams.")
    limits: dict[str, float] = Field(description="The limits of the service, by name.")


class Problem(BaseModel):
    """The reason why there is no answer, in one line."""

    detail: str


class SurpriseRequest(_Strict):
    """Options for drawing a hidden function."""

    points: Whole = Field(default=10, ge=3, le=100, description="Number of points.")
    noise: float | None = Field(
        default=0.03,
        ge=0,
        le=0.5,
        description="Standard deviation of the noise in units of the curve's range; null for a random one. Models of "
        "other recipes than real add the noise of their own data set instead; 0 still means none.",
    )
    among: Names | None = Field(default=None, description="Draw one of these families; by default any of the model's.")

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"points": 12, "among": ["line", "sqrt"]}]})


class Surprise(BaseModel):
    """Points of a hidden function, and the id with which it can be revealed."""

    id: str
    points: list[list[float]]


class SurpriseAnswer(BaseModel):
    """The hidden function."""

    family: str
    equation: str | None = Field(description="Null for the class none, and for a family without a known formula.")
    curve: Curve = Field(description="The curve without noise.")
