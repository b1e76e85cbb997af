"""A Serve configuration file, checked before any cluster is started for it."""

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, Field, ValidationError

from deployments.settings import Settings
from schemas.validation import problems_of

MAX_PORT = 65_535
APPLICATION = "deployments.app:build_app"


class BadConfiguration(ValueError):
    """One line for each thing that is wrong: the file, the key and what to do."""


class _HttpOptions(BaseModel):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(strict=True, ge=1, le=MAX_PORT)] = 8000


class _Application(BaseModel):
    import_path: str
    args: dict[str, Any] = {}


class _Configuration(BaseModel):
    """As much of Ray's own schema as the launcher itself relies on."""

    http_options: _HttpOptions | None = None
    applications: Annotated[list[_Application], Field(min_length=1)]


def read_configuration(file: Path) -> dict[str, Any]:
    """The file's content, which Ray and the arguments of our application will take, as it stands.

    Raises BadConfiguration.
    """
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadConfiguration(f"{file}{line}: {error.problem}; correct the YAML") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise BadConfiguration(f"{file}: cannot be read as YAML: {reason}") from error
    if not isinstance(content, dict):
        raise BadConfiguration(
            f"{file}: is no configuration of Ray Serve; write it as serve_config.yaml is"
        )
    location: tuple[str | int, ...] = ()
    try:
        configuration = _Configuration.model_validate(content)
        for index, application in enumerate(configuration.applications):
            if application.import_path == APPLICATION:
                location = ("applications", index, "args")
                Settings.model_validate(application.args)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        found = problems_of({**detail, "loc": (*location, *detail["loc"])} for detail in details)
        lines = [f"{file}: {problem.path}: {_in_yaml(problem.message)}" for problem in found]
        raise BadConfiguration("\n".join(lines)) from error
    return content


def _in_yaml(message: str) -> str:
    return message.replace("a JSON object", "a mapping").replace("a JSON array", "a list")
