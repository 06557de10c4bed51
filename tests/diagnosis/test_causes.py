"""Each noise and each damage alone leads to a sensible cause; textbook cases to the right one."""

from typing import Any

import pytest

from tests.diagnosis.examples import (
    BOX,
    HEARD_NOTHING,
    SEEN_NOTHING,
    SOUND_NORMAL,
    UNSURE_SOUND,
    heard,
    seen,
)
from tingzhen.audio.vocabulary import FAULT_NOISES
from tingzhen.diagnosis import KnowledgeBase, diagnose, parse_circumstances
from tingzhen.vision.vocabulary import VISIBLE_DAMAGES

NOTHING = parse_circumstances({})

FIRST_BY_NOISE = {
    "knock": {"rod_bearing_worn", "piston_slap", "detonation"},
    "tick": {"valve_train_worn", "injector_ticking"},
    "squeal": {"accessory_belt_worn", "brake_pads_worn"},
    "grind": {"brake_metal_on_metal", "engine_seizing"},
    "whine": {"power_steering_pump", "gearbox_bearing_worn", "alternator_bearing"},
    "rumble": {"wheel_bearing_worn", "tyre_uneven_wear_noise"},
    "clunk": {"stabiliser_link_worn", "strut_mount_worn", "control_arm_bush_worn"},
    "rattle": {"heat_shield_loose", "undertray_loose", "cabin_trim_rattle"},
    "hiss": {"vacuum_leak"},
    "exhaust_blow": {"exhaust_rear_leak", "exhaust_manifold_leak"},
    "misfire": {"ignition_misfire", "injector_misfire"},
    "start_failure": {"battery_weak"},
}

FIRST_BY_DAMAGE = {
    "scratch": {"scratch_clear_coat"},
    "dent": {"dent_panel_only"},
    "broken_or_missing_part": {"trim_or_bumper_broken"},
    "lamp_broken": {"lamp_unit_broken"},
    "glass_shatter": {"windscreen_shattered"},
    "paint_loss": {"paint_peeling"},
    "hood_deformed": {"bonnet_latch_unsafe", "front_impact_cooling"},
    "airbag_deployed": {"restraint_deployed"},
    "tyre_worn": {"tyre_worn_out"},
    "tyre_cracked": {"tyre_aged"},
    "tyre_bulge": {"tyre_carcass_broken"},
}


def test_the_tables_cover_the_vocabularies() -> None:
    assert set(FIRST_BY_NOISE) == set(FAULT_NOISES)
    assert set(FIRST_BY_DAMAGE) == set(VISIBLE_DAMAGES)


@pytest.mark.parametrize("noise_type", FAULT_NOISES)
@pytest.mark.parametrize("score", [0.5, 0.9])
def test_each_noise_alone(knowledge: KnowledgeBase, noise_type: str, score: float) -> None:
    diagnosis = diagnose(knowledge, heard(**{noise_type: score}), SEEN_NOTHING, NOTHING)
    first = diagnosis.causes[0]
    assert first.fault in FIRST_BY_NOISE[noise_type]
    assert diagnosis.verdict in ("fault_likely", "fault_possible")
    assert diagnosis.drive in ("stop", "soon")
    assert diagnosis.next_test is not None
    evidence = first.evidence[0]
    assert evidence.kind == "noise"
    assert evidence.weight > 0
    if score > 0.5:
        assert (evidence.start_s, evidence.end_s) == (1.0, 2.5)


@pytest.mark.parametrize("damage", VISIBLE_DAMAGES)
def test_each_damage_alone(knowledge: KnowledgeBase, damage: str) -> None:
    diagnosis = diagnose(knowledge, HEARD_NOTHING, seen(**{damage: 0.9}), NOTHING)
    first = diagnosis.causes[0]
    assert first.fault in FIRST_BY_DAMAGE[damage]
    assert diagnosis.verdict == "fault_likely"
    assert diagnosis.next_test is not None
    assert first.evidence[0].kind == "damage"
    assert (first.evidence[0].time_s, first.evidence[0].box) == (0.5, BOX)


