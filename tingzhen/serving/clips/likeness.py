"""Confirmed cases like a clip, with their sound where it is still kept and the caller may hear it.

Blocking."""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from tingzhen.errors import NotAllowed
from tingzhen.language import Language
from tingzhen.serving.access import Access
from tingzhen.serving.clips.report import clip_report
from tingzhen.serving.records import ClipRecord, reading
from tingzhen.serving.service import Service

if TYPE_CHECKING:
    from tingzhen.serving.http.cases import Cases


def like_clip(
    service: Service,
    cases: "Cases",
    access: Access,
    record: ClipRecord,
    *,
    count: int,
    language: Language,
) -> dict[str, Any]:
    """The answer of `POST /v1/cases/similar` for the clip's own report and circumstances, without
    the clip's own case. `clip` of each: where it can be heard, else null.

    Raises ClipNotReady, ClipWithoutReport, CasesUnavailable.
    """
    report = json.loads(clip_report(record, language))
    context = json.loads(record.circumstances)
    found = cases.like(access, report, context, count + 1, language)
    listed = [one for one in found["cases"] if one["case"]["id"] != record.case_id][:count]
    heard = _heard(service, access, [one["case"]["id"] for one in listed])
    return found | {"cases": [one | {"clip": heard.get(one["case"]["id"])} for one in listed]}


def _heard(service: Service, access: Access, case_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Clips within the caller's reach whose masked sound is kept, by the case they became."""
    with suppress(NotAllowed):
        reach = access.caller.grant("clips.read")
        with reading(service.records) as session:
            query = select(ClipRecord).where(ClipRecord.case_id.in_(case_ids))
            clips = list(session.scalars(query))
        return {
            clip.case_id or "": {
                "id": clip.id,
                "sound": f"/v1/clips/{clip.id}/sound",
                "spectrogram": f"/v1/clips/{clip.id}/spectrogram",
            }
            for clip in clips
            if clip.masked_sound_key is not None and reach.admits(clip.owner, clip.workshop)
        }
    return {}
