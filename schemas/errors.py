"""The exception tree, one HTTP status each.

SummarizerError               500
├── InvalidReport             422  the request or one of its fields
├── MalformedJson             400  the body is not JSON
├── UnsupportedMedia          415  the body is of another media type
├── BodyTooLarge              413
├── QueueFull                 429  with Retry-After
├── NotReady                  503  no inference has worked yet
│   ├── ModelUnavailable      503  and none will: the model cannot be started
│   └── ModelUnhealthy        503  the model has failed again and again
├── RequestTimeout            504  the answer took longer than allowed
├── ModelFailed               500  the model raised on this report
├── ModelFolderError          500  the model folder cannot be loaded
├── DatasetError              422  the training data cannot be used
└── TrainingError             422  a training run cannot start or go on
"""

from schemas.problem import FieldProblem, Problem


class SummarizerError(Exception):
    """The root: whatever this project raises on purpose.

    `detail` is a sentence for the caller and never holds a report's text.
    """

    status = 500
    slug = "internal"
    title = "Internal error"

    def __init__(self, detail: str, errors: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors

    def __reduce__(self) -> tuple[type["SummarizerError"], tuple[object, ...]]:
        return type(self), (self.detail, self.errors)

    def to_problem(self) -> Problem:
        """The same error as problem details."""
        return Problem(
            type=f"urn:bug-summarizer:{self.slug}",
            title=self.title,
            status=self.status,
            detail=self.detail,
            errors=list(self.errors),
        )


class InvalidReport(SummarizerError):
    """A field of the request breaks its contract."""

    status = 422
    slug = "invalid-report"
    title = "Invalid request"


class MalformedJson(SummarizerError):
    """The body is not a JSON document."""

    status = 400
    slug = "malformed-json"
    title = "Malformed JSON"


class UnsupportedMedia(SummarizerError):
    """The body is not of a media type that the service reads."""

    status = 415
    slug = "unsupported-media-type"
    title = "Unsupported media type"


class BodyTooLarge(SummarizerError):
    """The body is longer than the service reads."""

    status = 413
    slug = "body-too-large"
    title = "Body too large"


class QueueFull(SummarizerError):
    """As many reports wait as may wait."""

    status = 429
    slug = "queue-full"
    title = "Queue full"

    def __init__(self, detail: str, retry_after_s: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s

    def __reduce__(self) -> tuple[type["SummarizerError"], tuple[object, ...]]:
        return type(self), (self.detail, self.retry_after_s)


class NotReady(SummarizerError):
    """The service has not answered a report yet."""

    status = 503
    slug = "not-ready"
    title = "Not ready"


class ModelUnavailable(NotReady):
    """No replica could start the model, and no further attempt is made."""

    slug = "model-unavailable"
    title = "The model cannot be started"


class ModelUnhealthy(NotReady):
    """The model has failed again and again, does not come back, or what runs it has ended."""

    slug = "model-unhealthy"
    title = "The model does not work"


class RequestTimeout(SummarizerError):
    """The answer took longer than a request may take."""

    status = 504
    slug = "timeout"
    title = "Timed out"


class ModelFailed(SummarizerError):
    """The model raised on this report; other reports are not touched."""

    slug = "model-failed"
    title = "The model failed on this report"


class ModelFolderError(SummarizerError):
    """A model folder is incomplete, of another architecture or of an unknown format."""

    slug = "model-folder"
    title = "The model folder cannot be loaded"


class DatasetError(SummarizerError):
    """The training data is missing, empty or has too many bad lines."""

    status = 422
    slug = "dataset"
    title = "The training data cannot be used"


class TrainingError(SummarizerError):
    """A training run cannot start or go on as it was asked for."""

    status = 422
    slug = "training"
    title = "The training run cannot go on"
