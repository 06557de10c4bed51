"""Clips of a workshop and of an owner in a real database and file store, behind the real gate."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi import FastAPI

from tests.diagnosis.examples import shipped
from tests.serving.clips.conftest import Server, settings_in
from tests.serving.examples import tone, video_analysis
from tests.serving.records.example_clips import START, example_clip
from tingzhen.language import LANGUAGES, Language
from tingzhen.serving.access.door import add_gate
from tingzhen.serving.access.tokens import create_token
from tingzhen.serving.files import clip_prefix
from tingzhen.serving.http.problems import add_problem_handlers
from tingzhen.serving.labelling import add_lab
from tingzhen.serving.records import ClipFrame, ClipRecord, add_clip, add_frames, writing
from tingzhen.serving.report.build import build_report
from tingzhen.serving.service import Service, build_service
from tingzhen.serving.sound import encode_sound
from tingzhen.vision import encode_jpeg

WORDS = "squeals at dawn in Wuhan"
LABEL = "IMG_2231 my Golf.mp4"
SIZE_PX = (64, 48)


@dataclass(frozen=True)
class Lab:
    """A running service. client: an engineer's. runs: folder of training runs."""

    service: Service
    url: str
    client: httpx.Client
    runs: Path

    def as_somebody(self, subject: str, role: str, **more: Any) -> httpx.Client:
        """A client with a token; to be closed."""
        token = create_token(
            self.service.records, subject=subject, role=role, valid_for=None, **more
        )
        headers = {"authorization": f"Bearer {token.text}"}
        return httpx.Client(base_url=self.url, timeout=30, headers=headers)

    def clip(self, number: int, *, scores: dict[str, float] | None = None, **more: Any) -> str:
        """The id of a clip with a report, two pictures and sound. scores: of noise types, in place
        of the example's; the first is the most probable."""
        record = clip_with_report(number, scores=scores, **more)
        sound, picture = shown()
        prefix = clip_prefix(record.id)
        self.service.files.put_bytes(f"{prefix}sound.mp3", sound)
        record.masked_sound_key = f"{prefix}sound.mp3"
        frames = [
            ClipFrame(clip_id=record.id, number=n, time_s=float(n), file_key=f"{prefix}f/{n}.jpg")
            for n in (1, 2)
        ]
        for frame in frames:
            self.service.files.put_bytes(frame.file_key, picture)
        with writing(self.service.records) as session:
            add_clip(session, record)
            add_frames(session, frames)
        return record.id

    def get(self, path: str, **query: Any) -> Any:
        answer = self.client.get(f"/v1/lab/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@cache
def shown() -> tuple[bytes, bytes]:
    """A sound and a picture, as they are kept to be shown."""
    picture = np.full((SIZE_PX[1], SIZE_PX[0], 3), 128, dtype=np.uint8)
    return encode_sound(tone(1.0))[1], encode_jpeg(picture)


@cache
def example_report(language: Language) -> str:
    report = build_report(video_analysis(LABEL), language)
    return json.dumps(report.model_dump(mode="json", by_alias=True))


def clip_with_report(
    number: int,
    *,
    scores: dict[str, float] | None = None,
    version: str = "3",
    quality: tuple[str, ...] = (),
    verdict: str | None = None,
    at: datetime | None = None,
    **more: Any,
) -> ClipRecord:
    reports = {}
    for language in LANGUAGES:
        report = json.loads(example_report(language))
        if scores is not None:
            report["noise"]["types"] = [
                {"type": t, "name": t, "probability": p} for t, p in scores.items()
            ]
        report["noise"]["verdict"] = verdict or report["noise"]["verdict"]
        report["models"]["noise"]["version"] = version
        report["quality"] = [{"code": c, "message": c, "advice": c} for c in quality]
        reports[language] = json.dumps(report)
    told = json.loads(reports["en"])
    made_at = at or START + timedelta(minutes=number)
    fields: dict[str, Any] = {
        "state": "done", "kind": "video", "label": LABEL, "owner": "owner7", "workshop": "w1",
        "created_at": made_at, "finished_at": made_at, "report_zh": reports["zh"],
        "report_en": reports["en"], "noise_verdict": told["noise"]["verdict"],
        "damage_verdict": told["damage"]["verdict"],
        "circumstances": json.dumps({
            "complaint": WORDS,
            "vehicle": {"make": "VW", "model": "Golf", "year": 2015, "mileage_km": 123_456},
        }),
    }  # fmt: skip
    return example_clip(number, **(fields | more))


@contextmanager
def opened_lab(folder: Path, **settings: Any) -> Iterator[Lab]:
    """A service over that folder, and the lab's endpoints behind the gate."""
    runs = folder / "runs"
    runs.mkdir()
    service = build_service(settings_in(folder / "data", runs_dir=runs, **settings))
    app = FastAPI()
    audit = add_gate(app, service.records, service.settings)
    app.state.language = "en"
    app.state.service = service
    add_lab(app, shipped())
    add_problem_handlers(app)
    server = Server(app)
    token = create_token(service.records, subject="eng1", role="engineer", valid_for=None)
    headers = {"authorization": f"Bearer {token.text}"}
    with httpx.Client(base_url=server.url, timeout=30, headers=headers) as client:
        yield Lab(service, server.url, client, runs)
    server.stop()
    audit.close()
    service.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with opened_lab(tmp_path_factory.mktemp("lab")) as opened:
        yield opened
