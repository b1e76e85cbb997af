"""The service in one process: `python -m uvicorn main:app --reload --port 8000`.

It answers with the mock engine unless the environment variable SUMMARIZER_MODEL names a model
folder, for example `SUMMARIZER_MODEL=models/NAME`.
"""

import os

from fastapi import FastAPI

from deployments.local import create_local_app
from deployments.settings import Settings


def settings_of_environment() -> Settings:
    """The mock, or the folder that SUMMARIZER_MODEL names."""
    model = os.environ.get("SUMMARIZER_MODEL")
    return Settings.model_validate({"model": model} if model else {"engine": "mock"})


app: FastAPI = create_local_app(settings_of_environment())
