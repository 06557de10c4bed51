"""Which action each endpoint is. What does not stand here is refused to everybody."""

import re
from collections.abc import Mapping
from typing import Final

OPEN: Final = frozenset(
    {
        "GET /healthz", "GET /readyz", "GET /v2/health/live", "GET /v2/health/ready",
        "GET /login", "POST /login", "GET /static/{version}/{area}/{file:path}",
        "GET /login/provider", "GET /login/return",
        "GET /owner/manifest.webmanifest", "GET /owner/worker.js",
    }
)  # fmt: skip
"""What anybody may ask without a token."""

ENDPOINTS: Final[Mapping[str, str]] = {
    "POST /v1/clips": "clips.create",
    "GET /v1/clips": "clips.read",
    "GET /v1/clips/{clip_id}": "clips.read",
    "GET /v1/clips/{clip_id}/report": "clips.read",
    "GET /v1/clips/{clip_id}/reports": "clips.read",
    "GET /v1/clips/{clip_id}/diagnosis": "clips.read",
    "GET /v1/clips/{clip_id}/events": "clips.read",
    "GET /v1/clips/{clip_id}/frames": "clips.read",
    "GET /v1/clips/{clip_id}/frames/{number}.jpg": "clips.read",
    "GET /v1/clips/{clip_id}/spectrogram.png": "clips.read",
    "GET /v1/clips/{clip_id}/spectrogram": "clips.read",
    "GET /v1/clips/{clip_id}/sound": "clips.read",
    "GET /v1/clips/{clip_id}/video": "clips.read",
    "GET /v1/clips/{clip_id}/similar": "cases.read",
    "DELETE /v1/clips/{clip_id}": "clips.delete",
    "POST /v1/clips/{clip_id}/cancel": "clips.cancel",
    "POST /v1/clips/{clip_id}/guide": "guide.use",
    "POST /v1/clips/{clip_id}/confirmation": "clips.confirm",
    "GET /v1/clips/{clip_id}/corrections": "corrections.read",
    "POST /v1/clips/{clip_id}/corrections": "corrections.make",
    "DELETE /v1/clips/{clip_id}/corrections/{correction_id}": "corrections.make",
    "POST /v1/clips/{clip_id}/reanalysis": "clips.reanalyse",
    "POST /v1/reanalyses": "clips.reanalyse_many",
    "GET /v1/reanalyses": "reanalyses.read",
    "GET /v1/reanalyses/{reanalysis_id}": "reanalyses.read",
    "GET /v1/reanalyses/{reanalysis_id}/clips": "reanalyses.read",
    "POST /v1/reanalyses/{reanalysis_id}/cancel": "reanalyses.cancel",
    "OPTIONS /v1/uploads": "uploads.use",
    "POST /v1/uploads": "uploads.use",
    "OPTIONS /v1/uploads/{upload_id}": "uploads.use",
    "HEAD /v1/uploads/{upload_id}": "uploads.use",
    "PATCH /v1/uploads/{upload_id}": "uploads.use",
    "DELETE /v1/uploads/{upload_id}": "uploads.use",
    "POST /v1/guide": "guide.use",
    "GET /v1/guide/{session_id}": "guide.use",
    "POST /v1/guide/{session_id}/steps": "guide.use",
    "POST /v1/guide/{session_id}/undo": "guide.use",
    "GET /v1/guide/{session_id}/parts": "guide.use",
    "POST /v1/guide/{session_id}/finish": "guide.use",
    "GET /v1/faults": "reason.use",
    "POST /v1/reason": "reason.use",
    "POST /v1/cases": "cases.import",
    "GET /v1/cases": "cases.read",
    "GET /v1/cases/similar": "cases.read",
    "POST /v1/cases/similar": "cases.read",
    "GET /v1/cases/{case_id}": "cases.read",
    "GET /v1/cases/frequencies": "statistics.read",
    "GET /v1/patterns": "statistics.read",
    "GET /v1/patterns/{pattern_id}": "statistics.read",
    "GET /v1/patterns/{pattern_id}/vehicles": "fleet.read",
    "GET /v1/fleet": "statistics.read",
    "GET /v1/fleet/faults": "statistics.read",
    "GET /v1/fleet/recurrence": "fleet.read",
    "GET /v1/experience": "experience.read",
    "GET /v1/experience/{rule_id}": "experience.read",
    "GET /v1/experience/{rule_id}/record": "experience.read",
    "POST /v1/experience": "experience.change",
    "POST /v1/experience/{rule_id}/retire": "experience.change",
    "POST /v1/experience/{rule_id}/restore": "experience.change",
    "GET /v1/models": "models.read",
    "GET /v1/models/{task}/agreement": "models.read",
    "GET /v1/models/{task}/versions/{version}": "models.read",
    "POST /v1/models/{task}/versions/{version}/activate": "models.change",
    "POST /v1/models/{task}/versions/{version}/shadow": "models.change",
    "POST /v1/models/{task}/versions/{version}/retire": "models.change",
    "POST /v1/models/{task}/roll-back": "models.change",
    "DELETE /v1/models/{task}/shadow": "models.change",
    "GET /v1/lab/types": "labels.read",
    "GET /v1/lab/data": "labels.read",
    "GET /v1/lab/clips": "labels.read",
    "GET /v1/lab/clips/{clip_id}": "labels.read",
    "GET /v1/lab/clips/{clip_id}/sound": "labels.read",
    "GET /v1/lab/clips/{clip_id}/spectrogram.png": "labels.read",
    "GET /v1/lab/clips/{clip_id}/frames/{number}.jpg": "labels.read",
    "PUT /v1/lab/clips/{clip_id}/label": "labels.change",
    "DELETE /v1/lab/clips/{clip_id}/label/{task}": "labels.change",
    "GET /v1/lab/queue/{task}": "labels.read",
    "GET /v1/lab/labels": "labels.read",
    "GET /v1/lab/label-studio/{task}.zip": "labels.read",
    "POST /v1/lab/label-studio": "labels.change",
    "GET /v1/lab/manifest/{task}.zip": "labels.read",
    "GET /v1/lab/models/{task}/versions/{version}/labels": "labels.read",
    "GET /v1/lab/models/{task}/comparison": "labels.read",
    "GET /v1/lab/drift/{task}": "labels.read",
    "GET /v1/lab/runs": "training.read",
    "GET /v1/lab/runs/{name}": "training.read",
    "GET /v2": "inference.run",
    "GET /v2/models/{name}": "inference.run",
    "GET /v2/models/{name}/ready": "inference.run",
    "GET /v2/models/{name}/versions/{version}": "inference.run",
    "GET /v2/models/{name}/versions/{version}/ready": "inference.run",
    "POST /v2/models/{name}/infer": "inference.run",
    "POST /v2/models/{name}/versions/{version}/infer": "inference.run",
    "POST /v1/webhooks": "webhooks.manage",
    "GET /v1/webhooks": "webhooks.manage",
    "GET /v1/webhooks/{webhook_id}": "webhooks.manage",
    "PATCH /v1/webhooks/{webhook_id}": "webhooks.manage",
    "DELETE /v1/webhooks/{webhook_id}": "webhooks.manage",
    "POST /v1/webhooks/{webhook_id}/secret": "webhooks.manage",
    "POST /v1/webhooks/{webhook_id}/test": "webhooks.manage",
    "POST /v1/webhooks/{webhook_id}/replay": "webhooks.manage",
    "GET /v1/webhooks/{webhook_id}/deliveries": "webhooks.manage",
    "GET /v1/webhooks/{webhook_id}/deliveries/{delivery_id}": "webhooks.manage",
    "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay": "webhooks.manage",
    "GET /": "pages.use",
    "POST /logout": "pages.use",
    "GET /owner": "pages.owner",
    "GET /owner/clips/{clip_id}": "pages.owner",
    "GET /bay": "pages.bay",
    "GET /bay/clips/{clip_id}": "pages.bay",
    "GET /bay/clips/{clip_id}/guide": "pages.bay",
    "GET /lab": "pages.lab",
    "GET /lab/data": "pages.lab",
    "GET /lab/labels": "pages.lab",
    "GET /lab/models": "pages.lab",
    "GET /lab/models/{task}/versions/{version}": "pages.lab",
    "GET /lab/models/{task}/compare": "pages.lab",
    "GET /lab/runs": "pages.lab",
    "GET /lab/runs/{name}": "pages.lab",
    "GET /lab/drift": "pages.lab",
    "GET /fleet": "pages.fleet",
    "GET /fleet/faults": "pages.fleet",
    "GET /fleet/patterns": "pages.fleet",
    "GET /fleet/recurrence": "pages.fleet",
    "GET /v1/owners/me/export": "privacy.export",
    "GET /v1/owners/{subject}/export": "privacy.export",
    "DELETE /v1/owners/me": "privacy.delete",
    "DELETE /v1/owners/{subject}": "privacy.delete",
    "GET /v1/audit": "audit.read",
    "GET /metrics": "metrics.read",
    "GET /docs": "docs.read",
    "GET /redoc": "docs.read",
    "GET /docs/oauth2-redirect": "docs.read",
    "GET /openapi.json": "docs.read",
}
"""By method and address; names of parameters do not matter."""


def address(method: str, path: str) -> str:
    """Method and path without the names of parameters."""
    return f"{method} {re.sub(r'{[^}]*}', '{}', path)}"


_OPEN: Final = frozenset(address(*endpoint.split(" ")) for endpoint in OPEN)
_ACTIONS: Final = {address(*endpoint.split(" ")): action for endpoint, action in ENDPOINTS.items()}


def is_open(method: str, path: str) -> bool:
    """Whether anybody may ask that endpoint. path: as the route has it."""
    return address(method, path) in _OPEN


def action_of(method: str, path: str) -> str | None:
    """The action of an endpoint. path: as the route has it, such as /v1/clips/{clip_id}."""
    action = _ACTIONS.get(address(method, path))
    if action is None and method == "HEAD":
        return _ACTIONS.get(address("GET", path))
    return action
