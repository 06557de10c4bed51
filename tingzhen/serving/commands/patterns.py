"""`tingzhen cases patterns`: conditions under which a fault is unusually likely."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tingzhen.language import Language, Text
from tingzhen.serving.commands.cases import AS_JSON, DB, LANG, opened

if TYPE_CHECKING:
    from tingzhen.diagnosis.patterns import Patterns
    from tingzhen.diagnosis.patterns.find import Progress

_EXPLAINED_SHOWN = 20
SIMULATED = Text("模拟数据：以下案例由程序生成，并非真实车辆。",
                 "SIMULATION: these cases are generated, no vehicle had them.")  # fmt: skip


def patterns(
    *,
    fault: Annotated[
        list[str] | None, typer.Option(help="Only this fault; may be given several times.")
    ] = None,
    simulated: Annotated[
        bool | None,
        typer.Option(help="Simulated cases alone, or real ones alone; real ones if there are any."),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Cases opened from this day on.")
    ] = None,
    exposure: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Vehicles in service, for rates per vehicle."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for JSON, pictures and tables of vehicles."),
    ] = None,
    db: Annotated[str | None, DB] = None,
    as_json: Annotated[bool, AS_JSON] = False,
    lang: Annotated[Language | None, LANG] = None,
) -> None:
    """Find conditions under which a fault is unusually likely. 发现故障规律。"""
    from tingzhen.diagnosis.patterns import find_patterns, read_exposure  # noqa: PLC0415 - only here
    from tingzhen.diagnosis.patterns.as_json import patterns_as_dict  # noqa: PLC0415 - only here
    from tingzhen.serving.patterns.files import read_cases, write_patterns  # noqa: PLC0415

    day = since.date() if since is not None else None
    with opened(lang, db) as at:
        names = {known.id: known.name for known in at.knowledge.faults}
        unknown = [one for one in fault or () if one not in names]
        if unknown:
            raise typer.BadParameter(f"{', '.join(unknown)}: no such fault in the base.")
        in_service = read_exposure(exposure) if exposure is not None else None
        stored = read_cases(at.store, simulated=simulated)
        with _bar(show=not as_json) as progress:
            found = find_patterns(
                stored.columns,
                codes=stored.codes,
                faults=fault or None,
                since=day,
                exposure=None if stored.simulated else in_service,
                progress=progress,
            )
        written = []
        if out is not None:
            written = write_patterns(out, found, stored, names, language=at.language, since=day)
        if as_json:
            shown = patterns_as_dict(
                found, names, at.language, simulated=stored.simulated, left_out=stored.left_out
            )
            typer.echo(json.dumps(shown, ensure_ascii=False))
            return
        if stored.simulated:
            typer.echo(SIMULATED.to(at.language))
        for line in _lines(found, names, at.language):
            typer.echo(line)
        for path in written[:1]:
            typer.echo(Text(f"文件在 {path.parent}", f"Files are in {path.parent}").to(at.language))


@contextmanager
def _bar(*, show: bool) -> Iterator["Progress | None"]:
    """A progress bar on standard error, where a person looks."""
    from rich.console import Console  # noqa: PLC0415 - only here
    from rich.progress import Progress as Bar  # noqa: PLC0415 - only here

    console = Console(stderr=True)
    if not show or not console.is_terminal:
        yield None
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("…", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(found: "Patterns", names: dict[str, Text], language: Language) -> Iterator[str]:
    from tingzhen.diagnosis.patterns import pattern_sentence  # noqa: PLC0415 - only here
    from tingzhen.diagnosis.patterns.as_json import fault_name  # noqa: PLC0415 - only here

    population = found.population
    if population.first is None:
        yield Text("没有已结案的案例。", "There are no closed cases.").to(language)
        return
    yield Text(
        f"{population.first} 至 {population.last} 的 {population.cases:,} 例已结案案例，"
        f"检索了 {len(population.searched)} 种故障。"
        "以下比例均为占案例的比例，并非占车辆的比例。",
        f"{population.cases:,} closed cases from {population.first} to {population.last}, "
        f"{len(population.searched)} faults searched. Shares are of cases, not of vehicles.",
    ).to(language)
    for heading, listed in (
        (Text("已证实的规律：", "Confirmed patterns:"), found.confirmed),
        (
            Text("看似如此、实由其他因素解释：", "Seen, but explained by something else:"),
            found.explained[:_EXPLAINED_SHOWN],
        ),
    ):
        if listed:
            yield ""
            yield heading.to(language)
        for pattern in listed:
            name = fault_name(names, pattern.fault)
            yield f"- {pattern_sentence(pattern, name).to(language)}"
    if not found.confirmed:
        yield Text("没有发现可证实的规律。", "No pattern could be confirmed.").to(language)
