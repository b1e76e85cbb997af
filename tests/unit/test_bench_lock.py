from tests.project import ROOT, pyproject


def pins(name: str) -> set[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith(("#", "-r "))}


def test_the_peers_are_locked_and_no_dependency_of_the_service() -> None:
    peers = set(pyproject()["project"]["optional-dependencies"]["bench"])
    assert peers <= pins("requirements-bench.txt")
    assert pins("requirements-bench.txt").isdisjoint(pins("requirements.txt"))
    assert peers.isdisjoint(pyproject()["project"]["dependencies"])
