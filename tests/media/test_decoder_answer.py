"""The answer of a child that may have been taken over."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tingzhen.media import Limits
from tingzhen.media.decoder_answer import (
    arrays_of,
    check_facts,
    check_sound,
    parse,
    samples_of,
)

FRAME = {"height": 2, "width": 4, "time_s": 0.5, "sharpness": 10.0}
ANSWER: dict[str, Any] = {
    "kind": "video", "duration_s": 1.0, "samples": 3, "frames": [FRAME],
    "video": {"codec": "h264", "width": 4, "height": 2, "rotation": 90},
    "audio": {"codec": "aac", "sample_rate": 48_000, "channels": 2},
    "damaged_packets": 0, "partial": False, "generated": False, "cpu_s": 0.1,
}  # fmt: skip
DATA_BYTES = 3 * 4 + 2 * 4 * 3


def test_an_honest_answer_passes() -> None:
    check_facts(ANSWER, Limits(), DATA_BYTES)
    data = memoryview(np.array([0.5, -1, 1], np.float32).tobytes() + bytes(range(24)))
    waveform, pictures = arrays_of(ANSWER, data)
    assert waveform is not None
    assert waveform.tolist() == [0.5, -1, 1]
    assert pictures[0].shape == (2, 4, 3)


@pytest.mark.parametrize(
    "lie",
    [
        {"samples": 4}, {"samples": -1}, {"samples": 3.0}, {"samples": True}, {"kind": "film"},
        {"frames": [FRAME | {"height": 3}]}, {"frames": [FRAME] * 2}, {"frames": None},
        {"frames": [FRAME | {"height": -2, "width": -4}]}, {"frames": [FRAME | {"more": 1}]},
        {"frames": [FRAME | {"time_s": math.nan}]}, {"frames": [FRAME | {"height": 0}]},
        {"frames": [FRAME | {"height": 1, "width": 8_000}]}, {"duration_s": math.inf},
        {"duration_s": -1.0}, {"duration_s": None}, {"video": {"codec": "h264"}}, {"video": 5},
        {"audio": ANSWER["audio"] | {"codec": "x" * 10_000}}, {"cpu_s": "1"}, {"partial": 1},
    ],
)  # fmt: skip
def test_a_lie_is_refused(lie: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_facts(ANSWER | lie, Limits(), DATA_BYTES)


@pytest.mark.parametrize("name", ANSWER)
def test_nothing_may_be_left_out(name: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_facts({k: v for k, v in ANSWER.items() if k != name}, Limits(), DATA_BYTES)


@pytest.mark.parametrize("sample", [math.nan, math.inf, 1.5, -1.5])
def test_samples_stay_within_full_scale(sample: float) -> None:
    data = memoryview(np.array([0, sample, 0], np.float32).tobytes() + bytes(24))
    with pytest.raises(ValueError, match="full scale"):
        arrays_of(ANSWER, data)


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from([*ANSWER, "error", "ended", "zh", "en"]), inner, max_size=6),
    max_leaves=12,
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_any_bytes_are_an_answer_or_a_value_error(line: bytes) -> None:
    try:
        check_facts(parse(line), Limits(), 0)
    except ValueError:
        return


def test_depth_without_end_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="nested"):
        parse(b"[" * 200_000)


HEARD = {
    "kind": "video",
    "audio": {"codec": "aac", "sample_rate": 44_100, "channels": 2},
    "samples": 16_000,
}


@pytest.mark.parametrize(
    "lie",
    [
        {"kind": "song"},
        {"audio": None},
        {"samples": None},
        {"samples": -1},
        {"samples": 1 << 39},
        {"samples": 1.5},
        {"audio": {"codec": "aac"}},
        {"more": 1},
    ],
)
def test_a_lie_about_the_sound_that_comes_first_is_refused(lie: dict[str, object]) -> None:
    check_sound(HEARD, Limits())
    check_sound(HEARD | {"audio": None, "samples": None}, Limits())
    with pytest.raises(ValueError):
        check_sound(HEARD | lie, Limits())


def test_samples_that_are_not_there_or_too_loud_are_refused() -> None:
    whole = np.array([0.5, -1.0], np.float32).tobytes()
    np.testing.assert_array_equal(samples_of(whole, 2), [0.5, -1.0])
    for data in (whole[:-1], np.array([0.5, 1.5], np.float32).tobytes(),
                 np.array([0.5, np.nan], np.float32).tobytes()):  # fmt: skip
        with pytest.raises(ValueError):
            samples_of(data, 2)
