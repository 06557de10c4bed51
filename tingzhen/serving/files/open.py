"""The file store that the settings name."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from tingzhen.errors import FilesUnavailable
from tingzhen.language import Text
from tingzhen.serving.files.durable import make_folder
from tingzhen.serving.files.store import FileStore

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

_CONNECT_TIMEOUT_S: Final = 5
_RETRIED_FOR_S: Final = 20


def open_files(
    url: str, *, s3_endpoint: str | None = None, s3_region: str | None = None
) -> FileStore:
    """A store in a folder (`file:///folder` or its path) or in S3 (`s3://bucket/prefix`).

    Keys of S3 come from where AWS's own tools look: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or
    the role of the machine. s3_endpoint: of a store that is not AWS. Raises FilesUnavailable,
    StorageFull.
    """
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        folder = Path(unquote(parts.path) if parts.scheme else url)
        try:
            make_folder(folder.absolute())
        except OSError as error:
            raise _unusable(url, error.strerror or str(error)) from error
        return FileStore(LocalStore(folder), str(folder), folder)
    if parts.scheme != "s3" or not parts.netloc:
        raise _unusable(url, "neither a folder nor s3://bucket/prefix")
    config: S3Config = {}
    client: ClientConfig = {"connect_timeout": timedelta(seconds=_CONNECT_TIMEOUT_S)}
    if s3_endpoint:
        config["endpoint"] = s3_endpoint
        client["allow_http"] = s3_endpoint.startswith("http://")
    if s3_region:
        config["region"] = s3_region
    # A store that is gone for longer is the matter of whoever called: jobs try again later.
    retry: RetryConfig = {"max_retries": 4, "retry_timeout": timedelta(seconds=_RETRIED_FOR_S)}
    try:
        store = S3Store(
            parts.netloc, prefix=parts.path.strip("/") or None, config=config,
            client_options=client, retry_config=retry,
        )  # fmt: skip
    except (BaseError, ValueError) as error:
        raise _unusable(url, str(error)) from error
    return FileStore(store, f"s3://{parts.netloc}{parts.path}", None)


def _unusable(url: str, reason: str) -> FilesUnavailable:
    return FilesUnavailable(
        Text(f"文件存储 {url} 无法使用：{reason}。请检查 TINGZHEN_FILES_URL。",
             f"The file store {url} cannot be used: {reason}. Check TINGZHEN_FILES_URL.")
    )  # fmt: skip
