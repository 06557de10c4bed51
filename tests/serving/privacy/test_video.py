"""The small copy of a video: what is in it, who gets it, when it is made, and that it goes."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.odd.encode import moving, tone, write_media
from tests.serving.clips.conftest import Here, Open, is_problem
from tingzhen.media import Frame, Limits
from tingzhen.serving.privacy.people import Hidden
from tingzhen.serving.privacy.video import _near, read_for_video, shown_video
from tingzhen.serving.privacy.videos import _claimed, make_next
from tingzhen.serving.records import ClipVideo, reading


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of 1440 x 240."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_media(path, frames=moving(1440, 240, 20), sound=tone(2.0))
    return path


@pytest.fixture(scope="module")
def here(open_service: Open, tmp_path_factory: pytest.TempPathFactory) -> Here:
    return open_service(tmp_path_factory.mktemp("videos") / "data")


def kept(here: Here, clip_id: str) -> ClipVideo | None:
    with reading(here.service.records) as session:
        return session.get(ClipVideo, clip_id)


def test_what_phones_and_browsers_play(film: Path) -> None:
    clip = read_for_video(film, Limits())
    assert len(clip.frames) > 2
    content = shown_video(clip)
    assert content.index(b"moov") < content.index(b"mdat")  # played before it is whole
    with av.open(io.BytesIO(content)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert video.codec_context.pix_fmt == "yuv420p"
        assert max(video.width, video.height) <= 640
        assert (video.width % 2, video.height % 2) == (0, 0)
        assert float((file.duration or 0) * Fraction(1, 1_000_000)) == pytest.approx(2.0, abs=0.3)
        times = [frame.time for frame in file.decode(video=0)]
    assert times[0] == 0
    assert times[-1] == pytest.approx(clip.duration_s, abs=0.01)
    assert len(times) <= 2 * 4 + 2


def test_a_face_is_hidden_in_the_pictures_around_it_too() -> None:
    frames = [Frame(np.zeros((2, 2, 3), np.uint8), time_s) for time_s in (0.0, 0.5, 1.0, 1.5)]
    face = Hidden("face", (0.1, 0.1, 0.2, 0.2))
    found = [[], [face], [], []]
    assert [len(_near(number, frames, found)) for number in range(4)] == [1, 1, 1, 0]


def test_one_that_a_workshop_may_see_is_made_unasked(here: Here, film: Path) -> None:
    own = here.done(film.read_bytes())
    shared = here.done(film.read_bytes(), workshop="w1")
    assert make_next(here.service)
    assert not make_next(here.service)
    assert kept(here, own) is None
    path = f"/v1/clips/{shared}/video"
    with here.as_somebody("t1", "technician", "w1") as technician:
        whole = technician.get(path)
        assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
        part = technician.get(path, headers={"range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"ftyp")
    with here.as_somebody("t2", "technician", "w2") as stranger:
        is_problem(stranger.get(path), 404, "clip_unknown")
    assert list((here.data_dir / "files" / "clips" / shared).glob("video.mp4"))
    assert here.client.delete(f"/v1/clips/{shared}").status_code == 204
    assert kept(here, shared) is None
    assert not list((here.data_dir / "files").rglob("video.mp4"))


def test_none_is_made_unasked_where_that_is_set_or_while_a_worker_does_not_rest(
    open_service: Open, film: Path, tmp_path: Path
) -> None:
    here = open_service(tmp_path / "asked", workshop_videos="asked")
    clip_id = here.done(film.read_bytes(), workshop="w1")
    assert not make_next(here.service)
    assert here.client.get(f"/v1/clips/{clip_id}/video").status_code == 202
    assert make_next(here.service)
    here = open_service(tmp_path / "ahead")
    here.done(film.read_bytes(), workshop="w1")
    assert not make_next(here.service, ahead=False)
    assert make_next(here.service)


def test_others_are_made_when_somebody_asks(here: Here, film: Path) -> None:
    clip_id = here.done(film.read_bytes())
    path = f"/v1/clips/{clip_id}/video"
    answer = here.client.get(path)
    assert (answer.status_code, answer.content) == (202, b"")
    assert int(answer.headers["retry-after"]) >= 1
    assert here.accepted()  # while something waits, what was asked for is made all the same
    assert make_next(here.service)
    assert here.client.get(path).status_code == 200


def test_a_clip_that_another_worker_began_with_is_left_to_it(here: Here, film: Path) -> None:
    clip_id = here.done(film.read_bytes())
    assert here.client.get(f"/v1/clips/{clip_id}/video").status_code == 202
    first = _claimed(here.service)
    assert first is not None
    assert first.id == clip_id
    assert not make_next(here.service)


def test_what_has_no_video(here: Here) -> None:
    for clip_id in (here.done(), here.accepted()):
        is_problem(here.client.get(f"/v1/clips/{clip_id}/video"), 404, "clip_file_unknown")
