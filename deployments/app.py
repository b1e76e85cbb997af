"""The Serve application, started by `serve run serve_config.yaml`."""

import os
from typing import Any

import ray
from ray import serve
from ray.serve import Application

from deployments.ingress import Ingress
from deployments.resources import place
from deployments.settings import Settings
from deployments.summarizer import Summarizer

PROBES = 16
"""Places for questions about the replica itself, which must not wait behind reports."""

MAX_CONSTRUCTOR_RETRIES = 3
"""A model folder that cannot be loaded will not load at the twentieth attempt either."""

HEALTH_CHECK_PERIOD_S = 3.0
"""Serve replaces a replica that has failed three checks in a row."""

OFFLINE = "HF_HUB_OFFLINE"
"""Serving needs no network; a value that the operator or the cluster has set stays as it is.

Only the replicas get it: a job in the same cluster may train a model from the hub.
"""


def build_app(args: dict[str, Any]) -> Application:
    """Build the application from `Settings`; an unknown or unsafe argument is an error."""
    settings = Settings.model_validate(args)
    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    placement = place(settings, [node["Resources"] for node in nodes if node["Alive"]])
    # Our own queue refuses with 429 before Serve's limits are met: a replica has a running batch,
    # one whose answers are on their way, and the queue.
    places = 2 * settings.max_batch_size + settings.max_waiting + PROBES
    everywhere = places * placement.max_replicas
    scaling: dict[str, Any] = {"num_replicas": placement.min_replicas}
    if settings.autoscaling is not None:
        scaling = {"autoscaling_config": settings.autoscaling.model_dump()}
    summarizer = serve.deployment(
        name="Summarizer",
        max_ongoing_requests=places,
        max_queued_requests=everywhere,
        max_constructor_retry_count=MAX_CONSTRUCTOR_RETRIES,
        health_check_period_s=HEALTH_CHECK_PERIOD_S,
        ray_actor_options={
            "num_cpus": placement.num_cpus,
            "num_gpus": placement.num_gpus,
            "runtime_env": {"env_vars": {OFFLINE: os.environ.get(OFFLINE, "1")}},
        },
        **scaling,
    )(Summarizer)
    ingress = serve.deployment(
        name="Ingress",
        # It needs little; what it takes is taken from the model's cores.
        ray_actor_options={"num_cpus": 0},
        max_ongoing_requests=2 * everywhere,
        max_queued_requests=2 * everywhere,
        backpressure_config={"status_code": 429, "retry_after_s": 1},
    )(serve.ingress()(Ingress))
    return ingress.bind(summarizer.bind(settings, placement), settings)
