"""The model that wrote a report, found by its digest: the one of the settings, or another version
that the service keeps."""

import hashlib
from typing import Any, Final

from tingzhen.bundle import Bundle, open_model
from tingzhen.errors import BundleError, FileMissing, FilesUnavailable, RecordsUnavailable
from tingzhen.serving.logs import log
from tingzhen.serving.records import ModelVersion, RecogniserTask, open_records, reading
from tingzhen.serving.settings import Settings

_METADATA: Final[dict[str, dict[str, Any]]] = {}
"""By digest; a service has few versions."""


def metadata_of(sha256: str, task: RecogniserTask, settings: Settings) -> dict[str, Any] | None:
    """What training stored in the model; None where no such model is at hand. Raises BundleError
    for one that is damaged."""
    if sha256 not in _METADATA:
        bundle = bundle_that_wrote(sha256, task, settings)
        if bundle is None:
            return None
        _METADATA[sha256] = bundle.metadata
    return _METADATA[sha256]


def bundle_that_wrote(sha256: str, task: RecogniserTask, settings: Settings) -> Bundle | None:
    """sha256: of the model's file, as reports have it. None where it is not at hand, or the service
    that keeps it cannot be asked. Raises BundleError for one that is damaged."""
    if not sha256:
        return None
    content = _installed(sha256, task, settings) or _kept(sha256, task, settings)
    return None if content is None else open_model(content, task, f"{task} {sha256[:12]}")


def _installed(sha256: str, task: RecogniserTask, settings: Settings) -> bytes | None:
    folder = settings.noise_model if task == "noise" else settings.damage_model
    try:
        content = (folder / "model.onnx").read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None


def _kept(sha256: str, task: RecogniserTask, settings: Settings) -> bytes | None:
    """Of the versions in the records, where there are records."""
    from sqlalchemy import select  # noqa: PLC0415 - only for a model that is not installed

    from tingzhen.serving.inference.registry import ModelRegistry  # noqa: PLC0415 - see above
    from tingzhen.serving.service import open_store_of  # noqa: PLC0415 - see above

    if settings.database_url is None and not (settings.data_dir / "records.sqlite3").is_file():
        return None
    records = open_records(settings.records_url())
    try:
        with reading(records) as session:
            version = session.scalars(
                select(ModelVersion).where(ModelVersion.task == task, ModelVersion.sha256 == sha256)
            ).first()
        if version is None:
            return None
        return ModelRegistry(records, open_store_of(settings), settings).network(version)
    except (RecordsUnavailable, FilesUnavailable, FileMissing, BundleError) as error:
        log.warning("the model of a report is not at hand", extra={"code": error.code})
        return None
    finally:
        records.dispose()
