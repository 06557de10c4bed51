"""Reports that guided sessions begin with."""

from typing import Any

SQUEAL: dict[str, Any] = {
    "schema": "tingzhen.report/1",
    "clip": {"name": "brakes.mp4"},
    "noise": {
        "verdict": "abnormal",
        "types": [{"type": "squeal", "name": "Squeal", "probability": 0.9}],
        "events": [{"type": "squeal", "start_s": 1.0, "end_s": 2.0, "probability": 0.9}],
    },
    "damage": {"verdict": "no_video", "types": [], "findings": []},
}
BRAKING: dict[str, Any] = {"when": ["braking"], "complaint": "squeals when braking"}
