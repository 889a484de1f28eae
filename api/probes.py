"""The small web application of a worker: probes and metrics, nothing else."""

from collections.abc import Callable

from fastapi import FastAPI

from api.routes.operations import Health, create_router


def create_probes(version: str, alive: Callable[[], str], ready: Health, metrics: Callable[[], bytes]) -> FastAPI:
    """Answers /healthz, /readyz and /metrics; see `api.routes.operations.create_router`."""
    app = FastAPI(title="sixminute worker", version=version, openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(create_router(version, alive, ready, metrics))
    return app
