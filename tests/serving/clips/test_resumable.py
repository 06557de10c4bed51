"""tus 1.0 over real HTTP: parts, lost lines, a restart, checksums, and what is refused."""

import base64
import hashlib
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.serving.clips.conftest import MAX_BYTES, SOUND, Here, Open, is_problem
from tingzhen.serving.records import Upload, writing
from tingzhen.serving.uploads import resumable

TUS = {"tus-resumable": "1.0.0"}
PART = TUS | {"content-type": "application/offset+octet-stream"}


def metadata(**details: str) -> str:
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in details.items())


def begin(here: Here, size: int = len(SOUND), **details: str) -> str:
    headers = TUS | {"upload-length": str(size)}
    if details:
        headers["upload-metadata"] = metadata(**details)
    response = here.client.post("/v1/uploads", headers=headers)
    assert response.status_code == 201, response.text
    assert response.headers["tus-resumable"] == "1.0.0"
    assert response.headers["upload-expires"].endswith("GMT")
    return response.headers["location"]


def send(here: Here, location: str, content: bytes, offset: int, **more: str) -> httpx.Response:
    headers = PART | {"upload-offset": str(offset)} | more
    return here.client.patch(location, content=content, headers=headers)


def offset_of(here: Here, location: str) -> int:
    response = here.client.head(location, headers=TUS)
    assert response.status_code == 200, response.headers
    assert response.headers["cache-control"] == "no-store"
    return int(response.headers["upload-offset"])


def file_of(here: Here, location: str) -> Path:
    return here.data_dir / "uploads" / location.rsplit("/", 1)[-1]


def test_a_clip_in_parts(here: Here) -> None:
    location = begin(here, filename="引擎.wav", context='{"when": ["braking"]}', filetype="audio/x")
    told = here.client.head(location, headers=TUS).headers
    assert told["upload-length"] == str(len(SOUND))
    assert "filename " in told["upload-metadata"]
    for start in range(0, len(SOUND), 20_000):
        part = SOUND[start : start + 20_000]
        response = send(here, location, part, start)
        assert response.status_code == 204, response.text
        assert response.headers["upload-offset"] == str(start + len(part))
    clip = location.replace("/v1/uploads/", "/v1/clips/")
    assert response.headers["link"] == f'<{clip}>; rel="related"'
    view = here.client.get(clip).json()
    assert (view["label"], view["sha256"]) == ("引擎.wav", hashlib.sha256(SOUND).hexdigest())
    assert view["context"]["when"] == ["braking"]
    assert not file_of(here, location).exists()
    assert offset_of(here, location) == len(SOUND)
    again = send(here, location, b"", len(SOUND))
    assert (again.status_code, again.headers["link"]) == (204, f'<{clip}>; rel="related"')
    here.work_off(view["id"])
    assert here.client.get(clip).json()["state"] == "done"


def test_the_first_part_may_come_along(here: Here) -> None:
    headers = PART | {"upload-length": str(len(SOUND))}
    half = here.client.post("/v1/uploads", content=SOUND[:1000], headers=headers)
    assert (half.status_code, half.headers["upload-offset"]) == (201, "1000")
    whole = here.client.post("/v1/uploads", content=SOUND, headers=headers)
    assert whole.headers["upload-offset"] == str(len(SOUND))
    clip = whole.headers["location"].replace("/v1/uploads/", "/v1/clips/")
    assert here.client.get(clip).json()["state"] == "waiting"


def test_what_is_spoken_is_told(here: Here) -> None:
    for path in ("/v1/uploads", f"/v1/uploads/{'0' * 32}"):
        told = here.client.request("OPTIONS", path)
        assert told.status_code == 204
        assert told.headers["tus-version"] == "1.0.0"
        assert told.headers["tus-max-size"] == str(MAX_BYTES)
        assert set(told.headers["tus-extension"].split(",")) == {
            "creation", "creation-with-upload", "expiration", "checksum", "termination"
        }  # fmt: skip
        assert "sha1" in told.headers["tus-checksum-algorithm"]


