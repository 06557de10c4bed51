"""What a label may say."""

import pytest
from pydantic import ValidationError

from tingzhen.serving.labelling.label import DamageLabel, NoiseLabel

KNOCK = {"type": "knock", "start_s": 1.0, "end_s": 2.0}
DENT = {"type": "dent", "frame": 1, "x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4}


@pytest.mark.parametrize("types", [["normal"], ["unsure"], ["knock"], ["knock", "hiss"]])
def test_what_fits(types: list[str]) -> None:
    regions = [KNOCK] if "knock" in types else []
    assert NoiseLabel.model_validate({"types": types, "regions": regions}).types == types


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ({"types": []}, "at least 1"), ({"types": ["purr"]}, "purr is no noise type"),
        ({"types": ["knock", "normal"]}, "normal stands alone"),
        ({"types": ["knock", "knock"]}, "twice"),
        ({"types": ["hiss"], "regions": [KNOCK]}, "knock has a place but"),
        ({"types": ["knock"], "regions": [KNOCK | {"end_s": 1.0}]}, "after start_s"),
        ({"types": ["normal"], "regions": [KNOCK | {"type": "normal"}]}, "no place"),
        ({"types": ["knock"], "note": "x"}, "Extra"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_sound(label: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        NoiseLabel.model_validate(label)


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ({"types": ["dent"]}, "needs a box"),
        ({"types": ["dent"], "regions": [DENT | {"x": 0.9}]}, "inside"),
        ({"types": ["dent"], "regions": [DENT | {"width": 0.0}]}, "width and a height"),
        ({"types": ["undamaged"], "regions": [DENT]}, "not among"),
        ({"types": ["dent"], "regions": [DENT | {"frame": 0}]}, "greater than"),
    ],
)  # fmt: skip
def test_what_does_not_fit_a_picture(label: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        DamageLabel.model_validate(label)
