"""What an operator may set, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from deployments.settings import PROJECT_ROOT, Settings
from summarizer.scheduler import Limits


def test_defaults_of_the_mock() -> None:
    settings = Settings.model_validate({"engine": "mock"})
    assert settings.model_folder is None
    assert settings.limits == Limits()
    assert settings.precision == "auto"
    assert settings.cache_entries > 0
    assert "http://localhost:3000" in settings.cors_origins


@pytest.mark.parametrize(("timeout_s", "longest_s"), [(0.5, 600), (60, 600), (900, 1800)])
def test_no_step_counts_as_stuck_while_anyone_waits(timeout_s: float, longest_s: float) -> None:
    settings = Settings.model_validate({"engine": "mock", "request_timeout_s": timeout_s})
    assert settings.longest_turn_s == longest_s


@pytest.mark.parametrize(
    ("args", "words"),
    [
        pytest.param({"engine": "mock", "modle": "x"}, "modle", id="unknown-key"),
        pytest.param({}, "name a model folder", id="no-model"),
        pytest.param({"engine": "magic", "model": "x"}, "engine", id="unknown-engine"),
        pytest.param({"model": "x", "device": "tpu"}, "device", id="unknown-device"),
        pytest.param({"model": "x", "threads": 0}, "threads", id="no-thread"),
        pytest.param(
            {"model": "x", "replicas": 2, "autoscaling": {"max_replicas": 3}},
            "not both",
            id="replicas-and-autoscaling",
        ),
        pytest.param(
            {"model": "x", "autoscaling": {"min_replicas": 3, "max_replicas": 2}},
            "at least min_replicas",
            id="autoscaling-order",
        ),
        pytest.param(
            {"model": "x", "cors_origins": ["*"], "cors_allow_credentials": True},
            "name the origins",
            id="any-origin-with-credentials",
        ),
        pytest.param(
            {"model": "x", "cors_origins": ["http://localhost:3000/"]}, "slash", id="origin-slash"
        ),
        pytest.param(
            {"model": "x", "cors_origins": ["https://*.a.example"]}, "wildcard", id="origin-pattern"
        ),
        pytest.param(
            {"model": "x", "cors_origins": ["https://A.example"]}, "small", id="origin-capitals"
        ),
        pytest.param({"model": "x", "max_waiting": 0}, "max_waiting", id="no-queue"),
        pytest.param({"model": "x", "precision": "fp16"}, "precision", id="unknown-precision"),
        pytest.param({"model": "x", "cache_entries": -1}, "cache_entries", id="negative-cache"),
        pytest.param({"model": "x", "cache_bytes": 0}, "cache_bytes", id="no-room-in-the-cache"),
        pytest.param({"model": "x", "log_level": "LOUD"}, "log_level", id="log-level"),
    ],
)
def test_refused(args: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate(args)


def test_a_relative_model_folder_is_in_the_project() -> None:
    settings = Settings.model_validate({"model": "models/some"})
    assert settings.model_folder == PROJECT_ROOT / "models" / "some"
    assert (PROJECT_ROOT / "schemas").is_dir()


def test_an_absolute_model_folder_stays() -> None:
    folder = Settings.model_validate({"model": "/srv/some"}).model_folder
    assert str(folder) == "/srv/some"


def test_arguments_of_a_command_line_are_strings() -> None:
    settings = Settings.model_validate(
        {
            "model": "x",
            "replicas": "2",
            "cors_allow_credentials": "true",
            "cors_origins": "https://a.example, https://b.example",
        }
    )
    assert settings.replicas == 2
    assert settings.cors_allow_credentials
    assert settings.cors_origins == ("https://a.example", "https://b.example")
