"""Real phone clips of engine bays show no body damage and must not be reported as damaged."""

import csv

import pytest

from tingzhen.bundle import MODELS_DIR, open_bundle
from tingzhen.media import read_clip
from tingzhen.vision import DamageRecogniser


@pytest.mark.slow
def test_clips_without_body_damage_are_not_called_damaged(data_dir):
    recogniser = DamageRecogniser(open_bundle(MODELS_DIR / "damage", "damage"))
    folder = data_dir / "video"
    with (folder / "manifest.csv").open(newline="") as file:
        names = [row["path"] for row in csv.DictReader(file)]
    verdicts = {}
    for name in names:
        clip = read_clip(folder / name)
        found = recogniser.recognise(clip.frames, poor=[fact.code for fact in clip.quality])
        verdicts[name] = found.verdict
    assert len(verdicts) == 9
    assert "damaged" not in verdicts.values(), verdicts
    assert list(verdicts.values()).count("undamaged") >= 6, verdicts
