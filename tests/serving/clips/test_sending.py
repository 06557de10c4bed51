"""Clips sent in one request: acknowledged when safe, checked, kept once."""

import base64
import hashlib
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.serving.clips.conftest import MAX_BYTES, SOUND, Here, Open, is_problem
from tests.serving.examples import tone
from tingzhen.serving.records import IdempotencyKey, events_after, reading
from tingzhen.serving.sound import encode_wav


def digest_of(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def files_on_the_way(here: Here) -> list[Path]:
    return list((here.data_dir / "incoming").iterdir())


def test_a_clip_is_acknowledged_when_it_is_safe(here: Here) -> None:
    response = here.send(name="engine.wav", context='{"when": ["braking"]}', lang="en")
    assert response.status_code == 202, response.text
    view = response.json()
    assert response.headers["location"] == f"/v1/clips/{view['id']}" == view["links"]["self"]
    assert (view["state"], view["label"], view["report"]) == ("waiting", "engine.wav", None)
    assert view["context"]["when"] == ["braking"]
    assert view["sha256"] == hashlib.sha256(SOUND).hexdigest()
    with reading(here.service.records) as session:
        (event,) = events_after(session, clip_id=view["id"])
    assert event.kind == "accepted"
    (original,) = here.originals()
    assert original.read_bytes() == SOUND
    assert files_on_the_way(here) == []


@pytest.mark.parametrize("mime", ["audio/wav", "video/mp4", "IMAGE/JPEG; x=1"])
def test_a_clip_can_be_the_body_itself(here: Here, mime: str) -> None:
    response = here.client.post(
        "/v1/clips", content=SOUND, headers={"content-type": mime},
        params={"name": "dir/听.wav", "context": '{"complaint": "响"}', "lang": "zh"},
    )  # fmt: skip
    view = response.json()
    assert (response.status_code, view["label"]) == (202, "听.wav")
    assert view["context"]["complaint"] == "响"
    assert response.headers["content-language"] == "zh"


def test_the_same_content_is_stored_once(here: Here) -> None:
    content = encode_wav(tone(1.1))
    before = len(here.originals())
    ids = {here.accepted(content) for _ in range(3)}
    assert len(ids) == 3
    assert len(here.originals()) == before + 1


def test_the_same_key_gives_the_same_clip(here: Here) -> None:
    def send(key: str, **form: str) -> httpx.Response:
        return here.client.post(
            "/v1/clips", files={"file": ("a.wav", SOUND)}, data=form,
            headers={"idempotency-key": key},
        )  # fmt: skip

    first, again = send('"one"'), send("one")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    is_problem(send("one", context='{"when": ["braking"]}'), 422, "idempotency_key_reused")
    assert send("two").json()["id"] != first.json()["id"]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, ["many"] * 6))
    assert len({answer.json()["id"] for answer in answers}) == 1
    is_problem(send("x" * 256), 422, "upload_invalid")


def test_a_digest_is_checked(here: Here) -> None:
    raw = {"content-type": "audio/wav"}
    for name in ("content-digest", "repr-digest"):
        good = here.client.post("/v1/clips", content=SOUND, headers=raw | {name: digest_of(SOUND)})
        assert good.status_code == 202, good.text
        bad = here.client.post("/v1/clips", content=SOUND, headers=raw | {name: digest_of(b"x")})
        is_problem(bad, 422, "digest_mismatch")
    unknown = here.client.post(
        "/v1/clips", content=SOUND, headers=raw | {"content-digest": "md5=:AAAA:"}
    )
    is_problem(unknown, 422, "digest_invalid")


def test_digests_of_a_form_and_of_the_file_in_it(here: Here) -> None:
    def form(part_digest: str) -> bytes:
        head = (
            '--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n'
            f"Content-Digest: {part_digest}\r\n\r\n"
        )
        return head.encode() + SOUND + b"\r\n--b--\r\n"

    def send(body: bytes, **headers: str) -> httpx.Response:
        kind = {"content-type": "multipart/form-data; boundary=b"}
        return here.client.post("/v1/clips", content=body, headers=kind | headers)

    body = form(digest_of(SOUND))
    assert send(body, **{"content-digest": digest_of(body)}).status_code == 202
    is_problem(send(body, **{"content-digest": digest_of(SOUND)}), 422, "digest_mismatch")
    is_problem(send(form(digest_of(b"other"))), 422, "digest_mismatch")


def test_what_is_too_large_is_refused_before_it_is_read(here: Here) -> None:
    is_problem(here.send(bytes(MAX_BYTES + 1)), 413, "too_large")
    is_problem(here.send(bytes(3 * MAX_BYTES)), 413, "too_large")

    def endless() -> Iterator[bytes]:
        for _ in range(12):
            yield SOUND + bytes(1_000_000)

    for kind in ("video/mp4", "multipart/form-data; boundary=b"):
        start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        parts = endless() if kind == "video/mp4" else iter([start, *endless()])
        response = here.client.post("/v1/clips", content=parts, headers={"content-type": kind})
        is_problem(response, 413, "too_large")
    assert files_on_the_way(here) == []


