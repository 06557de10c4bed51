"""/v1/clips: take a clip, answer with its report, and give the report again later.

The seam: `Intake.take` is plain blocking code that knows nothing of HTTP; the endpoints only
carry bytes to it and its answer back, and it runs in a worker thread.
"""

import contextlib
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, File, Form, Request, Response, UploadFile
from fastapi import Path as InPath

from tingzhen.diagnosis import Circumstances
from tingzhen.errors import UploadInvalid
from tingzhen.language import Language, Text
from tingzhen.media import Limits
from tingzhen.serving.archive import Archive, KeptReport
from tingzhen.serving.diagnose_command import parse_context
from tingzhen.serving.http_problems import documented, request_language
from tingzhen.serving.logs import log
from tingzhen.serving.pipeline import Parts, analyse
from tingzhen.serving.report import printable
from tingzhen.serving.report_example import REPORT_EXAMPLE
from tingzhen.serving.report_model import DiagnosisReport, Report

LABEL_CHARACTERS = 200
CLIP_CODES = (
    "empty_file", "unknown_format", "unsupported_codec", "damaged_file", "nothing_to_analyse",
    "too_large", "too_long", "too_many_pixels", "too_many_streams", "decode_timeout",
    "decode_memory", "decoder_crashed", "context_invalid", "upload_invalid", "not_multipart",
    "internal_error",
)  # fmt: skip

ClipId = Annotated[str, InPath(pattern="^[0-9a-f]{32}$", examples=["0" * 32])]
router = APIRouter(prefix="/v1/clips", tags=["clips"])


@dataclass(frozen=True, slots=True)
class Intake:
    """Analyses uploads and keeps what came of them."""

    archive: Archive
    parts: Parts
    limits: Limits

    def store(self, upload: IO[bytes]) -> Path:
        """Copy an upload to a file of ours, under a name of ours."""
        path = self.archive.incoming / uuid.uuid4().hex
        with path.open("xb") as file:
            shutil.copyfileobj(upload, file, 1 << 20)
        return path

    def take(
        self, path: Path, label: str, circumstances: Circumstances, language: Language
    ) -> KeptReport:
        """Analyse the clip at `path`, which is ours to remove, and keep it with its report.

        Raises ClipError; nothing is kept then.
        """
        started = time.perf_counter()
        try:
            analysis = analyse(
                path,
                recognisers=self.parts.recognisers,
                knowledge=self.parts.knowledge,
                rules=self.parts.rules,
                frequencies=self.parts.frequencies,
                circumstances=circumstances,
                limits=self.limits,
                name=label,
            )
            clip_id = self.archive.keep(analysis, path)
        finally:
            path.unlink(missing_ok=True)
        spent_ms = round((time.perf_counter() - started) * 1000)
        log.info("clip kept", extra={"clip_id": clip_id, "ms": spent_ms})
        return self.archive.report(clip_id, language)


@router.post(
    "",
    status_code=201,
    summary="Send a clip and get its report",
    response_model=Report,
    responses={
        201: {
            "description": "The report; `Location` is where it can be read again.",
            "headers": {"Location": {"schema": {"type": "string"}}},
            "content": {"application/json": {"example": REPORT_EXAMPLE}},
        },
        **documented(*CLIP_CODES),
    },
)
async def create_clip(
    request: Request,
    file: Annotated[UploadFile, File(description="Video, audio file or photo.")],
    context: Annotated[
        str | None,
        Form(
            description="Circumstances as a JSON object, the same as for `--context`.",
            examples=['{"when": ["braking"], "complaint": "squeals when I stop"}'],
        ),
    ] = None,
    lang: Annotated[Language | None, Form(description="Language of the texts.")] = None,
) -> Response:
    """The clip is analysed at once; its report comes back and is kept with the file."""
    request.state.language = lang
    language = request_language(request)
    circumstances = parse_context(context) if context else Circumstances()
    label = _label(file.filename)
    intake: Intake = request.app.state.intake
    slots: anyio.CapacityLimiter = request.app.state.slots
    path = await anyio.to_thread.run_sync(intake.store, file.file)
    try:
        kept = await anyio.to_thread.run_sync(
            intake.take, path, label, circumstances, language, limiter=slots
        )
    finally:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()  # take() has removed it, unless this was cancelled while waiting
    return _json(kept.report_json, language, 201, f"/v1/clips/{kept.clip_id}")


@router.get(
    "/{clip_id}",
    summary="Read the report of a clip again",
    response_model=Report,
    responses={
        200: {"content": {"application/json": {"example": REPORT_EXAMPLE}}},
        **documented("clip_unknown", "upload_invalid"),
    },
)
async def read_clip_report(
    request: Request, clip_id: ClipId, lang: Language | None = None
) -> Response:
    """The same report as when the clip was sent, in the language asked for."""
    request.state.language = lang
    kept = await _kept(request, clip_id)
    return _json(kept.report_json, request_language(request))


@router.get(
    "/{clip_id}/diagnosis",
    summary="Read only the diagnosis of a clip",
    response_model=DiagnosisReport,
    responses={
        200: {"content": {"application/json": {"example": REPORT_EXAMPLE["diagnosis"]}}},
        **documented("clip_unknown", "upload_invalid"),
    },
)
async def read_diagnosis(
    request: Request, clip_id: ClipId, lang: Language | None = None
) -> Response:
    """The `diagnosis` part of the report."""
    request.state.language = lang
    kept = await _kept(request, clip_id)
    return _json(kept.diagnosis_json(), request_language(request))


async def _kept(request: Request, clip_id: str) -> KeptReport:
    intake: Intake = request.app.state.intake
    return await anyio.to_thread.run_sync(intake.archive.report, clip_id, request_language(request))


def _json(
    content: str, language: Language, status: int = 200, location: str | None = None
) -> Response:
    headers: dict[str, str] = {"Content-Language": language}
    if location is not None:
        headers["Location"] = location
    return Response(content, status, headers, media_type="application/json")


def _label(filename: str | None) -> str:
    """The uploader's file name without folders: shown, never opened."""
    name = printable((filename or "").replace("\\", "/").rsplit("/", 1)[-1]).strip()
    if not name:
        raise UploadInvalid(
            Text("上传缺少文件名。请在字段 file 中附上文件。",
                 "The upload has no file name. Send the clip as a file in the field `file`.")
        )  # fmt: skip
    return name[:LABEL_CHARACTERS]
