"""The base of everything that stands on the wire or in a file."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Schema(BaseModel):
    """An immutable object with camelCase keys outside and snake_case attributes inside.

    Unknown keys are refused, so a misspelt key is an error with its path and not a lost value.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        extra="forbid",
        frozen=True,
        protected_namespaces=(),
    )
