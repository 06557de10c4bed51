"""The client and the interface agree: every endpoint is asked or left out with a reason, every
answer has the fields that the client reads, and importing it is cheap."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tests.serving.conftest import clean_environment
from tingzhen import client
from tingzhen.client import (
    clip,
    corrections,
    guided_session,
    knowledge,
    models,
    reanalysis,
    report,
    webhooks,
)
from tingzhen.client.event_stream import parse_events
from tingzhen.errors import AnswerInvalid
from tingzhen.serving.access.endpoints import ENDPOINTS
from tingzhen.serving.clips import reports as clip_reports
from tingzhen.serving.clips import view as clip_view
from tingzhen.serving.corrections import http as http_corrections
from tingzhen.serving.guide import view as guide_view
from tingzhen.serving.http import clip_files as http_clip_files
from tingzhen.serving.http import faults as http_faults
from tingzhen.serving.http import guide as http_guide
from tingzhen.serving.http import models as http_models
from tingzhen.serving.http import reason as http_reason
from tingzhen.serving.reanalysis import view as reanalysis_view
from tingzhen.serving.report.model import Report
from tingzhen.serving.webhooks import views

LEFT_OUT = {
    "OPTIONS /v1/uploads": "the client knows what of tus is spoken",
    "OPTIONS /v1/uploads/{upload_id}": "the same",
    "GET /v1/clips/{clip_id}/spectrogram": "made for the pages; the client has the picture",
    "GET /v1/clips/{clip_id}/video": "for players, which ask for it in parts",
    "GET /v1/guide/{session_id}/parts": "made for the pages",
}
"""Endpoints, with the reason."""

LEFT_OUT_BELOW = {
    "/v1/audit": "for admins, who read it with the tools they have",
    "/v1/experience": "rules are stated in the pages and by the command",
    "/v1/fleet": "made for the pages",
    "/v1/lab": "for labelling, which is done in the pages and in Label Studio",
    "/v1/patterns": "made for the pages and the command",
}
"""Whole parts of the interface, with the reason."""


def asked() -> set[str]:
    """Endpoints that stand in the client's code."""
    folder = Path(client.__file__).parent
    text = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    return set(re.findall(r'"((?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /v1[^"]*)"', text))


def test_every_endpoint_is_asked_or_left_out_with_a_reason() -> None:
    of_v1 = {endpoint for endpoint in ENDPOINTS if endpoint.split(" ")[1].startswith("/v1/")}
    below = tuple(f"{path}/" for path in LEFT_OUT_BELOW)
    left = {one for one in of_v1 if f"{one.split(' ')[1]}/".startswith(below)}
    assert asked() <= of_v1
    assert not asked() & {*LEFT_OUT, *left}
    assert of_v1 - asked() - left == set(LEFT_OUT)
    assert all(any(f"{e.split(' ')[1]}/".startswith(f"{b}/") for e in of_v1)
               for b in LEFT_OUT_BELOW)  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (report.Report, Report),
        (report.DiagnosisReport, Report.model_fields["diagnosis"].annotation),
        (clip.Clip, clip_view.ClipView),
        (clip.ClipPage, clip_view.ClipPage),
        (reanalysis.ReportList, clip_reports.ReportList),
        (reanalysis.ReanalysisPage, reanalysis_view.ReanalysisPage),
        (reanalysis.ReanalysedPage, reanalysis_view.ItemPage),
        (corrections.CorrectionList, http_corrections.Corrections),
        (knowledge.FaultList, http_faults.Faults),
        (knowledge.Reasoned, http_reason.ReasonReport),
        (clip.Frames, http_clip_files.Frames),
        (clip.Case, http_guide.CaseView),
        (guided_session.GuidedSession, guide_view.GuideView),
        (models.ModelList, http_models.ModelList),
        (models.ModelDetail, http_models.ModelDetail),
        (models.AgreementList, http_models.AgreementList),
        (webhooks.WebhookList, views.WebhookList),
        (webhooks.DeliveryPage, views.DeliveryPage),
        (webhooks.DeliveryDetail, views.DeliveryDetail),
        (webhooks.Replayed, views.Replayed),
    ],
)
def test_what_the_client_reads_is_in_the_answers(
    ours: type[BaseModel], theirs: type[BaseModel]
) -> None:
    told = theirs.model_json_schema(by_alias=True, mode="serialization")
    read = ours.model_json_schema(by_alias=True, mode="serialization")
    assert differences(read, told, read, told, ours.__name__) == []


def test_the_report_is_read_as_a_whole() -> None:
    """It is a fixed form: nothing of it is left out."""
    told, read = Report.model_json_schema(), report.Report.model_json_schema()
    assert differences(told, read, told, read, "Report", kinds=False) == []


def differences(
    ours: dict[str, Any], theirs: dict[str, Any], our_root: dict[str, Any],
    their_root: dict[str, Any], at: str, *, kinds: bool = True,
) -> list[str]:  # fmt: skip
    """Where the first schema reads what the second does not tell, or as something else."""
    ours, theirs = resolved(ours, our_root), resolved(theirs, their_root)
    null = {"type": "null"}
    if null in theirs.get("anyOf", []) and null not in ours.get("anyOf", []):
        return [f"{at} may be null"] if kinds else []
    ours, theirs = without_null(ours, our_root), without_null(theirs, their_root)
    found: list[str] = []
    if kinds and ours.get("type") != theirs.get("type") and "enum" not in theirs:
        found.append(f"{at}: {ours.get('type')}, not {theirs.get('type')}")
    for name, part in ours.get("properties", {}).items():
        other = theirs.get("properties", {}).get(name)
        below = f"{at}.{name}"
        if other is None:
            found.append(f"{below} is not told")
        else:
            found += differences(part, other, our_root, their_root, below, kinds=kinds)
    if "items" in ours and "items" in theirs:
        found += differences(
            ours["items"], theirs["items"], our_root, their_root, f"{at}[]", kinds=kinds
        )
    return found


def resolved(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return found
    return schema


def without_null(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    parts = [part for part in schema.get("anyOf", []) if part != {"type": "null"}]
    return resolved(parts[0], root) if len(parts) == 1 else schema


def test_importing_it_loads_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from tingzhen.client import verify_webhook\n"
        "assert 'httpx' not in sys.modules and 'pydantic' not in sys.modules\n"
        "from tingzhen.client import Client\n"
        "heavy = {'numpy', 'onnxruntime', 'cv2', 'av', 'fastapi', 'sqlalchemy', 'yaml', 'scipy'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env=clean_environment())


def test_events_are_read_as_they_are_written() -> None:
    lines = ["retry: 1000", "", ": still at work", "", "event: step", 'data: {"step": "facts"}',
             "id: 7", "", "event: cut"]  # fmt: skip
    (event,) = parse_events(lines)
    assert (event.id, event.kind, event.data) == (7, "step", {"step": "facts"})
    with pytest.raises(AnswerInvalid):
        list(parse_events(["data: {", "id: 1", "event: a", ""]))
