"""The database of the service: tables, transactions, reads and writes of clips and events."""

from tingzhen.serving.records.access import AccessToken, AuditEntry, Role
from tingzhen.serving.records.base import Base, UtcDateTime
from tingzhen.serving.records.changes import Changes
from tingzhen.serving.records.clips import (
    ANONYMOUS,
    CLIP_STATES,
    ENDED,
    ORIGINAL_REMOVED,
    ClipFilter,
    ClipFrame,
    ClipRecord,
    ClipState,
    Place,
    add_clip,
    add_frames,
    clip,
    clips_by_urgency,
    clips_page,
    count_clips,
    delete_clip,
    file_used,
    frames,
    lock_clip,
    lock_file,
    set_state,
    unknown_clip,
)
from tingzhen.serving.records.corrections import (
    ClipCorrection,
    CorrectionKind,
    CorrectionTask,
    corrections_of,
)
from tingzhen.serving.records.database import lock_name, open_records, reading, writing
from tingzhen.serving.records.events import (
    ClipEvent,
    EventKind,
    append_event,
    events_after,
    last_event_seq,
)
from tingzhen.serving.records.labels import ClipFacts, ClipLabel, LabelSource
from tingzhen.serving.records.models import ModelAgreement, ModelState, ModelVersion, RecogniserTask
from tingzhen.serving.records.page_sessions import PageSession
from tingzhen.serving.records.uploads import IdempotencyKey, Upload
from tingzhen.serving.records.videos import ClipVideo
from tingzhen.serving.records.webhooks import (
    DeliveryState,
    Webhook,
    WebhookDelivery,
    WebhookReach,
    not_withdrawn,
)
from tingzhen.serving.records.workers import WorkerProcess

__all__ = [
    "ANONYMOUS",
    "CLIP_STATES",
    "ENDED",
    "ORIGINAL_REMOVED",
    "AccessToken",
    "AuditEntry",
    "Base",
    "Changes",
    "ClipCorrection",
    "ClipEvent",
    "ClipFacts",
    "ClipFilter",
    "ClipFrame",
    "ClipLabel",
    "ClipRecord",
    "ClipState",
    "ClipVideo",
    "CorrectionKind",
    "CorrectionTask",
    "DeliveryState",
    "EventKind",
    "IdempotencyKey",
    "LabelSource",
    "ModelAgreement",
    "ModelState",
    "ModelVersion",
    "PageSession",
    "Place",
    "RecogniserTask",
    "Role",
    "Upload",
    "UtcDateTime",
    "Webhook",
    "WebhookDelivery",
    "WebhookReach",
    "WorkerProcess",
    "add_clip",
    "add_frames",
    "append_event",
    "clip",
    "clips_by_urgency",
    "clips_page",
    "corrections_of",
    "count_clips",
    "delete_clip",
    "events_after",
    "file_used",
    "frames",
    "last_event_seq",
    "lock_clip",
    "lock_file",
    "lock_name",
    "not_withdrawn",
    "open_records",
    "reading",
    "set_state",
    "unknown_clip",
    "writing",
]
