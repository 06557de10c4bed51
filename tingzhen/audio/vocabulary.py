"""Noise types: what it sounds like, not which part makes it."""

from typing import Literal, get_args

from tingzhen.language import Text

NoiseType = Literal[
    "knock", "tick", "squeal", "grind", "whine", "rumble", "clunk", "rattle", "hiss",
    "exhaust_blow", "misfire", "start_failure", "normal", "not_vehicle",
]  # fmt: skip
NOISE_TYPES: tuple[NoiseType, ...] = get_args(NoiseType)
HEALTHY_NOISE: frozenset[NoiseType] = frozenset({"normal", "not_vehicle"})
FAULT_NOISES: tuple[NoiseType, ...] = tuple(t for t in NOISE_TYPES if t not in HEALTHY_NOISE)

NOISE_NAMES: dict[NoiseType, Text] = {
    "knock": Text("敲击声", "Knock"),
    "tick": Text("嗒嗒声", "Tick"),
    "squeal": Text("尖叫声", "Squeal"),
    "grind": Text("研磨声", "Grind"),
    "whine": Text("啸叫声", "Whine"),
    "rumble": Text("轰鸣声", "Rumble"),
    "clunk": Text("哐当声", "Clunk"),
    "rattle": Text("咔嗒振响", "Rattle"),
    "hiss": Text("嘶嘶声", "Hiss"),
    "exhaust_blow": Text("排气漏气声", "Exhaust blow"),
    "misfire": Text("缺缸抖动声", "Misfire"),
    "start_failure": Text("起动困难声", "Start failure"),
    "normal": Text("正常", "Normal"),
    "not_vehicle": Text("非车辆声音", "Not a vehicle"),
}
