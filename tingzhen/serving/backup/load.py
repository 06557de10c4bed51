"""Bring a backup into an empty place: any database and any file store, whatever it came from.

All of the archive is checked before anything is written. Files come first and rows last, in one
transaction for each database, so that a restore that was cut short can be run again.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import Connection, Engine

from tingzhen.errors import DatabaseNewer, RestoreRefused
from tingzhen.language import Text
from tingzhen.serving.backup.archive import (
    Manifest,
    archive_errors,
    check_archive,
    read_entries,
)
from tingzhen.serving.backup.rows import (
    count_rows,
    go_on_counting,
    insert_rows,
    refer_within,
    tables_of,
)
from tingzhen.serving.backup.save import DATA_FILES
from tingzhen.serving.files import FileStore, open_files, reported_files, sync
from tingzhen.serving.migrations import TREES, TreeName, tree, upgrade
from tingzhen.serving.migrations.trees import metadata_of
from tingzhen.serving.records import open_records
from tingzhen.serving.records.database import reported
from tingzhen.serving.settings import Settings

_MADE_BY_ITSELF: Final = frozenset({"case_facts"})
"""Tables whose rows a new database has already; those of the backup go in their place."""


@dataclass(frozen=True, slots=True)
class Restored:
    """unfinished: clips that workers analyse as soon as the service is started."""

    clips: int
    cases: int
    files: int
    unfinished: int


def restore(
    settings: Settings, source: Path, on_progress: Callable[[float], None] = lambda share: None
) -> Restored:
    """on_progress: gets the share of the files done, 0 to 1.

    Raises BackupInvalid, RestoreRefused where the place is not empty, DatabaseNewer where the
    backup is of a newer version, RecordsUnavailable, FilesUnavailable, StorageFull.
    """
    manifest = check_archive(source)
    _refuse_newer(manifest)
    files = open_files(
        settings.files_location(), s3_endpoint=settings.s3_endpoint, s3_region=settings.s3_region
    )
    _refuse_full(settings, files, manifest)
    with archive_errors(source):
        _restore_data_files(settings, source)
        kept = _restore_files(settings, files, source, manifest, on_progress)
        cases = _restore_rows(settings, settings.cases_url(), "cases", source, manifest)
        records = _restore_rows(settings, settings.records_url(), "records", source, manifest)
    return Restored(
        records.get("clips", 0), cases.get("cases", 0), kept, records.get("unfinished", 0)
    )


def _refuse_newer(manifest: Manifest) -> None:
    for name in TREES:
        found = manifest.revisions.get(name)
        if found is not None and found > tree(name).head:
            raise DatabaseNewer(
                Text(f"备份由较新的版本 {manifest.version} 生成。请安装该版本后再恢复。",
                     f"The backup was made by the newer version {manifest.version}. Install it, "
                     "then restore.")
            )  # fmt: skip


def _refuse_full(settings: Settings, files: FileStore, manifest: Manifest) -> None:
    urls: dict[TreeName, str] = {"records": settings.records_url(), "cases": settings.cases_url()}
    for name, url in urls.items():
        with _engine(url) as engine, reported(), engine.connect() as connection:
            for table in tables_of(connection, _names(name)):
                if table.name not in _MADE_BY_ITSELF and count_rows(connection, table):
                    shown = engine.url.render_as_string(hide_password=True)
                    raise _refused(f"{shown}（{table.name}）", f"{shown} ({table.name})")
    for file in files.files():
        if f"files/{file.key}" not in manifest.entries:
            raise _refused(f"{files.url}（{file.key}）", f"{files.url} ({file.key})")


def _restore_data_files(settings: Settings, source: Path) -> None:
    for name, file in read_entries(source, lambda name: name.startswith("data/")):
        target, content = settings.data_dir / name.removeprefix("data/"), file.read()
        if target.name not in DATA_FILES:
            continue
        with reported_files(str(settings.data_dir)):
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            if target.exists():
                if target.read_bytes() != content:
                    raise _refused(f"{target}（另一个密钥）", f"{target} (another key)")
                continue
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as written:
                written.write(content)
                written.flush()
                os.fsync(written.fileno())
            sync(settings.data_dir)


def _restore_files(
    settings: Settings,
    files: FileStore,
    source: Path,
    manifest: Manifest,
    on_progress: Callable[[float], None],
) -> int:
    """Returns how many."""
    names = {name for name in manifest.entries if name.startswith("files/")}
    total = max(sum(manifest.entries[name].size_bytes for name in names), 1)
    done = 0
    with _folder(settings) as folder:
        for name, file in read_entries(source, names.__contains__):
            with reported_files(files.url):
                copy = folder / "file"
                with copy.open("wb") as written:
                    shutil.copyfileobj(file, written, 1 << 20)
                files.put(name.removeprefix("files/"), copy)
                copy.unlink()  # the store may have linked it
            done += manifest.entries[name].size_bytes
            on_progress(done / total)
    return len(names)


def _restore_rows(
    settings: Settings, url: str, name: TreeName, source: Path, manifest: Manifest
) -> dict[str, int]:
    """Returns how many rows each table got, and of clips how many are "unfinished"."""
    with _engine(url) as engine, reported(), _folder(settings) as folder:
        for entry, file in read_entries(source, lambda entry: entry.startswith(f"{name}/")):
            with (folder / Path(entry).name).open("wb") as written:
                shutil.copyfileobj(file, written, 1 << 20)
        with engine.begin() as connection:
            _drop(connection, name)
        if (had := manifest.revisions.get(name)) is not None:
            upgrade(engine, name, to=had)
            with engine.begin() as connection:
                counts = _insert(connection, folder, _names(name))
                if name == "records":
                    counts["unfinished"] = _wait_again(connection)
        else:
            counts = {}
        upgrade(engine, name)
        return counts


def _insert(connection: Connection, folder: Path, names: set[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in tables_of(connection, names):
        path = folder / f"{table.name}.jsonl"
        if not path.is_file():
            continue
        with path.open("rb") as lines:
            counts[table.name] = insert_rows(connection, table, lines)
        with path.open("rb") as lines:
            refer_within(connection, table, lines)
        go_on_counting(connection, table)
    return counts


def _wait_again(connection: Connection) -> int:
    """Clips that were not finished wait: no worker here has begun with them. Returns how many."""
    (clips,) = tables_of(connection, {"clips"})
    if "state" not in clips.c:
        return 0
    unfinished = clips.c.state.in_(("waiting", "running"))
    return connection.execute(clips.update().where(unfinished).values(state="waiting")).rowcount


def _drop(connection: Connection, name: TreeName) -> None:
    """Tables that are empty may be of another revision than the backup."""
    for table in reversed(tables_of(connection, _names(name) | {tree(name).version_table})):
        table.drop(connection)


def _names(name: TreeName) -> set[str]:
    return {table for part in metadata_of(name) for table in part.tables}


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    engine = open_records(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _folder(settings: Settings) -> Iterator[Path]:
    """For passing files, where the store is by default, so that it can link them."""
    with reported_files(str(settings.data_dir)):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".restoring-", dir=settings.data_dir) as folder:
            yield Path(folder)


def _refused(where_zh: str, where_en: str) -> RestoreRefused:
    return RestoreRefused(
        Text(f"恢复目标不为空：{where_zh}。请换用新的 TINGZHEN_DATA_DIR、"
             "TINGZHEN_DATABASE_URL 和 TINGZHEN_FILES_URL，并在首次启动服务之前恢复。",
             f"The place to restore into is not empty: {where_en}. Choose a new "
             "TINGZHEN_DATA_DIR, TINGZHEN_DATABASE_URL and TINGZHEN_FILES_URL, and restore before "
             "the service is started there.")
    )  # fmt: skip
