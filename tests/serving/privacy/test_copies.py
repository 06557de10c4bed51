"""What is analysed is the original; what is given out is not."""

import io
from pathlib import Path

import av
import numpy as np

from tests.serving.clips.conftest import Open
from tests.serving.privacy.test_masking import motor, voice
from tingzhen.media import read_clip
from tingzhen.serving.pipeline import hear
from tingzhen.serving.privacy import speech_probability
from tingzhen.serving.report.build import probability
from tingzhen.serving.sound import encode_wav

RATE = 16_000


def test_the_report_hears_the_original_and_nobody_else_does(
    open_service: Open, tmp_path: Path
) -> None:
    here = open_service(tmp_path / "data")
    sound = motor(5.0)
    sound[RATE : 4 * RATE] += 0.5 * voice(3.0)
    clip_id = here.done(encode_wav((0.5 * sound).astype(np.float32)))

    (original,) = here.originals()
    clip = read_clip(original, limits=here.service.settings.limits(), name="a.wav")
    assert clip.waveform is not None
    assert speech_probability(clip.waveform).max() > 0.8
    noise = here.parts.recognisers.result().noise
    heard = hear(noise, clip.waveform, [fact.code for fact in clip.quality])
    report = here.client.get(f"/v1/clips/{clip_id}/report").json()
    assert [(t["type"], t["probability"]) for t in report["noise"]["types"]] == [
        (score.type, probability(score.probability)) for score in heard.types
    ]

    given = here.client.get(f"/v1/clips/{clip_id}/sound")
    with av.open(io.BytesIO(given.content)) as container:
        pieces = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    assert speech_probability(np.concatenate(pieces).astype(np.float32)).max() < 0.5
