"""A browser whose microphone hears a vehicle: a real clip where the development data are, else a
generated one."""

import os
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Playwright

from tests.serving.pages.conftest import ARGUMENTS
from tingzhen.media import SAMPLE_RATE_HZ, close_decoder, read_clip


@pytest.fixture(scope="session")
def vehicle_sound(sample_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """WAV, 16 kHz mono: what the microphone hears, over and over."""
    beside = Path(__file__).parents[5] / "shared" / "data"
    real = Path(os.environ.get("TINGZHEN_DATA", beside)) / "video" / "engine_knock_00.mp4"
    clip = read_clip(real if real.is_file() else sample_clip)
    close_decoder()
    assert clip.waveform is not None
    path = tmp_path_factory.mktemp("sound") / "vehicle.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE_HZ)
        file.writeframes((np.clip(clip.waveform, -1, 1) * 32_767).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str, vehicle_sound: Path) -> Iterator[Browser]:
    """In place of the browser of all pages."""
    heard = f"--use-file-for-fake-audio-capture={vehicle_sound}"
    opened = playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, heard])
    yield opened
    opened.close()
