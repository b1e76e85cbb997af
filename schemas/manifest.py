"""`summarizer.json`: what a model folder says of itself."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field

from schemas.base import Schema
from schemas.summary import FieldName

FILE_NAME = "summarizer.json"
FORMAT_VERSION: Literal[1] = 1


class ModelKind(StrEnum):
    """How a model answers: an encoder that points, or a seq2seq model that writes."""

    EXTRACTIVE = "extractive"
    ABSTRACTIVE = "abstractive"


Share = Annotated[float, Field(ge=0, le=1)]


class ModelManifest(Schema):
    """Kind, name and limits of a model, and how it was made.

    `thresholds` holds per field the confidence below which the answer is `Not stated`;
    `temperatures` what its scores are divided by before they become probabilities, and `offsets`,
    for extractive models, what is then added to the log-odds of an answer other than `Not stated`.
    `metrics` maps a part of the data (for example `heldOut`) to its figures.
    """

    format_version: Literal[1] = FORMAT_VERSION
    kind: ModelKind
    name: Annotated[str, Field(min_length=1)]
    version: Annotated[str, Field(min_length=1)]
    base_model: str
    fields: Annotated[list[FieldName], Field(min_length=1)] = list(FieldName)
    categories: list[str]
    max_source_tokens: Annotated[int, Field(ge=16)] = 512
    max_target_tokens: Annotated[int, Field(ge=2)] = 64
    thresholds: dict[FieldName, Share] = {}
    temperatures: dict[FieldName, Annotated[float, Field(gt=0)]] = {}
    offsets: dict[FieldName, Annotated[float, Field(ge=-10, le=10)]] = {}
    data_hash: str | None = None
    licence: str | None = None
    created: str | None = None
    metrics: dict[str, Any] = {}


class ModelDescription(Schema):
    """The answer of `GET /model`.

    `fingerprint` changes with the model's files and with how they are run, which name and version
    need not do.
    """

    name: str
    version: str
    fingerprint: str
    kind: str
    base: str | None
    fields: list[FieldName]
    categories: list[str]
    metrics: dict[str, Any]
    licence: str | None
