"""What the design says of the whole: the layout, the direction of imports, the pins."""

import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.project import ROOT, imported_packages, project_files, pyproject

MAY_IMPORT = {
    "schemas": {"schemas"},
    "summarizer": {"schemas", "summarizer"},
    "deployments": {"schemas", "summarizer", "deployments"},
    "training": {"schemas", "summarizer", "training"},
    "main": {"schemas", "summarizer", "deployments"},
    "train": {"schemas", "summarizer", "training"},
}
FIGURES = ROOT / "training" / "recipe" / "figures"
"""It measures the bundled model beside a classic baseline, whose library only developers need."""
FOLDERS = {
    "benchmarks",
    "data",
    "deploy",
    "deployments",
    "docs",
    "models",
    "schemas",
    "summarizer",
    "tests",
    "training",
}
PIN = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[0-9][\w.]*)(?P<marker>; [^#]+)?")
# In pieces, so that this file does not name them itself.
REGISTRY_HOSTS = [
    ".".join(pieces)
    for pieces in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("download", "pytorch", "org"),
        ("npmjs", "org"),
        ("docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("nvcr", "io"),
    ]
]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lines: list[str]) -> dict[str, str]:
    """Version by canonical name; extras and markers are dropped."""
    found = {}
    for line in lines:
        match = PIN.fullmatch(re.sub(r"\[.*\]", "", line))
        assert match, f"not an exact pin: {line!r}"
        found[canonical(match["name"])] = match["version"]
    return found


def lock(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return pins([line for line in lines if line and not line.startswith(("#", "-r "))])


def forbidden_imports(package: str, source: str) -> set[str]:
    """The project's own packages that this one imports and may not."""
    return (imported_packages(source) & MAY_IMPORT.keys()) - MAY_IMPORT[package]


def sources(package: str) -> Mapping[Path, str]:
    folder = ROOT / package
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    return {file: file.read_text(encoding="utf-8") for file in files}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package: str) -> None:
    assert sources(package)
    wrong = {
        str(file.relative_to(ROOT)): names
        for file, source in sources(package).items()
        if (names := forbidden_imports(package, source))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("package", "source", "forbidden"),
    [
        ("schemas", "import summarizer.engine", {"summarizer"}),
        ("deployments", "def f():\n    from training import task", {"training"}),
        ("training", "from schemas.report import ReportInput", set()),
        ("summarizer", "import torch", set()),
    ],
    ids=["upwards", "across, inside a function", "downwards", "third party"],
)
def test_a_wrong_import_is_found(package: str, source: str, forbidden: set[str]) -> None:
    assert forbidden_imports(package, source) == forbidden


@pytest.mark.parametrize(
    "module", ["schemas", "summarizer", "deployments.ingress", "deployments.app", "main"]
)
def test_importing_does_not_load_torch(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'torch', 'transformers'}} & {{*sys.modules}}))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    assert loaded.stdout == "[]\n"


def test_every_top_level_folder_is_on_the_map() -> None:
    inside = {file.relative_to(ROOT).parts[0] for file in project_files() if file.parent != ROOT}
    assert inside - FOLDERS == {".ci"}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_third_parties_are_direct_dependencies(package: str) -> None:
    distributions = packages_distributions()
    # pydantic pins its core exactly and documents what we import from there.
    project = pyproject()["project"]
    direct = pins(project["dependencies"]).keys() | {"pydantic-core"}
    tools = pins(project["optional-dependencies"]["dev"]).keys()
    undeclared = {
        name
        for file, source in sources(package).items()
        for name in imported_packages(source) - MAY_IMPORT.keys() - sys.stdlib_module_names
        if not (direct | (tools if FIGURES in file.parents else set()))
        & {canonical(owner) for owner in distributions.get(name, [])}
    }
    assert undeclared == set()


def test_the_locks_hold_every_direct_dependency() -> None:
    project = pyproject()["project"]
    run_time, tools = lock("requirements.txt"), lock("requirements-dev.txt")
    assert pins(project["dependencies"]).items() <= run_time.items()
    assert pins(project["optional-dependencies"]["dev"]).items() <= (run_time | tools).items()
    assert run_time.keys().isdisjoint(tools)


def test_the_lock_serves_cpu_and_gpu() -> None:
    locked = lock("requirements.txt")
    assert locked["torch"] == "2.13.0"
    assert [name for name in locked if name.startswith(("nvidia-", "cuda-", "triton"))] == []


@pytest.mark.parametrize(
    "line",
    ["torch>=2.13", "torch==2.13.0+cpu", "torch @ file:///tmp/torch.whl", "torch"],
    ids=["range", "local version", "file", "no version"],
)
def test_a_line_that_is_no_pin_is_found(line: str) -> None:
    with pytest.raises(AssertionError, match="not an exact pin"):
        pins([line])


def test_no_file_names_a_registry_host() -> None:
    named = {
        f"{file.relative_to(ROOT)}: {host}"
        for file in project_files()
        for host in REGISTRY_HOSTS
        if host.encode() in file.read_bytes()
    }
    assert named == set()


def test_the_tests_start_ray_in_one_place() -> None:
    # A second start in one process may end it with a segmentation fault, see `ray_cluster`.
    starting = ".".join(["ray", "init("])
    assert [path.name for path, text in sources("tests").items() if starting in text] == [
        "conftest.py"
    ]


def test_every_source_is_linted() -> None:
    """A folder that git ignores by accident would be left out, by ruff and by git."""
    shown = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--show-files", "."],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.split()
    ours = {str(file) for file in project_files() if file.suffix == ".py"}
    assert ours - set(shown) == set()


def test_no_pattern_repeats_a_group_possessively() -> None:
    # Python before 3.11.5, which Debian 12 has, matches `(?:ab*)*+` wrongly, `(?>(?:ab*)*)` not.
    possessive = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+")
    found = [
        f"{path}: {line.strip()}"
        for package in MAY_IMPORT
        for path, source in sources(package).items()
        for line in source.splitlines()
        if possessive.search(line)
    ]
    assert not found
