"""Make a backup while the service goes on working.

The rows are of one moment (a snapshot of each database); files come after them and are never
changed, so every clip of that moment is whole. A clip that is deleted meanwhile is left out.
"""

import errno
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import Connection

from tingzhen import __version__
from tingzhen.errors import BackupUnwritable, FileMissing, StorageFull
from tingzhen.language import Text
from tingzhen.serving.backup.archive import ArchiveWriter, writing_archive
from tingzhen.serving.backup.rows import rows_of, tables_of
from tingzhen.serving.files import FileStore, StoredFile, open_files, sync
from tingzhen.serving.migrations import TREES, TreeName, landed_revision
from tingzhen.serving.migrations.trees import metadata_of
from tingzhen.serving.records import ORIGINAL_REMOVED, open_records, reading
from tingzhen.serving.records.database import reported
from tingzhen.serving.settings import Settings

DATA_FILES: Final = ("vehicle.key",)
"""Of the data folder: the key that VINs were hashed with."""

_PASSING: Final = frozenset({"page_sessions", "uploads", "workers"})
"""Tables of what is under way on one machine: it means nothing elsewhere."""

_CLIP_TABLES: Final = ("clips", "clip_events")


@dataclass(frozen=True, slots=True)
class Saved:
    """missing: keys of files that clips refer to and the store does not have."""

    clips: int
    cases: int
    files: int
    size_bytes: int
    missing: tuple[str, ...]


def back_up(
    settings: Settings, target: Path, on_progress: Callable[[float], None] = lambda share: None
) -> Saved:
    """Write all that the service keeps into a new file, which appears when it is whole.

    on_progress: gets the share of the files done, 0 to 1. Raises BackupUnwritable,
    RecordsUnavailable, FilesUnavailable, StorageFull.
    """
    if target.exists():
        raise _unwritable(target, "文件已存在", "there is a file of that name")
    files = open_files(
        settings.files_location(), s3_endpoint=settings.s3_endpoint, s3_region=settings.s3_region
    )
    partial = target.with_name(f"{target.name}.part")
    with _written(target), TemporaryDirectory(prefix=".tingzhen-", dir=target.parent) as folder:
        made_at = datetime.now(UTC)
        revisions = _export(settings, Path(folder))
        partial.unlink(missing_ok=True)  # of a backup that was cut short
        try:
            with writing_archive(partial) as archive:
                for name in DATA_FILES:
                    if (settings.data_dir / name).is_file():
                        archive.add_file(f"data/{name}", settings.data_dir / name)
                clips = {row["id"]: row for row in _lines(Path(folder), "records", "clips")}
                absent = _add_files(archive, files, clips, on_progress)
                gone = _deleted(settings, absent, clips)
                counts = _add_rows(archive, Path(folder), gone)
                archive.finish(__version__, made_at, revisions)
            sync(partial)
            partial.replace(target)
            sync(target.parent)
        finally:
            partial.unlink(missing_ok=True)
    kept = sum(name.startswith("files/") for name in archive.entries)
    missing = tuple(sorted(clips[clip_id]["file_key"] for clip_id in absent - gone))
    return Saved(
        counts.get("clips", 0), counts.get("cases", 0), kept, target.stat().st_size, missing
    )


def _export(settings: Settings, folder: Path) -> dict[str, str | None]:
    """Rows of both databases into files `<tree>/<table>.jsonl`. Returns their revisions."""
    urls: dict[TreeName, str] = {"records": settings.records_url(), "cases": settings.cases_url()}
    revisions: dict[str, str | None] = {}
    with ExitStack() as open_ones:
        connections: dict[str, Connection] = {}
        for tree in TREES:
            url = urls[tree]
            if url not in connections:
                connections[url] = open_ones.enter_context(_snapshot(url))
            revisions[tree] = landed_revision(connections[url], tree)
            (folder / tree).mkdir()
            names = {name for part in metadata_of(tree) for name in part.tables} - _PASSING
            for table in tables_of(connections[url], names):
                with (folder / tree / f"{table.name}.jsonl").open("w", encoding="utf-8") as file:
                    for row in rows_of(connections[url], table):
                        file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return revisions