def test_what_arrived_before_the_line_broke_is_kept(here: Here) -> None:
    location = begin(here)
    address = here.client.base_url
    with socket.create_connection((address.host, address.port or 80), timeout=20) as line:
        line.sendall(request_of(here, location, len(SOUND)) + SOUND[:30_000])
        wait_for_bytes(here, location)
    offset = offset_of(here, location)
    assert offset == 30_000
    assert send(here, location, SOUND[offset:], offset).status_code == 204
    clip_id = location.rsplit("/", 1)[-1]
    assert here.client.get(f"/v1/clips/{clip_id}").status_code == 200


def test_who_comes_back_needs_not_wait_for_the_lost_line(here: Here) -> None:
    """The first line stays open and sends nothing more: as when a phone has lost its network."""
    location = begin(here)
    address = here.client.base_url
    with socket.create_connection((address.host, address.port or 80), timeout=20) as lost:
        lost.sendall(request_of(here, location, len(SOUND)) + SOUND[:30_000])
        wait_for_bytes(here, location)
        offset = offset_of(here, location)
        assert offset == 30_000
        assert send(here, location, SOUND[offset:], offset).status_code == 204


def request_of(here: Here, location: str, size: int) -> bytes:
    return (
        f"PATCH {location} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Authorization: {here.client.headers['authorization']}\r\n"
        f"Content-Length: {size}\r\nContent-Type: application/offset+octet-stream\r\n\r\n"
    ).encode()


def wait_for_bytes(here: Here, location: str) -> None:
    """Until the server has begun to read the part: its file is locked then."""
    import fcntl

    for _ in range(1000):
        with file_of(here, location).open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.2)  # and what was sent after the headers lies in its buffers
                return
        time.sleep(0.005)
    raise AssertionError("nobody reads")


@pytest.mark.slow
def test_a_restart_goes_on_where_it_was(open_service: Open, tmp_path: Path) -> None:
    before = open_service(tmp_path / "data")
    location = begin(before)
    assert send(before, location, SOUND[:10_000], 0).status_code == 204
    with file_of(before, location).open("ab") as file:
        file.write(b"written, but never acknowledged")
    unknown = tmp_path / "data" / "uploads" / ("0" * 32)
    unknown.write_bytes(b"begun, but nobody was told")
    (tmp_path / "data" / "incoming" / "cut-short").write_bytes(b"half an upload")
    after = open_service(tmp_path / "data")
    assert not unknown.exists()
    assert list((tmp_path / "data" / "incoming").iterdir()) == []
    assert offset_of(after, location) == 10_000
    assert send(after, location, SOUND[10_000:], 10_000).status_code == 204
    clip_id = location.rsplit("/", 1)[-1]
    view = after.client.get(f"/v1/clips/{clip_id}").json()
    assert view["sha256"] == hashlib.sha256(SOUND).hexdigest()


def test_a_stop_between_the_last_byte_and_the_clip_loses_nothing(here: Here) -> None:
    location = begin(here)
    upload_id = location.rsplit("/", 1)[-1]
    file_of(here, location).write_bytes(SOUND)
    with writing(here.service.records) as session:
        session.get_one(Upload, upload_id).offset_bytes = len(SOUND)
    assert here.client.get(f"/v1/clips/{upload_id}").status_code == 404
    assert offset_of(here, location) == len(SOUND)
    assert here.client.get(f"/v1/clips/{upload_id}").json()["state"] == "waiting"
    assert not file_of(here, location).exists()


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_part_that_does_not_match_is_thrown_away(here: Here, algorithm: str) -> None:
    def checksum(content: bytes) -> str:
        digest = hashlib.new(algorithm, content).digest()
        return f"{algorithm} {base64.b64encode(digest).decode()}"

    location = begin(here)
    good = send(here, location, SOUND[:1000], 0, **{"upload-checksum": checksum(SOUND[:1000])})
    assert good.status_code == 204
    bad = send(here, location, SOUND[1000:], 1000, **{"upload-checksum": checksum(SOUND)})
    is_problem(bad, 460, "checksum_mismatch")
    assert bad.headers["tus-resumable"] == "1.0.0"
    assert offset_of(here, location) == 1000
    md5 = send(here, location, SOUND[1000:], 1000, **{"upload-checksum": "md5 AAAA"})
    is_problem(md5, 422, "digest_invalid")
    assert send(here, location, SOUND[1000:], 1000).status_code == 204


