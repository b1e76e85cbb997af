"""What is wrong with a Serve configuration file, said before any cluster is started."""

from pathlib import Path

import pytest

from deployments.configuration import BadConfiguration, read_configuration


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"", ": is no configuration of Ray Serve", id="empty"),
        pytest.param(b"applications: [", ", line 1: expected the node content", id="cut off"),
        pytest.param(b"port: \x01", ": cannot be read as YAML: unacceptable", id="control"),
        pytest.param(b"\xff\xfe\xff", ": cannot be read as YAML: 'utf-8' codec", id="binary"),
        pytest.param(b"day: 2024-99-99", ": cannot be read as YAML: month", id="no such date"),
        pytest.param(b"http_options: {}", ": applications: is missing", id="no applications"),
        pytest.param(b"applications: []", ": applications: must have at", id="no application"),
        pytest.param(b"applications: {}", ": applications: must be a list", id="no list"),
        pytest.param(b"applications: [x]", ": applications[0]: must be a mapping", id="a word"),
        pytest.param(
            b"applications: [{name: a}]", ": applications[0].import_path: is missing", id="no path"
        ),
        pytest.param(
            b"{http_options: x, applications: [{import_path: 'a:b'}]}",
            ": http_options: must be a mapping",
            id="HTTP options that are a word",
        ),
        pytest.param(
            b"{http_options: {port: abc}, applications: [{import_path: 'a:b'}]}",
            ": http_options.port: must be a valid integer",
            id="a port that is a word",
        ),
        pytest.param(
            b"{http_options: {port: 70000}, applications: [{import_path: 'a:b'}]}",
            ": http_options.port: must be less than or equal to 65535",
            id="no such port",
        ),
    ],
)
def test_a_malformed_file_is_one_clear_line(content: bytes, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "serve_config.yaml"
    file.write_bytes(content)
    with pytest.raises(BadConfiguration) as raised:
        read_configuration(file)
    (line,) = str(raised.value).splitlines()
    assert line.startswith(f"{file}{problem}")
