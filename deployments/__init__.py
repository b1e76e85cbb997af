"""The service: the HTTP app, and its deployments on Ray Serve."""

VERSION = "0.1.0"
"""Of the whole project; `pyproject.toml` says the same."""
