"""Files of no clip go after a day; files of clips and young ones stay."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.serving.clips.conftest import Here, Open
from tests.serving.examples import tone
from tingzhen.serving.privacy.left_overs import GRACE, remove_left_overs
from tingzhen.serving.sound import encode_wav


@pytest.fixture
def here(open_service: Open, tmp_path_factory: pytest.TempPathFactory) -> Here:
    return open_service(tmp_path_factory.mktemp("service") / "data")


def test_files_of_no_clip_go_after_a_day(here: Here) -> None:
    clip_id = here.done(encode_wav(tone(1.2)))
    assert here.client.get(f"/v1/clips/{clip_id}/sound").status_code == 200
    files = here.service.files
    kept = {file.key for file in files.files()}
    lost = [f"originals/ab/ab{'0' * 62}", f"clips/{'1' * 32}/sound.mp3"]
    for key in lost:
        files.put_bytes(key, b"x")
    now = datetime.now(UTC)
    assert remove_left_overs(here.service, now=now) == 0
    assert remove_left_overs(here.service, now=now + GRACE + timedelta(minutes=1)) == 2
    assert {file.key for file in files.files()} == kept
