"""What is said of a clip from what a network said of its frames: the scores are made up here, the
pictures, the motion between them and the rules are real."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vision.panels import CELLS, Shot, panel
from tingzhen.vision.decision import Limits
from tingzhen.vision.geometry import Placement
from tingzhen.vision.judge import MOST_OF_A_TYPE, judge
from tingzhen.vision.places import FrameScores
from tingzhen.vision.vocabulary import DAMAGE_TYPES, VISIBLE_DAMAGES

LIMITS = Limits(
    report=np.full(len(VISIBLE_DAMAGES), 0.6, np.float32),
    doubt=np.full(len(VISIBLE_DAMAGES), 0.3, np.float32),
    not_vehicle=0.5,
    distance=0.4,
)
SCENE = panel(seed=1, height=240, width=320)
WHOLE = Placement(0.0, 0.0, 1.0, 1.0)


def told(frames, *, distances=None):
    """frames: for each a dict of type to (probability, cells): cells are (row, column) at 0.9."""
    n = len(frames)
    scores = FrameScores(
        np.full((n, len(DAMAGE_TYPES)), 0.02, np.float32),
        np.full((n, len(DAMAGE_TYPES), CELLS, CELLS), 0.02, np.float32),
        np.array([0.1] * n if distances is None else distances, np.float32),
    )
    for index, frame in enumerate(frames):
        for name, (probability, *cells) in frame.items():
            row = DAMAGE_TYPES.index(name)
            scores.probabilities[index, row] = probability
            for down, across in cells:
                scores.places[index, row, down, across] = 0.9
    return scores


def said(frames, *, shots=None, poor=(), distances=None):
    shots = shots or [Shot(SCENE, time_s=float(i)) for i in range(len(frames))]
    placements = [WHOLE] * len(frames)
    found = judge(shots, told(frames, distances=distances), placements, LIMITS, poor)
    assert bool(found.findings) == (found.verdict == "damaged")
    assert not set(found.doubtful) & {finding.type for finding in found.findings}
    return found


def chance(found, name):
    return {score.type: score.probability for score in found.types}[name]


DENT = {"dent": (0.9, (4, 4))}
NOTHING = {"undamaged": (0.7,)}


def test_a_dent_in_eight_frames_is_one_finding() -> None:
    found = said([{"dent": (p, (4, 4))} for p in (0.7, 0.8, 0.95, 0.9, 0.7, 0.65, 0.7, 0.8)])
    (finding,) = found.findings
    assert (finding.type, finding.frames, finding.span_s) == ("dent", 8, (0.0, 7.0))
    assert finding.time_s == 2.0
    assert finding.box == (4 / 16, 4 / 16, 1 / 16, 1 / 16)
    assert finding.probability == pytest.approx(0.9)  # the second best
    assert chance(found, "dent") == pytest.approx(0.9)
    assert finding.heat is not None
    assert finding.heat.shape == (CELLS, CELLS)
    assert finding.heat[4, 4] == finding.heat.max() == pytest.approx(0.95)


def test_what_the_next_frames_take_back_is_a_doubt_and_no_finding() -> None:
    found = said([NOTHING, NOTHING, DENT, NOTHING, NOTHING, NOTHING])
    assert (found.verdict, found.doubtful) == ("cannot_tell", ("dent",))
    assert chance(found, "dent") < 0.1


def test_a_flicker_beside_a_damage_is_in_doubt_and_the_damage_is_found() -> None:
    frames = [{"scratch": (0.9, (8, 8))} for _ in range(5)]
    frames[2] |= DENT
    found = said(frames)
    assert [finding.type for finding in found.findings] == ["scratch"]
    assert found.doubtful == ("dent",)


def test_a_place_that_one_frame_alone_shows_counts_for_a_part() -> None:
    shots = [Shot(panel(seed=i, height=240, width=320), time_s=float(i)) for i in range(4)]
    frames = [dict(NOTHING), DENT, dict(NOTHING), dict(NOTHING)]
    found = said(frames, shots=shots)
    assert chance(found, "dent") == pytest.approx(9 / 4 / (1 + 9 / 4), abs=1e-3)
    blurred = [replace(shot, sharpness=45.0 if i == 1 else 100.0) for i, shot in enumerate(shots)]
    assert chance(said(frames, shots=blurred), "dent") < 0.01
    # Two such places are weighed together: the mean of their odds over the frames.
    frames[3] = {"dent": (0.8, (9, 9))}
    assert chance(said(frames, shots=shots), "dent") == pytest.approx(
        13 / 4 / (1 + 13 / 4), abs=1e-3
    )


def test_two_places_of_a_photo_are_two_findings_and_no_surer_than_the_photo() -> None:
    found = said([{"dent": (0.8, (3, 3), (12, 12))}])
    assert [f.probability for f in found.findings] == pytest.approx([0.8, 0.8])
    assert {f.box[0] for f in found.findings} == {3 / 16, 12 / 16}
    assert chance(found, "dent") == pytest.approx(0.8)


def test_many_places_are_cut_to_the_surest() -> None:
    shots = [Shot(panel(seed=i, height=240, width=320), time_s=float(i)) for i in range(8)]
    found = said([{"dent": (0.99, (i, i))} for i in range(8)], shots=shots)
    assert found.verdict == "damaged"
    assert len(found.findings) == MOST_OF_A_TYPE


DARK = np.full((60, 80, 3), 8, np.uint8)


@pytest.mark.parametrize("bad", [{"sharpness": 5.0}, {"rgb": DARK}], ids=["blurred", "dark"])
@pytest.mark.parametrize("poor", [(), ("blurred",)])
def test_a_clip_half_of_which_is_unusable_is_judged_on_the_rest(bad, poor) -> None:
    shots = [Shot(SCENE, time_s=float(i)) for i in range(6)]
    shots[::2] = [replace(shot, **bad) for shot in shots[::2]]
    wrong = {"scratch": (0.99, (1, 1)), "not_vehicle": (0.9,)}
    found = said([wrong, DENT] * 3, shots=shots, poor=poor)
    assert [finding.type for finding in found.findings] == ["dent"]
    assert found.findings[0].frames == 3
    nothing = said([wrong, NOTHING] * 3, shots=shots, poor=poor)
    # Nothing is seen, and most of the recording cannot be seen: that is not undamaged.
    assert nothing.verdict == ("cannot_tell" if poor else "undamaged")


@pytest.mark.parametrize(
    ("frame", "distance", "reason"),
    [({"not_vehicle": (0.8,)}, 0.1, "vehicle"), ({}, 0.9, "unlike")],
)
def test_frames_of_something_else_are_left_out(frame, distance, reason) -> None:
    other = frame | {"scratch": (0.99, (1, 1))}
    found = said([DENT, other, DENT, DENT], distances=[0.1, distance, 0.1, 0.1])
    assert [finding.type for finding in found.findings] == ["dent"]
    alone = said([other] * 4, distances=[distance] * 4)
    assert alone.verdict == "cannot_tell"
    assert reason in alone.reasons[0].en


def test_no_vehicle_here_and_something_strange_there_leaves_nothing_to_judge() -> None:
    other = DENT | {"not_vehicle": (0.9,)}
    found = said([DENT, other, DENT, other, DENT], distances=[0.9, 0.1, 0.9, 0.1, 0.9])
    assert (found.verdict, found.findings) == ("cannot_tell", ())
    assert "unlike" in found.reasons[0].en


def test_a_clip_most_of_which_shows_no_vehicle_cannot_be_told() -> None:
    other = {"not_vehicle": (0.9,)}
    found = said([DENT, other, other, other, DENT])
    assert (found.verdict, found.doubtful) == ("cannot_tell", ())
    assert "No vehicle" in found.reasons[0].en


def test_no_clear_frame_is_poor_whatever_the_network_says() -> None:
    shots = [Shot(SCENE, time_s=float(i), sharpness=3.0) for i in range(4)]
    found = said([DENT] * 4, shots=shots)
    assert (found.verdict, found.doubtful) == ("cannot_tell", ())
    assert "blurred" in found.reasons[0].en


def test_between_doubt_and_report_a_type_is_doubtful() -> None:
    found = said([{"tyre_bulge": (0.4, (5, 5)), "dent": (0.35, (2, 2))}])
    assert (found.verdict, found.doubtful) == ("cannot_tell", ("tyre_bulge", "dent"))
