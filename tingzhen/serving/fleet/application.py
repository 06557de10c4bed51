"""Patterns and figures of the fleet put into the application."""

from collections.abc import Callable

from fastapi import FastAPI

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.patterns import read_exposure
from tingzhen.serving.fleet import http
from tingzhen.serving.fleet.figures import FleetFigures
from tingzhen.serving.http import patterns as http_patterns
from tingzhen.serving.patterns.search import PatternSearches
from tingzhen.serving.settings import Settings


def add_fleet(app: FastAPI, settings: Settings, knowledge: KnowledgeBase) -> Callable[[], None]:
    """What closes them again. Raises ExposureError where the table of vehicles in service cannot
    be used."""
    exposure = None if settings.exposure is None else read_exposure(settings.exposure)
    patterns = PatternSearches(settings.cases_url(), knowledge, exposure)
    figures = FleetFigures(settings.cases_url(), knowledge, exposure)
    app.state.patterns, app.state.fleet = patterns, figures
    app.include_router(http_patterns.router)
    app.include_router(http.router)

    def close() -> None:
        patterns.close()
        figures.close()

    return close
