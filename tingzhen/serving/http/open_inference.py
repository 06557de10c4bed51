"""/v2: the bare networks, by the Open Inference Protocol (KServe V2).

For programs that bring their own waveforms and pictures and want raw scores, without verdict,
calibration of pictures or diagnosis. Errors are problems as everywhere, and have the protocol's
`error` beside them.
"""

from typing import Annotated, Any, Final

import anyio
import anyio.to_thread
import numpy as np
from fastapi import APIRouter, Header, Request, Response
from fastapi import Path as InPath
from numpy.typing import NDArray

from tingzhen import __version__
from tingzhen.errors import InferenceInvalid, ModelUnknown
from tingzhen.language import Text
from tingzhen.serving.http.open_inference_documents import (
    ANSWERS,
    BODY,
    InferenceAnswer,
    Live,
    ModelMetadata,
    ModelReady,
    Ready,
    ServerMetadata,
    TensorMetadata,
)
from tingzhen.serving.http.problems import BodyTooLarge, documented
from tingzhen.serving.inference import TASKS, LoadedModel, ModelsInService
from tingzhen.serving.inference import open_inference as protocol

MAX_BODY_BYTES: Final = 16 << 20
"""Of a request: enough for eight pictures written as JSON."""
MAX_PICTURES: Final = 8
SHORTEST_SAMPLES: Final = 16_000
LONGEST_SAMPLES: Final = 31 * 16_000
"""One to 31 s of sound at 16 kHz: the windows that the recogniser hears long clips in."""
_AT_ONCE: Final = anyio.CapacityLimiter(2)

router = APIRouter(prefix="/v2", tags=["bare models"])
ModelName = Annotated[str, InPath(max_length=64, examples=["damage"])]
VersionName = Annotated[str, InPath(max_length=80, examples=["2"])]
_UNKNOWN = documented("model_unknown", "upload_invalid")


@router.get("", summary="What this server is")
async def server_metadata() -> ServerMetadata:
    """Name, version and extensions."""
    return ServerMetadata(
        name="tingzhen", version=__version__, extensions=["binary_tensor_data"]
    )  # fmt: skip


@router.get("/health/live", summary="Does the server answer?")
async def live() -> Live:
    """For probes; needs no credentials."""
    return Live(live=True)


@router.get(
    "/health/ready",
    summary="Are the models loaded?",
    responses={503: {"model": Ready, "description": "Not yet."}},
)
async def ready(request: Request, response: Response) -> Ready:
    """For probes; needs no credentials."""
    loaded = set(_models(request).active()) == set(TASKS)
    response.status_code = 200 if loaded else 503
    return Ready(ready=loaded)


@router.get("/models/{name}", summary="Inputs and outputs of a model", responses=_UNKNOWN)
async def model_metadata(request: Request, name: ModelName) -> ModelMetadata:
    """Of its active version."""
    return _metadata(request, _model(request, name))


@router.get(
    "/models/{name}/versions/{version}", summary="The same of a version", responses=_UNKNOWN
)
async def version_metadata(
    request: Request, name: ModelName, version: VersionName
) -> ModelMetadata:
    """Of the active version, or of the one in the shadow."""
    return _metadata(request, _model(request, name, version))


@router.get("/models/{name}/ready", summary="Is a model loaded?", responses=_UNKNOWN)
async def model_ready(request: Request, name: ModelName) -> ModelReady:
    """404 where it is not."""
    return ModelReady(name=_model(request, name).task, ready=True)


@router.get(
    "/models/{name}/versions/{version}/ready", summary="The same of a version", responses=_UNKNOWN
)
async def version_ready(request: Request, name: ModelName, version: VersionName) -> ModelReady:
    """404 where it is not."""
    return ModelReady(name=_model(request, name, version).task, ready=True)


_HEADER = Annotated[
    str | None,
    Header(
        alias=protocol.JSON_LENGTH_HEADER,
        description="Bytes of the JSON object, where binary tensors follow it.",
        pattern=r"^\d{1,10}$",
    ),
]


