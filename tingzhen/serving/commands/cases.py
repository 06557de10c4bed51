"""`tingzhen cases`: import work orders, see how often faults were confirmed, find similar cases."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tingzhen.errors import TingzhenError
from tingzhen.language import Language
from tingzhen.serving.commands.errors import settings_or_stop, stop_with

if TYPE_CHECKING:
    from tingzhen.diagnosis import KnowledgeBase
    from tingzhen.diagnosis.cases import CaseStore
    from tingzhen.serving.settings import Settings

LANG = typer.Option(help="Language of what is said: zh or en.")
DB = typer.Option(metavar="URL", help="Database, before TINGZHEN_DATABASE_URL.")
AS_JSON = typer.Option("--json", help="Print JSON.")
cases = typer.Typer(
    name="cases",
    help="Cases and work orders: import, count, compare. 案例与工单：导入、统计、比较。",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@dataclass(frozen=True, slots=True)
class Opened:
    """What every command here works with."""

    settings: "Settings"
    store: "CaseStore"
    knowledge: "KnowledgeBase"
    language: Language


@contextmanager
def opened(lang: Language | None, db: str | None) -> Iterator[Opened]:
    """The database and the base; an error for people ends the command with status 2."""
    from tingzhen.diagnosis import load_knowledge  # noqa: PLC0415 - only when needed
    from tingzhen.serving.cases.in_use import open_store  # noqa: PLC0415 - only when needed
    from tingzhen.serving.settings import default_language  # noqa: PLC0415 - only when needed

    settings = settings_or_stop()
    try:
        knowledge = load_knowledge(settings.knowledge)
        store = open_store(db or settings.cases_url())
        try:
            yield Opened(settings, store, knowledge, lang or default_language(settings))
        finally:
            store.close()
    except TingzhenError as error:
        stop_with(error)


@cases.command("import")
def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="Work orders: CSV, JSON or Parquet.", show_default=False
        ),
    ],
    *,
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE.yaml", help="Which column is what.")
    ] = None,
    rejected: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder for records that were not taken.")
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="The orders are generated: mark them as such.")
    ] = False,
    index: Annotated[
        bool, typer.Option("--index/--no-index", help="Make cases ready for `similar` at once.")
    ] = True,
    db: Annotated[str | None, DB] = None,
    as_json: Annotated[bool, AS_JSON] = False,
    lang: Annotated[Language | None, LANG] = None,
) -> None:
    """Take work orders into the database of cases. 导入维修工单。"""
    from tingzhen.serving.cases.importing import (  # noqa: PLC0415 - only when needed
        import_each,
        with_experience_bar,
        with_index_bar,
    )
    from tingzhen.serving.cases.similar import open_index  # noqa: PLC0415 - only when needed

    with opened(lang, db) as at:
        complete = import_each(
            files, at.store, at.knowledge, at.settings,
            mapping=mapping, simulated=simulated, rejected=rejected, language=at.language,
            as_json=as_json,
        )  # fmt: skip
        if index:
            with_index_bar(open_index(at.store, at.settings.data_dir))
        with_experience_bar(at.store, at.knowledge, at.language)
    raise typer.Exit(0 if complete else 1)


@cases.command()
def similar(
    report: Annotated[
        Path,
        typer.Argument(metavar="REPORT.json", help="A report, or part of one.", show_default=False),
    ],
    *,
    context: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Circumstances: vehicle, when, complaint, codes."),
    ] = None,
    clip: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The clip: its sound and picture count too.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=100, help="How many cases to show.")] = 10,
    db: Annotated[str | None, DB] = None,
    as_json: Annotated[bool, AS_JSON] = False,
    lang: Annotated[Language | None, LANG] = None,
) -> None:
    """Show the confirmed cases most like a report, and why. 查找相似案例。"""
    from tingzhen.diagnosis import Circumstances  # noqa: PLC0415 - only when needed
    from tingzhen.serving.cases.importing import with_index_bar  # noqa: PLC0415 - only when needed
    from tingzhen.serving.cases.similar import (  # noqa: PLC0415 - only here
        embed_clip,
        open_index,
        query_of,
        similar_as_dict,
        similar_lines,
    )
    from tingzhen.serving.context import read_context  # noqa: PLC0415 - only here
    from tingzhen.serving.report.findings import parse_report, read_report  # noqa: PLC0415
    from tingzhen.serving.terminal.blocks import visible  # noqa: PLC0415 - only here

    with opened(lang, db) as at:
        circumstances = Circumstances() if context is None else read_context(context)
        findings = parse_report(read_report(report), at.settings)
        sound, picture = (None, None) if clip is None else embed_clip(clip, at.settings, findings)
        index = open_index(at.store, at.settings.data_dir)
        with_index_bar(index)
        found = index.find(query_of(findings, circumstances, sound, picture), count)
        if as_json:
            shown = similar_as_dict(found, at.knowledge, at.language)
            typer.echo(json.dumps(shown, ensure_ascii=False))
        else:
            for line in similar_lines(found, at.knowledge, at.language):
                typer.echo(visible(line))


@cases.command()
def frequencies(
    *,
    make: Annotated[str | None, typer.Option(help="Maker, as in the orders.")] = None,
    model: Annotated[str | None, typer.Option(help="Model, as in the orders.")] = None,
    year: Annotated[int | None, typer.Option(help="Model year.")] = None,
    powertrain: Annotated[
        str | None, typer.Option(metavar="petrol|diesel|hybrid|electric", help="What drives it.")
    ] = None,
    mileage_km: Annotated[float | None, typer.Option(min=0, help="Odometer, km.")] = None,
    region: Annotated[str | None, typer.Option(help="Region, as in the orders.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--season-on", formats=["%Y-%m-%d"], help="A day of the season to ask for."),
    ] = None,
    half_life_months: Annotated[
        float | None, typer.Option(min=1, help="Months after which a case counts half.")
    ] = None,
    orders_per_fault: Annotated[
        float, typer.Option(min=0.1, help="Cases that the expert's word on a fault counts for.")
    ] = 20.0,
    top: Annotated[int, typer.Option(min=1, help="How many faults to show.")] = 20,
    db: Annotated[str | None, DB] = None,
    as_json: Annotated[bool, AS_JSON] = False,
    lang: Annotated[Language | None, LANG] = None,
) -> None:
    """Show how often each fault was confirmed, beside the expert. 查看故障频率。"""
    from tingzhen.diagnosis.cases.frequencies import (  # noqa: PLC0415 - only here
        Stratum,
        fault_frequencies,
    )
    from tingzhen.diagnosis.circumstances import POWERTRAINS  # noqa: PLC0415 - only here
    from tingzhen.serving.cases.frequency_table import print_frequencies  # noqa: PLC0415 - only here
    from tingzhen.serving.cases.view import frequencies_as_dict  # noqa: PLC0415 - only here

    drive = next((known for known in POWERTRAINS if known == powertrain), None)
    if powertrain is not None and drive is None:
        raise typer.BadParameter(f"{powertrain!r} is not one of {', '.join(POWERTRAINS)}.")
    stratum = Stratum(
        make=make, model=model, year=year, powertrain=drive, mileage_km=mileage_km, region=region,
        season_on=day.date() if day is not None else None,
    )  # fmt: skip
    with opened(lang, db) as at:
        found = fault_frequencies(
            at.store, at.knowledge, stratum, half_life_months=half_life_months,
            orders_per_fault=orders_per_fault,
        )  # fmt: skip
        if as_json:
            shown = frequencies_as_dict(found[:top], at.knowledge, at.language)
            typer.echo(json.dumps(shown, ensure_ascii=False))
        else:
            print_frequencies(found[:top], at.knowledge, at.language)
