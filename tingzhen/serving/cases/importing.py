"""Import files of work orders one after another, with a progress bar for a person."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from tingzhen.diagnosis import KnowledgeBase
from tingzhen.diagnosis.cases import CaseStore
from tingzhen.diagnosis.cases.similar import SimilarCases
from tingzhen.diagnosis.cases.work_orders import (
    ImportResult,
    OrderMapping,
    default_mapping,
    import_orders,
    read_mapping,
    rejected_rows,
)
from tingzhen.errors import OrdersError
from tingzhen.language import Language, Text
from tingzhen.serving.cases.in_use import vehicle_secret
from tingzhen.serving.cases.view import import_as_dict, import_lines, unknown_fault_lines
from tingzhen.serving.experience.in_use import teach_rules
from tingzhen.serving.report.build import build_error
from tingzhen.serving.terminal.blocks import visible

if TYPE_CHECKING:
    from tingzhen.serving.settings import Settings

_ROWS_SHOWN = 20


def import_each(
    files: Sequence[Path],
    store: CaseStore,
    knowledge: KnowledgeBase,
    settings: "Settings",
    *,
    mapping: Path | None,
    simulated: bool,
    rejected: Path | None,
    language: Language,
    as_json: bool,
) -> bool:
    """Import every file; one that cannot be used does not stop the others.

    Returns whether every record of every file was taken. Raises OrdersError for the mapping, and
    CasesUnavailable.
    """
    rule = default_mapping() if mapping is None else read_mapping(mapping)
    if simulated:
        rule = rule.of_simulation()
    secret = vehicle_secret(settings)
    folder = rejected or settings.data_dir / "rejected"
    complete = True
    for path in files:
        try:
            result = _with_bar(store, path, rule, knowledge, secret, folder)
        except OrdersError as error:
            complete = False
            shown = build_error(path.name, error, language)
            typer.echo(shown.to_json() if as_json else f"{path.name}: {shown.message}")
            continue
        complete &= result.rejected == 0
        bad = rejected_rows(store, result.import_id, None if as_json else _ROWS_SHOWN)
        if as_json:
            typer.echo(json.dumps(import_as_dict(result, bad, language), ensure_ascii=False))
        else:
            for line in import_lines(result, bad, language):
                typer.echo(visible(line))
    if not as_json:
        for line in unknown_fault_lines(store.unknown_faults(), language):
            typer.echo(visible(line))
    return complete


def _with_bar(  # noqa: PLR0917 - what an import needs
    store: CaseStore,
    path: Path,
    mapping: OrderMapping,
    knowledge: KnowledgeBase,
    secret: bytes,
    folder: Path,
) -> ImportResult:
    with _bar(visible(path.name)) as move:
        return import_orders(
            store, path, mapping, knowledge=knowledge, secret=secret, rejected_folder=folder,
            on_progress=move,
        )  # fmt: skip


def with_index_bar(index: SimilarCases) -> None:
    """Bring the index of similar cases up to the database and keep it."""
    with _bar("index") as move:
        index.update(move)
        index.save()


def with_experience_bar(store: CaseStore, knowledge: KnowledgeBase, language: Language) -> None:
    """Let the rules of experience learn from the cases; says so on standard error."""
    with _bar("experience") as move:
        counted = teach_rules(store, knowledge, move)
    if counted:
        told = Text(
            f"经验规则新计入 {counted} 次", f"{counted} trials counted for rules of experience"
        )
        typer.echo(told.to(language), err=True)


@contextmanager
def _bar(name: str) -> Iterator[Callable[[float], None]]:
    """A bar on standard error, gone when all is done; call what it gives with the share done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=1.0)
        yield lambda share: progress.update(task, completed=share)
