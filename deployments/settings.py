"""What an operator can set: the arguments of `build_app`."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from summarizer.scheduler import Limits

PROJECT_ROOT = Path(__file__).resolve().parent.parent
LOCAL_FRONT_ENDS = tuple(
    f"http://{host}:{port}"
    for host in ("localhost", "127.0.0.1")
    for port in (3000, 4200, 5173, 8080)
)
_ORIGIN = re.compile(r"https?://[^/\s?#*@A-Z]+")
"""As a browser spells one: an origin in another spelling would never match."""

STUCK_AFTER_S = 600.0
"""A model that does not come back for so long, at least, counts as stuck."""

PositiveInt = Annotated[int, Field(ge=1)]


def _split_commas(value: object) -> object:
    """`serve run` hands every argument over as one string."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


class Autoscaling(BaseModel):
    """Between how many replicas Serve may choose, and by what load of each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_replicas: PositiveInt = 1
    max_replicas: PositiveInt
    target_ongoing_requests: Annotated[float, Field(gt=0)] = 16.0

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.max_replicas < self.min_replicas:
            raise ValueError("max_replicas must be at least min_replicas")
        return self


class Settings(BaseModel):
    """The service's settings; an unknown key is an error. Host and port are Serve's own.

    `engine: auto` takes what the model folder says, `device: auto` a GPU per replica where the
    cluster has any, `precision: auto` what suits the device, `threads: null` as many as fit, and
    `replicas: null` one on a GPU and two where there are two cores. The limits hold per replica,
    and the cache's per ingress; `cache_entries: 0` is no cache.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    engine: Literal["auto", "mock", "extractive", "abstractive", "generate"] = "auto"
    model: Path | None = None
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32", "int8", "bfloat16"] = "auto"
    threads: PositiveInt | None = None
    replicas: PositiveInt | None = None
    autoscaling: Autoscaling | None = None
    max_batch_size: PositiveInt = 32
    max_batch_tokens: PositiveInt = 8_192
    max_waiting: PositiveInt = 128
    request_timeout_s: Annotated[float, Field(gt=0)] = 60.0
    cache_entries: Annotated[int, Field(ge=0)] = 2_048
    cache_bytes: PositiveInt = 64 * 1024 * 1024
    max_body_bytes: Annotated[int, Field(ge=1_024)] = 8 * 1024 * 1024
    cors_origins: Annotated[tuple[str, ...], BeforeValidator(_split_commas)] = LOCAL_FRONT_ENDS
    cors_allow_credentials: bool = False
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if origin != "*" and not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin; write scheme://host or scheme://host:port in small "
                    "letters, with no path, no wildcard and no slash at the end"
                )
        return origins

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.engine != "mock" and self.model is None:
            raise ValueError("model is missing: name a model folder, or choose engine: mock")
        if self.replicas is not None and self.autoscaling is not None:
            raise ValueError("set either replicas or autoscaling, not both")
        if self.cors_allow_credentials and "*" in self.cors_origins:
            raise ValueError(
                "cors_origins: '*' together with cors_allow_credentials would let every site act "
                "as its visitor; name the origins"
            )
        return self

    @property
    def model_folder(self) -> Path | None:
        """The model folder; a relative one is in the project's root."""
        return None if self.model is None else PROJECT_ROOT / self.model

    @property
    def longest_turn_s(self) -> float:
        """How long an admission or a step may last: by then nobody waits for it any more."""
        return max(STUCK_AFTER_S, 2 * self.request_timeout_s)

    @property
    def limits(self) -> Limits:
        """The scheduler's share of the settings."""
        return Limits(
            max_batch_size=self.max_batch_size,
            max_batch_tokens=self.max_batch_tokens,
            max_waiting=self.max_waiting,
        )