def test_what_is_no_clip_is_refused_and_not_kept(here: Here) -> None:
    before = len(here.originals())
    post = here.client.post
    is_problem(here.send(b"not a clip at all, only words" * 20), 415, "unknown_format")
    is_problem(here.send(b""), 422, "empty_file")
    is_problem(post("/v1/clips", json={"file": "a"}), 415, "media_type_unsupported")
    is_problem(post("/v1/clips"), 415, "media_type_unsupported")
    zipped = {"content-type": "video/mp4", "content-encoding": "gzip"}
    is_problem(post("/v1/clips", content=SOUND, headers=zipped), 415, "media_type_unsupported")
    is_problem(post("/v1/clips", files={"other": b"x"}), 422, "upload_invalid")
    is_problem(post("/v1/clips", data={"x": "1"}, files={"file": b"x"}), 422, "upload_invalid")
    is_problem(here.send(context='{"wheel": 1}'), 422, "context_invalid")
    is_problem(here.send(context="{"), 422, "context_invalid")
    is_problem(here.send(context='{"complaint": "a\\u0000"}'), 422, "context_invalid")
    is_problem(here.send(lang="fr"), 422, "upload_invalid")
    is_problem(here.send(workshop="No Key"), 422, "upload_invalid")
    junk = {"content-type": "multipart/form-data; boundary=b"}
    is_problem(post("/v1/clips", content=b"junk", headers=junk), 422, "upload_invalid")
    assert len(here.originals()) == before
    assert files_on_the_way(here) == []


def test_a_mistake_in_the_fields_is_told_before_the_file_is_sent(here: Here) -> None:
    """The sender announces much more than it sends: the answer comes all the same."""
    address = here.client.base_url
    start = (
        b'--b\r\nContent-Disposition: form-data; name="context"\r\n\r\n{"wheel": 1}\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    )
    with socket.create_connection((address.host, address.port or 80), timeout=20) as line:
        line.sendall(
            b"POST /v1/clips HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\nAuthorization: "
            + here.client.headers["authorization"].encode()
            + b"\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n" + start
        )
        assert line.recv(100).startswith(b"HTTP/1.1 422")


def test_a_line_that_breaks_leaves_nothing(here: Here) -> None:
    address = here.client.base_url
    with socket.create_connection((address.host, address.port or 80), timeout=20) as line:
        line.sendall(
            b"POST /v1/clips HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\nAuthorization: "
            + here.client.headers["authorization"].encode()
            + b"\r\n"
            b"Content-Type: video/mp4\r\n\r\n" + SOUND
        )
    for _ in range(200):
        if not files_on_the_way(here):
            break
        here.client.get("/v1/clips", params={"limit": 1})
    assert files_on_the_way(here) == []


def test_file_names_are_labels_only(here: Here) -> None:
    for name in ("../../evil.wav", "..\\evil.wav", "/etc/evil.wav", "听<b>.wav", "x" * 400):
        view = here.send(name=name).json()
        assert "/" not in view["label"]
        assert "\\" not in view["label"]
        assert len(view["label"]) <= 200
    assert not list(here.data_dir.parent.rglob("evil*"))


def test_waiting_gives_the_report_or_says_how_far_it_is(here: Here) -> None:
    clip_id = here.accepted()
    soon = here.client.get(f"/v1/clips/{clip_id}", headers={"prefer": "wait=0"})
    assert (soon.json()["state"], soon.headers["preference-applied"]) == ("waiting", "wait=0")
    headers = {"idempotency-key": "waits", "prefer": "respond-async, wait=20"}

    def send() -> httpx.Response:
        with here.as_somebody("waiting", "admin") as client:
            return client.post(
                "/v1/clips", files={"file": ("a.wav", SOUND)}, data={"lang": "en"}, headers=headers
            )

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(send)
        clip_id = waiting_clip(here, "waits")
        here.work_off(clip_id)
        response = answer.result()
    assert response.status_code == 200, response.text
    assert response.json()["schema"] == "tingzhen.report/1"
    assert response.headers["location"] == f"/v1/clips/{clip_id}"
    assert send().json() == response.json()


def test_waiting_for_a_clip_that_fails_gives_its_problem(here: Here) -> None:
    broken = SOUND[:44]
    clip_id = here.done(broken)
    view = here.client.get(f"/v1/clips/{clip_id}").json()
    assert view["state"] == "failed"
    code = view["error"]["code"]
    headers = {"idempotency-key": "fails", "prefer": "wait=20"}

    def send() -> httpx.Response:
        with here.as_somebody("waiting", "admin") as client:
            return client.post("/v1/clips", files={"file": ("a.wav", broken)}, headers=headers)

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(send)
        clip_id = waiting_clip(here, "fails")
        here.work_off(clip_id)
        response = answer.result()
    assert (response.json()["code"], response.json()["detail"]) == (code, view["error"]["message"])
    assert response.headers["location"] == f"/v1/clips/{clip_id}"


def waiting_clip(here: Here, key: str) -> str:
    """The id of the clip that a request with that key, which still waits, has made."""
    for _ in range(2000):
        with reading(here.service.records) as session:
            found = session.get(IdempotencyKey, ("waiting", key))
        if found is not None:
            return found.clip_id
    raise AssertionError(key)


@pytest.mark.slow
def test_one_sender_has_so_many_uploads_open(open_service: Open, tmp_path: Path) -> None:
    here = open_service(tmp_path / "data", open_uploads=1)
    tus = {"tus-resumable": "1.0.0", "upload-length": "1000"}
    begun = here.client.post("/v1/uploads", headers=tus)
    assert begun.status_code == 201
    refused = here.send()
    is_problem(refused, 429, "too_many_uploads")
    assert int(refused.headers["retry-after"]) > 0
    is_problem(here.client.post("/v1/uploads", headers=tus), 429, "too_many_uploads")
    assert here.client.delete(begun.headers["location"], headers=tus).status_code == 204
    assert here.send().status_code == 202


@pytest.mark.slow
def test_a_full_line_is_told(open_service: Open, tmp_path: Path) -> None:
    here = open_service(tmp_path / "data", queue_limit=1)
    assert here.send().status_code == 202
    refused = here.send()
    is_problem(refused, 429, "queue_full")
    assert int(refused.headers["retry-after"]) > 0
    assert json.loads(here.client.get("/v1/clips").text)["clips"][0]["state"] == "waiting"
