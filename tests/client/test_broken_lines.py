"""Lines that break while a clip is sent or events are read: nothing is lost, nothing sent twice."""

from pathlib import Path

import numpy as np
import pytest

from tests.client.conftest import Running
from tests.client.line import breaking_line
from tests.serving.jobs.clips import wav
from tingzhen.client import Client
from tingzhen.errors import ServiceUnreachable, UploadUnknown

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def long_sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2 MB."""
    path = tmp_path_factory.mktemp("long") / "long.wav"
    path.write_bytes(wav(np.random.default_rng(3).normal(0, 0.1, 1_000_000)))
    return path


def test_an_upload_in_parts_goes_on_over_broken_lines(running: Running, long_sound: Path) -> None:
    with breaking_line(running.here.url) as line:
        line.breaks = [(700_000, None), (500_000, None), (0, 0), (None, 100)]
        told: list[int] = []
        with running.client_at(line.url) as client:
            upload_id = client.clips.begin_upload(long_sound, context={"when": ["bumps"]})
            clip = client.clips.continue_upload(
                upload_id, long_sound, part_bytes=300_000,
                on_progress=lambda done, size: told.append(done),
            )  # fmt: skip
        assert line.connections > 4
    size = long_sound.stat().st_size
    assert (clip.id, clip.bytes, clip.label) == (upload_id, size, "long.wav")
    assert clip.context["when"] == ["bumps"]
    assert told == sorted(told)
    assert told[-1] == size


def test_an_upload_is_gone_on_with_by_another_process(running: Running, long_sound: Path) -> None:
    with breaking_line(running.here.url) as line:
        line.breaks = [(900_000, None)] + [(0, 0)] * 50
        with running.client_at(line.url) as client:
            upload_id = client.clips.begin_upload(long_sound)
            with pytest.raises(ServiceUnreachable):
                client.clips.continue_upload(
                    upload_id, long_sound, part_bytes=400_000, patience_s=0.3
                )
    told: list[int] = []
    with running.client_at(running.here.url) as later:
        clip = later.clips.continue_upload(
            upload_id, long_sound, on_progress=lambda done, size: told.append(done)
        )
    assert told[0] >= 400_000  # what was there before was not sent again
    assert clip.bytes == long_sound.stat().st_size


def test_an_upload_that_was_given_up(anna: Client, sound: Path) -> None:
    upload_id = anna.clips.begin_upload(sound)
    anna.clips.end_upload(upload_id)
    with pytest.raises(UploadUnknown):
        anna.clips.continue_upload(upload_id, sound)


def test_a_lost_answer_to_an_upload_makes_no_second_clip(running: Running, sound: Path) -> None:
    with breaking_line(running.here.url) as line:
        line.breaks = [(None, 10)]  # it arrives, and the answer does not
        with running.client_at(line.url) as client:
            clip = client.clips.upload(sound, label="once.wav")
            labels = [one.label for one in client.clips.all()]
    assert labels.count("once.wav") == 1
    assert clip.label == "once.wav"
    assert line.connections >= 2


def test_events_go_on_over_a_broken_line(running: Running, sound: Path) -> None:
    with breaking_line(running.here.url) as line, running.client_at(line.url) as client:
        clip_id = client.clips.upload(sound).id
        client.close()
        running.here.work_off(clip_id)
        line.breaks = [(None, None)] * line.connections + [(None, 900)]
        with running.client_at(line.url) as listener:
            events = list(listener.clips.events(clip_id))
    ids = [event.id for event in events]
    assert ids == sorted(set(ids))
    assert (events[0].kind, events[-1].kind) == ("accepted", "report")
    assert line.connections >= 3


def test_an_export_that_broke_off_leaves_the_file_from_before(
    running: Running, long_sound: Path, tmp_path: Path
) -> None:
    path = tmp_path / "mine.zip"
    path.write_bytes(b"of yesterday")
    with breaking_line(running.here.url) as line, running.client_at(line.url) as client:
        with running.client_at(running.here.url) as near:
            near.clips.upload(long_sound)
        line.breaks = [(None, 500_000)]
        with pytest.raises(ServiceUnreachable):
            client.owners.export_mine(path, originals=True)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.zip"]
    assert path.read_bytes() == b"of yesterday"
