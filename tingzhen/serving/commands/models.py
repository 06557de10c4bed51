"""`tingzhen models`: versions of the recognisers that the service keeps, and which is in use."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tingzhen.errors import TingzhenError
from tingzhen.serving.commands.errors import settings_or_stop, stop_with

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tingzhen.serving.inference import Agreement, ModelRegistry, Share
    from tingzhen.serving.records import ModelVersion, RecogniserTask

TASK = typer.Argument(metavar="TASK", help="noise or damage.")
VERSION = typer.Argument(metavar="VERSION", help="As `models list` shows it.")
BY = typer.Option(metavar="KEY", help="Key of who does this; it stands beside the version.")
AS_JSON = typer.Option("--json", help="Print one JSON object.")
models = typer.Typer(
    name="models",
    help="Models of the service: add, activate, compare, roll back. 模型版本管理。",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@contextmanager
def _opened() -> "Iterator[tuple[ModelRegistry, Engine]]":
    """An error for people ends the command with status 2."""
    from tingzhen.serving.files import open_files  # noqa: PLC0415 - only with a command
    from tingzhen.serving.inference import ModelRegistry  # noqa: PLC0415 - see above
    from tingzhen.serving.records import open_records  # noqa: PLC0415 - see above
    from tingzhen.serving.records.schema import upgrade_records  # noqa: PLC0415 - see above

    settings = settings_or_stop()
    try:
        records = open_records(settings.records_url())
        try:
            upgrade_records(records)
            files = open_files(
                settings.files_location(), s3_endpoint=settings.s3_endpoint,
                s3_region=settings.s3_region,
            )  # fmt: skip
            registry = ModelRegistry(records, files, settings)
            registry.adopt("noise", settings.noise_model)
            registry.adopt("damage", settings.damage_model)
            yield registry, records
        finally:
            records.dispose()
    except TingzhenError as error:
        stop_with(error)


@models.command(name="list")
def list_(as_json: Annotated[bool, AS_JSON] = False) -> None:
    """All versions, those of one task together. 列出模型版本。"""
    with _opened() as (registry, _):
        versions = registry.versions()
        if as_json:
            found = {"models": [_fields(version) for version in versions]}
            typer.echo(json.dumps(found, ensure_ascii=False))
            return
        for v in versions:
            since = f"  {v.activated_at:%Y-%m-%d %H:%M}" if v.activated_at else ""
            by = f"  {v.activated_by}" if v.activated_by else ""
            typer.echo(f"{v.task:7} {v.version:12} {v.state:8} {v.sha256[:12]}{since}{by}")


@models.command()
def add(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="Folder with model.onnx.")],
) -> None:
    """Keep a bundle as a version, once it has been tried out. 添加模型包。"""
    with _opened() as (registry, _):
        _say(registry.add(bundle))


@models.command()
def activate(
    task: Annotated[str, TASK],
    version: Annotated[str, VERSION],
    by: Annotated[str, BY] = "command",
) -> None:
    """Put a version in use, without a restart. 启用某版本。"""
    with _opened() as (registry, _):
        _say(registry.activate(_task(task), version, by))


@models.command(name="roll-back")
def roll_back(task: Annotated[str, TASK], by: Annotated[str, BY] = "command") -> None:
    """Activate the version that was active before. 退回上一版本。"""
    with _opened() as (registry, _):
        _say(registry.roll_back(_task(task), by))


@models.command()
def shadow(
    task: Annotated[str, TASK],
    version: Annotated[str | None, typer.Argument(metavar="VERSION")] = None,
    off: Annotated[bool, typer.Option("--off", help="End the comparison instead.")] = False,
) -> None:
    """Let a version judge each clip after its report, to compare. 影子运行某版本。"""
    if off == (version is not None):
        raise typer.BadParameter("give a VERSION, or --off")
    with _opened() as (registry, _):
        if version is None:
            registry.end_shadow(_task(task))
        else:
            _say(registry.shadow(_task(task), version))


@models.command()
def retire(task: Annotated[str, TASK], version: Annotated[str, VERSION]) -> None:
    """Take a version out of use; its files stay. 停用某版本。"""
    with _opened() as (registry, _):
        _say(registry.retire(_task(task), version))


@models.command()
def agreement(task: Annotated[str, TASK], as_json: Annotated[bool, AS_JSON] = False) -> None:
    """How far versions in the shadow agree with the active one. 影子版本的一致性。"""
    from tingzhen.serving.inference import agreements  # noqa: PLC0415 - only here

    with _opened() as (_, records):
        found = agreements(records, _task(task))
        if as_json:
            pairs = {"task": task, "agreements": [_pair(one) for one in found]}
            typer.echo(json.dumps(pairs, ensure_ascii=False))
            return
        for one in found:
            typer.echo(f"{one.active} → {one.shadow}")
            typer.echo(f"  same verdict {_shown(one.same_verdict)}")
            typer.echo(f"  same first type {_shown(one.same_first)}")
            for part in one.slices:
                typer.echo(f"    {part.slice} {part.value}: {_shown(part.same_verdict)}")


def _task(task: str) -> "RecogniserTask":
    if task == "noise":
        return "noise"
    if task == "damage":
        return "damage"
    raise typer.BadParameter("TASK is noise or damage")


def _fields(version: "ModelVersion") -> dict[str, Any]:
    moments = {"added_at": version.added_at, "activated_at": version.activated_at}
    return {
        "task": version.task, "version": version.version, "sha256": version.sha256,
        "state": version.state, "activated_by": version.activated_by,
    } | {name: at.isoformat() if at else None for name, at in moments.items()}  # fmt: skip


def _say(version: "ModelVersion") -> None:
    typer.echo(f"{version.task} {version.version} {version.state}")


def _pair(one: "Agreement") -> dict[str, Any]:
    def shares(same_verdict: "Share", same_first: "Share") -> dict[str, Any]:
        return {
            name: {"count": s.count, "n": s.n, "value": s.value, "interval": s.interval}
            for name, s in (("same_verdict", same_verdict), ("same_first", same_first))
        }

    return {
        "active": one.active, "shadow": one.shadow,
        **shares(one.same_verdict, one.same_first),
        "slices": [
            {"slice": s.slice, "value": s.value, **shares(s.same_verdict, s.same_first)}
            for s in one.slices
        ],
        "disagreements": list(one.disagreements),
    }  # fmt: skip


def _shown(share: "Share") -> str:
    if share.value is None or share.interval is None:
        return "- (n=0)"
    low, high = share.interval
    return f"{share.value:.3f} ({low:.3f} to {high:.3f}, n={share.n})"
