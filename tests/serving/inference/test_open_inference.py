"""/v2 by the protocol's own schemas, with the scores of the recognisers' own networks."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
import yaml

from tests.serving.inference.over_http import Engineer
from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.serving.inference import open_inference as protocol

SPECIFICATION = yaml.safe_load(Path(__file__).with_name("open_inference_rest.yaml").read_text())
SOUND = np.random.default_rng(1).normal(0, 0.1, (1, 16_000)).astype(np.float32)
PICTURE = np.random.default_rng(2).integers(0, 256, (1, 3, 384, 384), dtype=np.uint8)
LENGTH = protocol.JSON_LENGTH_HEADER


def conforms(answer: Any, schema: str) -> None:
    document = {**SPECIFICATION, "$ref": f"#/components/schemas/{schema}"}
    jsonschema.validate(answer, document)


def waveform(**more: Any) -> dict[str, Any]:
    tensor = {"name": "waveform", "shape": [1, 16_000], "datatype": "FP32",
              "data": SOUND[0].tolist()}  # fmt: skip
    return {key: value for key, value in (tensor | more).items() if value is not None}


def network(task: str) -> Any:
    return open_bundle(MODELS_DIR / task, task, providers=["CPUExecutionProvider"]).session


def test_what_the_server_and_its_models_are(engineer: Engineer) -> None:
    server = engineer.ask("GET", "/v2").json()
    conforms(server, "metadata_server_response")
    assert server["extensions"] == ["binary_tensor_data"]
    for path in ("/v2/health/live", "/v2/health/ready"):
        conforms(engineer.ask("GET", path).json(), "ready_server_response")
    for name, version in (("noise", "3"), ("damage", "2")):
        model = engineer.ask("GET", f"/v2/models/{name}").json()
        conforms(model, "metadata_model_response")
        assert model["versions"] == [version]
        assert engineer.ask("GET", f"/v2/models/{name}/versions/{version}").json() == model
        for address in (f"/v2/models/{name}/ready", f"/v2/models/{name}/versions/{version}/ready"):
            ready = engineer.ask("GET", address)
            conforms(ready.json(), "ready_model_response")
            assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert model["inputs"] == [
        {"name": "pictures", "datatype": "UINT8", "shape": [-1, 3, 384, 384]}
    ]


def test_sound_as_json_gets_the_network_s_own_scores(engineer: Engineer) -> None:
    asked = {"id": "42", "inputs": [waveform()], "outputs": [{"name": "types"}, {"name": "share"}]}
    answer = engineer.ask("POST", "/v2/models/noise/infer", json=asked)
    assert answer.status_code == 200
    found = answer.json()
    conforms(found, "inference_response")
    assert (found["model_name"], found["model_version"], found["id"]) == ("noise", "3", "42")
    alone = network("noise").run(["types", "share"], {"waveform": SOUND})
    for output, expected in zip(found["outputs"], alone, strict=True):
        assert output["shape"] == list(expected.shape)
        np.testing.assert_array_equal(np.float32(output["data"]), expected.ravel())


def test_pictures_in_binary_form_and_all_outputs_back(engineer: Engineer) -> None:
    head = json.dumps({
        "inputs": [{"name": "pictures", "shape": [1, 3, 384, 384], "datatype": "UINT8",
                    "parameters": {"binary_data_size": PICTURE.size}}],
        "parameters": {"binary_data_output": True},
    }).encode()  # fmt: skip
    answer = engineer.ask(
        "POST", "/v2/models/damage/versions/2/infer", content=head + PICTURE.tobytes(),
        headers={LENGTH: str(len(head)), "content-type": "application/octet-stream"},
    )  # fmt: skip
    assert answer.status_code == 200
    length = int(answer.headers[LENGTH])
    found, tail = json.loads(answer.content[:length]), answer.content[length:]
    conforms(found, "inference_response")
    session = network("damage")
    names = [output.name for output in session.get_outputs()]
    assert [output["name"] for output in found["outputs"]] == names
    for output, expected in zip(
        found["outputs"], session.run(names, {"pictures": PICTURE}), strict=True
    ):
        size = output["parameters"]["binary_data_size"]
        got = np.frombuffer(tail[:size], "<f4").reshape(output["shape"])
        np.testing.assert_array_equal(got, expected)
        tail = tail[size:]
    assert tail == b""


WRONG: dict[str, Any] = {
    "no JSON": b"{",
    "no object": b"[]",
    "deep": b"[" * 100_000,
    "NaN": b'{"inputs": [NaN]}',
    "no inputs": {},
    "inputs no list": {"inputs": {}},
    "no tensor": {"inputs": []},
    "another tensor": {"inputs": [waveform(name="sound")]},
    "twice": {"inputs": [waveform(), waveform()]},
    "datatype": {"inputs": [waveform(datatype="FP64")]},
    "shape": {"inputs": [waveform(shape=[16_000])]},
    "batch": {"inputs": [waveform(shape=[2, 8_000])]},
    "negative": {"inputs": [waveform(shape=[1, -1])]},
    "huge": {"inputs": [waveform(shape=[1, 1 << 31])]},
    "too few": {"inputs": [waveform(data=[0.0])]},
    "ragged": {"inputs": [waveform(data=[[0.0], [0.0, 1.0]])]},
    "words": {"inputs": [waveform(data=["a"] * 16_000)]},
    "no data": {"inputs": [waveform(data=None)]},
    "beyond single precision": {"inputs": [waveform(data=[1e300] * 16_000)]},
    "binary without bytes": {
        "inputs": [waveform(data=None, parameters={"binary_data_size": 64_000})]
    },
    "both": {"inputs": [waveform(parameters={"binary_data_size": 0})]},
    "too short": {"inputs": [waveform(shape=[1, 10], data=[0.0] * 10)]},
    "output": {"inputs": [waveform()], "outputs": [{"name": "secrets"}]},
    "output twice": {"inputs": [waveform()], "outputs": [{"name": "types"}] * 2},
    "id": {"id": 4, "inputs": [waveform()]},
    "parameters": {"parameters": [], "inputs": [waveform()]},
}


@pytest.mark.parametrize("asked", WRONG.values(), ids=WRONG.keys())
def test_what_does_not_fit_is_said(engineer: Engineer, asked: Any) -> None:
    body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    answer = engineer.ask("POST", "/v2/models/noise/infer", content=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "inference_invalid"
    assert answer.headers["content-type"] == "application/problem+json"
    conforms(answer.json(), "inference_error_response")


def test_binary_parts_must_be_as_long_as_they_say(engineer: Engineer) -> None:
    tensor = waveform(data=None, parameters={"binary_data_size": 64_000})
    head = json.dumps({"inputs": [tensor]}).encode()
    for tail, length in (
        (SOUND.tobytes() + b"more", len(head)),
        (SOUND.tobytes()[:-4], len(head)),
        (b"", len(head) + 1),
        (np.full(16_000, np.nan, np.float32).tobytes(), len(head)),
    ):
        answer = engineer.ask(
            "POST", "/v2/models/noise/infer", content=head + tail, headers={LENGTH: str(length)}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "inference_invalid")


def test_sizes_are_bounded(engineer: Engineer) -> None:
    parameters = {"binary_data_size": 9 * PICTURE.size}
    tensor = {"name": "pictures", "shape": [9, 3, 384, 384], "datatype": "UINT8",
              "parameters": parameters}  # fmt: skip
    head = json.dumps({"inputs": [tensor]}).encode()
    many = engineer.ask(
        "POST", "/v2/models/damage/infer", content=head + PICTURE.tobytes() * 9,
        headers={LENGTH: str(len(head))},
    )  # fmt: skip
    assert (many.status_code, many.json()["code"]) == (400, "inference_invalid")
    large = engineer.ask("POST", "/v2/models/damage/infer", content=b" " * (17 << 20))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    conforms(large.json(), "inference_error_response")


def test_models_and_versions_that_are_not_there(engineer: Engineer) -> None:
    for path in ("smell", "noise/versions/9", "noise/versions/9/ready", "smell/ready"):
        answer = engineer.ask("GET", f"/v2/models/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "model_unknown")
        conforms(answer.json(), "inference_error_response")


def test_integers_of_pictures_are_checked() -> None:
    info = (protocol.TensorInfo("pictures", "UINT8", (-1, 2)),)
    output = (protocol.TensorInfo("scores", "FP32", (-1, 13)),)

    def read(data: Any) -> Any:
        tensor = {"name": "pictures", "shape": [1, 2], "datatype": "UINT8", "data": data}
        return protocol.read_request(
            json.dumps({"inputs": [tensor]}).encode(), None, info, output
        ).inputs["pictures"]

    assert read([[0, 255]]).tolist() == [[0, 255]]
    for wrong in ([0, 256], [-1, 0], [0.5, 1], [True, False], [None, 1], [1 << 70, 0], []):
        with pytest.raises(protocol.InferenceInvalid):
            read(wrong)
