"""Import a file of work orders: nothing lost, nothing twice, and on again after a stop.

Each batch of orders, its bad rows and the number of records done are committed in one transaction,
so a stop at any point leaves whole batches, and the next run of the same file with the same mapping
begins behind them.
"""

import hashlib
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from tingzhen.diagnosis.cases.filing import file_cases
from tingzhen.diagnosis.cases.store import CaseStore
from tingzhen.diagnosis.cases.tables import IMPORTS, REJECTED
from tingzhen.diagnosis.cases.work_orders.batches import (
    Batch,
    Recipe,
    batches_of,
    processes_for,
)
from tingzhen.diagnosis.cases.work_orders.convert import converter
from tingzhen.diagnosis.cases.work_orders.entries import OrderFile
from tingzhen.diagnosis.cases.work_orders.mapping import OrderMapping
from tingzhen.diagnosis.cases.work_orders.open_orders import open_orders
from tingzhen.diagnosis.cases.work_orders.parquet import ParquetOrders
from tingzhen.diagnosis.knowledge import KnowledgeBase
from tingzhen.errors import OrdersError
from tingzhen.language import Text

BATCH = 2_000
_COUNTS = ("added", "repeated", "replaced", "alike", "rejected")

Progress = Callable[[float], None]
"""Called with the share of the file that is done, 0..1."""


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A record that gave no case. line: on which it begins, from 1 (of Parquet: the row)."""

    line: int
    reason: Text


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a file. records: read in all. added, repeated, replaced, alike: as in Filed.
    rejected: how many gave no case; rejected_file: where they are kept as they stood, None without
    any. resumed: records that an earlier run, which was stopped, had done; all of them when the
    file had been imported before."""

    import_id: str
    file_name: str
    records: int
    added: int
    repeated: int
    replaced: int
    alike: int
    rejected: int
    rejected_file: Path | None
    resumed: int


def import_orders(
    store: CaseStore,
    path: Path,
    mapping: OrderMapping,
    *,
    knowledge: KnowledgeBase,
    secret: bytes,
    rejected_folder: Path,
    on_progress: Progress = lambda share: None,
    batch: int = BATCH,
    processes: int | None = None,
    name: str | None = None,
) -> ImportResult:
    """Import the file, or what an earlier run left of it. name: shown in place of the file's.

    processes: 1 to do all in this one, more to start as many beside it; None: by the size of the
    file and the cores of the machine.
    Raises OrdersError when the file or the mapping cannot be used (what was read before an error
    within the file is kept), and CasesUnavailable.
    """
    orders = open_orders(path, encoding=mapping.file.encoding, separator=mapping.file.separator)
    converter(mapping, orders.columns, knowledge, secret)  # refuses what does not fit
    shown = name or path.name
    import_id, done, finished = _begin(store, path, mapping, shown)
    if not finished:
        left = (entry for entry in orders.entries() if entry.number > done)
        recipe = Recipe(import_id, mapping, orders.columns, knowledge, secret)
        beside = processes or processes_for(path.stat().st_size)
        with closing(batches_of(left, recipe, size=batch, processes=beside)) as batches:
            for converted in batches:
                _keep(store, import_id, converted)
                on_progress(converted.end / max(1, orders.size))
        _finish(store, import_id)
    on_progress(1.0)
    return _result(store, import_id, orders, path=path, folder=rejected_folder, done=done)


def rejected_rows(store: CaseStore, import_id: str, limit: int | None = None) -> list[RejectedRow]:
    """The bad rows of an import, in the order of the file."""
    query = select(REJECTED).where(REJECTED.c.import_id == import_id)
    with store.reading() as connection:
        rows = connection.execute(query.order_by(REJECTED.c.record_number).limit(limit))
        return [RejectedRow(r.line, Text(r.reason_zh, r.reason_en)) for r in rows]


def _begin(store: CaseStore, path: Path, mapping: OrderMapping, name: str) -> tuple[str, int, bool]:
    """Id of the import, records done before, and whether it is finished."""
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    same = (IMPORTS.c.file_sha256 == content, IMPORTS.c.mapping_sha256 == mapping.sha256())
    with store.writing() as connection:
        known = connection.execute(select(IMPORTS).where(*same)).one_or_none()
        if known is not None:
            return known.id, known.records_done, known.finished_at is not None
        import_id = uuid.uuid4().hex
        connection.execute(insert(IMPORTS), [{
            "id": import_id, "file_sha256": content, "mapping_sha256": mapping.sha256(),
            "file_name": name, "started_at": datetime.now(UTC), "records_done": 0,
        } | dict.fromkeys(_COUNTS, 0)])  # fmt: skip
    return import_id, 0, False


def _keep(store: CaseStore, import_id: str, batch: Batch) -> None:
    with store.writing() as connection:
        # Takes the place of an import first, so that two of one file cannot both have it.
        moved = connection.execute(
            update(IMPORTS)
            .where(IMPORTS.c.id == import_id, IMPORTS.c.records_done == batch.first - 1)
            .values(records_done=batch.last)
        )
        if moved.rowcount != 1:
            raise OrdersError(
                Text("另一个进程正在导入同一文件，请等它结束。",
                     "Another process is importing the same file. Wait until it has finished.")
            )  # fmt: skip
        filed = file_cases(connection, batch.rows)
        if batch.rejected:
            connection.execute(insert(REJECTED), batch.rejected)
        counts = {"added": filed.added, "repeated": filed.repeated, "replaced": filed.replaced,
                  "alike": filed.alike, "rejected": len(batch.rejected)}  # fmt: skip
        grown: dict[Any, Any] = {name: IMPORTS.c[name] + many for name, many in counts.items()}
        connection.execute(update(IMPORTS).where(IMPORTS.c.id == import_id).values(grown))


def _finish(store: CaseStore, import_id: str) -> None:
    with store.writing() as connection:
        connection.execute(
            update(IMPORTS).where(IMPORTS.c.id == import_id).values(finished_at=datetime.now(UTC))
        )


def _result(
    store: CaseStore, import_id: str, orders: OrderFile, *, path: Path, folder: Path, done: int
) -> ImportResult:
    with store.reading() as connection:
        row = connection.execute(select(IMPORTS).where(IMPORTS.c.id == import_id)).one()
        bad = select(REJECTED.c.start_byte, REJECTED.c.end_byte)
        bad = bad.where(REJECTED.c.import_id == import_id).order_by(REJECTED.c.record_number)
        spans = [(int(start), int(end)) for start, end in connection.execute(bad)]
    kept = (
        _keep_aside(orders, spans, path, folder / f"{path.stem}.{import_id[:8]}.rejected")
        if spans
        else None
    )
    return ImportResult(
        import_id, row.file_name, row.records_done, row.added, row.repeated, row.replaced,
        row.alike, row.rejected, kept, done,
    )  # fmt: skip


def _keep_aside(orders: OrderFile, spans: list[tuple[int, int]], path: Path, stem: Path) -> Path:
    """Write the bad records, whole or not at all, for the owner's eyes: they may hold names."""
    ending = ".jsonl" if isinstance(orders, ParquetOrders) else path.suffix
    kept = stem.with_name(stem.name + ending)
    fresh = kept.with_name(f"{kept.name}.new")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        orders.write_rejected(spans, fresh)
        fresh.replace(kept)
    except OSError as error:
        raise OrdersError(
            Text(f"无法写入未能导入的行：{kept}（{error.strerror}）。修正后再次运行即可。",
                 f"The rows that were not taken cannot be written: {kept} ({error.strerror}). "
                 "Make room and run the command again.")
        ) from error  # fmt: skip
    return kept
