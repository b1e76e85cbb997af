"""Problem details (RFC 9457): the one shape of every error answer."""

from schemas.base import Schema

MEDIA_TYPE = "application/problem+json"


class FieldProblem(Schema):
    """One bad field: `path` leads to it, `message` says what is wrong and how to mend it."""

    path: str
    code: str
    message: str


class Problem(Schema):
    """An error answer. `errors` has one entry per bad field."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []
