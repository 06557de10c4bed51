"""What /v2 takes and gives, for the description of the interface; inference/open_inference.py reads
and writes the tensors themselves."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from tingzhen.serving.http.problems import documented


class ServerMetadata(BaseModel):
    name: str
    version: str
    extensions: list[str]


class Live(BaseModel):
    live: bool


class Ready(BaseModel):
    ready: bool


class ModelReady(BaseModel):
    name: str
    ready: bool


class TensorMetadata(BaseModel):
    """shape: -1 is a size that is not fixed."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """versions: those that this process serves, the active one first."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class InputTensor(BaseModel):
    name: str
    shape: list[Annotated[int, Field(ge=1, lt=1 << 32)]]
    datatype: str = Field(description="FP32 for sound, UINT8 for pictures.")
    parameters: dict[str, Any] = {}
    data: list[Any] | None = Field(
        default=None, description="Numbers, row by row, flat or nested; else binary_data_size."
    )


class WantedTensor(BaseModel):
    name: str
    parameters: dict[str, Any] = {}


class InferenceDocument(BaseModel):
    """A request."""

    id: str | None = None
    parameters: dict[str, Any] = {}
    inputs: list[InputTensor]
    outputs: list[WantedTensor] | None = None


class OutputTensor(BaseModel):
    name: str
    shape: list[int]
    datatype: str
    parameters: dict[str, Any] = {}
    data: list[float] | None = None


class InferenceAnswer(BaseModel):
    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[OutputTensor]


_EXAMPLE: Final = {
    "inputs": [{"name": "waveform", "shape": [1, 16_000], "datatype": "FP32",
                "parameters": {"binary_data_size": 64_000}}],
    "outputs": [{"name": "types"}],
}  # fmt: skip
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": InferenceDocument.model_json_schema(),
                "example": _EXAMPLE,
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    },
    **documented("inference_invalid", "model_unknown", "upload_invalid", "too_large"),
}
