"""What engineers do with clips: see what came in, label what teaches most, watch the models."""

from fastapi import FastAPI

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.serving.labelling import http_clips, http_labels, http_watching
from tingzhen.serving.labelling.reading import faults_of

__all__ = ["add_lab"]

ROUTERS = (http_clips.router, http_labels.router, http_watching.router)


def add_lab(app: FastAPI, knowledge: KnowledgeBase) -> None:
    """The endpoints under /v1/lab. app.state.service must be there."""
    app.state.lab_faults = faults_of(knowledge)
    for router in ROUTERS:
        app.include_router(router)