def test_the_digest_of_the_whole_is_checked(here: Here) -> None:
    location = begin(here, sha256=hashlib.sha256(b"other").hexdigest())
    is_problem(send(here, location, SOUND, 0), 422, "digest_mismatch")
    assert here.client.head(location, headers=TUS).status_code == 404
    assert not file_of(here, location).exists()
    good = begin(here, sha256=hashlib.sha256(SOUND).hexdigest())
    assert send(here, good, SOUND, 0).status_code == 204


def test_what_is_no_clip_is_told_with_the_last_byte(here: Here) -> None:
    words = b"only words, no clip at all"
    location = begin(here, len(words))
    is_problem(send(here, location, words, 0), 415, "unknown_format")
    assert here.client.head(location, headers=TUS).status_code == 404


def test_an_upload_can_be_ended(here: Here) -> None:
    location = begin(here)
    send(here, location, SOUND[:1000], 0)
    assert here.client.delete(location, headers=TUS).status_code == 204
    assert not file_of(here, location).exists()
    is_problem(here.client.delete(location, headers=TUS), 404, "upload_unknown")
    is_problem(send(here, location, SOUND[1000:], 1000), 404, "upload_unknown")


def test_an_upload_that_nobody_goes_on_with_expires(here: Here) -> None:
    location = begin(here)
    send(here, location, SOUND[:1000], 0)
    with writing(here.service.records) as session:
        upload = session.get_one(Upload, location.rsplit("/", 1)[-1])
        upload.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    is_problem(send(here, location, SOUND[1000:], 1000), 410, "upload_expired")
    assert resumable.end_expired(here.service) >= 1
    is_problem(send(here, location, SOUND[1000:], 1000), 404, "upload_unknown")
    assert not file_of(here, location).exists()


def test_two_at_once_do_not_mix(here: Here) -> None:
    content = SOUND + os.urandom(2_000_000)
    location = begin(here, len(content))

    def whole(_: int) -> int:
        with httpx.Client(base_url=here.url, headers=here.client.headers, timeout=60) as client:
            headers = PART | {"upload-offset": "0"}
            return client.patch(location, content=content, headers=headers).status_code

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(whole, range(4)))
    assert set(codes) <= {204, 409, 423}
    offset = offset_of(here, location)
    if offset < len(content):
        assert send(here, location, content[offset:], offset).status_code == 204
    view = here.client.get(location.replace("/uploads/", "/clips/")).json()
    assert view["sha256"] == hashlib.sha256(content).hexdigest()


def test_what_does_not_fit_is_refused(here: Here) -> None:
    post, location = here.client.post, begin(here)
    no_version = post("/v1/uploads", headers={"upload-length": "5"})
    is_problem(no_version, 412, "tus_version_unsupported")
    assert no_version.headers["tus-version"] == "1.0.0"
    size = TUS | {"upload-length": str(MAX_BYTES + 1)}
    is_problem(post("/v1/uploads", headers=size), 413, "too_large")
    is_problem(post("/v1/uploads", headers=TUS), 422, "upload_invalid")
    is_problem(post("/v1/uploads", headers=TUS | {"upload-length": "x"}), 422, "upload_invalid")
    is_problem(post("/v1/uploads", headers=TUS | {"upload-length": "0"}), 422, "empty_file")
    wrong = TUS | {"upload-length": "5", "upload-metadata": metadata(wheel="4")}
    is_problem(post("/v1/uploads", headers=wrong), 422, "upload_invalid")
    context = TUS | {"upload-length": "5", "upload-metadata": metadata(context="{")}
    is_problem(post("/v1/uploads", headers=context), 422, "context_invalid")
    is_problem(send(here, location, SOUND, 7), 409, "upload_offset_wrong")
    is_problem(send(here, location, SOUND + b"x", 0), 413, "too_large")
    other = here.client.patch(location, content=SOUND, headers=TUS | {"upload-offset": "0"})
    is_problem(other, 415, "media_type_unsupported")
    assert offset_of(here, location) == 0


def test_clients_that_cannot_send_patch(here: Here) -> None:
    location = begin(here)
    headers = PART | {"upload-offset": "0", "x-http-method-override": "PATCH"}
    assert here.client.post(location, content=SOUND, headers=headers).status_code == 204
    is_problem(here.client.post(location, headers=TUS), 405, "method_not_allowed")
