"""Server-Sent Events: what happens to a clip as it happens, resumed where it was left."""

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.serving.clips.conftest import SOUND, Here
from tingzhen.serving.records import last_event_seq, reading


@dataclass(frozen=True)
class Event:
    id: int
    kind: str
    data: dict[str, Any]


def parse(lines: Iterator[str]) -> Iterator[Event]:
    """As a browser reads them; comments and retry are left out."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
            continue
        if "data" in fields:
            yield Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
        fields = {}


def listen(here: Here, clip_id: str, **headers: str) -> list[Event]:
    """All events until the stream ends."""
    path = f"/v1/clips/{clip_id}/events"
    own = dict(here.client.headers) | {"accept-language": "en"} | headers
    with (
        httpx.Client(base_url=here.url, headers=own, timeout=60) as client,
        client.stream("GET", path) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        return list(parse(response.iter_lines()))


def test_events_come_as_they_happen_and_end_with_the_report(here: Here) -> None:
    clip_id = here.accepted()
    with ThreadPoolExecutor(1) as pool:
        heard = pool.submit(listen, here, clip_id)
        here.work_off(clip_id)
        events = heard.result()
    kinds = [event.kind for event in events]
    assert (kinds[0], kinds[-1]) == ("accepted", "report")
    assert kinds.index("noise") < len(kinds) - 1
    steps = [event.data["step"] for event in events if event.kind == "step"]
    assert steps[0] == "facts"
    assert len(steps) == len(set(steps))
    ids = [event.id for event in events]
    assert ids == sorted(set(ids))
    assert all(event.data["clip_id"] == clip_id for event in events)
    (noise,) = [event.data for event in events if event.kind == "noise"]
    report = here.client.get(f"/v1/clips/{clip_id}/report", params={"lang": "en"}).json()
    assert noise["verdict"] == report["noise"]["verdict"]
    assert noise["types"] == report["noise"]["types"]


def test_they_go_on_after_the_last_one_that_was_read(here: Here) -> None:
    clip_id = here.done()
    events = listen(here, clip_id)
    middle = events[2].id
    assert listen(here, clip_id, **{"last-event-id": str(middle)}) == events[3:]
    nothing_more = here.client.get(
        f"/v1/clips/{clip_id}/events", headers={"last-event-id": str(events[-1].id)}
    )
    assert nothing_more.status_code == 204


def test_the_end_of_a_failed_and_of_a_cancelled_clip(here: Here) -> None:
    failed = listen(here, here.done(SOUND[:44]))
    assert failed[-1].kind == "failed"
    assert failed[-1].data["code"]
    clip_id = here.accepted()
    with ThreadPoolExecutor(1) as pool:
        heard = pool.submit(listen, here, clip_id)
        view = here.client.post(f"/v1/clips/{clip_id}/cancel").json()
        assert heard.result()[-1].kind == "cancelled"
    assert view["state"] == "cancelled"


@pytest.mark.slow
def test_many_listeners_hold_no_threads(here: Here) -> None:
    clip_id = here.accepted()
    before = threading.active_count()

    async def all_of_them(count: int) -> list[int]:
        limits = httpx.Limits(max_connections=count + 1)
        async with httpx.AsyncClient(
            base_url=here.url, headers=here.client.headers, timeout=60, limits=limits
        ) as client:
            waiting = asyncio.Semaphore(0)

            async def one() -> int:
                async with client.stream("GET", f"/v1/clips/{clip_id}/events") as response:
                    seen = 0
                    async for line in response.aiter_lines():
                        if line.startswith("event: "):
                            seen += 1
                            waiting.release()
                    return seen

            tasks = [asyncio.create_task(one()) for _ in range(count)]
            for _ in range(count):
                await waiting.acquire()
            assert threading.active_count() - before < 60  # a pool of 40, whoever listens
            others = await client.get(f"/v1/clips/{clip_id}")
            assert others.json()["state"] == "waiting"
            await asyncio.to_thread(here.service.jobs.cancel, clip_id)
            return await asyncio.gather(*tasks)

    assert asyncio.run(all_of_them(100)) == [2] * 100


def test_what_happens_in_another_process_is_seen(here: Here) -> None:
    """The watch reads the database: nothing is handed over in memory."""
    with reading(here.service.records) as session:
        before = last_event_seq(session)
    clip_id = here.accepted()
    here.service.jobs.cancel(clip_id)
    events = listen(here, clip_id, **{"last-event-id": str(before)})
    assert [event.kind for event in events] == ["accepted", "cancelled"]


def test_a_deleted_clip_ends_its_stream(here: Here) -> None:
    clip_id = here.accepted()
    with (
        httpx.Client(base_url=here.url, headers=here.client.headers, timeout=60) as client,
        client.stream("GET", f"/v1/clips/{clip_id}/events") as response,
    ):
        events = parse(response.iter_lines())
        assert next(events).kind == "accepted"
        assert here.client.delete(f"/v1/clips/{clip_id}").status_code == 204
        assert [e.kind for e in events] in ([], ["cancelled"])