# What a textbook says: findings and circumstances, and the cause that a mechanic would name first.
CASES: list[tuple[dict[str, float], dict[str, Any], str]] = [
    ({"squeal": 0.8}, {"when": ["cold_start"], "humidity_pct": 90}, "accessory_belt_worn"),
    ({"squeal": 0.8}, {"when": ["braking"]}, "brake_pads_worn"),
    ({"squeal": 0.7, "grind": 0.6}, {"when": ["steady_speed"], "complaint": "轮毂发烫，车跑偏"},
     "brake_caliper_stuck"),
    ({"grind": 0.8}, {"when": ["braking"]}, "brake_metal_on_metal"),
    ({"grind": 0.8}, {"when": ["warm_idle"], "complaint": "水温高，开锅了"}, "engine_seizing"),
    ({"knock": 0.8}, {"when": ["cold_start"], "complaint": "热车就好"}, "piston_slap"),
    ({"knock": 0.8}, {"when": ["accelerating"], "complaint": "加92号油后加速爆震"}, "detonation"),
    ({"knock": 0.8}, {"codes": ["P0524"]}, "oil_starvation"),
    ({"knock": 0.8}, {"when": ["warm_idle"], "vehicle": {"mileage_km": 240000}},
     "rod_bearing_worn"),
    ({"tick": 0.8}, {"when": ["cold_start"]}, "valve_train_worn"),
    ({"tick": 0.8}, {"when": ["turning_left"], "complaint": "clicks when turning"},
     "cv_joint_outer_worn"),
    ({"whine": 0.8}, {"when": ["turning_left", "turning_right"]}, "power_steering_pump"),
    ({"whine": 0.8}, {"when": ["accelerating"], "codes": ["P0299"]}, "turbocharger_bearing"),
    ({"whine": 0.8}, {"when": ["accelerating"], "vehicle": {"powertrain": "electric"}},
     "reducer_gear_worn"),
    ({"whine": 0.8}, {"when": ["steady_speed"], "ambient_c": 2, "humidity_pct": 85,
      "vehicle": {"powertrain": "electric"}}, "drive_motor_bearing"),
    ({"whine": 0.8}, {"when": ["charging"], "vehicle": {"powertrain": "electric"}},
     "hv_coolant_pump"),
    ({"rumble": 0.8}, {"complaint": "轮毂轴承响，车速越快越响"}, "wheel_bearing_worn"),
    ({"rumble": 0.8}, {"when": ["steady_speed"], "complaint": "胎噪大，轮胎吃胎"},
     "tyre_uneven_wear_noise"),
    ({"clunk": 0.8}, {"when": ["bumps"]}, "stabiliser_link_worn"),
    ({"clunk": 0.8}, {"when": ["reversing", "accelerating"]}, "engine_mount_broken"),
    ({"clunk": 0.8}, {"complaint": "刚换轮胎，开起来哐当响"}, "wheel_nuts_loose"),
    ({"rattle": 0.8}, {"when": ["cold_start"], "codes": ["P0016"]}, "timing_chain_stretched"),
    ({"rattle": 0.8}, {"when": ["warm_idle"]}, "heat_shield_loose"),
    ({"rattle": 0.8}, {"when": ["switching_on"], "complaint": "开空调就响"},
     "ac_compressor_noise"),
    ({"rattle": 0.8}, {"codes": ["P0420"]}, "catalyst_broken"),
    ({"hiss": 0.8}, {"when": ["warm_idle"], "codes": ["P0171"]}, "vacuum_leak"),
    ({"hiss": 0.8}, {"when": ["steady_speed"], "speed_kmh": 110}, "wind_seal_leak"),
    ({"exhaust_blow": 0.8}, {"when": ["cold_start"]}, "exhaust_manifold_leak"),
    ({"exhaust_blow": 0.8}, {"complaint": "loud exhaust, hole in the muffler"},
     "exhaust_rear_leak"),
    ({"misfire": 0.8}, {"codes": ["P0301"]}, "ignition_misfire"),
    ({"misfire": 0.8}, {"codes": ["P0201"]}, "injector_misfire"),
    ({"start_failure": 0.9}, {"ambient_c": -15}, "battery_weak"),
    ({"start_failure": 0.9}, {"codes": ["P0335"], "vehicle": {"powertrain": "petrol"}},
     "ignition_no_spark"),
    ({"start_failure": 0.9}, {"when": ["cold_start"], "ambient_c": -5, "codes": ["P0671"],
      "vehicle": {"powertrain": "diesel"}}, "glow_plugs_failed"),
    ({"start_failure": 0.9}, {"codes": ["P0AA1"], "vehicle": {"powertrain": "electric"}},
     "hv_contactor_fault"),
]  # fmt: skip


