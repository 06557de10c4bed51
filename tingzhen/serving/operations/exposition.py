"""All measures in the text that Prometheus reads; the folder through which processes share them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from tingzhen.serving.operations import measures
from tingzhen.serving.operations.records_measures import RecordsMeasures
from tingzhen.serving.settings import Settings

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it  # nosec B108
_ROOM_BYTES: Final = 16 << 20


class Exposition:
    """Measures of all processes of this machine, and what the records say. Safe to use from several
    threads."""

    def __init__(self, records: Engine, settings: Settings) -> None:
        self._records = RecordsMeasures(records, settings)

    def text(self) -> bytes:
        """Prometheus' text format, version 0.0.4. Blocks: it reads the database."""
        registry = CollectorRegistry()
        folder = os.environ.get(measures.FOLDER_VARIABLE)
        if folder is None:
            registry.register(_Of(measures.REGISTRY))
        else:
            MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
        registry.register(self._records)
        return generate_latest(registry)


@contextmanager
def shared_folder() -> Iterator[None]:
    """Processes that are started in this context share their measures; of those of an outer context
    nothing is changed."""
    if measures.FOLDER_VARIABLE in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory(prefix="tingzhen-measures-", dir=_roomy_memory()) as folder:
        os.environ[measures.FOLDER_VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[measures.FOLDER_VARIABLE]


class _Of(Collector):
    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator:  # type: ignore[type-arg]
        yield from self._registry.collect()


def _roomy_memory() -> Path | None:
    """Memory where there is some: a process that writes into a mapped file of a full disk dies."""
    try:
        found = os.statvfs(_MEMORY)
    except OSError:
        return None
    writable = os.access(_MEMORY, os.W_OK)
    return _MEMORY if writable and found.f_bavail * found.f_frsize >= _ROOM_BYTES else None
