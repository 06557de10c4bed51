"""What the lab asks of the database, asked of Postgres."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.serving.labelling.conftest import opened_lab
from tingzhen.serving.records import ModelAgreement, writing

pytestmark = pytest.mark.slow


def test_the_lab_on_postgres(postgres_url: str, tmp_path: Path) -> None:
    with opened_lab(tmp_path, database_url=postgres_url) as lab:
        first = lab.clip(1, scores={"knock": 0.6, "normal": 0.3}, quality=("too_quiet",))
        second = lab.clip(2, scores={"knock": 0.99, "normal": 0.0})
        said = {"verdict": "abnormal", "first": "knock", "probability": 0.9}
        with writing(lab.service.records) as session:
            session.add(ModelAgreement(
                clip_id=second, task="noise", active="3", shadow="4", agree=True,
                data={"active": said, "shadow": said | {"first": "tick"}, "same_first": False},
            ))  # fmt: skip
        with ThreadPoolExecutor(6) as pool:  # as the overview asks: nobody counts a report twice
            asked = ["data", "queue/noise", "queue/damage", "drift/noise", "clips", "labels"]
            list(pool.map(lab.get, asked))
        clips = lab.get("queue/noise")["clips"]
        assert [(c["id"], c["teaches"]["disagreement"]) for c in clips] == [
            (first, 0.0), (second, 0.5),
        ]  # fmt: skip
        assert [c["id"] for c in lab.get("clips", quality="too_quiet")["clips"]] == [first]
        assert lab.get("data", since="2026-03-01", until="2026-03-02")["clips"] == 2
        assert lab.get("models/noise/comparison", active="3", shadow="4")["compared"] == 1
        label = {"task": "noise", "types": ["tick"]}
        assert lab.client.put(f"/v1/lab/clips/{second}/label", json=label).status_code == 200
        assert [c["id"] for c in lab.get("queue/noise")["clips"]] == [first]
        assert lab.get("models/noise/versions/3/labels")["mistakes"][0]["id"] == second
        assert lab.get("drift/noise", weeks=156)["quality"][0]["n"] == 2
