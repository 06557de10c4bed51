"""A file store for each test: a folder, and S3."""

from pathlib import Path

import pytest

from tests.s3 import CREDENTIALS, new_bucket
from tingzhen.serving.files import FileStore, open_files


@pytest.fixture(params=["folder", "s3"])
def files(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> FileStore:
    if request.param == "folder":
        return open_files(str(tmp_path / "data" / "files"))
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    bucket = new_bucket(request.getfixturevalue("s3_server"))
    return open_files(bucket.url, s3_endpoint=bucket.endpoint)
