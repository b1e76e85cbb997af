"""The Dockerfile and the Compose file keep their promises, as far as can be seen without Docker."""

import json
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from deployments.launch import with_address
from deployments.settings import Settings
from tests.project import ROOT, pyproject
from training.options import TrainingOptions


@cache
def stages() -> dict[str, list[tuple[str, str]]]:
    """The instructions of each stage by its name, the final one's being the empty string."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    found: dict[str, list[tuple[str, str]]] = {"globals": []}
    current = found["globals"]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if not line.strip():
            continue
        instruction, _, rest = line.partition(" ")
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            current = found[name] = [("FROM", base)]
        else:
            current.append((instruction, rest.strip()))
    return found


def image(name: str) -> list[tuple[str, str]]:
    """The instructions of a stage after those of the stages that it is built upon."""
    own = stages()[name]
    base = own[0][1]
    return [*(image(base) if base in stages() else []), *own]


def last(instruction: str, name: str) -> str:
    return [rest for key, rest in image(name) if key == instruction][-1]


def command(rest: str) -> list[str]:
    """The exec form of CMD, also inside HEALTHCHECK."""
    return list(json.loads(rest[rest.index("[") :]))


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8")))


RUNTIMES = ["runtime-cpu", "runtime-cuda"]


def test_the_cpu_is_the_default_and_the_gpu_an_argument() -> None:
    assert ("ARG", "TORCH=cpu") in stages()["globals"]
    assert stages()[""] == [("FROM", "runtime-${TORCH}")]
    assert set(RUNTIMES) <= stages().keys()


def test_base_images_have_a_tag_and_no_host() -> None:
    bases = {body[0][1] for name, body in stages().items() if name not in ("globals", "")}
    assert {base for base in bases if base not in stages()} == {"python:3.11-slim"}


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_it_does_not_run_as_root(runtime: str) -> None:
    assert int(last("USER", runtime)) > 0


def copied() -> list[str]:
    return [
        source
        for stage in ("build", "runtime-cpu")
        for key, rest in stages()[stage]
        if key == "COPY" and not rest.startswith("--from")
        for source in shlex.split(rest)[:-1]
    ]


def test_what_is_copied_exists_and_is_sent_to_the_builder() -> None:
    assert [source for source in copied() if not (ROOT / source).exists()] == []
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert sorted(copied()) == sorted(line[1:] for line in ignore if line.startswith("!"))


def test_every_package_is_in_the_image() -> None:
    tools = pyproject()["tool"]["setuptools"]
    packages = {f"{name.rstrip('*')}/" for name in tools["packages"]["find"]["include"]}
    assert packages | {f"{name}.py" for name in tools["py-modules"]} <= set(copied())


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_it_serves_its_own_model_on_every_interface(runtime: str) -> None:
    python, flag, module, *arguments = command(last("CMD", runtime))
    assert [python, flag, module] == ["python", "-m", "deployments.launch"]
    assert arguments[:2] == ["--host", "0.0.0.0"]
    assert arguments[2] in copied()
    config = yaml.safe_load((ROOT / arguments[2]).read_text(encoding="utf-8"))
    _, address = with_address(config, arguments[1], None)
    assert last("EXPOSE", runtime) == str(address.port)
    settings = Settings.model_validate(config["applications"][0]["args"])
    assert settings.model is not None
    assert f"{settings.model.parts[0]}/" in copied()


def header_command(name: str) -> list[str]:
    """The words of the command in the Dockerfile's header that runs `name`."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").partition("\n\nARG")[0]
    lines = re.sub(r"\\\n#\s*", "", text).splitlines()
    (line,) = [line for line in lines if line.startswith("#   docker run") and name in line]
    return shlex.split(line.removeprefix("#"))


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_training_in_it_writes_only_where_its_user_may(runtime: str) -> None:
    words = header_command("train.py")
    image_at = words.index("bug-summarizer")
    assert words[image_at + 1 : image_at + 3] == ["python", "train.py"]
    values = dict(pairwise(words))
    dataset, output = (PurePosixPath(values[option]) for option in ("--dataset", "--output"))
    mounts = [word for flag, word in pairwise(words[:image_at]) if flag == "-v"]
    folders = {mount.split(":")[1]: mount.split(":")[2:] for mount in mounts}
    app = PurePosixPath(last("WORKDIR", runtime))
    runs = app / TrainingOptions.model_fields["runs_folder"].default
    assert folders == {str(app / dataset.parent): ["ro"], str(runs): []}
    assert runs in (app / output).parents
    owned = ("RUN", f"install --directory --owner={last('USER', runtime)} {runs.name}")
    instructions = image(runtime)
    assert instructions.index(owned) < instructions.index(("USER", last("USER", runtime)))


class Readiness(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/ready" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@contextmanager
def service(status: int) -> Iterator[int]:
    handler = type("Answer", (Readiness,), {"status": status})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)], ids=["ready", "busy"])
def test_the_health_check_tells_ready_from_not(status: int, healthy: bool) -> None:
    python, *arguments = command(last("HEALTHCHECK", "runtime-cpu"))
    assert python == "python"
    with service(status) as port:
        here = [argument.replace("127.0.0.1:8000", f"127.0.0.1:{port}") for argument in arguments]
        check = subprocess.run([sys.executable, *here], capture_output=True, check=False)
    assert (check.returncode == 0) is healthy, check.stderr


@pytest.mark.parametrize(("name", "torch"), [("trainer", "cpu"), ("trainer-gpu", "cuda")])
def test_a_compose_service(name: str, torch: str) -> None:
    settings = compose()["services"][name]
    assert settings["build"]["args"]["TORCH"] == torch
    assert f"runtime-{torch}" in stages()
    assert settings["ports"] == ["127.0.0.1:8000:8000"]
    assert settings["shm_size"] == "1gb"
    assert settings["init"] is True
    for volume in settings["volumes"]:
        source, target, mode = volume.split(":")
        assert (ROOT / source).is_dir()
        assert (target, mode) == ("/app/models", "ro")


@pytest.mark.parametrize("name", ["trainer", "trainer-gpu"])
def test_compose_checks_the_health_as_the_image_does(name: str) -> None:
    settings = compose()["services"][name]["healthcheck"]
    rest = last("HEALTHCHECK", "runtime-cpu")
    assert settings["test"] == ["CMD", *command(rest)]
    for option in ("interval", "timeout", "start_period", "retries"):
        assert f"--{option.replace('_', '-')}={settings[option]} " in rest


def test_the_gpu_service_reserves_one_and_waits_to_be_asked_for() -> None:
    settings = compose()["services"]["trainer-gpu"]
    assert settings["profiles"] == ["gpu"]
    (device,) = settings["deploy"]["resources"]["reservations"]["devices"]
    assert (device["driver"], device["count"], device["capabilities"]) == ("nvidia", 1, ["gpu"])
