"""Errors over HTTP: problem details (RFC 9457) with the same stable codes as everywhere."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from math import ceil
from typing import Any, Final

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.routing import Match

from tingzhen.errors import InternalError, TingzhenError, UploadInvalid
from tingzhen.language import LANGUAGES, Language, Text
from tingzhen.serving.logs import log, request_id
from tingzhen.serving.report.build import INTERNAL

PROBLEM_JSON: Final = "application/problem+json"

_NOTHING_SHOWN: Final = ("token_missing", "session_ended")
_TOKEN_REFUSED: Final = ("token_invalid", "token_expired", "token_revoked")
_NOT_KNOWN: Final = (*_NOTHING_SHOWN, *_TOKEN_REFUSED)

STATUS: Final[Mapping[str, int]] = {
    "too_large": 413,
    "unknown_format": 415,
    "unsupported_codec": 415,
    "orders_invalid": 422,
    "case_unknown": 404,
    "pattern_unknown": 404,
    "cases_unavailable": 503,
    "records_unavailable": 503,
    "database_newer": 500,
    "files_unavailable": 503,
    "file_missing": 500,
    "clip_unknown": 404,
    "model_unknown": 404,
    "model_state_invalid": 409,
    "inference_invalid": 400,
    "report_invalid": 422,
    "step_invalid": 422,
    "session_unknown": 404,
    "session_changed": 409,
    "session_unavailable": 500,
    "experience_invalid": 422,
    "rule_unknown": 404,
    "not_readable": 422,
    "not_a_file": 422,
    "not_found": 422,
    "no_media": 422,
    "empty_file": 422,
    "damaged_file": 422,
    "nothing_to_analyse": 422,
    "too_long": 422,
    "too_many_pixels": 422,
    "too_many_streams": 422,
    "decode_timeout": 422,
    "decode_memory": 422,
    "decoder_crashed": 422,
    "sandbox_missing": 500,
    "context_invalid": 422,
    "upload_invalid": 422,
    "clip_not_ready": 404,
    "clip_without_report": 404,
    "clip_ended": 409,
    "clip_file_unknown": 404,
    "owner_unknown": 404,
    "report_unknown": 404,
    "reanalysis_unknown": 404,
    "reanalysis_impossible": 409,
    "confirmation_invalid": 422,
    "webhook_unknown": 404,
    "webhook_invalid": 422,
    "delivery_unknown": 404,
    "correction_invalid": 422,
    "correction_unknown": 404,
    "label_unknown": 404,
    "labels_invalid": 422,
    "run_unknown": 404,
    "media_type_unsupported": 415,
    "digest_invalid": 422,
    "digest_mismatch": 422,
    "checksum_mismatch": 460,
    "idempotency_key_reused": 422,
    "upload_unknown": 404,
    "upload_expired": 410,
    "upload_offset_wrong": 409,
    "upload_locked": 423,
    "tus_version_unsupported": 412,
    "too_many_uploads": 429,
    "storage_full": 507,
    "queue_full": 429,
    **dict.fromkeys(_NOT_KNOWN, 401),
    "csrf_failed": 403,
    "not_allowed": 403,
    "too_many_requests": 429,
    "identity_unavailable": 503,
    "bundle_invalid": 500,
    "knowledge_invalid": 500,
    "settings_invalid": 500,
    "internal_error": 500,
}
"""HTTP status of each code that an upload or a reading can meet."""

_OWN_TITLES: Final = {460: "Checksum Mismatch"}  # tus 1.0.0 has it, the registry of HTTP has not

_CHALLENGES: Final = {
    **dict.fromkeys(_NOTHING_SHOWN, 'Bearer realm="tingzhen"'),
    **dict.fromkeys(_TOKEN_REFUSED, 'Bearer realm="tingzhen", error="invalid_token"'),
    "not_allowed": 'Bearer realm="tingzhen", error="insufficient_scope"',
}
"""What kind of credentials to come back with (RFC 6750, 3)."""

HTTP_ERRORS: Final[Mapping[int, tuple[str, Text]]] = {
    404: ("route_unknown", Text("没有这个地址。接口说明见 /docs。",
                                "There is nothing at this address. See /docs.")),
    405: ("method_not_allowed", Text("这个地址不支持该方法。",
                                     "This address does not accept that method.")),
    413: ("too_large", Text("上传的文件超出大小上限。请截取较短的一段，或以较低分辨率录制。",
                            "The upload is larger than is accepted. Cut out a shorter part or "
                            "record at a lower resolution.")),
    415: ("not_multipart", Text("请以 multipart/form-data 上传，文件字段名为 file。",
                                "Send multipart/form-data with the clip in the field `file`.")),
}  # fmt: skip
"""Code and words of the errors that only HTTP has."""


class Problem(BaseModel):
    """Problem details, RFC 9457. `code` is stable; `detail` tells a person what to do."""

    type: str = Field(examples=["urn:tingzhen:problem:too_large"])
    title: str = Field(examples=["Content Too Large"])
    status: int = Field(examples=[413])
    detail: str
    code: str = Field(examples=["too_large"])


class BodyTooLarge(HTTPException):
    """Raised while the body streams in, so that no more of it is read.

    FastAPI turns what goes wrong while it reads a form into 400, except its own HTTPException.
    """

    def __init__(self) -> None:
        super().__init__(413)


def request_language(request: Request) -> Language:
    """`lang` of the request, else the first of Accept-Language that we speak, else the setting."""
    given = getattr(request.state, "language", None) or request.query_params.get("lang")
    for language in LANGUAGES:
        if given == language:
            return language
    for part in request.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip().lower()
        if tag.startswith("zh"):
            return "zh"
        if tag.startswith("en"):
            return "en"
    fallback: Language = request.app.state.language
    return fallback


def problem(request: Request, status: int, code: str, detail: str) -> Response:
    """The response that carries a problem."""
    body = Problem(
        type=f"urn:tingzhen:problem:{code}",
        title=_title(status),
        status=status,
        detail=detail,
        code=code,
    )
    request.state.problem_code = code
    log.info("problem", extra={"code": code, "status": status})
    fields = body.model_dump()
    if request.url.path.startswith("/v2"):
        fields["error"] = detail  # what clients of the Open Inference Protocol look for
    content = json.dumps(fields, ensure_ascii=False)
    return Response(content, status_code=status, media_type=PROBLEM_JSON)


def problem_of(request: Request, error: TingzhenError) -> Response:
    """The response that carries an error: its status, when to try again, what token is needed."""
    status = STATUS[error.code]
    response = problem(request, status, error.code, error.message(request_language(request)))
    if error.retry_after_s is not None:
        response.headers["Retry-After"] = str(ceil(error.retry_after_s))
    if error.code in _CHALLENGES:
        response.headers["WWW-Authenticate"] = _CHALLENGES[error.code]
    return response


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of the app a problem, those of the framework included."""

    async def typed(request: Request, error: Exception) -> Response:
        assert isinstance(error, TingzhenError)  # noqa: S101 - registered for it alone
        return problem_of(request, error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
        language = request_language(request)
        if _wants_form(request) and not _is_multipart(request):
            code, text = HTTP_ERRORS[415]
            return problem(request, 415, code, text.to(language))
        detail = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        words = Text(f"请求有误：{detail}", f"The request does not fit: {detail}")
        return problem(request, 422, UploadInvalid.code, words.to(language))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, AnyHTTPException)  # noqa: S101 - registered for it alone
        language = request_language(request)
        if error.status_code in HTTP_ERRORS:
            code, text = HTTP_ERRORS[error.status_code]
            response = problem(request, error.status_code, code, text.to(language))
        else:
            words = Text(f"请求有误：{error.detail}", f"The request does not fit: {error.detail}")
            response = problem(request, 422, UploadInvalid.code, words.to(language))
        response.headers.update(error.headers or {})
        if error.status_code == 405:
            response.headers["Allow"] = ", ".join(_allowed(request))
        return response

    async def unexpected(request: Request, error: Exception) -> Response:
        log.error("internal error", exc_info=error)
        detail = INTERNAL.to(request_language(request))
        response = problem(request, 500, InternalError.code, detail)
        # Answered outside of what gives all other answers their id.
        response.headers["X-Request-ID"] = request_id.get() or ""
        return response

    app.add_exception_handler(TingzhenError, typed)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(AnyHTTPException, http)
    app.add_exception_handler(Exception, unexpected)


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI `responses` for the given codes, with an example each."""
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(_status_of(code), []).append(code)
    return {
        status: {
            "description": f"{_title(status)}: {', '.join(found)}",
            "content": {
                PROBLEM_JSON: {
                    "schema": {"$ref": "#/components/schemas/Problem"},
                    "examples": {code: {"value": json.loads(_example(code))} for code in found},
                }
            },
        }
        for status, found in by_status.items()
    }


def _title(status: int) -> str:
    return _OWN_TITLES.get(status) or HTTPStatus(status).phrase


def _status_of(code: str) -> int:
    for status, (http_code, _) in HTTP_ERRORS.items():
        if code == http_code:
            return status
    return STATUS[code]


def _example(code: str) -> str:
    status = _status_of(code)
    return Problem(
        type=f"urn:tingzhen:problem:{code}",
        title=_title(status),
        status=status,
        detail="What happened, and what to do about it, in the language asked for.",
        code=code,
    ).model_dump_json()


def _allowed(request: Request) -> list[str]:
    """The methods of every route at an address: the framework tells those of the first alone."""
    found: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            found |= set(getattr(route, "methods", None) or ())
    return sorted(found)


def _wants_form(request: Request) -> bool:
    """Whether the endpoint reads a form: its body is missing then when something else is sent."""
    return request.method == "POST" and request.url.path == "/v1/cases"


def _is_multipart(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")