@pytest.mark.parametrize(("scores", "context", "fault"), CASES)
def test_textbook_cases(
    knowledge: KnowledgeBase, scores: dict[str, float], context: dict[str, Any], fault: str
) -> None:
    diagnosis = diagnose(knowledge, heard(**scores), SEEN_NOTHING, parse_circumstances(context))
    assert diagnosis.causes[0].fault == fault


def test_a_dent_and_a_knock_are_both_reported(knowledge: KnowledgeBase) -> None:
    alone = diagnose(knowledge, heard(knock=0.9), SEEN_NOTHING, NOTHING)
    both = diagnose(knowledge, heard(knock=0.9), seen(dent=0.9, scratch=0.8), NOTHING)
    groups = {cause.fault: cause.group for cause in both.causes}
    assert {"dent_panel_only", "scratch_clear_coat", "rod_bearing_worn"} <= set(groups)
    before = {cause.fault: cause.probability for cause in alone.causes}
    for cause in both.causes:
        if cause.group == "mechanical" and cause.fault in before:
            assert cause.probability == pytest.approx(before[cause.fault], rel=0.15)


def test_two_noises_at_once_are_both_explained(knowledge: KnowledgeBase) -> None:
    causes = diagnose(knowledge, heard(knock=0.8, squeal=0.9), SEEN_NOTHING, NOTHING).causes
    faults = {cause.fault for cause in causes}
    assert faults & FIRST_BY_NOISE["knock"]
    assert faults & FIRST_BY_NOISE["squeal"]


def test_nothing_found(knowledge: KnowledgeBase) -> None:
    diagnosis = diagnose(knowledge, SOUND_NORMAL, seen("undamaged", undamaged=0.95), NOTHING)
    assert (diagnosis.verdict, diagnosis.drive) == ("no_fault_found", "ok")
    assert diagnosis.next_test is None
    assert diagnosis.causes == ()
    assert [step.kind for step in diagnosis.plan] == ["safety", "watch"]


def test_a_code_counts_although_nothing_is_heard(knowledge: KnowledgeBase) -> None:
    context = parse_circumstances({"codes": ["P0303"]})
    diagnosis = diagnose(knowledge, SOUND_NORMAL, SEEN_NOTHING, context)
    assert diagnosis.causes[0].fault == "ignition_misfire"
    assert diagnosis.causes[0].evidence[0].kind == "code"
    assert diagnosis.drive == "soon"


def test_a_code_that_the_base_does_not_know_is_not_ignored(knowledge: KnowledgeBase) -> None:
    context = parse_circumstances({"codes": ["U3FFF"]})
    diagnosis = diagnose(knowledge, SOUND_NORMAL, SEEN_NOTHING, context)
    assert diagnosis.verdict == "fault_possible"
    assert diagnosis.drive == "soon"
    assert diagnosis.next_test is not None
    assert diagnosis.next_test.id == "scan_codes"


@pytest.mark.parametrize(
    ("said", "denied"),
    [
        ("有吱吱声", "没有吱吱声"),
        ("刹车时尖叫", "没有听到尖叫"),
        ("it squeals", "there is no squealing"),
        ("the belt is squeaking", "it does not squeak"),
    ],
)
def test_words_count_unless_they_are_denied(
    knowledge: KnowledgeBase, said: str, denied: str
) -> None:
    for complaint, expected in ((said, True), (denied, False)):
        context = parse_circumstances({"complaint": complaint})
        causes = diagnose(knowledge, heard(squeal=0.5), SEEN_NOTHING, context).causes
        texts = [e.text.zh for cause in causes for e in cause.evidence if e.kind == "complaint"]
        assert any("尖叫" in t or "吱" in t or "squea" in t for t in texts) is expected


def test_the_complaint_brings_circumstances_with_it(knowledge: KnowledgeBase) -> None:
    context = parse_circumstances({"complaint": "冷车启动的时候吱吱响"})
    causes = diagnose(knowledge, UNSURE_SOUND, SEEN_NOTHING, context).causes
    assert causes[0].fault == "accessory_belt_worn"
    assert {"complaint", "circumstance"} <= {e.kind for e in causes[0].evidence}