@contextmanager
def _snapshot(url: str) -> Iterator[Connection]:
    """What a database holds at one moment, whatever others write. Raises RecordsUnavailable."""
    engine = open_records(url)
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    try:
        with reported(), engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _add_files(
    archive: ArchiveWriter,
    files: FileStore,
    clips: dict[str, dict[str, Any]],
    on_progress: Callable[[float], None],
) -> set[str]:
    """The originals, what was made of the clips, and what belongs to no clip, such as models.

    Returns the ids of clips whose original is not there.
    """
    originals = {clip["file_key"] for clip in clips.values()}
    wanted = [file for file in files.files() if _belongs(file, originals, clips)]
    total = max(sum(file.size_bytes for file in wanted), 1)
    done, copied = 0, set()
    for file in wanted:
        try:
            size_bytes, content = files.stream(file.key)
        except FileMissing:
            continue  # deleted since the list was made
        archive.add(f"files/{file.key}", size_bytes, content)
        copied.add(file.key)
        done += file.size_bytes
        on_progress(done / total)
    kept = copied | {ORIGINAL_REMOVED}  # those were meant to go
    return {clip_id for clip_id, clip in clips.items() if clip["file_key"] not in kept}


def _belongs(file: StoredFile, originals: set[str], clips: dict[str, dict[str, Any]]) -> bool:
    first, _, rest = file.key.partition("/")
    if first == "clips":
        return rest.split("/")[0] in clips or file.key in originals
    return file.key in originals if first == "originals" else first != "checks"


def _deleted(settings: Settings, absent: set[str], clips: dict[str, dict[str, Any]]) -> set[str]:
    """Which of the clips without their original have been deleted since the snapshot."""
    if not absent:
        return set()
    engine = open_records(settings.records_url())
    try:
        with reading(engine) as session:
            (table,) = tables_of(session.connection(), {"clips"})
            there = {
                clip_id for clip_id in sorted(absent)
                if session.execute(table.select().where(table.c.id == clip_id)).first()
            }  # fmt: skip
    finally:
        engine.dispose()
    return absent - there


def _add_rows(archive: ArchiveWriter, folder: Path, gone: set[str]) -> dict[str, int]:
    """Rows of all tables, but for those of clips that are gone. Returns how many of each table."""
    gone_events = {
        row["seq"] for row in _lines(folder, "records", "clip_events") if row["clip_id"] in gone
    }
    counts: dict[str, int] = {}
    for tree in TREES:
        for source in sorted((folder / tree).glob("*.jsonl")):
            kept = source.with_suffix(".kept")
            counts[source.stem] = 0
            with kept.open("w", encoding="utf-8") as file:
                for row in _lines(folder, tree, source.stem):
                    clip_id = row.get("id" if source.stem == "clips" else "clip_id")
                    if clip_id in gone or row.get("event_seq") in gone_events:
                        continue
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    counts[source.stem] += 1
            archive.add_file(f"{tree}/{source.name}", kept)
    return counts


def _lines(folder: Path, tree: str, table: str) -> Iterator[dict[str, Any]]:
    path = folder / tree / f"{table}.jsonl"
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


@contextmanager
def _written(target: Path) -> Iterator[None]:
    """Errors of writing the file as errors for people."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(
                Text(f"没有空间写入备份 {target}。请腾出空间或换一个位置。",
                     f"There is no room for the backup {target}. Make room or write it elsewhere.")
            ) from error  # fmt: skip
        reason = error.strerror or str(error)
        raise _unwritable(target, reason, reason) from error


def _unwritable(target: Path, reason_zh: str, reason_en: str) -> BackupUnwritable:
    return BackupUnwritable(
        Text(f"无法写入备份 {target}：{reason_zh}。请换一个文件名或位置。",
             f"The backup {target} cannot be written: {reason_en}. Choose another name or place.")
    )  # fmt: skip
