"""/v1/fleet: faults over time and by group, and how often they come back after a repair.

The endpoints only carry bytes; the figures are plain blocking code without HTTP.
"""

import json
from typing import Annotated, Any, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Request, Response

from tingzhen.diagnosis.circumstances import Powertrain
from tingzhen.diagnosis.fleet import Dimension, Grouping, Selection
from tingzhen.diagnosis.fleet.recurrence import Same
from tingzhen.language import Language
from tingzhen.serving.access import Granted
from tingzhen.serving.fleet import answers
from tingzhen.serving.fleet.csv_tables import csv_response
from tingzhen.serving.fleet.figures import FleetFigures, Wanted, workshop_numbers
from tingzhen.serving.fleet.names import fault_names, returns_name
from tingzhen.serving.http.day import Day
from tingzhen.serving.http.problems import documented, request_language

router = APIRouter(prefix="/v1/fleet", tags=["fleet"])
_FEW = anyio.CapacityLimiter(2)
"""Figures take the processor: more at a time would only make all of them slower."""
_COMMON = ("upload_invalid", "cases_unavailable")
_Word = Annotated[str | None, Query(max_length=80)]
_Year = Annotated[int | None, Query(ge=1950, le=2100)]
_Km = Annotated[float | None, Query(ge=0, le=3_000_000)]
_Fault = Annotated[str, Query(max_length=80)]
Format = Annotated[Literal["json", "csv"], Query(alias="format")]


def wanted(
    *,
    cases: Annotated[
        Literal["real", "simulated"] | None,
        Query(description="Cases of workshops, or generated ones; never both. Without it those of "
              "workshops, if there are any."),
    ] = None,
    fault: Annotated[
        list[_Fault] | None,
        Query(max_length=50, description="Only this fault; may be given several times."),
    ] = None,
    system: Annotated[
        str | None, Query(max_length=80, description="All faults of this system.")
    ] = None,
    since: Annotated[Day | None, Query(description="Cases opened from this day on.")] = None,
    until: Annotated[Day | None, Query(description="Cases opened up to this day.")] = None,
    make: _Word = None,
    model: _Word = None,
    region: _Word = None,
    powertrain: Powertrain | None = None,
    year_from: _Year = None,
    year_to: _Year = None,
    mileage_from_km: _Km = None,
    mileage_below_km: _Km = None,
) -> Wanted:  # fmt: skip
    """Which cases: what is not given does not narrow them. A case in which something is not known
    is left out where that is asked for."""
    selection = Selection(
        since=since, until=until, make=make, model=model, region=region, powertrain=powertrain,
        year_from=year_from, year_to=year_to, mileage_from_km=mileage_from_km,
        mileage_below_km=mileage_below_km,
    )  # fmt: skip
    simulated = None if cases is None else cases == "simulated"
    return Wanted(
        selection=selection, faults=tuple(fault or ()), system=system, simulated=simulated
    )


Which = Annotated[Wanted, Depends(wanted)]


@router.get("", summary="The cases that figures are made of", responses=documented(*_COMMON))
async def read_fleet(request: Request, which: Which, lang: Language | None = None) -> Response:
    """How many there are, of how many vehicles and workshops, and what can be chosen from."""
    figures, language = _asked(request, lang)

    def work() -> dict[str, Any]:
        chosen = figures.choose(which)
        return {
            "schema": "tingzhen.fleet/1",
            "population": answers.population(chosen),
            "exposure": figures.exposure is not None,
            "choices": answers.choices(chosen.columns, chosen, figures.knowledge, language),
        }

    return _json(await anyio.to_thread.run_sync(work, limiter=_FEW), language)


@router.get("/faults", summary="How often faults come up, by month, model and other groups",
            responses=documented(*_COMMON))  # fmt: skip
async def read_faults(
    request: Request, which: Which, by: Dimension = "fault", output: Format = "json",
    lang: Language | None = None,
) -> Response:  # fmt: skip
    """`share` is of the closed cases of a group; `rate` is per vehicle in service, where the table
    of vehicles in service has the group. JSON has 500 rows at most, CSV all."""
    figures, language = _asked(request, lang)

    def work() -> Response:
        chosen = figures.choose(which)
        found = figures.rates(chosen, by)
        names = fault_names(figures.knowledge, language)
        if output == "csv":
            table = answers.rates_table(found, chosen, by, names, language)
            return csv_response(f"faults-by-{by}", table)
        return _json(answers.rates_as_dict(found, chosen, by, names, language), language)

    return await anyio.to_thread.run_sync(work, limiter=_FEW)


@router.get("/recurrence", summary="How often a fault comes back after a confirmed repair",
            responses=documented(*_COMMON))  # fmt: skip
async def read_recurrence(
    request: Request,
    access: Granted,
    which: Which,
    *,
    by: Grouping = "repair",
    same: Annotated[Same, Query(description="What has to be the same for a return.")] = "fault",
    within_days: Annotated[int, Query(ge=1, le=3650)] = 365,
    within_km: Annotated[float | None, Query(gt=0, le=1_000_000)] = None,
    output: Format = "json",
    table: Annotated[
        Literal["groups", "curve"], Query(description="Which one CSV has.")
    ] = "groups",
    lang: Language | None = None,
) -> Response:
    """Kaplan-Meier estimate with its 95 % interval, of all repairs and of each group. Workshops
    have numbers for names, except to those who may see their cases."""
    figures, language = _asked(request, lang)

    def work() -> Response:
        chosen = figures.choose(which)
        found = figures.returns(chosen, by, same, within_days, within_km)
        if output == "csv" and table == "curve":
            return csv_response("recurrence-curve", answers.curve_table(found, chosen))
        numbers = workshop_numbers(chosen.columns)
        names = [
            returns_name(by, group, access, knowledge=figures.knowledge, workshops=numbers,
                         language=language)
            for group in found.groups
        ]  # fmt: skip
        if output == "csv":
            rows = answers.recurrence_table(found, chosen, names, by)
            return csv_response(f"recurrence-by-{by}", rows)
        asked = {"by": by, "same": same, "within_days": within_days, "within_km": within_km}
        return _json(answers.recurrence_as_dict(found, chosen, names, asked), language)

    return await anyio.to_thread.run_sync(work, limiter=_FEW)


def _asked(request: Request, lang: Language | None) -> tuple[FleetFigures, Language]:
    request.state.language = lang
    figures: FleetFigures = request.app.state.fleet
    return figures, request_language(request)


def _json(found: dict[str, Any], language: Language) -> Response:
    content = json.dumps(found, ensure_ascii=False)
    return Response(content, 200, {"Content-Language": language}, media_type="application/json")