@router.post(
    "/models/{name}/infer", summary="Run a bare network", response_model=InferenceAnswer,
    openapi_extra=BODY, responses=ANSWERS,
)  # fmt: skip
async def infer(request: Request, name: ModelName, json_length: _HEADER = None) -> Response:
    """The active version. Eight pictures or 31 s of sound at most."""
    return await _infer(request, _model(request, name), json_length)


@router.post(
    "/models/{name}/versions/{version}/infer", summary="The same of a version",
    response_model=InferenceAnswer, openapi_extra=BODY, responses=ANSWERS,
)  # fmt: skip
async def infer_version(
    request: Request, name: ModelName, version: VersionName, json_length: _HEADER = None
) -> Response:
    """The active version, or the one in the shadow."""
    return await _infer(request, _model(request, name, version), json_length)


async def _infer(request: Request, model: LoadedModel, json_length: str | None) -> Response:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLarge
    content, head = await anyio.to_thread.run_sync(
        run, model, bytes(body), json_length, limiter=_AT_ONCE
    )
    if head is None:
        return Response(content, media_type="application/json")
    headers = {protocol.JSON_LENGTH_HEADER: str(head)}
    return Response(content, headers=headers, media_type="application/octet-stream")


def run(model: LoadedModel, body: bytes, json_length: str | None) -> tuple[bytes, int | None]:
    """Answer one request; see open_inference.py. Blocks. Raises InferenceInvalid."""
    inputs = protocol.tensor_infos(model.session.get_inputs())
    outputs = protocol.tensor_infos(model.session.get_outputs())
    asked = protocol.read_request(body, json_length, inputs, outputs)
    check_size(model.task, asked.inputs[inputs[0].name])
    arrays = model.session.run([name for name, _ in asked.outputs], asked.inputs)
    return protocol.write_response(
        model.task, model.info.version, asked, [np.asarray(a) for a in arrays], outputs
    )


def check_size(task: str, array: NDArray[Any]) -> None:
    """Raises InferenceInvalid for what is too short to be heard, or more than one run takes."""
    if task == "noise" and not SHORTEST_SAMPLES <= array.shape[1] <= LONGEST_SAMPLES:
        raise InferenceInvalid(
            Text(f"waveform 需为 {SHORTEST_SAMPLES} 到 {LONGEST_SAMPLES} 个采样（16 kHz）。",
                 f"waveform takes {SHORTEST_SAMPLES} to {LONGEST_SAMPLES} samples at 16 kHz.")
        )  # fmt: skip
    if task == "damage" and array.shape[0] > MAX_PICTURES:
        raise InferenceInvalid(
            Text(f"一次最多 {MAX_PICTURES} 张图片。请分几次发送。",
                 f"pictures takes {MAX_PICTURES} at once. Send the others in another request.")
        )  # fmt: skip


def _models(request: Request) -> ModelsInService:
    models: ModelsInService = request.app.state.models
    return models


def _model(request: Request, name: str, version: str | None = None) -> LoadedModel:
    for task in TASKS:
        if name == task:
            return _models(request).serving(task, version)
    raise ModelUnknown(
        Text(f"没有模型 {name!r}，只有 noise 和 damage。",
             f"There is no model {name!r}: there are noise and damage.")
    )  # fmt: skip


def _metadata(request: Request, model: LoadedModel) -> ModelMetadata:
    models = _models(request)
    served = [found[model.task].info.version
              for found in (models.active(), models.shadow()) if model.task in found]  # fmt: skip
    return ModelMetadata(
        name=model.task,
        versions=served,
        platform="onnxruntime_onnx",
        inputs=[_tensor(t) for t in protocol.tensor_infos(model.session.get_inputs())],
        outputs=[_tensor(t) for t in protocol.tensor_infos(model.session.get_outputs())],
    )


def _tensor(info: protocol.TensorInfo) -> TensorMetadata:
    return TensorMetadata(name=info.name, datatype=info.datatype, shape=list(info.shape))
