"""What the application asks of Serve for its deployments."""

import pytest
import ray

from deployments.app import build_app


@pytest.mark.parametrize(
    ("given", "passed"), [(None, "1"), ("0", "0")], ids=["by default", "as the operator says"]
)
def test_the_replicas_alone_are_offline(
    given: str | None, passed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray, "nodes", lambda: [{"Alive": True, "Resources": {"CPU": 2}}])
    if given is None:
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    else:
        monkeypatch.setenv("HF_HUB_OFFLINE", given)
    ingress = build_app({"engine": "mock"})._bound_deployment
    options = {
        deployment.name: (deployment.ray_actor_options or {}).get("runtime_env")
        for deployment in (ingress, ingress.init_args[0]._bound_deployment)
    }
    assert options == {
        "Ingress": None,
        "Summarizer": {"env_vars": {"HF_HUB_OFFLINE": passed}},
    }
