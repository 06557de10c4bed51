"""A real S3-compatible server for tests (moto), in a process of its own, with a bucket a test."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx

_SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://%s:%d" % server.get_host_and_port(), flush=True)
sys.stdin.read()
"""

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": "us-east-1",
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """url: as TINGZHEN_FILES_URL; endpoint: as TINGZHEN_S3_ENDPOINT."""

    url: str
    endpoint: str


@contextmanager
def running_s3() -> Iterator[str]:
    """The address of a server, stopped at the end."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER], text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def new_bucket(endpoint: str) -> Bucket:
    """An empty bucket."""
    name = f"test-{uuid4().hex}"
    # moto takes the signature of nobody.
    httpx.put(f"{endpoint}/{name}", timeout=20).raise_for_status()
    return Bucket(f"s3://{name}/tingzhen", endpoint)
