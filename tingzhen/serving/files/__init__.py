"""Files of the service: a local folder or S3."""

from tingzhen.serving.files.durable import make_folder, sync
from tingzhen.serving.files.open import open_files
from tingzhen.serving.files.store import (
    FileStore,
    StoredFile,
    clip_prefix,
    original_key,
    reported_files,
)

__all__ = [
    "FileStore",
    "StoredFile",
    "clip_prefix",
    "make_folder",
    "open_files",
    "original_key",
    "reported_files",
    "sync",
]
